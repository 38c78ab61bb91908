//! The JSON of a blockchain test, as far as the runner reads it.
//!
//! Invariant: nothing of a block is read but what a client gets: its RLP, its access list, a witness. What else the fixture
//! says of it in JSON is not.

use alloy_primitives::{B256, Bytes};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{collections::BTreeMap, fs, io, path::Path};

/// A case: a chain of blocks on a genesis.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Case {
    /// Name of the fork, or of the transition between two.
    pub network: String,
    /// Chain id and blob schedule.
    pub config: Config,
    /// RLP of the genesis block.
    #[serde(rename = "genesisRLP")]
    pub genesis_rlp: Bytes,
    /// The genesis block's state.
    pub pre: Box<RawValue>,
    /// The state after the last valid block; some fixtures give only its root, which the block's own is held to.
    pub post_state: Option<Box<RawValue>>,
    /// Hash of the last valid block.
    pub lastblockhash: B256,
    /// The blocks, each on top of the last valid one.
    pub blocks: Vec<FixtureBlock>,
}

/// What a fixture says of its chain.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Config {
    /// Chain id in hex.
    pub chainid: String,
    /// Blob parameters by fork.
    #[serde(default)]
    pub blob_schedule: BTreeMap<String, BlobEntry>,
}

/// Blob parameters of a fork, in hex.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlobEntry {
    /// Target number of blobs.
    pub target: String,
    /// Largest number of blobs.
    pub max: String,
    /// Base fee update fraction.
    pub base_fee_update_fraction: String,
}

/// A block of a case.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FixtureBlock {
    /// The block's RLP.
    pub rlp: Bytes,
    /// Why it must be refused: names of exceptions with `|` between them, any of which may be the reason.
    pub expect_exception: Option<String>,
    /// The block-level access list (EIP-7928).
    pub block_access_list: Option<Box<RawValue>>,
    /// An invalid block's parts.
    #[serde(rename = "rlp_decoded")]
    pub parts: Option<InvalidParts>,
    /// A witness made by the specification's own implementation.
    pub execution_witness: Option<Box<RawValue>>,
    /// SSZ input of stateless validation.
    pub stateless_input_bytes: Option<Bytes>,
    /// SSZ of what stateless validation gave.
    pub stateless_output_bytes: Option<Bytes>,
}

/// What is read of an invalid block's parts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InvalidParts {
    /// The list that came with it.
    pub block_access_list: Option<Box<RawValue>>,
}

impl FixtureBlock {
    /// The list that came with the block.
    pub fn access_list(&self) -> Option<&RawValue> {
        let parts = || self.parts.as_ref()?.block_access_list.as_deref();
        self.block_access_list.as_deref().or_else(parts)
    }
}

/// Why a file gives no cases.
#[derive(Debug, thiserror::Error)]
pub enum FixtureError {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is not the JSON of blockchain tests.
    #[error("not blockchain-test JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Only a pointer is here: the file itself is left out of the archive.
    #[error("the archive has only a git-lfs pointer to this file")]
    Elsewhere,
}

/// Reads a file's cases, in order of name.
///
/// # Errors
/// [`FixtureError`].
pub fn read_fixture(file: &Path) -> Result<BTreeMap<String, Case>, FixtureError> {
    let json = fs::read(file)?;
    if json.starts_with(b"version https://git-lfs") {
        return Err(FixtureError::Elsewhere);
    }
    Ok(serde_json::from_slice(&json)?)
}
