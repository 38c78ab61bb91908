//! Decoding: any dialect's bytes into typed, size-limited values.
//!
//! Invariant: what leaves this module has passed every limit; nothing has been believed yet. Nothing is
//! hashed but where a dialect leaves out what a header holds (`ssz.rs`) or may hold more than we know (`block_json.rs`).
//!
//! | what | dialects |
//! | --- | --- |
//! | one file | `{block, witness, blockAccessList?, chainId?, hash?}`, bare or as the `result` of a JSON-RPC response |
//! | | the SSZ input of stateless validation, as bytes, as 0x-hex or as a JSON string of it |
//! | block | RLP as bytes, as 0x-hex or as a JSON string of it; JSON-RPC block with full transactions |
//! | witness | `debug_executionWitness` of reth, of older reth (maps) and of geth; RLP `[headers, codes, state, keys]` |
//!
//! Each is recognised by its shape alone; what was recognised is named in [`Dialects`].

mod access_list;
mod block_json;
mod block_rlp;
mod container;
mod envelope;
mod error;
mod hex;
mod intake;
mod ssz;
#[cfg(test)]
mod tests;
mod text;
mod witness_json;
mod witness_rlp;

pub use error::{Excerpt, HexFault, InputError, JsonFault, Part, SszFault};

use crate::{Dialects, Error, HashTrust, Host, Limits, Quiet};
use alloy_consensus::{EthereumTxEnvelope, TxEip4844};
use alloy_primitives::{B256, Bytes};
use blocklight_executor::BlockAccessList;
use intake::Intake;
use serde_json::value::RawValue;

/// A signed transaction as a block's body holds it (EIP-2718; blob transactions without their sidecar).
pub type Transaction = EthereumTxEnvelope<TxEip4844>;

/// A whole block: header, transactions, ommers, withdrawals.
pub type Block = alloy_consensus::Block<Transaction>;

/// An execution witness as the server gave it: nothing in it is authenticated yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Witness {
    /// RLP of trie nodes, account and storage tries mixed, any order.
    pub state: Vec<Bytes>,
    /// Contract codes, any order.
    pub codes: Vec<Bytes>,
    /// RLP of ancestor headers, any order as given by the server; the parent is among them.
    pub headers: Vec<Bytes>,
}

/// A decoded input: a block, its witness, and what the container said beside them.
#[derive(Debug, Clone)]
pub struct Input {
    /// The block.
    pub block: Block,
    /// Its witness.
    pub witness: Witness,
    /// The block-level access list (EIP-7928) that came with the block: what it is to access and change, before it is
    /// executed. Nothing in it is authenticated until its hash is held to the header's.
    pub access_list: Option<BlockAccessList>,
    /// Chain id, where the container names one.
    pub chain_id: Option<u64>,
    /// Block hash to hold the block to, where the container or the caller gives one, and who gave it.
    pub hash: Option<(B256, HashTrust)>,
    /// The dialects that were recognised.
    pub dialects: Dialects,
}

impl Input {
    /// Decodes one self-contained file: `{block, witness, …}` or the SSZ input of stateless validation (see `decode_pair` for block and witness apart).
    ///
    /// # Errors
    /// [`Error::Input`] when the bytes are in no dialect we know; [`Error::Limit`] when they pass a limit.
    pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Self, Error> {
        decode_file(bytes, limits, &Quiet, &|_| {})
    }

    /// Decodes a list of what a block accesses and changes (EIP-7928), for [`crate::Verifier::with_access_list_hint`]:
    /// JSON, either a string of the list's RLP as hex or the list of accounts. None where it is `null`.
    ///
    /// # Errors
    /// As [`Input::decode`].
    pub fn decode_access_list(json: &str, limits: &Limits) -> Result<Option<BlockAccessList>, Error> {
        let intake = Intake::new(*limits, &Quiet, &|_| {});
        intake.admit_input(json.len())?;
        let json: &RawValue =
            serde_json::from_str(json).map_err(|error| intake::json_error(Part::AccessList, &error))?;
        access_list::decode_json(json, &intake)
    }

    /// The chain that the input seems to be of: the one its container names, or else the one that the first transaction
    /// with a chain id (EIP-155) is signed for. A hint for choosing a verifier, never a fact.
    pub fn chain_id_hint(&self) -> Option<u64> {
        let transactions = &self.block.body.transactions;
        self.chain_id.or_else(|| {
            transactions
                .iter()
                .find_map(alloy_consensus::Transaction::chain_id)
        })
    }

    /// Decodes a block and a witness that came apart, each in any dialect.
    ///
    /// # Errors
    /// As [`Input::decode`]. [`Limits::input_bytes`] holds for the two together.
    pub fn decode_pair(block: &[u8], witness: &[u8], limits: &Limits) -> Result<Self, Error> {
        decode_pair(block, witness, limits, &Quiet, &|_| {})
    }
}

/// Decodes a file that holds block and witness. Tells `host` of the bytes read, and `block_read` of the block: it is the one
/// that the input will have, and may be known long before the witness is.
pub(crate) fn decode_file(
    bytes: &[u8],
    limits: &Limits,
    host: &dyn Host,
    block_read: &dyn Fn(&Block),
) -> Result<Input, Error> {
    Intake::new(*limits, host, block_read).decode(bytes.len(), |intake| match ssz::decode(bytes, intake)? {
        Some(input) => Ok(input),
        None => container::decode(bytes, intake),
    })
}

/// Decodes a block and a witness that came apart. As [`decode_file`] otherwise.
pub(crate) fn decode_pair(
    block: &[u8],
    witness: &[u8],
    limits: &Limits,
    host: &dyn Host,
    block_read: &dyn Fn(&Block),
) -> Result<Input, Error> {
    let bytes = block.len().saturating_add(witness.len());
    Intake::new(*limits, host, block_read).decode(bytes, |intake| {
        let decoded = text::decode_block(block, intake)?;
        intake.read_block(&decoded.block, block.len());
        let (witness, dialect) = text::decode_witness(witness, intake)?;
        Ok(Input {
            block: decoded.block,
            witness,
            access_list: decoded.access_list,
            chain_id: None,
            hash: decoded.hash.map(|hash| (hash, HashTrust::GivenByFile)),
            dialects: Dialects {
                block: decoded.dialect,
                witness: dialect,
            },
        })
    })
}
