//! What the leaves of the state's tries hold (Yellow Paper, section 4.1).
//!
//! Invariant: a value decodes only from its one canonical encoding.

use crate::NodeError;
use alloy_primitives::{B256, U256, b256};
use alloy_rlp::{RlpDecodable, RlpEncodable};

/// Root of the empty trie: Keccak-256 of the RLP of an empty string.
pub const EMPTY_ROOT_HASH: B256 = b256!("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");

/// Code hash of an account without code: Keccak-256 of no bytes.
pub const EMPTY_CODE_HASH: B256 = b256!("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");

/// An account as the account trie holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub struct Account {
    /// Transactions sent, or contracts created.
    pub nonce: u64,
    /// Balance in wei.
    pub balance: U256,
    /// Root of the account's storage trie.
    pub storage_root: B256,
    /// Keccak-256 of the account's code.
    pub code_hash: B256,
}

impl Account {
    /// Decodes the value of a leaf of the account trie.
    pub(crate) fn from_leaf(value: &[u8]) -> Result<Self, NodeError> {
        alloy_rlp::decode_exact(value).map_err(NodeError::Account)
    }
}

/// Decodes the value of a leaf of a storage trie. Zero is not stored but absent.
pub(crate) fn storage_value(value: &[u8]) -> Result<U256, NodeError> {
    match alloy_rlp::decode_exact(value) {
        Ok(U256::ZERO) | Err(_) => Err(NodeError::StorageValue),
        Ok(value) => Ok(value),
    }
}
