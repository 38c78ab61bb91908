//! A block that verifies, to be tampered with, and what may become of it.
//!
//! Invariant: a verdict here is always one that came back; a panic or an error of ours fails the test with the
//! name of what was done, and so does another verdict or report under another schedule.

use alloy_primitives::B256;
use blocklight_tests::{
    PARALLEL, full_sweeps,
    mutation::{Original, Schedules},
    sample_input, shared_input, tiny_amsterdam_original,
};
use blocklight_verifier::{
    ChainSpec, CheckStatus, Error, HashTrust, Input, InvalidReason, Missing, Report, Rule, Schedule, Timing,
    Verdict, WitnessFacts,
};

/// The schedules that a copy is held to besides the sequential one: both in whole sweeps, else one, told by its name.
fn held_to(what: &str) -> &'static [Schedule] {
    let [speculative, access_list] = PARALLEL.each_ref();
    match what.bytes().fold(0, u8::wrapping_add) % 2 {
        _ if full_sweeps() => &PARALLEL,
        0 => std::slice::from_ref(speculative),
        _ => std::slice::from_ref(access_list),
    }
}

/// A block as it should be, and its verdict.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) input: Input,
    pub(crate) chain: ChainSpec,
    schedules: Schedules,
    facts: Report,
}

impl Case {
    /// A file of `../shared/blocks`; `None`, said plainly, where it is not there.
    pub(crate) fn shared(name: &str) -> Option<Self> {
        let (chain, input) = shared_input(name).expect("readable")?;
        Some(Self::new(name, chain, input))
    }

    /// The embedded sample block.
    pub(crate) fn sample() -> Self {
        let (chain, input) = sample_input().expect("readable");
        Self::new("the sample", chain, input)
    }

    /// A small block of Amsterdam that was made here, with its access list.
    pub(crate) fn amsterdam() -> Self {
        let Original {
            name, chain, input, ..
        } = tiny_amsterdam_original().expect("a block");
        Self::new(&name, chain, input)
    }

    fn new(name: &str, chain: ChainSpec, mut input: Input) -> Self {
        // Held to no hash, a changed block has to be found out by the rules themselves.
        input.hash = None;
        let schedules = Schedules::new(&chain, &input);
        let verdict = schedules
            .verify(&input, &PARALLEL)
            .unwrap_or_else(|breach| panic!("{name}: {breach}"))
            .expect("a verdict");
        assert!(verdict.is_valid(), "{name}: not valid untampered: {verdict:?}");
        Self {
            name: name.to_owned(),
            facts: facts(verdict.report()),
            input,
            chain,
            schedules,
        }
    }

    /// The block's hash.
    pub(crate) fn hash(&self) -> B256 {
        self.facts.hash
    }

    /// What the untampered block's report says, without times and sizes.
    pub(crate) fn facts(&self) -> &Report {
        &self.facts
    }

    /// The verdict or error on a tampered copy, the same in order and run ahead; a panic fails the test, naming `what` was
    /// done.
    pub(crate) fn result(&self, what: &str, tamper: impl FnOnce(&mut Input)) -> Result<Verdict, Error> {
        let mut input = self.input.clone();
        tamper(&mut input);
        self.schedules
            .verify(&input, held_to(what))
            .unwrap_or_else(|breach| panic!("{}: {what}: {breach}", self.name))
    }

    /// The verdict on a tampered copy.
    pub(crate) fn verdict(&self, what: &str, tamper: impl FnOnce(&mut Input)) -> Verdict {
        self.result(what, tamper)
            .unwrap_or_else(|error| panic!("{}: {what}: {error}", self.name))
    }

    /// Holds the tampered copy to be exactly as valid as the untampered block.
    pub(crate) fn assert_unaffected(&self, what: &str, tamper: impl FnOnce(&mut Input)) {
        let verdict = self.verdict(what, tamper);
        self.assert_same(what, &verdict);
    }

    /// Holds a verdict to be exactly that of the untampered block.
    pub(crate) fn assert_same(&self, what: &str, verdict: &Verdict) {
        assert!(verdict.is_valid(), "{}: {what}: {verdict:?}", self.name);
        assert_eq!(
            facts(verdict.report()),
            self.facts,
            "{}: {what}: other facts",
            self.name
        );
    }

    /// What the witness was found to lack; `None` when the tampering made no difference. Anything else fails.
    pub(crate) fn lacks(&self, what: &str, tamper: impl FnOnce(&mut Input)) -> Option<Missing> {
        match self.verdict(what, tamper) {
            Verdict::Incomplete { missing, .. } => Some(missing),
            verdict => {
                self.assert_same(what, &verdict);
                None
            }
        }
    }

    /// Holds the tampered copy to be invalid by `rule`; held to the right hash, by that.
    pub(crate) fn assert_breaks(&self, rule: Rule, what: &str, tamper: impl Fn(&mut Input)) -> InvalidReason {
        match self.verdict(what, &tamper) {
            Verdict::Invalid { reason, report } => {
                assert_eq!(reason.rule(), rule, "{}: {what}: {reason}", self.name);
                let last = report.checks.last();
                assert!(
                    last.is_some_and(|check| check.rule == rule && check.status == CheckStatus::Failed),
                    "{}: {what}: the last row is {last:?}",
                    self.name
                );
                reason
            }
            verdict => panic!(
                "{}: {what}: expected a breach of {rule:?}, got {verdict:?}",
                self.name
            ),
        }
    }

    /// Holds the tampered copy not to be valid; says which family it is of.
    pub(crate) fn assert_not_valid(&self, what: &str, tamper: impl FnOnce(&mut Input)) -> Verdict {
        let verdict = self.verdict(what, tamper);
        assert!(!verdict.is_valid(), "{}: {what}: valid", self.name);
        verdict
    }

    /// Holds a copy with a changed header to be refused at once when the right hash is given.
    pub(crate) fn assert_held_to_hash(&self, what: &str, tamper: impl FnOnce(&mut Input)) {
        let expected = self.hash();
        let verdict = self.verdict(what, |input| {
            tamper(input);
            input.hash = Some((expected, HashTrust::GivenByCaller));
        });
        let Verdict::Invalid {
            reason: InvalidReason::BlockHash(mismatch),
            report,
        } = verdict
        else {
            panic!("{}: {what}: held to its hash: {verdict:?}", self.name);
        };
        assert_eq!(mismatch.expected, expected);
        assert_eq!(mismatch.got, report.hash);
        assert_ne!(mismatch.got, expected);
    }
}

/// A report without what may differ between witnesses of the same block: times, sizes, cost of hashing them.
pub(crate) fn facts(report: &Report) -> Report {
    Report {
        timing: Timing::default(),
        witness: WitnessFacts {
            root_permutations: report.witness.root_permutations,
            ..WitnessFacts::default()
        },
        ..report.clone()
    }
}
