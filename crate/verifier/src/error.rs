//! The fourth family: what went wrong on our own side.
//!
//! Invariant: no error says anything about the block; a caller that gets one knows nothing of its validity.

use crate::{InputError, Limit};

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input is in no dialect we know, or is cut or garbled as a file.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A limit of [`Limits`](crate::Limits) was passed; raise it if the input is honest.
    #[error("too many {limit}: the limit is {expected}, the input has {got}")]
    Limit {
        /// Which limit.
        limit: Limit,
        /// The limit's value.
        expected: u64,
        /// The input's value.
        got: u64,
    },
    /// The block is of another chain than the verifier was made for.
    #[error("the input is of chain {got}, the verifier checks chain {expected}")]
    ChainMismatch {
        /// Chain id of the verifier.
        expected: u64,
        /// Chain id the input names.
        got: u64,
    },
    /// No built-in chain has this id; give its genesis or config JSON.
    #[error("chain {got} is not built in: give its genesis or config JSON")]
    UnknownChain {
        /// The chain id.
        got: u64,
    },
    /// The block belongs to a fork whose rules are not implemented, or for which its public chain has no date here.
    #[error("the block is of fork {fork}, which is not implemented for its chain")]
    UnsupportedFork {
        /// The fork's name.
        fork: &'static str,
    },
    /// The block is the first without proof of work on a chain whose configuration gives a total difficulty for that, and
    /// only the total difficulty of all its ancestors could tell whether it may be.
    #[error(
        "whether the merge may happen at this block only its total difficulty tells, which no witness shows"
    )]
    UndecidableMerge,
    /// A step that cannot fail on any input failed: a bug of ours or of a dependency.
    #[error("internal error while {during}: {source}")]
    Internal {
        /// What was being done.
        during: &'static str,
        /// What was reported.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// A stable machine-readable name of the error's kind.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Input(_) => "input",
            Self::Limit { .. } => "limit",
            Self::ChainMismatch { .. } => "chainMismatch",
            Self::UnknownChain { .. } => "unknownChain",
            Self::UnsupportedFork { .. } => "unsupportedFork",
            Self::UndecidableMerge => "undecidableMerge",
            Self::Internal { .. } => "internal",
        }
    }
}
