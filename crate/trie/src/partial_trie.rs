//! One trie over any keys.
//!
//! Invariant: what it says of a key, and its root, is what the whole trie would say, or an error.

use crate::{
    KeyLength, Root, TrieError, WitnessNodes,
    arena::{Arena, Leaves},
    link::Link,
    overlay::Overlay,
    root::hash_changed,
};
use alloy_primitives::{B256, Bytes};
use nybbles::Nibbles;
use std::sync::Arc;

/// A Merkle-Patricia trie of which only the nodes of a witness are known.
#[derive(Debug, Clone)]
pub struct PartialTrie {
    arena: Arc<Arena>,
    overlay: Overlay,
}

impl PartialTrie {
    /// Reveals the trie with this root.
    ///
    /// # Errors
    ///
    /// [`TrieError::Blinded`] when the root's own node is not among `nodes`; the empty trie has none.
    pub fn reveal(root: B256, nodes: &WitnessNodes, keys: KeyLength) -> Result<Self, TrieError> {
        let arena = Arena::reveal(root, nodes.clone(), Leaves::Values);
        let overlay = Overlay::new(&arena, root, keys);
        if overlay.root == Link::BlindedRoot {
            return Err(TrieError::Blinded {
                path: Nibbles::default(),
                hash: root,
            });
        }
        Ok(Self {
            arena: Arc::new(arena),
            overlay,
        })
    }

    /// The value of `key`, or none if the trie is proved not to hold it.
    ///
    /// # Errors
    ///
    /// [`TrieError::Blinded`] and [`TrieError::Malformed`] for a node on the key's way; a key of a wrong length.
    pub fn get(&self, key: &[u8]) -> Result<Option<&[u8]>, TrieError> {
        let key = self.nibbles(key)?;
        Ok(self.overlay.get(&self.arena, &key)?.map(|found| found.value))
    }

    /// Gives `key` a value. The same value again changes nothing.
    ///
    /// # Errors
    ///
    /// As [`Self::get`], and [`TrieError::EmptyValue`]. The trie is then as it was.
    pub fn insert(&mut self, key: &[u8], value: Bytes) -> Result<(), TrieError> {
        if value.is_empty() {
            return Err(TrieError::EmptyValue);
        }
        let key = self.nibbles(key)?;
        self.overlay.insert(&self.arena, &key, value)
    }

    /// Removes `key`. Removing an absent key changes nothing.
    ///
    /// # Errors
    ///
    /// As [`Self::get`], also for the sibling that a branch with two entries leaves alone. The trie is then as it was.
    pub fn remove(&mut self, key: &[u8]) -> Result<(), TrieError> {
        let key = self.nibbles(key)?;
        self.overlay.remove(&self.arena, &key)
    }

    /// The root, with what hashing the nodes changed since the last call cost.
    pub fn root(&mut self) -> Root {
        let spent = hash_changed(&self.arena, &[&self.overlay]);
        let root = self.overlay.root_hash(&self.arena);
        Root {
            hash: root.hash,
            permutations: root.permutations + spent,
        }
    }

    fn nibbles(&self, key: &[u8]) -> Result<Nibbles, TrieError> {
        match (self.overlay.keys, key.len()) {
            (KeyLength::Hashed, 32) | (KeyLength::Any, 0..=32) => Ok(Nibbles::unpack(key)),
            (KeyLength::Hashed, got) => Err(TrieError::KeyLength { got }),
            (KeyLength::Any, got) => Err(TrieError::KeyTooLong { got }),
        }
    }
}
