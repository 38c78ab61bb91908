//! `blocklight record`: a genesis and its blocks into the last one's witness.
//!
//! Invariant: nothing is written unless every block could be executed.

use crate::{
    args::RecordArguments,
    read::{ReadError, read},
};
use alloy_primitives::hex;
use blocklight_verifier::{
    Error, Input, Limits,
    recorder::{Genesis, GenesisError, RecordError},
};
use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
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
}

/// A witness without anything, to decode a block alone.
const NO_WITNESS: &[u8] = b"{\"state\":[]}";

pub(crate) fn run(arguments: &RecordArguments) -> Result<(), RecordFailure> {
    let limits = Limits::default();
    let path = &arguments.genesis;
    let of_genesis = |source| RecordFailure::Record {
        path: path.clone(),
        source,
    };
    let genesis = Genesis::from_json(&read(path, &limits)?).map_err(|source| RecordFailure::Genesis {
        path: path.clone(),
        source,
    })?;
    let chain_id = genesis.chain.id();
    let mut recorder = genesis.recorder().map_err(of_genesis)?;
    let mut file = None;
    for (index, path) in arguments.blocks.iter().enumerate() {
        let bytes = read(path, &limits)?;
        let input =
            Input::decode_pair(&bytes, NO_WITNESS, &limits).map_err(|source| RecordFailure::Block {
                path: path.clone(),
                source,
            })?;
        let of_block = |source| RecordFailure::Record {
            path: path.clone(),
            source,
        };
        let recording = recorder.record(&input.block).map_err(of_block)?;
        // An invalid block has a witness too, but nothing comes after it.
        if index + 1 < arguments.blocks.len() {
            recorder
                .advance(&input.block.header, &recording)
                .map_err(of_block)?;
        }
        file = Some(format!(
            "{{\"chainId\":{chain_id},\"block\":\"{}\",\"witness\":{}}}\n",
            hex::encode_prefixed(alloy_rlp::encode(&input.block)),
            recording.witness.to_json()
        ));
    }
    write(&arguments.output, file.unwrap_or_default().as_bytes())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), RecordFailure> {
    let written = if path == Path::new("-") {
        io::stdout().lock().write_all(bytes)
    } else {
        fs::write(path, bytes)
    };
    written.map_err(|source| RecordFailure::Write {
        path: path.to_owned(),
        source,
    })
}
