//! The trie nodes of a witness.
//!
//! Invariant: only nodes on ways that the verifier walks are in it, and siblings that it asked for.

use super::{
    RecordError,
    database::Touched,
    pre_state::{NodesByHash, PreState, Sibling},
};
use crate::missing::from_trie;
use alloy_primitives::{Address, B256, Bytes};
use blocklight_keccak::keccak256;
use blocklight_trie::{PostState, StateTrie, StateTrieError, TrieError, TrieId, WitnessNodes};
use std::collections::BTreeMap;

/// The nodes that a witness needs, gathered from a pre-state.
pub(super) struct Nodes<'a> {
    pre_state: &'a dyn PreState,
    /// The accounts touched, by hashed address.
    accounts: BTreeMap<B256, Address>,
    by_hash: NodesByHash,
}

impl<'a> Nodes<'a> {
    /// The nodes on the ways to what was read.
    pub(super) fn on_ways(pre_state: &'a dyn PreState, touched: &Touched) -> Result<Self, RecordError> {
        let hashed = |address: &Address| (keccak256(address.as_slice()), *address);
        Ok(Self {
            pre_state,
            accounts: touched.accounts.iter().map(hashed).collect(),
            by_hash: pre_state.ways(touched)?,
        })
    }

    /// Adds what computing roots asks for beyond that: the siblings that are left alone in their branches. Asking is the
    /// surest way to find out which. `post_states` are those of the transactions whose roots receipts hold, each on top
    /// of the one before, and last the whole block's.
    pub(super) fn add_siblings(&mut self, post_states: &[PostState]) -> Result<(), RecordError> {
        // Each turn adds a node, and there are only so many.
        while let Some(error) = self.first_missing(post_states) {
            let (hash, node) = self.sibling(&error)?;
            self.by_hash.insert(hash, node);
        }
        Ok(())
    }

    fn first_missing(&self, post_states: &[PostState]) -> Option<StateTrieError> {
        let nodes = WitnessNodes::new(self.by_hash.values().cloned().collect(), 0);
        let revealed = match StateTrie::reveal(self.pre_state.root(), &nodes, 0) {
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

    /// The node that an error says is missing.
    fn sibling(&self, error: &StateTrieError) -> Result<(B256, Bytes), RecordError> {
        let missing = from_trie(error.clone());
        if let StateTrieError::Trie { trie, source, .. } = error
            && let TrieError::Blinded { path, hash } = &**source
            // One that is there already would be asked for again for ever.
            && !self.by_hash.contains_key(hash)
            && let Ok(storage_of) = self.storage_of(*trie)
        {
            let node = self.pre_state.sibling(&Sibling {
                storage_of,
                path,
                hash: *hash,
                missing,
            })?;
            return Ok((*hash, node));
        }
        Err(RecordError::Internal {
            missing: Box::new(missing),
        })
    }

    /// The account whose storage trie it is, none for the account trie.
    fn storage_of(&self, trie: TrieId) -> Result<Option<Address>, Untouched> {
        match trie {
            TrieId::Account => Ok(None),
            TrieId::Storage { hashed_address } => {
                let touched = self.accounts.get(&hashed_address);
                touched.copied().map(Some).ok_or(Untouched)
            }
        }
    }

    /// The nodes in order of their bytes, each once.
    pub(super) fn into_sorted(self) -> Vec<Bytes> {
        let mut nodes: Vec<_> = self.by_hash.into_values().collect();
        nodes.sort_unstable();
        nodes
    }
}

/// No account was touched that has this storage.
#[derive(Debug)]
struct Untouched;
