//! The command line.
#![allow(
    clippy::doc_markdown,
    reason = "the comments are the help as people read it, without markup"
)]

use alloy_primitives::B256;
use blocklight_verifier::{Limits, Schedule};
use clap::{ArgGroup, Args, Parser, Subcommand};
use std::{ffi::OsString, fmt, num::NonZeroUsize, path::PathBuf};

/// Checks Ethereum blocks without trusting whoever gave them.
#[derive(Debug, Parser)]
#[command(
    name = "blocklight",
    version,
    about,
    propagate_version = true,
    subcommand_required = true
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Verify(VerifyArguments),
    Record(RecordArguments),
}

/// Make the execution witness of a block, from a genesis or from a node that gives proofs.
///
/// With --genesis, blocks are executed from the genesis on, one after the other; the witness is the last one's. With --rpc,
/// a node is asked for the block and, by eth_getProof at its parent, for each account and slot that it reads; nothing that
/// the node says is believed before it is held to the block's parent hash.
///
/// The witness is the same either way, minimal and canonical: just the trie nodes, codes and headers that verifying the
/// block takes, sorted, each once. The file holds {"chainId": …, "block": …, "witness": …}, which `blocklight verify` reads,
/// with the witness as debug_executionWitness gives it.
#[derive(Args)]
#[command(after_long_help = RECORD_EXAMPLES)]
#[command(group = ArgGroup::new("state").args(["genesis", "rpc"]).required(true))]
pub(crate) struct RecordArguments {
    /// The genesis, as geth has it: JSON with config, alloc and the fields of its header.
    #[arg(long, value_name = "FILE")]
    pub(crate) genesis: Option<PathBuf>,

    /// JSON-RPC address of a node, http://host:port. It has to offer eth_chainId, eth_getBlockByNumber,
    /// eth_getBlockByHash, eth_getProof and eth_getCode, have the state of the block's parent, and for a block with ommers
    /// offer debug_getRawBlock. No more of the address than host and port is ever printed.
    #[arg(long, value_name = "URL")]
    pub(crate) rpc: Option<String>,

    /// With --genesis, a file with a block: bytes of RLP (debug_getRawBlock), the same in hex, or JSON
    /// (eth_getBlockByNumber); once for each block from the genesis on, in order. With --rpc, the block's number, its
    /// hash, or one of latest, safe, finalized.
    #[arg(long = "block", value_name = "FILE|BLOCK", required = true)]
    pub(crate) blocks: Vec<OsString>,

    /// Chain whose rules apply, with --rpc: a file with a geth genesis or chain configuration, or mainnet, sepolia, holesky,
    /// hoodi. Without it, the built-in chain that the node says it is on.
    #[arg(long, value_name = "NAME|FILE", conflicts_with = "genesis")]
    pub(crate) chain: Option<String>,

    /// Write the witness alone, as a node's debug_executionWitness answers, without the block. `blocklight verify --block
    /// FILE --witness FILE` reads the two.
    #[arg(long)]
    pub(crate) witness_only: bool,

    /// Where to write; `-` is standard output.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

// By hand, so that the credentials of an address are in no output.
impl fmt::Debug for RecordArguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordArguments")
            .field("genesis", &self.genesis)
            .field("rpc", &self.rpc.is_some())
            .field("blocks", &self.blocks)
            .field("chain", &self.chain)
            .field("witness_only", &self.witness_only)
            .field("output", &self.output)
            .finish()
    }
}

const RECORD_EXAMPLES: &str = "\
Exit status:
  0    the witness is written
  3    it could not be made, and nothing is written
  130  interrupted

Examples:
  Record the first block of a development chain, and check it:
    blocklight record --genesis genesis.json --block 1.rlp -o block-1.json
    blocklight verify --chain genesis.json block-1.json

  Record the third:
    blocklight record --genesis genesis.json --block 1.rlp --block 2.rlp --block 3.rlp -o block-3.json

  Record a witness alone, as a node's debug_executionWitness would answer, and check it beside its block:
    blocklight record --genesis genesis.json --block 1.rlp --witness-only -o witness-1.json
    blocklight verify --chain genesis.json --block 1.rlp --witness witness-1.json

  Record the newest block of your own node, and check it:
    blocklight record --rpc http://localhost:8545 --block latest -o block.json
    blocklight verify block.json

  Record a block of a private chain from its node, in the same way:
    blocklight record --rpc http://localhost:8545 --chain genesis.json --block 17 -o block-17.json

A node that prunes has only the newest states: geth those of 128 blocks; other nodes have a setting for how far back
eth_getProof goes. A delete may need a trie node that is in no proof asked for. A key that leads to it is then searched by
hashing, which can take some seconds, and the witness cannot be made if it lies deeper than 6 nibbles.";

/// Re-execute blocks from their execution witnesses and compare every result with the header.
///
/// Each FILE holds a block and its witness, {"block": …, "witness": …}, with "chainId" and "hash" beside them
/// if the file is to name its chain and the block's hash. The block is RLP in hex or a JSON-RPC block with full
/// transactions; the witness what debug_executionWitness of geth or reth gives, or RLP [headers, codes, state,
/// keys]. Files may be compressed with gzip.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
#[command(group = ArgGroup::new("input").args(["files", "block"]).required(true))]
pub(crate) struct VerifyArguments {
    /// Files with a block and its witness; `-` is standard input.
    #[arg(value_name = "FILE", conflicts_with = "witness")]
    pub(crate) files: Vec<PathBuf>,

    /// The block alone: bytes of RLP (debug_getRawBlock), the same in hex, or JSON (eth_getBlockByNumber).
    #[arg(long, value_name = "FILE", requires = "witness")]
    pub(crate) block: Option<PathBuf>,

    /// The witness alone: JSON (debug_executionWitness), or RLP as bytes or in hex.
    #[arg(long, value_name = "FILE", requires = "block")]
    pub(crate) witness: Option<PathBuf>,

    /// Chain whose rules apply: mainnet, sepolia, holesky, hoodi, or a file with a geth genesis or chain
    /// configuration. Without it, the built-in chain that the file names or its transactions are signed for, or
    /// mainnet where neither says.
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) chain: Option<String>,

    /// Hash that the block must have, from a source you trust. Without it, a verdict speaks of the hash it
    /// prints, and says nothing of whether that block is on the canonical chain.
    #[arg(long, value_name = "0x…")]
    pub(crate) hash: Option<B256>,

    /// Threads to use. Without it, one for each core.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,

    /// How transactions are executed: sequential (one after the other), speculative (ahead of their turn, on all
    /// threads, and committed in order), access-list (ahead by the list that comes with the block, EIP-7928), or auto
    /// (whichever suits the block). The verdict is the same.
    #[arg(long, value_name = "NAME", default_value = "auto")]
    pub(crate) schedule: Schedule,

    /// Print one JSON object a line instead of text.
    #[arg(long)]
    pub(crate) json: bool,

    /// Print phase times and every check as well.
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// Limits on the input as JSON, those left out at their defaults, such as '{"nodes": 2000000}'. Fields:
    /// inputBytes, blockBytes, blockGas, transactions, transactionText, transactionsText, transactionValues, accessListBytes,
    /// accessListValues, nodeBytes, nodes, codeBytes, codes, headerBytes, headers, witnessBytes.
    #[arg(long, value_name = "JSON", value_parser = parse_limits, hide_short_help = true)]
    pub(crate) limits: Option<Limits>,
}

impl VerifyArguments {
    /// The limits given, or the defaults.
    pub(crate) fn limits(&self) -> Limits {
        self.limits.unwrap_or_default()
    }
}

fn parse_limits(json: &str) -> Result<Limits, serde_json::Error> {
    serde_json::from_str(json)
}

const EXAMPLES: &str = "\
Verdicts:
  valid       the block is what its header says, given its parent's state
  invalid     it breaks a consensus rule, proved from authenticated data, or has another hash than the file or --hash
              says; expected and got are printed
  incomplete  the witness lacks or garbles something needed: it cannot be told
  error       our side: a file in no known form, a limit, an unknown chain, a bug

Exit status:
  0  every block is valid
  1  at least one is invalid, and there was no error
  2  at least one is incomplete, none is invalid, and there was no error
  3  at least one error, wrong usage included
  130  interrupted

Examples:
  Check a file, or many:
    blocklight verify block-24628608.json.gz
    blocklight verify blocks/*.json.gz

  Check a block of your own node, from its two answers:
    curl -s $NODE -H 'content-type: application/json' \\
      -d '{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getBlockByNumber\",\"params\":[\"0x177cd80\",true]}' >block.json
    curl -s $NODE -H 'content-type: application/json' \\
      -d '{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"debug_executionWitness\",\"params\":[\"0x177cd80\"]}' >witness.json
    blocklight verify --block block.json --witness witness.json

  Hold the block to a hash you trust:
    blocklight verify --hash 0x2fd7407d232b8b7fde2a8372b5e77fd65f815847b70d9cf25134b123f4a69e03 block-24628608.json.gz

  Check a block of a private chain:
    blocklight verify --chain genesis.json block.json

  List the blocks that are not valid:
    blocklight verify --json blocks/*.json.gz | jq -r 'select(.verdict != \"valid\") | [.file, .reason] | @tsv'

The fields of --json: file, chainId, number, hash, hashTrust, verdict, reason (a stable name), message (the same in
words), expected and got where there are such, txs, gasUsed, stateRoot, threads, dialect, phases (milliseconds;
phases overlap), totalMs (without reading the file), and with -v checks. What is not known is null.";
