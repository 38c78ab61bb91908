//! The trie nodes of a witness, gathered from the tries of a whole state.
//!
//! Invariant: only nodes on ways that the verifier walks are in it, and siblings that it asked for.

use super::{RecordError, database::Touched, full_state::FullState, hashed_slot};
use crate::missing::from_trie;
use alloy_primitives::{B256, Bytes};
use blocklight_keccak::keccak256;
use blocklight_trie::{PostState, StateTrie, StateTrieError, TrieError, TrieId, WholeTrie, WitnessNodes};
use std::collections::BTreeMap;

/// Nodes by their hash.
#[derive(Debug)]
pub(super) struct Nodes<'a> {
    state: &'a FullState,
    /// Storage tries of the accounts touched, by hashed address.
    storages: BTreeMap<B256, &'a WholeTrie>,
    by_hash: BTreeMap<B256, Bytes>,
}

impl<'a> Nodes<'a> {
    /// The root's node alone, without which no state is revealed.
    pub(super) fn new(state: &'a FullState) -> Self {
        let trie = state.trie();
        let root = trie.node(&trie.root()).map(|node| (trie.root(), node.clone()));
        Self {
            state,
            storages: BTreeMap::new(),
            by_hash: root.into_iter().collect(),
        }
    }

    /// Adds the ways to what was read. What a block writes it has read before.
    pub(super) fn add_ways(&mut self, touched: &Touched) {
        for address in &touched.accounts {
            let hashed_address = keccak256(address.as_slice());
            self.add_way(self.state.trie(), &hashed_address);
            if let Some(account) = self.state.account(address) {
                self.storages.insert(hashed_address, account.trie());
            }
        }
        for (address, slot) in &touched.slots {
            if let Some(account) = self.state.account(address) {
                self.add_way(account.trie(), &hashed_slot(*slot));
            }
        }
    }

    fn add_way(&mut self, trie: &WholeTrie, key: &B256) {
        let way = trie.way(key).into_iter();
        self.by_hash.extend(way.map(|(hash, node)| (hash, node.clone())));
    }

    /// Adds what computing roots asks for beyond that: the siblings that are left alone in their branches. Asking is the
    /// surest way to find out which. `post_states` are those of the transactions whose roots receipts hold, each on top
    /// of the one before, and last the whole block's.
    pub(super) fn add_siblings(&mut self, post_states: &[PostState]) -> Result<(), RecordError> {
        // Each turn adds a node, and there are only so many.
        while let Some(error) = self.first_missing(post_states) {
            let node = match &error {
                StateTrieError::Trie { trie, source, .. } => match **source {
                    TrieError::Blinded { hash, .. } => self.find(*trie, &hash).map(|node| (hash, node)),
                    _ => None,
                },
                StateTrieError::DuplicateAccount { .. } => None,
            };
            let Some((hash, node)) = node else {
                return Err(RecordError::Internal {
                    missing: Box::new(from_trie(error)),
                });
            };
            self.by_hash.insert(hash, node);
        }
        Ok(())
    }

    fn first_missing(&self, post_states: &[PostState]) -> Option<StateTrieError> {
        let nodes = WitnessNodes::new(self.by_hash.values().cloned().collect(), 0);
        let revealed = match StateTrie::reveal(self.state.root(), &nodes, 0) {
            Ok(revealed) => revealed,
            Err(error) => return Some(error),
        };
        let (block, transactions) = post_states.split_last()?;
        let mut running = revealed.clone();
        transactions
            .iter()
            .find_map(|post_state| running.apply(post_state).err())
            .or_else(|| revealed.post_state_root(block).err())
    }

    fn find(&self, trie: TrieId, hash: &B256) -> Option<Bytes> {
        match trie {
            TrieId::Account => self.state.trie().node(hash).cloned(),
            TrieId::Storage { hashed_address } => self.storages.get(&hashed_address)?.node(hash).cloned(),
        }
    }

    /// The nodes in order of their bytes, each once.
    pub(super) fn into_sorted(self) -> Vec<Bytes> {
        let mut nodes: Vec<_> = self.by_hash.into_values().collect();
        nodes.sort_unstable();
        nodes
    }
}
