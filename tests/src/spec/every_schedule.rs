//! One input under every schedule: decoded and then executed in order, and in one go where it runs ahead.
//!
//! Invariant: a verdict is handed on only where every schedule gave the same, report and all but for its timing; and a schedule
//! counts as run only where the report says that it ran, wherever nothing forbids it.

use super::case::{Stop, describe};
use crate::mutation::honest_list;
use alloy_eips::eip7928::{ITEM_COST, total_bal_items};
use alloy_hardforks::EthereumHardforks;
use blocklight_verifier::{
    ChainSpec, EncodedInput, Error, Input, Limits, Quiet, Schedule, ScheduleChoice, ScheduleReason, Verdict,
    Verifier,
};
use rayon::ThreadPool;

/// Verifies an input under every schedule: in order on the current pool, ahead of order on another.
pub(super) struct EverySchedule<'a> {
    verifier: Verifier,
    limits: Limits,
    ahead: &'a ThreadPool,
}

/// What every schedule came to, and how the transactions were executed; nothing where it did not come to that.
pub(super) struct Agreed {
    pub(super) verdict: Result<Verdict, Error>,
    pub(super) speculative: Option<ScheduleChoice>,
    /// Nothing also where no list came with the block, and executing it gives none.
    pub(super) access_list: Option<ScheduleChoice>,
}

impl<'a> EverySchedule<'a> {
    pub(super) fn new(chain: ChainSpec, limits: Limits, ahead: &'a ThreadPool) -> Self {
        Self {
            verifier: Verifier::new(chain).with_limits(limits),
            limits,
            ahead,
        }
    }

    pub(super) fn chain(&self) -> &ChainSpec {
        self.verifier.chain()
    }

    /// Verifies an input; one that cannot be decoded is the same to every schedule.
    pub(super) fn verify(&self, encoded: EncodedInput<&[u8]>) -> Result<Agreed, Stop> {
        let decoded = match encoded {
            EncodedInput::File(file) => Input::decode(file, &self.limits),
            EncodedInput::Pair { block, witness } => Input::decode_pair(block, witness, &self.limits),
        };
        let input = match decoded {
            Ok(input) => input,
            Err(error) => {
                let verdict = Err(error);
                let ahead = self.ahead(&self.verifier, Schedule::Speculative, encoded);
                check_same(&verdict, Schedule::Speculative, &ahead)?;
                return Ok(Agreed {
                    verdict,
                    speculative: None,
                    access_list: None,
                });
            }
        };
        let verifier = self.verifier.clone().with_schedule(Schedule::Sequential);
        let (verdict, in_order) = untimed(verifier.verify_input(&input, &Quiet));
        self.check_choice(&input, Schedule::Sequential, in_order)?;
        let ahead = |verifier, schedule| {
            let (got, choice) = untimed(self.ahead(verifier, schedule, encoded));
            check_same(&verdict, schedule, &got)?;
            if choice.is_some() != in_order.is_some() {
                return Err(Stop::unlike(schedule, in_order, choice));
            }
            self.check_choice(&input, schedule, choice)?;
            Ok(choice)
        };
        let speculative = ahead(&self.verifier, Schedule::Speculative)?;
        let access_list = if input.access_list.is_some() {
            ahead(&self.verifier, Schedule::AccessList)?
        } else if in_order.is_some() && self.only_in_order(&input).is_none() {
            // Blocks older than EIP-7928 are run by a hint; but by none that is longer than their gas limit would pay for.
            let most = input.block.header.gas_limit / ITEM_COST as u64;
            match honest_list(self.chain(), &input).filter(|hint| total_bal_items(hint) <= most) {
                Some(hint) => ahead(
                    &self.verifier.clone().with_access_list_hint(hint),
                    Schedule::AccessList,
                )?,
                None => None,
            }
        } else {
            None
        };
        Ok(Agreed {
            verdict,
            speculative,
            access_list,
        })
    }

    /// What a schedule gives on the other pool, decoding included.
    fn ahead(
        &self,
        verifier: &Verifier,
        schedule: Schedule,
        encoded: EncodedInput<&[u8]>,
    ) -> Result<Verdict, Error> {
        let verifier = verifier.clone().with_schedule(schedule);
        self.ahead
            .install(|| encoded.verify(&self.limits, &Quiet, |_| Ok(verifier)))
    }

    /// Why the block's rules leave only the schedule in order, where they do.
    fn only_in_order(&self, input: &Input) -> Option<ScheduleReason> {
        let (chain, header) = (self.chain(), &input.block.header);
        if chain.is_amsterdam_active_at_timestamp(header.timestamp) {
            Some(ScheduleReason::DevelopmentRules)
        } else if chain.is_byzantium_active_at_block(header.number) {
            None
        } else {
            Some(ScheduleReason::ChangesAfterEach)
        }
    }

    /// The schedule asked for was taken, but where the block's rules leave only the one in order.
    fn check_choice(&self, input: &Input, asked: Schedule, got: Option<ScheduleChoice>) -> Result<(), Stop> {
        let expected = match self.only_in_order(input) {
            Some(reason) if asked != Schedule::Sequential => ScheduleChoice {
                schedule: Schedule::Sequential,
                reason,
            },
            _ => ScheduleChoice {
                schedule: asked,
                reason: ScheduleReason::Asked,
            },
        };
        match got {
            Some(got) if got != expected => Err(Stop::unlike(asked, Some(expected), Some(got))),
            _ => Ok(()),
        }
    }
}

/// What came of it, with the timing taken out of the report.
fn untimed(mut verdict: Result<Verdict, Error>) -> (Result<Verdict, Error>, Option<ScheduleChoice>) {
    let timing = verdict
        .as_mut()
        .map(|verdict| std::mem::take(&mut verdict.report_mut().timing));
    let choice = timing.ok().and_then(|timing| timing.schedule);
    (verdict, choice)
}

/// Holds what a schedule gave to what the sequential one gave.
fn check_same(
    expected: &Result<Verdict, Error>,
    schedule: Schedule,
    got: &Result<Verdict, Error>,
) -> Result<(), Stop> {
    let same = match (expected, got) {
        (Ok(expected), Ok(got)) => expected == got,
        (Err(expected), Err(got)) => expected.to_string() == got.to_string(),
        _ => false,
    };
    if same {
        return Ok(());
    }
    let (expected, got) = (describe(expected), describe(got));
    let report = if expected == got {
        ", with another report"
    } else {
        ""
    };
    Err(Stop::failed(
        format_args!("as in order: {expected}"),
        format_args!("{schedule:?}: {got}{report}"),
    ))
}

impl Stop {
    /// A schedule that was not taken as it should be.
    fn unlike(asked: Schedule, expected: Option<ScheduleChoice>, got: Option<ScheduleChoice>) -> Self {
        Self::failed(
            format_args!("{asked:?} taken as {expected:?}"),
            format_args!("{got:?}"),
        )
    }
}
