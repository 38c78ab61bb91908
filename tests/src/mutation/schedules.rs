//! One input under several schedules.
//!
//! Invariant: what is given is the sequential schedule's, and only where every other schedule asked for gives the same.

use super::Breach;
use crate::{Execution, Preread, pool};
use alloy_consensus::transaction::SignerRecoverable;
use blocklight_executor::BlockAccessList;
use blocklight_verifier::{
    ChainSpec, EncodedInput, Error, Input, Limits, Quiet, Schedule, Timing, Verdict, Verifier,
};
use rayon::ThreadPool;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, LazyLock},
};

/// Started once: that takes longer than many of these blocks.
static TWO_THREADS: LazyLock<ThreadPool> = LazyLock::new(|| pool(2));

/// What the block of `input` accesses and changes (EIP-7928), as the sequential schedule finds it; `None` where it cannot be
/// executed on its witness.
///
/// # Panics
/// As [`Preread::of_witness`].
pub fn honest_list(chain: &ChainSpec, input: &Input) -> Option<Arc<BlockAccessList>> {
    let transactions = input.block.body.transactions.iter();
    let senders: Vec<_> = transactions
        .map(SignerRecoverable::recover_signer_unchecked)
        .collect::<Result<_, _>>()
        .ok()?;
    let pre_state = Preread::of_witness(input);
    let list = Execution::new(chain, &input.block, &senders, &pre_state).list();
    (!list.is_empty()).then(|| Arc::new(list))
}

/// A verifier that holds schedules to the sequential one.
#[derive(Debug, Clone)]
pub struct Schedules {
    verifier: Verifier,
    hint: Option<Arc<BlockAccessList>>,
}

impl Schedules {
    /// For tampered copies of `original`, a block of `chain`, whose own access list is the hint to all of them; without one
    /// [`Schedule::AccessList`] is the speculative one.
    ///
    /// # Panics
    /// As [`honest_list`].
    pub fn new(chain: &ChainSpec, original: &Input) -> Self {
        let unhinted = Self {
            verifier: Verifier::new(chain.clone()),
            hint: None,
        };
        match honest_list(chain, original) {
            Some(list) => unhinted.with_hint(list),
            None => unhinted,
        }
    }

    /// The hint to all verifications, if there is one.
    pub const fn hint(&self) -> Option<&Arc<BlockAccessList>> {
        self.hint.as_ref()
    }

    /// The same with another hint.
    #[must_use]
    pub fn with_hint(&self, hint: Arc<BlockAccessList>) -> Self {
        Self {
            verifier: self.verifier.clone().with_access_list_hint(Arc::clone(&hint)),
            hint: Some(hint),
        }
    }

    /// The sequential verdict or error in the current pool, after the other schedules have given the same on two threads.
    ///
    /// # Errors
    /// [`Breach::Panic`], [`Breach::Schedule`].
    pub fn verify(&self, input: &Input, others: &[Schedule]) -> Result<Result<Verdict, Error>, Breach> {
        let sequential = self.under(Schedule::Sequential, input)?;
        for &schedule in others {
            let other = TWO_THREADS.install(|| self.under(schedule, input))?;
            if !is_same(&sequential, &other) {
                return Err(Breach::Schedule {
                    schedule,
                    expected: outcome(&sequential),
                    got: outcome(&other),
                });
            }
        }
        Ok(sequential)
    }

    /// Holds bytes that go to a verdict in one go, on two threads, to `expected`, which decoding them first has come to; `None`
    /// where they do not decode.
    ///
    /// # Errors
    /// [`Breach::Panic`], [`Breach::FromBytes`].
    pub(super) fn hold_bytes(
        &self,
        block: &[u8],
        witness: &[u8],
        schedule: Schedule,
        expected: Option<&Result<Verdict, Error>>,
    ) -> Result<(), Breach> {
        let verifier = self.verifier.clone().with_schedule(schedule);
        let verify = || {
            let encoded = EncodedInput::Pair { block, witness };
            encoded.verify(&Limits::default(), &Quiet, |_| Ok::<_, Error>(verifier))
        };
        let got = TWO_THREADS.install(|| caught(verify))?;
        let same = expected.map_or_else(
            || matches!(got, Err(Error::Input(_) | Error::Limit { .. })),
            |expected| is_same(expected, &got),
        );
        if same {
            return Ok(());
        }
        Err(Breach::FromBytes {
            expected: expected.map_or_else(|| "no decodable input".into(), outcome),
            got: outcome(&got),
        })
    }

    fn under(&self, schedule: Schedule, input: &Input) -> Result<Result<Verdict, Error>, Breach> {
        let verifier = self.verifier.clone().with_schedule(schedule);
        caught(|| verifier.verify_input(input, &Quiet))
    }
}

/// What `act` gives; its panic as a breach.
pub(super) fn caught<T>(act: impl FnOnce() -> T) -> Result<T, Breach> {
    catch_unwind(AssertUnwindSafe(act)).map_err(|_| Breach::Panic)
}

/// Whether two verifications came to the same, but for times.
fn is_same(left: &Result<Verdict, Error>, right: &Result<Verdict, Error>) -> bool {
    match (left, right) {
        (Ok(left), Ok(right)) => timeless(left) == timeless(right),
        (Err(left), Err(right)) => format!("{left:?}") == format!("{right:?}"),
        _ => false,
    }
}

fn timeless(verdict: &Verdict) -> Verdict {
    let mut verdict = verdict.clone();
    verdict.report_mut().timing = Timing::default();
    verdict
}

/// In few words; reports are long.
pub(super) fn outcome(of: &Result<Verdict, Error>) -> String {
    match of {
        Ok(Verdict::Valid { report }) => format!("valid, {} checks", report.checks.len()),
        Ok(Verdict::Invalid { reason, report }) => {
            format!("invalid, {} checks: {reason}", report.checks.len())
        }
        Ok(Verdict::Incomplete { missing, report }) => {
            format!("incomplete, {} checks: {missing}", report.checks.len())
        }
        Err(error) => format!("error: {error}"),
    }
}
