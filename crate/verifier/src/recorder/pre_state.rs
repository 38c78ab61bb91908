//! The state before the block, as a recording reads it, and a whole state as such.
//!
//! Invariant: both kinds of pre-state answer the same for the same state, so the witness does not depend on the kind.

use super::{FullState, REACH, RecordError, database::Touched, hashed_slot};
use crate::{Missing, ancestors::Ancestors};
use alloy_primitives::{Address, B256, Bytes, U256};
use blocklight_keccak::keccak256;
use blocklight_trie::{Account, Nibbles};
use std::collections::{BTreeMap, VecDeque};

/// Trie nodes by their hash.
pub(super) type NodesByHash = BTreeMap<B256, Bytes>;

/// The state before a block, its codes, and the block's ancestors.
pub(super) trait PreState: Sync {
    /// The state root.
    fn root(&self) -> B256;

    /// The account, or none if it is absent.
    fn account(&self, address: Address) -> Result<Option<Account>, RecordError>;

    /// The value of a slot; zero if it is absent.
    fn storage(&self, address: Address, slot: U256) -> Result<U256, RecordError>;

    /// The code with this hash, which an account that was read names.
    fn code(&self, hash: B256) -> Result<Bytes, RecordError>;

    /// The hash of the ancestor with this number.
    fn block_hash(&self, number: u64) -> Result<B256, RecordError>;

    /// The root's own node, without which no state is revealed, and the nodes on the ways to what was read. What a block
    /// writes it has read before.
    fn ways(&self, touched: &Touched) -> Result<NodesByHash, RecordError>;

    /// The node itself.
    fn sibling(&self, sibling: &Sibling<'_>) -> Result<Bytes, RecordError>;

    /// RLP of the headers from number `oldest` to the parent, oldest first; the parent alone if nothing reaches further.
    fn headers(&self, oldest: Option<u64>) -> Result<Vec<Bytes>, RecordError>;
}

/// A node that no way to what was read has.
#[derive(Debug)]
pub(super) struct Sibling<'a> {
    /// The account whose storage trie it is of; none for the account trie.
    pub(super) storage_of: Option<Address>,
    /// Nibbles from the root to it.
    pub(super) path: &'a Nibbles,
    /// Its hash, from its parent.
    pub(super) hash: B256,
    /// The same in words.
    pub(super) missing: Missing,
}

/// A whole state with the headers before the block.
#[derive(Debug)]
pub(super) struct WholePreState<'a> {
    pub(super) state: &'a FullState,
    pub(super) ancestors: &'a Ancestors,
    /// RLP of the headers, oldest first; the last is the parent.
    pub(super) headers: &'a VecDeque<Bytes>,
}

fn internal(missing: Missing) -> RecordError {
    RecordError::Internal {
        missing: Box::new(missing),
    }
}

impl PreState for WholePreState<'_> {
    fn root(&self) -> B256 {
        self.state.root()
    }

    fn account(&self, address: Address) -> Result<Option<Account>, RecordError> {
        Ok(self.state.account(&address).map(|account| Account {
            nonce: account.nonce,
            balance: account.balance,
            storage_root: account.trie().root(),
            code_hash: account.code_hash,
        }))
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, RecordError> {
        let account = self.state.account(&address);
        Ok(account
            .and_then(|account| account.storage.get(&slot).copied())
            .unwrap_or_default())
    }

    fn code(&self, hash: B256) -> Result<Bytes, RecordError> {
        let code = self.state.code(&hash);
        code.cloned().ok_or_else(|| internal(Missing::Code { hash }))
    }

    fn block_hash(&self, number: u64) -> Result<B256, RecordError> {
        self.ancestors
            .hash(number)
            .ok_or(RecordError::Ancestor { number })
    }

    fn ways(&self, touched: &Touched) -> Result<NodesByHash, RecordError> {
        let accounts = self.state.trie();
        let mut nodes = NodesByHash::new();
        nodes.extend(
            accounts
                .node(&accounts.root())
                .map(|node| (accounts.root(), node.clone())),
        );
        let mut add_way = |way: Vec<(B256, &Bytes)>| {
            nodes.extend(way.into_iter().map(|(hash, node)| (hash, node.clone())));
        };
        for address in &touched.accounts {
            add_way(accounts.way(&keccak256(address.as_slice())));
        }
        for (address, slot) in &touched.slots {
            if let Some(account) = self.state.account(address) {
                add_way(account.trie().way(&hashed_slot(*slot)));
            }
        }
        Ok(nodes)
    }

    fn sibling(&self, sibling: &Sibling<'_>) -> Result<Bytes, RecordError> {
        let node = match sibling.storage_of {
            None => self.state.trie().node(&sibling.hash),
            Some(address) => {
                let account = self.state.account(&address);
                account.and_then(|account| account.trie().node(&sibling.hash))
            }
        };
        node.cloned().ok_or_else(|| internal(sibling.missing.clone()))
    }

    fn headers(&self, oldest: Option<u64>) -> Result<Vec<Bytes>, RecordError> {
        let head = self.ancestors.parent().number;
        let back = oldest.map_or(0, |oldest| head.saturating_sub(oldest));
        let count = usize::try_from(back).unwrap_or(REACH).saturating_add(1);
        let skipped = self.headers.len().saturating_sub(count);
        Ok(self.headers.iter().skip(skipped).cloned().collect())
    }
}
