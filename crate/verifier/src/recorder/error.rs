//! Why a witness could not be made.
//!
//! Invariant: what a provider of proofs got wrong is told apart from what the caller and we did.

use super::ProofKey;
use crate::{Mismatch, Missing};
use alloy_primitives::{Address, B256, U256};

/// Why a witness could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The block is not a child of the newest header.
    #[error("the block's parent is {got}, the newest header is {expected}")]
    Parent {
        /// Hash of the newest header.
        expected: B256,
        /// The block's parent hash.
        got: B256,
    },
    /// The state is not the one after the newest block.
    #[error("the newest header's state root is {expected}, the state's {got}")]
    StateRoot {
        /// The header's.
        expected: B256,
        /// The state's.
        got: B256,
    },
    /// The block asks for an ancestor that the headers given do not reach.
    #[error("the block asks for ancestor {number}, which is not among the headers")]
    Ancestor {
        /// The ancestor's block number.
        number: u64,
    },
    /// A block that cannot be executed has no state after it.
    #[error("the block could not be executed, so no state comes after it")]
    NotExecuted,
    /// The block is of a fork that is not implemented.
    #[error("the block is of the fork {fork}, which is not implemented")]
    UnsupportedFork {
        /// The fork's name.
        fork: &'static str,
    },
    /// Execution failed as no block can make it fail: a bug of ours.
    #[error("executing the block failed: {source}")]
    Execution {
        /// What the executor says.
        source: Box<dyn core::error::Error + Send + Sync>,
    },
    /// The provider could not answer.
    #[error("the provider has no {asked}: {source}")]
    Provider {
        /// What it was asked for.
        asked: Asked,
        /// Its own error.
        source: Box<dyn core::error::Error + Send + Sync>,
    },
    /// A proof does not lead from the parent's state root to its key: a node of it is missing or garbled.
    #[error("the proof of {of} does not hold: {missing}")]
    Proof {
        /// What was to be proved.
        of: ProofKey,
        /// The node.
        missing: Box<Missing>,
    },
    /// A proof has more nodes than a way through a trie can have.
    #[error("the proof of {of} has {got} nodes, more than the {expected} that a way can have")]
    ProofLength {
        /// What was to be proved.
        of: ProofKey,
        /// The most nodes that a way of 64 nibbles has.
        expected: usize,
        /// Nodes in the proof.
        got: usize,
    },
    /// What the provider says beside a proof is not what the proof shows.
    #[error("the {field} of {of}: the proof shows {:#x}, the provider says {:#x}", .mismatch.expected, .mismatch.got)]
    Stated {
        /// What was asked for.
        of: ProofKey,
        /// The field, by its name in EIP-1186.
        field: &'static str,
        /// What the proof shows, and what was said; hashes as big-endian integers.
        mismatch: Box<Mismatch<U256>>,
    },
    /// A code is not the one that its account names.
    #[error("the code of account {address} has the hash {got}, the account names {expected}")]
    Code {
        /// The account.
        address: Address,
        /// The account's code hash, proved.
        expected: B256,
        /// Keccak-256 of the code given.
        got: B256,
    },
    /// A header is not the one that its child names.
    #[error("the header of block {number} has the hash {got}, its child names {expected}")]
    Header {
        /// The number asked for.
        number: u64,
        /// The child's parent hash.
        expected: B256,
        /// Hash of the header given.
        got: B256,
    },
    /// A delete leaves a branch with one child, which decides what becomes of the branch, and no proof at hand holds it.
    #[error(
        "a delete leaves a sibling alone in its branch, and no proof of it can be had, as {fault}: {node}"
    )]
    Sibling {
        /// The sibling, a [`Missing::Node`].
        node: Box<Missing>,
        /// Why it could not be had.
        fault: SiblingFault,
    },
    /// The state lacks what it needs itself: a bug of ours.
    #[error("the state lacks what it should hold: {missing}")]
    Internal {
        /// What it lacks.
        missing: Box<Missing>,
    },
}

/// What a provider was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A proof.
    Proof(ProofKey),
    /// The code of this account.
    Code(Address),
    /// The header of this number.
    Header(u64),
}

impl core::fmt::Display for Asked {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Proof(of) => write!(f, "proof of {of}"),
            Self::Code(address) => write!(f, "code of account {address}"),
            Self::Header(number) => write!(f, "header of block {number}"),
        }
    }
}

/// Why a sibling could not be had: a proof holds it if its key's hash begins with the sibling's path, so such a key must be
/// found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SiblingFault {
    /// No key at hand leads there, and the path is too long to find one by hashing.
    #[error(
        "no known key leads there, and a path of {got} nibbles takes too long to search, at most {expected} do not"
    )]
    TooDeep {
        /// The longest path that is searched, in nibbles.
        expected: usize,
        /// The sibling's, in nibbles.
        got: usize,
    },
    /// No key that was tried leads there.
    #[error("none of {tried} keys leads there")]
    NotFound {
        /// How many were hashed.
        tried: u64,
    },
}
