//! The oracle: what may become of a mutant.
//!
//! Invariant: `Valid` with the original's hash means the original's block and facts; `Valid` with another hash is for
//! mutations that may make another valid block, and those are refused when held to the original's hash. Whatever it is, it is
//! so under another schedule too, and from bytes in one go. Where access lists alone were changed, there is one verdict that it may come to.

use super::{
    Kind, Mutant, TamperedCopy,
    headers::differing,
    original::{Original, facts},
    schedules::{Schedules, caught, outcome},
};
use alloy_eips::eip7928::compute_block_access_list_hash;
use blocklight_verifier::{Error, HashTrust, Input, InvalidReason, Missing, Rule, Schedule, Verdict};

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
    /// Valid with another value of a header's field that the block and the state before it determine.
    #[error("valid with another {0} and nothing else changed")]
    Header(&'static str),
    /// Another verdict than a changed access list must come to.
    #[error("with nothing changed but access lists {got}, where it must be {expected}")]
    AccessList {
        /// What it must be.
        expected: &'static str,
        /// What it was.
        got: String,
    },
    /// Not refused when held to the original's hash.
    #[error("not refused under the original's hash: {0}")]
    NotHeld(String),
    /// Another verdict, report or error from the bytes in one go than from what they decode to.
    #[error("from the bytes {got}, where decoded first they give {expected}")]
    FromBytes {
        /// What it came to decoded first.
        expected: String,
        /// What it came to in one go; where that reads the same, reports differ.
        got: String,
    },
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
        hold_bytes(mutant, &original.schedules, None)?;
        return Ok(Outcome::Undecodable);
    };
    let hint = mutant.hint.clone();
    let schedules = hint.map_or_else(
        || original.schedules.clone(),
        |hint| original.schedules.with_hint(hint),
    );
    let verdict = schedules.verify(&input, &[mutant.schedule])?;
    hold_bytes(mutant, &schedules, Some(&verdict))?;
    if mutant.is_of_lists_alone() {
        hold_lists(original, &input, &verdict)?;
    }
    match verdict {
        Err(Error::Internal { during, source }) => Err(Breach::Internal(format!("{during}: {source}"))),
        Err(_) => Ok(Outcome::Refused),
        Ok(Verdict::Invalid { .. }) => Ok(Outcome::Invalid),
        Ok(Verdict::Incomplete { .. }) => Ok(Outcome::Incomplete),
        Ok(Verdict::Valid { report }) if report.hash == original.facts.hash => {
            if input.block != original.input.block {
                return Err(Breach::OtherFacts("block"));
            }
            // Where the header names no list, one beside the block is no part of it.
            let listed = input.block.header.block_access_list_hash.is_some();
            // A list that is held back is none that could be wrong: the header's hash says which one there is.
            if listed && input.access_list.is_some() && input.access_list != original.input.access_list {
                return Err(Breach::OtherFacts("access list"));
            }
            let (mut got, mut expected) = (facts(&report), original.facts.clone());
            if input.access_list.is_none() && original.input.access_list.is_some() {
                // A list that is there has rows of its own.
                got.checks.clear();
                expected.checks.clear();
            }
            if got != expected {
                return Err(Breach::OtherFacts("report"));
            }
            Ok(Outcome::Same)
        }
        Ok(Verdict::Valid { .. }) => another_block(original, mutant, &schedules, &input),
    }
}

/// Where the copy is of bytes, holds the verdict that they come to in one go to the one of what they decode to.
fn hold_bytes(
    mutant: &Mutant,
    schedules: &Schedules,
    expected: Option<&Result<Verdict, Error>>,
) -> Result<(), Breach> {
    match &mutant.copy {
        TamperedCopy::Encoded {
            block,
            witness,
            access_list: None,
        } => schedules.hold_bytes(block, witness, mutant.schedule, expected),
        // A list has no place beside a block and a witness that come apart.
        TamperedCopy::Encoded { .. } | TamperedCopy::Typed(_) => Ok(()),
    }
}

/// Holds what came of changed access lists (EIP-7928), all else being honest, to what must come of them: a list that is not
/// the one in the header tells nothing of the block, one that is there is refuted by the list that execution rebuilds, and a
/// hint changes nothing.
fn hold_lists(original: &Original, input: &Input, verdict: &Result<Verdict, Error>) -> Result<(), Breach> {
    let honest = original.input.block.header.block_access_list_hash;
    let committed = input.block.header.block_access_list_hash;
    let given = input.access_list.as_deref().map(compute_block_access_list_hash);
    let (expected, as_expected) = match (committed, given) {
        (Some(expected), Some(got)) if expected != got => (
            "incomplete, for want of the list that the header names",
            matches!(
                verdict,
                Ok(Verdict::Incomplete { missing, .. }) if *missing == Missing::AccessList { expected, got }
            ),
        ),
        _ if committed == honest => ("valid", matches!(verdict, Ok(Verdict::Valid { .. }))),
        _ => (
            "invalid by the list that execution rebuilds, or by the order of the one given",
            matches!(
                verdict,
                Ok(Verdict::Invalid { reason, .. }) if refutes(reason, input)
            ),
        ),
    };
    if as_expected {
        return Ok(());
    }
    Err(Breach::AccessList {
        expected,
        got: outcome(verdict),
    })
}

/// Whether `reason` is that the list in the header is not what execution rebuilds, with an account named if the list is
/// there; or else that the list given is not in order.
fn refutes(reason: &InvalidReason, input: &Input) -> bool {
    let listed = input.access_list.is_some();
    match reason {
        InvalidReason::AccessListHash { mismatch, account } => {
            Some(mismatch.expected) == input.block.header.block_access_list_hash
                && account.is_some() == listed
        }
        reason => listed && reason.rule() == Rule::AccessList,
    }
}

/// The fields of a header that may be otherwise in a valid block, all else being equal: the proposer or the consensus layer chooses
/// them, within bounds, and what executes may not look at them (the beacon root goes to a contract that is not everywhere).
/// All others follow from the block and what is before it.
const FREE: [&str; 8] = [
    "beneficiary",
    "gas limit",
    "timestamp",
    "extra data",
    "mix hash",
    "nonce",
    "parent beacon block root",
    "slot number",
];

fn another_block(
    original: &Original,
    mutant: &Mutant,
    schedules: &Schedules,
    input: &Input,
) -> Result<Outcome, Breach> {
    if !mutant.may_be_another_block() {
        return Err(Breach::Valid);
    }
    if mutant.kinds.iter().all(|kind| *kind == Kind::ChangeHeader) {
        let fields = differing(&input.block.header, &original.input.block.header);
        if let Some(field) = fields.into_iter().find(|field| !FREE.contains(field)) {
            return Err(Breach::Header(field));
        }
    }
    let mut held = input.clone();
    held.hash = Some((original.facts.hash, HashTrust::GivenByCaller));
    match schedules.verify(&held, &[mutant.schedule])? {
        Ok(Verdict::Invalid {
            reason: InvalidReason::BlockHash(_),
            ..
        }) => Ok(Outcome::AnotherBlock),
        other => Err(Breach::NotHeld(format!("{other:?}"))),
    }
}
