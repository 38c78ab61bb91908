//! The trie's errors as what the witness lacks.
//!
//! Invariant: every error of the trie is about the witness, never about the block.

use crate::{GarbledCause, Missing, Trie};
use blocklight_trie::{Nibbles, StateTrieError, TrieError, TrieId};

/// Says which node is missing or garbled.
pub(crate) fn from_trie(error: StateTrieError) -> Missing {
    match error {
        StateTrieError::Trie { trie, source, key } => {
            from_node(trie_of(trie), key.unwrap_or_default(), *source)
        }
        // The changes come from a sorted map of addresses, so this takes two addresses of one hash.
        StateTrieError::DuplicateAccount { hashed_address } => Missing::GarbledNode {
            trie: Trie::Account,
            path: String::new(),
            hash: hashed_address,
            cause: Box::new(GarbledCause::SharedHash),
        },
    }
}

fn from_node(trie: Trie, key: alloy_primitives::B256, error: TrieError) -> Missing {
    match error {
        TrieError::Blinded { path, hash } => Missing::Node {
            trie,
            path: hex_digits(&path),
            hash,
        },
        TrieError::Malformed { path, hash, error } => Missing::GarbledNode {
            trie,
            path: hex_digits(&path),
            hash,
            cause: Box::new(GarbledCause::Node(error)),
        },
        // Keys are hashes and values are encodings of non-zero values, so these do not come up.
        other => Missing::GarbledNode {
            trie,
            path: String::new(),
            hash: key,
            cause: Box::new(GarbledCause::Trie(other)),
        },
    }
}

const fn trie_of(trie: TrieId) -> Trie {
    match trie {
        TrieId::Account => Trie::Account,
        TrieId::Storage { hashed_address } => Trie::Storage(hashed_address),
    }
}

/// Nibbles, a hex digit each.
fn hex_digits(path: &Nibbles) -> String {
    path.iter()
        .map(|nibble| char::from_digit(u32::from(nibble), 16).unwrap_or('?'))
        .collect()
}
