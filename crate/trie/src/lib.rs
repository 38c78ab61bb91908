//! The partial Merkle-Patricia trie over the nodes of an execution witness (Yellow Paper, appendix D).
//!
//! [`WitnessNodes`] hashes the untrusted nodes once; [`StateTrie`] reveals the account trie and every storage trie from
//! a pre-state root down, proves values present or absent, and computes post-state roots. [`PartialTrie`] is one trie
//! of the same kind over any keys. [`WholeTrie`] is one of which everything is known: witnesses are taken from it.
//!
//! Invariants:
//! - A child that is not in the witness is *blinded*: every read or write through it is an error that carries its path
//!   and hash. It is never read as empty.
//! - The revealed nodes are an arena with one entry for each distinct hash, decoded once and never changed, so its size is
//!   linear in the witness even when forged nodes share children. Changed nodes live apart, copied on write.
//! - No walk goes deeper than the 64 nibbles of a hashed key.

#![forbid(unsafe_code)]

mod account;
mod arena;
mod error;
mod insert;
mod link;
mod node;
mod overlay;
mod partial_trie;
mod post_state;
mod read;
mod remove;
mod rlp;
mod root;
mod state_trie;
mod whole_trie;
mod witness_nodes;

pub use account::{Account, EMPTY_CODE_HASH, EMPTY_ROOT_HASH};
pub use error::{NodeError, StateTrieError, TrieError, TrieId};
pub use node::{Child, Node};
pub use nybbles::Nibbles;
pub use overlay::KeyLength;
pub use partial_trie::PartialTrie;
pub use post_state::{AccountChange, AccountUpdate, PostState};
pub use root::Root;
pub use state_trie::StateTrie;
pub use whole_trie::WholeTrie;
pub use witness_nodes::WitnessNodes;
