//! Why a block is invalid, and what a witness lacks.
//!
//! Invariant: every mismatch carries expected and got as typed values; no reason is a string.

use crate::{AccessListFault, Rule, transaction_error::TransactionError};
use alloy_primitives::{Address, B64, B256, Bloom, Bytes, U256};
use blocklight_executor::SystemContract;
use blocklight_trie::{NodeError, TrieError};
use serde::Serialize;

/// A value the rules demand beside the one found. Where the rule is a bound, `expected` is the bound. In JavaScript numbers of 64
/// bits are `bigint` above 2^53 - 1, which only a forged block claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Mismatch<T> {
    /// What the rules demand.
    #[cfg_attr(
        feature = "typescript",
        tsify(type = "T extends number ? number | bigint : T")
    )]
    pub expected: T,
    /// What was found.
    #[cfg_attr(
        feature = "typescript",
        tsify(type = "T extends number ? number | bigint : T")
    )]
    pub got: T,
}

impl<T: std::fmt::Display> std::fmt::Display for Mismatch<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "expected {}, got {}", self.expected, self.got)
    }
}

/// Whether something is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub enum Presence {
    /// It is there.
    Present,
    /// It is not.
    Absent,
}

impl From<bool> for Presence {
    fn from(present: bool) -> Self {
        if present { Self::Present } else { Self::Absent }
    }
}

impl std::fmt::Display for Presence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Present => "present",
            Self::Absent => "absent",
        })
    }
}

/// A part of the block that came with a fork.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub enum ForkField {
    /// Header: base fee (EIP-1559).
    BaseFeePerGas,
    /// Header: withdrawals root (EIP-4895).
    WithdrawalsRoot,
    /// Body: withdrawals (EIP-4895).
    Withdrawals,
    /// Header: blob gas used (EIP-4844).
    BlobGasUsed,
    /// Header: excess blob gas (EIP-4844).
    ExcessBlobGas,
    /// Header: parent beacon block root (EIP-4788).
    ParentBeaconBlockRoot,
    /// Header: requests hash (EIP-7685).
    RequestsHash,
    /// Header: hash of the block-level access list (EIP-7928).
    BlockAccessListHash,
    /// Header: slot number (EIP-7843).
    SlotNumber,
}

/// The consensus rule a block breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[non_exhaustive]
pub enum InvalidReason {
    /// The header's hash is not the one the block was to have.
    #[error("block hash: {0}")]
    BlockHash(Mismatch<B256>),
    /// The number is not one more than the parent's.
    #[error("block number: {0}")]
    Number(Mismatch<u64>),
    /// The parent's number is the largest there is.
    #[error("the parent's block number is the largest there is")]
    NoNextNumber,
    /// The parent's timestamp is the largest there is.
    #[error("the parent's timestamp is the largest there is")]
    NoLaterTimestamp,
    /// The timestamp is not later than the parent's; `expected` is the least allowed, in seconds.
    #[error("timestamp: expected at least {}, got {}", .0.expected, .0.got)]
    Timestamp(Mismatch<u64>),
    /// The gas limit is above what the parent's allows; `expected` is the most allowed.
    #[error("gas limit: expected at most {}, got {}", .0.expected, .0.got)]
    GasLimitTooHigh(Mismatch<u64>),
    /// The gas limit is below what the parent's or the protocol's minimum allows; `expected` is the least allowed.
    #[error("gas limit: expected at least {}, got {}", .0.expected, .0.got)]
    GasLimitTooLow(Mismatch<u64>),
    /// The header says more gas was used than its limit; `expected` is the limit.
    #[error("gas used: expected at most {}, got {}", .0.expected, .0.got)]
    GasUsedAboveLimit(Mismatch<u64>),
    /// The base fee is not what EIP-1559 computes, in wei.
    #[error("base fee: {0}")]
    BaseFee(Mismatch<u64>),
    /// The extra data is too long, in bytes; `expected` is the most allowed.
    #[error("extra data: expected at most {} bytes, got {}", .0.expected, .0.got)]
    ExtraDataLength(Mismatch<u64>),
    /// The extra data lacks the DAO fork's marker.
    #[error("extra data at the DAO fork: {0}")]
    DaoForkExtraData(Mismatch<Bytes>),
    /// The extra data holds the DAO fork's marker, on a chain that refused the fork (EIP-779).
    #[error("the DAO fork's marker in the extra data: {0}")]
    DaoForkMark(Mismatch<Presence>),
    /// The difficulty is not what the fork computes from the parent (zero after the merge).
    #[error("difficulty: {0}")]
    Difficulty(Mismatch<U256>),
    /// The nonce is not zero after the merge.
    #[error("nonce: {0}")]
    Nonce(Mismatch<B64>),
    /// The root of the ommers differs.
    #[error("ommers hash: {0}")]
    OmmersHash(Mismatch<B256>),
    /// There are too many ommers; `expected` is the most allowed.
    #[error("ommers: expected at most {}, got {}", .0.expected, .0.got)]
    OmmersCount(Mismatch<u64>),
    /// An ommer may not be in this block.
    #[error("ommer {index}: {fault}")]
    Ommer {
        /// Its place in the list of ommers.
        index: usize,
        /// What is wrong with it.
        fault: OmmerFault,
    },
    /// A field is there before its fork, or absent after it.
    #[error("{field:?}: {mismatch}")]
    ForkField {
        /// Which field.
        field: ForkField,
        /// Whether it had to be there, and whether it was.
        #[serde(flatten)]
        mismatch: Mismatch<Presence>,
    },
    /// The excess blob gas is not what the fork computes from the parent.
    #[error("excess blob gas: {0}")]
    ExcessBlobGas(Mismatch<u64>),
    /// The blob gas used is not the transactions' sum.
    #[error("blob gas used: {0}")]
    BlobGasUsed(Mismatch<u64>),
    /// The blob gas used is above the fork's maximum; `expected` is the maximum.
    #[error("blob gas used: expected at most {}, got {}", .0.expected, .0.got)]
    BlobGasAboveMaximum(Mismatch<u64>),
    /// The root of the transactions differs.
    #[error("transactions root: {0}")]
    TransactionsRoot(Mismatch<B256>),
    /// The root of the withdrawals differs.
    #[error("withdrawals root: {0}")]
    WithdrawalsRoot(Mismatch<B256>),
    /// The block's RLP is too long, in bytes; `expected` is the most allowed (EIP-7934).
    #[error("block size: expected at most {} bytes, got {}", .0.expected, .0.got)]
    BlockSize(Mismatch<u64>),
    /// A transaction may not be in this block.
    #[error("transaction {index}: {error}")]
    Transaction {
        /// Transaction index in the block.
        index: usize,
        /// What is wrong with it.
        error: TransactionError,
    },
    /// A system call failed, which no block may cause.
    #[error("the system call to {contract:?} failed")]
    SystemCall {
        /// Which system contract.
        contract: SystemContract,
    },
    /// A log of the deposit contract does not have the layout of EIP-6110.
    #[error("a deposit log does not have the layout of EIP-6110")]
    DepositLog,
    /// The gas used differs.
    #[error("gas used: {0}")]
    GasUsed(Mismatch<u64>),
    /// The root of the receipts differs.
    #[error("receipts root: {0}")]
    ReceiptsRoot(Mismatch<B256>),
    /// The bloom of all logs differs.
    #[error("logs bloom: {0}")]
    LogsBloom(Box<Mismatch<Bloom>>),
    /// The hash of the execution requests differs.
    #[error("requests hash: {0}")]
    RequestsHash(Mismatch<B256>),
    /// The hash of the access list differs from that of the list that execution rebuilds.
    #[error("hash of the access list: {mismatch}{}", .account.map_or_else(String::new, |account| format!(", first at account {account}")))]
    AccessListHash {
        /// The hashes; `expected` is the header's.
        #[serde(flatten)]
        mismatch: Mismatch<B256>,
        /// The first account that is not as the block's list says, where the list came with the block.
        #[cfg_attr(feature = "typescript", tsify(type = "Hex | undefined"))]
        account: Option<Address>,
    },
    /// The access list has more accounts and slots than the gas limit pays for; `expected` is the most allowed.
    #[error("items of the access list: expected at most {}, got {}", .0.expected, .0.got)]
    AccessListItems(Mismatch<u64>),
    /// The access list that the header commits to is not in the order that the rules demand.
    #[error("access list, account {account}: {fault}")]
    AccessListOrder {
        /// The account it is about.
        #[cfg_attr(feature = "typescript", tsify(type = "Hex"))]
        account: Address,
        /// What is wrong.
        #[serde(flatten)]
        fault: AccessListFault,
    },
    /// The root of the state after the block differs.
    #[error("post-state root: {0}")]
    StateRoot(Mismatch<B256>),
}

/// Why a header may not be an ommer of a block (Yellow Paper 11.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "fault", rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[non_exhaustive]
pub enum OmmerFault {
    /// Its number is too low; `expected` is the least allowed.
    #[error("number: expected at least {}, got {}", .0.expected, .0.got)]
    TooOld(Mismatch<u64>),
    /// Its number is too high; `expected` is the most allowed.
    #[error("number: expected at most {}, got {}", .0.expected, .0.got)]
    TooYoung(Mismatch<u64>),
    /// The block names it twice.
    #[error("named twice")]
    Twice,
    /// It is an ancestor of the block.
    #[error("it is an ancestor of the block")]
    Ancestor,
    /// Its parent is no ancestor of the block; `expected` is the hash of the ancestor with its parent's number.
    #[error("parent hash: {0}")]
    Parent(Mismatch<B256>),
    /// An ancestor of the block has it as an ommer already.
    #[error("ancestor {number} includes it already")]
    IncludedBefore {
        /// That ancestor's number.
        #[cfg_attr(feature = "typescript", tsify(type = "number | bigint"))]
        number: u64,
    },
    /// Its header breaks a rule on top of its parent.
    #[error("{reason}")]
    Header {
        /// The rule.
        reason: Box<InvalidReason>,
    },
}

impl InvalidReason {
    /// The rule that is broken.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::BlockHash(_) => Rule::BlockHash,
            Self::Number(_) | Self::NoNextNumber => Rule::Number,
            Self::Timestamp(_) | Self::NoLaterTimestamp => Rule::Timestamp,
            Self::GasLimitTooHigh(_) | Self::GasLimitTooLow(_) => Rule::GasLimit,
            Self::GasUsedAboveLimit(_) | Self::GasUsed(_) => Rule::GasUsed,
            Self::BaseFee(_) => Rule::BaseFee,
            Self::ExtraDataLength(_) | Self::DaoForkExtraData(_) | Self::DaoForkMark(_) => Rule::ExtraData,
            Self::Difficulty(_) => Rule::Difficulty,
            Self::Nonce(_) => Rule::Nonce,
            Self::OmmersHash(_) => Rule::OmmersHash,
            Self::OmmersCount(_) | Self::Ommer { .. } => Rule::Ommers,
            Self::WithdrawalsRoot(_)
            | Self::ForkField {
                field: ForkField::Withdrawals,
                ..
            } => Rule::WithdrawalsRoot,
            Self::ForkField { .. } => Rule::HeaderFields,
            Self::ExcessBlobGas(_) => Rule::ExcessBlobGas,
            Self::BlobGasUsed(_) | Self::BlobGasAboveMaximum(_) => Rule::BlobGasUsed,
            Self::TransactionsRoot(_) => Rule::TransactionsRoot,
            Self::BlockSize(_) => Rule::BlockSize,
            Self::Transaction { .. } => Rule::Transactions,
            Self::SystemCall { .. } => Rule::SystemCalls,
            Self::DepositLog | Self::RequestsHash(_) => Rule::RequestsHash,
            Self::AccessListHash { .. } | Self::AccessListItems(_) | Self::AccessListOrder { .. } => {
                Rule::AccessList
            }
            Self::ReceiptsRoot(_) => Rule::ReceiptsRoot,
            Self::LogsBloom(_) => Rule::LogsBloom,
            Self::StateRoot(_) => Rule::StateRoot,
        }
    }
}

/// Which trie a node belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub enum Trie {
    /// The account trie.
    Account,
    /// The storage trie of the account whose address has this Keccak-256.
    Storage(#[cfg_attr(feature = "typescript", tsify(type = "Hex"))] B256),
}

impl std::fmt::Display for Trie {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Account => f.write_str("the account trie"),
            Self::Storage(hashed_address) => write!(f, "the storage trie of account {hashed_address}"),
        }
    }
}

/// What the witness lacks or garbles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[non_exhaustive]
pub enum Missing {
    /// The parent's header is not among the ancestors.
    #[error("the parent's header {hash} is not in the witness")]
    Parent {
        /// The block's parent hash.
        #[cfg_attr(feature = "typescript", tsify(type = "Hex"))]
        hash: B256,
    },
    /// An ancestor's header the block asks for is not linked to the parent by the headers given.
    #[error("the header of ancestor {number} is not in the witness, or not linked to the parent")]
    Ancestor {
        /// The ancestor's block number.
        #[cfg_attr(feature = "typescript", tsify(type = "number | bigint"))]
        number: u64,
    },
    /// A trie node on the way to a value is not in the witness.
    #[error("trie node {hash} at path 0x{path} of {trie} is not in the witness")]
    Node {
        /// The trie.
        trie: Trie,
        /// Nibbles from the root to the node, a hex digit each.
        path: String,
        /// The node's hash.
        #[cfg_attr(feature = "typescript", tsify(type = "Hex"))]
        hash: B256,
    },
    /// A trie node that the pre-state root leads to is no node of a Merkle-Patricia trie.
    #[error("trie node {hash} at path 0x{path} of {trie} is garbled: {cause}")]
    GarbledNode {
        /// The trie.
        trie: Trie,
        /// Nibbles from the root to the node, a hex digit each.
        path: String,
        /// The node's hash.
        #[cfg_attr(feature = "typescript", tsify(type = "Hex"))]
        hash: B256,
        /// What is wrong with it. In JSON its words.
        #[cfg_attr(feature = "typescript", tsify(type = "string"))]
        cause: Box<GarbledCause>,
    },
    /// A contract's code is not in the witness.
    #[error("the code {hash} is not in the witness")]
    Code {
        /// The code's Keccak-256.
        #[cfg_attr(feature = "typescript", tsify(type = "Hex"))]
        hash: B256,
    },
    /// The access list that came with the block is not the one the header commits to.
    #[error("the access list {got} is not the one of the block, {expected}")]
    AccessList {
        /// The hash that the header has.
        #[cfg_attr(feature = "typescript", tsify(type = "Hex"))]
        expected: B256,
        /// The hash of the list given.
        #[cfg_attr(feature = "typescript", tsify(type = "Hex"))]
        got: B256,
    },
}

/// What is wrong with a trie node.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GarbledCause {
    /// Its bytes are those of no node that a trie holds at its place.
    #[error(transparent)]
    Node(NodeError),
    /// Two addresses have this Keccak-256.
    #[error("two addresses share this hash")]
    SharedHash,
    /// The trie refused a key or value of ours.
    #[error(transparent)]
    Trie(TrieError),
}

impl Serialize for GarbledCause {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
