//! The report: what was checked, expected and got, and where the time went.
//!
//! Invariant: everything outside [`Timing`] is the same for the same input, whatever the number of threads and
//! the machine.

use alloy_primitives::B256;
use blocklight_executor::{Dependencies, ScheduleChoice, Timeline, TransactionReport};
use serde::Serialize;

/// The facts and times of one verification.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Report {
    /// The chain's id.
    #[cfg_attr(feature = "typescript", tsify(type = "number | bigint"))]
    pub chain_id: u64,
    /// The block's number.
    #[cfg_attr(feature = "typescript", tsify(type = "number | bigint"))]
    pub number: u64,
    /// Keccak-256 of the header's RLP.
    #[cfg_attr(feature = "typescript", tsify(type = "Hex"))]
    pub hash: B256,
    /// What the hash was compared with. A verdict speaks of the block with this hash, and says nothing of
    /// whether that block is on the canonical chain.
    pub hash_trust: HashTrust,
    /// The fork whose rules apply, in lower camel case: `frontier`, `spuriousDragon`, … `osaka`, `bpo1`, ….
    pub fork: String,
    /// The dialects the input came in.
    pub dialects: Dialects,
    /// State root of the parent: what the witness is authenticated against. Zero until the parent is known.
    #[cfg_attr(feature = "typescript", tsify(type = "Hex"))]
    pub pre_state_root: B256,
    /// State root the block's header claims.
    #[cfg_attr(feature = "typescript", tsify(type = "Hex"))]
    pub post_state_root: B256,
    /// Number of transactions in the block.
    pub transactions: u64,
    /// Gas used by the block as re-executed; the header's claim until execution has ended.
    #[cfg_attr(feature = "typescript", tsify(type = "number | bigint"))]
    pub gas_used: u64,
    /// Size and use of the witness.
    pub witness: WitnessFacts,
    /// Every check made, in the order made. After a failed one there are no more.
    pub checks: Vec<Check>,
    /// What each transaction did, in block order; empty until execution has ended.
    pub transaction_reports: Vec<TransactionReport>,
    /// Which transaction depends on which, where a recording was asked for and execution has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dependencies: Option<Dependencies>,
    /// Threads and times.
    pub timing: Timing,
}

/// What the block's hash was compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub enum HashTrust {
    /// The caller gave the hash, and vouches for it.
    GivenByCaller,
    /// The same file or server that gave the block gave its hash: worth a check against slips, no more.
    GivenByFile,
    /// Nothing was given: the verdict speaks of the hash in the report.
    Nothing,
}

/// The dialects of block and witness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Dialects {
    /// How the block was written.
    pub block: BlockDialect,
    /// How the witness was written.
    pub witness: WitnessDialect,
}

/// How a block was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub enum BlockDialect {
    /// RLP, as bytes or 0x-hex (`debug_getRawBlock`).
    Rlp,
    /// JSON-RPC block with full transactions (`eth_getBlockByNumber` with `true`).
    JsonRpc,
    /// The payload within the SSZ input of stateless validation.
    Ssz,
    /// Handed over as typed values by the caller.
    Typed,
}

/// How a witness was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub enum WitnessDialect {
    /// `debug_executionWitness` of reth: lists of hex, headers as RLP.
    RethLists,
    /// `debug_executionWitness` of older reth: maps from hash to bytes.
    RethMaps,
    /// `debug_executionWitness` of geth: headers as JSON objects.
    Geth,
    /// RLP `[headers, codes, state, keys]`.
    Rlp,
    /// The witness within the SSZ input of stateless validation.
    Ssz,
    /// Handed over as typed values by the caller.
    Typed,
}

/// Size and use of a witness.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct WitnessFacts {
    /// Number of trie nodes given.
    pub nodes: u64,
    /// Number of codes given.
    pub codes: u64,
    /// Number of ancestor headers given.
    pub headers: u64,
    /// Bytes of all of them together.
    pub bytes: u64,
    /// Keccak-f permutations spent on hashing nodes and codes.
    pub reveal_permutations: u64,
    /// Keccak-f permutations spent on the post-state root.
    pub root_permutations: u64,
}

/// One rule that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Check {
    /// The rule.
    pub rule: Rule,
    /// How it came out.
    pub status: CheckStatus,
    /// What the rule demands, as text: decimal numbers, 0x-hex hashes.
    pub expected: String,
    /// What the block has or execution gave, as text.
    pub got: String,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub enum CheckStatus {
    /// The rule holds.
    Passed,
    /// The rule is broken.
    Failed,
    /// The rule was not checked: neither block nor witness can show whether it holds.
    Unchecked,
}

/// The rules a block is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[non_exhaustive]
pub enum Rule {
    /// The header's hash is the given one.
    BlockHash,
    /// The parent hash names the parent header.
    ParentHash,
    /// One more than the parent's number.
    Number,
    /// Later than the parent's.
    Timestamp,
    /// Within 1/1024 of the parent's, and at least 5,000.
    GasLimit,
    /// As EIP-1559 computes it from the parent.
    BaseFee,
    /// At most 32 bytes, and the DAO fork's marker where it is due.
    ExtraData,
    /// As computed before the merge, zero after.
    Difficulty,
    /// Zero after the merge (EIP-3675).
    Nonce,
    /// Root of the ommers; the empty list's after the merge.
    OmmersHash,
    /// The ommers themselves, before the merge.
    Ommers,
    /// Proof of work, before the merge.
    ProofOfWork,
    /// Fields the fork does not know are absent, those it demands present.
    HeaderFields,
    /// As EIP-4844 (and EIP-7918) computes it from the parent.
    ExcessBlobGas,
    /// Sum over the transactions, and at most the fork's maximum.
    BlobGasUsed,
    /// Root of the body's transactions.
    TransactionsRoot,
    /// Root of the body's withdrawals.
    WithdrawalsRoot,
    /// RLP size of the block (EIP-7934).
    BlockSize,
    /// Each transaction against fork and chain.
    Transactions,
    /// Each system call and each deposit log.
    SystemCalls,
    /// Gas used by the transactions.
    GasUsed,
    /// Root of the receipts.
    ReceiptsRoot,
    /// Bloom over all logs.
    LogsBloom,
    /// Hash of the execution requests (EIP-7685).
    RequestsHash,
    /// Hash, order and size of the block-level access list (EIP-7928).
    AccessList,
    /// Root of the state after the block.
    StateRoot,
}

impl Rule {
    /// The rule's stable name, the same as in JSON.
    pub fn name(self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(name)) => name,
            _ => String::new(),
        }
    }
}

/// The phases of a verification, in the order data passes through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub enum Phase {
    /// Bytes into typed values.
    Decode,
    /// Ancestor headers linked by hash.
    Ancestors,
    /// Nodes and codes hashed, the partial trie built.
    Reveal,
    /// Senders recovered from signatures.
    Senders,
    /// Header against parent, body against header.
    PreChecks,
    /// The block's transactions and system calls.
    Execute,
    /// Gas, receipts root, bloom, requests.
    PostChecks,
    /// The post-state root.
    Root,
}

impl Phase {
    /// All phases, in order.
    pub const ALL: [Self; 8] = [
        Self::Decode,
        Self::Ancestors,
        Self::Reveal,
        Self::Senders,
        Self::PreChecks,
        Self::Execute,
        Self::PostChecks,
        Self::Root,
    ];

    /// The phase's stable name, the same as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Ancestors => "ancestors",
            Self::Reveal => "reveal",
            Self::Senders => "senders",
            Self::PreChecks => "preChecks",
            Self::Execute => "execute",
            Self::PostChecks => "postChecks",
            Self::Root => "root",
        }
    }

    /// What its progress is counted in ([`crate::Host::phase_started`]); none where there is nothing to count.
    pub const fn unit(self) -> Option<ProgressUnit> {
        match self {
            Self::Decode | Self::Reveal => Some(ProgressUnit::Bytes),
            Self::Ancestors => Some(ProgressUnit::Headers),
            Self::Senders | Self::Execute => Some(ProgressUnit::Transactions),
            Self::Root => Some(ProgressUnit::Accounts),
            Self::PreChecks | Self::PostChecks => None,
        }
    }
}

/// What the progress of a phase is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[non_exhaustive]
pub enum ProgressUnit {
    /// Bytes: of the input where it is decoded, of nodes and codes where they are hashed.
    Bytes,
    /// Ancestor headers.
    Headers,
    /// Transactions.
    Transactions,
    /// Accounts that the block changes.
    Accounts,
}

/// When a phase ran. Phases overlap, so their times may add up to more than the whole.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct PhaseTime {
    /// Which phase.
    pub phase: Phase,
    /// Milliseconds from the start of the verification to the phase's start.
    pub start_ms: f64,
    /// Milliseconds from the phase's start to its end.
    pub ms: f64,
}

/// Threads and times: the part of a report that differs from run to run.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Timing {
    /// Threads of the rayon pool the verification ran in.
    pub threads: u64,
    /// The phases that ran, in order of start.
    pub phases: Vec<PhaseTime>,
    /// How the transactions were executed, and why so; absent when it did not come to that.
    pub schedule: Option<ScheduleChoice>,
    /// When each incarnation of each transaction ran, where a recording was asked for and execution has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeline: Option<Timeline>,
    /// Milliseconds of the whole: of decoding, where that was done within the verification, and of checking.
    pub total_ms: f64,
}
