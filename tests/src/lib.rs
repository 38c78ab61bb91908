//! The blocks that the tests and benches run on, and what is known of them.
//!
//! Invariant: nothing is copied from `../shared`; where it is not there, callers say so and pass over.
#![forbid(unsafe_code)]

pub mod cancun_chain;
mod flat;
mod flood;
pub mod fuzzed;
mod generated;
mod made;
pub mod mutation;
mod outcome;
mod perturbed;
mod preread;
mod provable;
mod proving_state;
mod seeded;
mod senders_held_up;
mod simulation;
pub mod spec;
mod synthetic;
mod tiny;
mod torn;

pub use flat::{FlatBlock, FlatState, NoSuchCode, flat_blocks};
pub use flood::{Flood, Keys};
pub use generated::{
    ASKER, Authority, BEACON_ROOT, BENEFICIARY, CALLER, CANCUN, COUNTER, EMPTY, FORKS, GAS_LIMIT, Generated,
    KEEPER, LONDON, MAYFLY, MIXED, MIXER, Making, Mix, OSAKA, PARENT_HASH, PRAGUE, RELAY, SHANGHAI, TIPPER,
    WATCHER, amsterdam_chain, child_code, child_init_code, child_of,
};
pub use made::{Contract, MakeError, Maker};
pub use outcome::{
    Elapsed, Execution, Outcome, PARALLEL, THREADS, account_after, assert_same, pool, pools, slot_after,
};
pub use perturbed::Perturbed;
pub use preread::Preread;
pub use provable::ProvableBlock;
pub use proving_state::{NotThere, ProvingState};
pub use seeded::Seeded;
pub use senders_held_up::SendersHeldUp;
pub use simulation::{DependencyGraph, SIMULATED_THREADS, Simulated};
pub use synthetic::{Synthetic, synthetic};
pub use tiny::{tiny_amsterdam_original, tiny_original};
pub use torn::{Hole, Torn};

use blocklight_verifier::{ChainSpec, Input, Limits};
use flate2::read::GzDecoder;
use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// A block file of `../shared/blocks`.
#[derive(Debug, Clone)]
pub struct BlockFile {
    /// File name without its ending, such as `mainnet-24628608-zisk`.
    pub name: String,
    /// What the folder's README says a sequential verifier made of it: `valid` or `incomplete`.
    pub expected: String,
    /// Where it is.
    pub path: PathBuf,
}

impl BlockFile {
    /// The file's bytes, inflated.
    ///
    /// # Errors
    /// When it cannot be read or inflated.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        read_gz(&self.path)
    }
}

/// Reads and inflates a `.gz` file.
///
/// # Errors
/// When it cannot be read or inflated.
pub fn read_gz(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    GzDecoder::new(fs::File::open(path)?).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The repository's root folder.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files that the README of `../shared/blocks` lists, or `None`, said plainly, where it is not there.
///
/// # Errors
/// When the README cannot be read.
pub fn shared_blocks() -> io::Result<Option<Vec<BlockFile>>> {
    let folder = repository().join("../shared/blocks");
    if !folder.is_dir() {
        println!("skipped: ../shared is not here");
        return Ok(None);
    }
    let readme = fs::read_to_string(folder.join("README.md"))?;
    let files = readme.lines().filter_map(|line| {
        let mut cells = line.split('|').map(str::trim).skip(1);
        let (name, _kind, expected) = (cells.next()?, cells.next()?, cells.next()?);
        let path = folder.join(format!("{name}.json.gz"));
        let expected = expected.split_whitespace().next()?.to_owned();
        path.is_file().then(|| BlockFile {
            name: name.to_owned(),
            expected,
            path,
        })
    });
    Ok(Some(files.collect()))
}

/// One file of `../shared/blocks` by name, or `None`, said plainly, where the folder is not there.
///
/// # Errors
/// When the folder is there and the file is not.
pub fn shared_block(name: &str) -> io::Result<Option<BlockFile>> {
    let Some(files) = shared_blocks()? else {
        return Ok(None);
    };
    let file = files.into_iter().find(|file| file.name == name);
    file.map(Some)
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, name.to_owned()))
}

/// One file of `../shared/blocks`, decoded, with its chain; `None`, said plainly, where the folder is not there.
///
/// # Errors
/// When the file cannot be read or decoded, or names no built-in chain.
pub fn shared_input(name: &str) -> io::Result<Option<(ChainSpec, Input)>> {
    let Some(file) = shared_block(name)? else {
        return Ok(None);
    };
    let input = Input::decode(&file.read()?, &Limits::default()).map_err(io::Error::other)?;
    let chain = input
        .chain_id
        .and_then(ChainSpec::by_id)
        .ok_or_else(|| io::Error::other("no built-in chain"))?;
    Ok(Some((chain, input)))
}

/// The embedded sample block, decoded, with the development chain it is of.
///
/// # Errors
/// When a fixture cannot be read or decoded.
pub fn sample_input() -> io::Result<(ChainSpec, Input)> {
    let (chain, file) = sample_file()?;
    let input = Input::decode(&file, &Limits::default()).map_err(io::Error::other)?;
    Ok((chain, input))
}

/// The sample's chain, and the sample as it lies there, unpacked.
///
/// # Errors
/// When a fixture cannot be read.
pub fn sample_file() -> io::Result<(ChainSpec, Vec<u8>)> {
    let folder = repository().join("tests/fixtures");
    let chain =
        ChainSpec::from_json(&fs::read(folder.join("sample-chain.json"))?).map_err(io::Error::other)?;
    Ok((chain, read_gz(&folder.join("sample-block.json.gz"))?))
}

/// Whether whole sweeps were asked for (`BLOCKLIGHT_FULL=1`), for half an hour in all, instead of a sample that fits a minute.
pub fn full_sweeps() -> bool {
    is_set("BLOCKLIGHT_FULL")
}

/// How much of something is run: all, or as much as fits, where [`full_sweeps`] were asked for, a slice where one was (`BLOCKLIGHT_SLICE=1`, as CI
/// has it), else a sample.
pub fn swept<T>(all: T, sample: T, slice: T) -> T {
    if full_sweeps() {
        all
    } else if is_set("BLOCKLIGHT_SLICE") {
        slice
    } else {
        sample
    }
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| value == "1")
}
