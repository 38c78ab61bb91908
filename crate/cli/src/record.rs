//! `blocklight record`: a genesis and its blocks into the last one's witness, or a node's answers into that of any block.
//!
//! Invariant: the file is written when the witness is whole, beside its place and then moved there; so what stops the
//! process leaves an older file as it was, and none half done.

use crate::{
    args::RecordArguments,
    chain::{self, ChainError},
    node::{BlockId, BlockIdError, NodeProvider, chain_id},
    read::{ReadError, read},
    rpc::{Client, RpcError},
};
use alloy_primitives::{B256, hex};
use blocklight_verifier::{
    Block, ChainSpec, Error, Input, InputError, Limits,
    recorder::{Genesis, GenesisError, RecordError, Recording, record_from_proofs},
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    ffi::OsString,
    fs,
    io::{self, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

/// Why a witness could not be recorded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordFailure {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("{}: {source}", path.display())]
    Genesis { path: PathBuf, source: GenesisError },
    #[error("{}: {source}", path.display())]
    Block { path: PathBuf, source: Error },
    #[error("{}: {source}", path.display())]
    Record { path: PathBuf, source: RecordError },
    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("with --rpc, --block is one block, not {got}")]
    BlocksOfNode { got: usize },
    #[error(transparent)]
    BlockId(#[from] BlockIdError),
    #[error(transparent)]
    Rpc(#[from] RpcError),
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(
        "the node is on chain {got}, which is not built in: give its genesis or configuration with --chain FILE"
    )]
    UnknownChain { got: u64 },
    #[error("--chain is chain {expected}, the node is on chain {got}")]
    ChainMismatch { expected: u64, got: u64 },
    #[error("the node's block: {0}")]
    NodeBlock(Error),
    #[error("the node's block is number {got}, asked for was {expected}")]
    BlockNumber { expected: u64, got: u64 },
    #[error("the node's block has the hash {got}, expected was {expected}")]
    BlockHash { expected: B256, got: B256 },
    #[error("block 0 is a genesis: it has no parent, and nothing is executed in it")]
    NoParent,
    #[error("block {number}: {source}{}", node_advice(.source))]
    RecordOfNode { number: u64, source: RecordError },
}

/// A witness without anything, to decode a block alone.
const NO_WITNESS: &[u8] = b"{\"state\":[]}";

pub(crate) fn run(arguments: &RecordArguments) -> Result<(), RecordFailure> {
    check_output(&arguments.output)?;
    let recorded = match (&arguments.genesis, &arguments.rpc) {
        (Some(genesis), _) => from_genesis(genesis, &arguments.blocks)?,
        (None, Some(address)) => Some(from_node(address, &arguments.blocks, arguments.chain.as_deref())?),
        (None, None) => None,
    };
    // Clap asks for one of the two, and for a block at least.
    let Some(recorded) = recorded else { return Ok(()) };
    write(
        &arguments.output,
        recorded.file(arguments.witness_only).as_bytes(),
    )
}

/// A block and what was recorded of it.
struct Recorded {
    chain_id: u64,
    block: Block,
    recording: Recording,
}

impl Recorded {
    /// What `blocklight verify` reads: block and witness, or the witness alone. A block that could not be executed has a
    /// witness too, of what shows that it is invalid; that it could not is said.
    fn file(&self, witness_only: bool) -> String {
        if self.recording.changes.is_none() {
            eprintln!(
                "blocklight: the block could not be executed to its end; its witness has what is read until then, by which \
                 `blocklight verify` finds out why"
            );
        }
        let witness = self.recording.witness.to_json();
        if witness_only {
            return witness + "\n";
        }
        format!(
            "{{\"chainId\":{},\"block\":\"{}\",\"witness\":{witness}}}\n",
            self.chain_id,
            hex::encode_prefixed(alloy_rlp::encode(&self.block)),
        )
    }
}

/// The last block and its witness.
fn from_genesis(path: &Path, blocks: &[OsString]) -> Result<Option<Recorded>, RecordFailure> {
    let limits = Limits::default();
    let of_genesis = |source| RecordFailure::Record {
        path: path.to_owned(),
        source,
    };
    let genesis = Genesis::from_json(&read(path, &limits)?).map_err(|source| RecordFailure::Genesis {
        path: path.to_owned(),
        source,
    })?;
    let chain_id = genesis.chain.id();
    let mut recorder = genesis.recorder().map_err(of_genesis)?;
    let mut last = None;
    for (index, path) in blocks.iter().map(Path::new).enumerate() {
        let bytes = read(path, &limits)?;
        let input =
            Input::decode_pair(&bytes, NO_WITNESS, &limits).map_err(|source| RecordFailure::Block {
                path: path.to_owned(),
                source,
            })?;
        let of_block = |source| RecordFailure::Record {
            path: path.to_owned(),
            source,
        };
        limits
            .check_gas(input.block.header.gas_limit)
            .map_err(|source| RecordFailure::Block {
                path: path.to_owned(),
                source,
            })?;
        let recording = recorder.record(&input.block).map_err(of_block)?;
        // An invalid block has a witness too, but nothing comes after it.
        if index + 1 < blocks.len() {
            recorder
                .advance(&input.block.header, &recording)
                .map_err(of_block)?;
        }
        last = Some((input.block, recording));
    }
    Ok(last.map(|(block, recording)| Recorded {
        chain_id,
        block,
        recording,
    }))
}

/// A node's block and its witness.
fn from_node(address: &str, blocks: &[OsString], chain: Option<&str>) -> Result<Recorded, RecordFailure> {
    let [block] = blocks else {
        return Err(RecordFailure::BlocksOfNode { got: blocks.len() });
    };
    let id: BlockId = block.to_string_lossy().parse()?;
    let given = chain.map(chain::given).transpose()?;
    let bar = progress_bar();
    let client = Client::new(address, bar.clone())?;
    let chain_id = chain_id(&client)?;
    let chain = match given {
        None => ChainSpec::by_id(chain_id).ok_or(RecordFailure::UnknownChain { got: chain_id })?,
        Some(chain) if chain.id() == chain_id => chain,
        Some(chain) => {
            return Err(RecordFailure::ChainMismatch {
                expected: chain.id(),
                got: chain_id,
            });
        }
    };
    let block = node_block(&client, id)?;
    let number = block.header.number;
    let parent = number.checked_sub(1).ok_or(RecordFailure::NoParent)?;
    Limits::default()
        .check_gas(block.header.gas_limit)
        .map_err(RecordFailure::NodeBlock)?;
    let recording = record_from_proofs(&chain, &block, &NodeProvider::new(&client, parent));
    bar.finish_and_clear();
    let recording = recording.map_err(|source| RecordFailure::RecordOfNode { number, source })?;
    Ok(Recorded {
        chain_id,
        block,
        recording,
    })
}

/// The block that was asked for; that it is so is checked as far as can be.
fn node_block(client: &Client, id: BlockId) -> Result<Block, RecordFailure> {
    let decode = |json: &str| Input::decode_pair(json.as_bytes(), NO_WITNESS, &Limits::default());
    let input = match decode(&id.block(client)?) {
        // JSON holds just the hashes of ommers.
        Err(Error::Input(InputError::OmmersLeftOut { .. })) => decode(&id.raw_block(client)?),
        decoded => decoded,
    };
    let input = input.map_err(RecordFailure::NodeBlock)?;
    let got = input.block.header.hash_slow();
    let asked = match id {
        BlockId::Hash(hash) => Some(hash),
        BlockId::Number(expected) if input.block.header.number != expected => {
            let got = input.block.header.number;
            return Err(RecordFailure::BlockNumber { expected, got });
        }
        BlockId::Number(_) | BlockId::Tag(_) => input.hash.map(|(hash, _)| hash),
    };
    match asked {
        Some(expected) if expected != got => Err(RecordFailure::BlockHash { expected, got }),
        _ => Ok(input.block),
    }
}

/// What to do about answers that are not what the block leads to.
const fn node_advice(error: &RecordError) -> &'static str {
    match error {
        RecordError::Proof { .. } | RecordError::Stated { .. } | RecordError::Header { .. } => {
            "; if the node has just changed to another chain of blocks, try again, or take a finalized block"
        }
        _ => "",
    }
}

fn progress_bar() -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{pos} answers, {elapsed}: {msg}") {
        bar.set_style(style);
    }
    // It moves while a call, or the search for a key, takes its time.
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// Finds out before the work whether its place can be written to, as far as that can be known.
fn check_output(path: &Path) -> Result<(), RecordFailure> {
    let failed = |source| RecordFailure::Write {
        path: path.to_owned(),
        source,
    };
    if path == Path::new("-") {
        return Ok(());
    }
    if path.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    match folder(path).metadata().map_err(failed)? {
        folder if !folder.is_dir() => Err(failed(io::ErrorKind::NotADirectory.into())),
        folder if folder.permissions().readonly() => Err(failed(io::ErrorKind::PermissionDenied.into())),
        _ => Ok(()),
    }
}

/// The folder that a file is in.
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), RecordFailure> {
    let written = if path == Path::new("-") {
        io::stdout().lock().write_all(bytes)
    } else if path.exists() && !path.is_file() {
        // A device or a pipe is written into, not replaced.
        fs::write(path, bytes)
    } else {
        replace(path, bytes)
    };
    written.map_err(|source| RecordFailure::Write {
        path: path.to_owned(),
        source,
    })
}

/// Writes a file whole or not at all.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or(path.as_os_str()));
    name.push(format!(".{}", std::process::id()));
    let beside = folder(path).join(name);
    let replaced = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    if replaced.is_err() {
        // It may not even be there; what went wrong before is what counts.
        let _ = fs::remove_file(&beside);
    }
    replaced
}
