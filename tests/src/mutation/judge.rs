//! The oracle: what may become of a mutant.
//!
//! Invariant: `Valid` with the original's hash means the original's block and facts; `Valid` with another hash is for
//! mutations that may make another valid block, and those are refused when held to the original's hash. Whatever it is, it is
//! so under another schedule too.

use super::{
    Mutant,
    original::{Original, facts},
    schedules::caught,
};
use blocklight_verifier::{Error, HashTrust, Input, InvalidReason, Schedule, Verdict};

/// What became of a mutant, where nothing is wrong with that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The same block with the same facts.
    Same,
    /// Another block, valid by itself, and refused under the original's hash.
    AnotherBlock,
    /// A broken rule.
    Invalid,
    /// The witness lacks something.
    Incomplete,
    /// A limit, another chain, a fork without rules.
    Refused,
    /// It does not decode.
    Undecodable,
}

/// What must not become of a mutant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    /// Something panicked.
    #[error("panicked")]
    Panic,
    /// An error that only a bug can give.
    #[error("an internal error: {0}")]
    Internal(String),
    /// Valid with the original's hash, but with another body or other facts.
    #[error("valid under the original's hash, with another {0}")]
    OtherFacts(&'static str),
    /// Valid, though the block or the state before it is forged.
    #[error("valid with another hash")]
    Valid,
    /// Not refused when held to the original's hash.
    #[error("not refused under the original's hash: {0}")]
    NotHeld(String),
    /// Another verdict, report or error than the sequential schedule gives.
    #[error("under the schedule {schedule:?} {got}, where the sequential one gives {expected}")]
    Schedule {
        /// Under which schedule.
        schedule: Schedule,
        /// What the sequential schedule came to.
        expected: String,
        /// What this one came to; where that reads the same, reports differ.
        got: String,
    },
}

/// Verifies a mutant and holds it to the oracle.
///
/// # Errors
/// The breach.
pub fn judge(original: &Original, mutant: &Mutant) -> Result<Outcome, Breach> {
    let Some(input) = caught(|| mutant.copy.decoded())? else {
        return Ok(Outcome::Undecodable);
    };
    match original.schedules.verify(&input, &[mutant.schedule])? {
        Err(Error::Internal { during, source }) => Err(Breach::Internal(format!("{during}: {source}"))),
        Err(_) => Ok(Outcome::Refused),
        Ok(Verdict::Invalid { .. }) => Ok(Outcome::Invalid),
        Ok(Verdict::Incomplete { .. }) => Ok(Outcome::Incomplete),
        Ok(Verdict::Valid { report }) if report.hash == original.facts.hash => {
            if input.block != original.input.block {
                return Err(Breach::OtherFacts("block"));
            }
            if facts(&report) != original.facts {
                return Err(Breach::OtherFacts("report"));
            }
            Ok(Outcome::Same)
        }
        Ok(Verdict::Valid { .. }) => another_block(original, mutant, &input),
    }
}

fn another_block(original: &Original, mutant: &Mutant, input: &Input) -> Result<Outcome, Breach> {
    if !mutant.may_be_another_block() {
        return Err(Breach::Valid);
    }
    let mut held = input.clone();
    held.hash = Some((original.facts.hash, HashTrust::GivenByCaller));
    match original.schedules.verify(&held, &[mutant.schedule])? {
        Ok(Verdict::Invalid {
            reason: InvalidReason::BlockHash(_),
            ..
        }) => Ok(Outcome::AnotherBlock),
        other => Err(Breach::NotHeld(format!("{other:?}"))),
    }
}
