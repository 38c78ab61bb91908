//! What came of one file, and what the whole run's exit status is.

use crate::read::ReadError;
use alloy_primitives::B256;
use blocklight_verifier::{Error, Verdict};

/// What came of one file.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The file as named on the command line; for a pair, the block's.
    pub(crate) file: String,
    /// What is known of the block whatever came of it.
    pub(crate) facts: Facts,
    /// The verdict, or why there is none.
    pub(crate) result: Result<Verdict, Failure>,
    /// Milliseconds of reading and unpacking.
    pub(crate) read_ms: f64,
}

/// What decoding alone tells of a block; for an error there is no report to hold it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Facts {
    pub(crate) chain_id: Option<u64>,
    pub(crate) number: Option<u64>,
    pub(crate) hash: Option<B256>,
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Verifier(#[from] Error),
}

impl Failure {
    /// A stable machine-readable name.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Read(ReadError::Io { .. }) => "read",
            Self::Read(ReadError::Gzip { .. }) => "gzip",
            Self::Read(ReadError::Limit(error)) | Self::Verifier(error) => error.code(),
        }
    }

    /// Expected and got, where the error has them.
    pub(crate) const fn mismatch(&self) -> Option<(Option<u64>, u64)> {
        match self {
            Self::Read(ReadError::Limit(error)) | Self::Verifier(error) => match error {
                Error::Limit { expected, got, .. } | Error::ChainMismatch { expected, got } => {
                    Some((Some(*expected), *got))
                }
                Error::UnknownChain { got } => Some((None, *got)),
                _ => None,
            },
            Self::Read(_) => None,
        }
    }
}

impl Outcome {
    /// The family's name: `valid`, `invalid`, `incomplete` or `error`.
    pub(crate) const fn name(&self) -> &'static str {
        match &self.result {
            Ok(verdict) => verdict.name(),
            Err(_) => "error",
        }
    }

    /// The reason in words; `None` for a valid block.
    pub(crate) fn message(&self) -> Option<String> {
        match &self.result {
            Ok(Verdict::Valid { .. }) => None,
            Ok(Verdict::Invalid { reason, .. }) => Some(reason.to_string()),
            Ok(Verdict::Incomplete { missing, .. }) => Some(missing.to_string()),
            Err(failure) => Some(failure.to_string()),
        }
    }
}

/// How a run went, from best to worst: the order decides the exit status of a mixed run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Worst {
    Valid,
    Incomplete,
    Invalid,
    Error,
}

impl From<&Outcome> for Worst {
    fn from(outcome: &Outcome) -> Self {
        match &outcome.result {
            Ok(Verdict::Valid { .. }) => Self::Valid,
            Ok(Verdict::Incomplete { .. }) => Self::Incomplete,
            Ok(Verdict::Invalid { .. }) => Self::Invalid,
            Err(_) => Self::Error,
        }
    }
}

impl Worst {
    pub(crate) const fn exit_status(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Invalid => 1,
            Self::Incomplete => 2,
            Self::Error => crate::ERROR,
        }
    }
}
