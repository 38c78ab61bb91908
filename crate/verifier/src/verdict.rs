//! The verdict: three of the four families (the fourth, [`Error`](crate::Error), is our own side's).
//!
//! Invariant: the families are never mixed. `Invalid` is proved from authenticated data; anything the witness
//! lacks or garbles is `Incomplete`.

use crate::{InvalidReason, Missing, Report};
use serde::Serialize;

/// What the check of a block came to. The report is boxed because it dwarfs the reasons.
///
/// As JSON it has, beside its fields, its family as `status`, and where it is not valid a `message`: reason or missing in
/// words.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The block is what its header says, given its parent's state.
    Valid {
        /// What was checked.
        report: Box<Report>,
    },
    /// The block breaks a consensus rule, proved from authenticated data.
    Invalid {
        /// The first rule found broken, with expected and got.
        reason: InvalidReason,
        /// What was checked until then.
        report: Box<Report>,
    },
    /// The witness lacks or garbles what the check needs: it cannot be told.
    Incomplete {
        /// The first thing found missing.
        missing: Missing,
        /// What was checked until then.
        report: Box<Report>,
    },
}

impl Verdict {
    /// The report that comes with every verdict.
    pub fn report(&self) -> &Report {
        match self {
            Self::Valid { report } | Self::Invalid { report, .. } | Self::Incomplete { report, .. } => report,
        }
    }

    /// The report, to be changed: a caller may take its times out, which differ from run to run.
    pub fn report_mut(&mut self) -> &mut Report {
        match self {
            Self::Valid { report } | Self::Invalid { report, .. } | Self::Incomplete { report, .. } => report,
        }
    }

    /// Whether the block was found valid.
    pub const fn is_valid(&self) -> bool {
        matches!(self, Self::Valid { .. })
    }

    /// The family's name: `valid`, `invalid` or `incomplete`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Valid { .. } => "valid",
            Self::Invalid { .. } => "invalid",
            Self::Incomplete { .. } => "incomplete",
        }
    }
}

/// A verdict as it is serialised.
#[derive(Serialize)]
#[serde(rename = "Verdict", tag = "status", rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify), tsify(rename = "Verdict"))]
enum Shape<'a> {
    /// The block is what its header says, given its parent's state.
    Valid {
        /// What was checked.
        report: &'a Report,
    },
    /// The block breaks a consensus rule, proved from authenticated data.
    Invalid {
        /// The reason in words.
        message: String,
        /// The first rule found broken, with expected and got.
        reason: &'a InvalidReason,
        /// What was checked until then.
        report: &'a Report,
    },
    /// The witness lacks or garbles what the check needs: it cannot be told.
    Incomplete {
        /// What is missing, in words.
        message: String,
        /// The first thing found missing.
        missing: &'a Missing,
        /// What was checked until then.
        report: &'a Report,
    },
}

impl Serialize for Verdict {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Valid { report } => Shape::Valid { report },
            Self::Invalid { reason, report } => Shape::Invalid {
                message: reason.to_string(),
                reason,
                report,
            },
            Self::Incomplete { missing, report } => Shape::Incomplete {
                message: missing.to_string(),
                missing,
                report,
            },
        }
        .serialize(serializer)
    }
}
