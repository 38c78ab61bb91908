//! A trie of which everything is known: what a witness is taken from.
//!
//! Invariant: the nodes are exactly those of the one trie that holds the entries, each under its hash.

use crate::{
    Child, EMPTY_ROOT_HASH, Node,
    node::{HASH_LENGTH, encode_branch, encode_extension, encode_leaf},
};
use alloy_primitives::{B256, Bytes};
use blocklight_keccak::keccak256;
use nybbles::Nibbles;
use std::collections::{BTreeMap, HashMap};

/// A Merkle-Patricia trie of keys that are hashes, built from all its entries.
///
/// It is made for the recorder, whose state is the caller's own: its map has no seed, so do not build it from what a
/// stranger chose.
#[derive(Debug, Clone)]
pub struct WholeTrie {
    root: B256,
    nodes: HashMap<B256, Bytes>,
}

impl WholeTrie {
    /// Builds the trie of `entries`: hashed key and value. An entry with an empty value is left out, since no trie holds
    /// one.
    pub fn new(entries: &BTreeMap<B256, Bytes>) -> Self {
        let entries: Vec<(Nibbles, &Bytes)> = entries
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| (Nibbles::unpack(key), value))
            .collect();
        let mut nodes = HashMap::new();
        let root = match encode(&entries, 0, &mut nodes) {
            None => EMPTY_ROOT_HASH,
            // The root is hashed however short it is.
            Some(encoding) => keep(encoding, &mut nodes),
        };
        Self { root, nodes }
    }

    /// The root.
    pub const fn root(&self) -> B256 {
        self.root
    }

    /// The node with this hash, unless it is written into its parent or of no part of the trie.
    pub fn node(&self, hash: &B256) -> Option<&Bytes> {
        self.nodes.get(hash)
    }

    /// The nodes from the root to `key`, or to where the trie shows that it does not hold it, but for those written into
    /// their parents.
    pub fn way(&self, key: &B256) -> Vec<(B256, &Bytes)> {
        let key = Nibbles::unpack(key);
        let mut way = Vec::new();
        let (mut next, mut depth) = (Some(self.root), 0);
        while let Some(hash) = next.take() {
            let Some(node) = self.nodes.get(&hash) else { break };
            way.push((hash, node));
            next = hashed_child(node, &key, &mut depth);
        }
        way
    }
}

/// The next node on the way to `key` that stands by itself, and how deep it lies.
fn hashed_child(node: &[u8], key: &Nibbles, depth: &mut usize) -> Option<B256> {
    let mut encoding = node;
    // Each turn goes into a node written into the last, which is shorter.
    loop {
        let child = match Node::decode(encoding).ok()? {
            Node::Leaf { .. } => return None,
            Node::Extension { path, child } => {
                if !key.slice(*depth..).starts_with(&path) {
                    return None;
                }
                *depth += path.len();
                child
            }
            Node::Branch { children, .. } => {
                let nibble = key.get(*depth)?;
                *depth += 1;
                *children.get(usize::from(nibble))?
            }
        };
        match child {
            Child::Empty => return None,
            Child::Hash { hash, .. } => return Some(hash.into()),
            Child::Inline { bytes, .. } => encoding = bytes,
        }
    }
}

/// Encodes the subtrie of sorted `entries` whose first `depth` nibbles are the same; none for no entries. Recurses at
/// most once a nibble.
fn encode(entries: &[(Nibbles, &Bytes)], depth: usize, nodes: &mut HashMap<B256, Bytes>) -> Option<Vec<u8>> {
    let (first, last) = (entries.first()?, entries.last()?);
    let mut out = Vec::new();
    if entries.len() == 1 {
        encode_leaf(&first.0.slice(depth..), first.1, &mut out);
        return Some(out);
    }
    // In sorted order, what the first and the last share all share.
    let shared = first.0.common_prefix_length(&last.0);
    if shared > depth {
        let child = encode(entries, shared, nodes).map_or_else(Vec::new, |child| reference(child, nodes));
        encode_extension(&first.0.slice(depth..shared), &child, &mut out);
        return Some(out);
    }
    let mut children = Vec::with_capacity(16 * (HASH_LENGTH + 1));
    let mut rest = entries;
    for nibble in 0..16 {
        let count = rest.partition_point(|(key, _)| key.get(depth).is_some_and(|at| at <= nibble));
        let (below, after) = rest.split_at(count);
        rest = after;
        match encode(below, depth + 1, nodes) {
            None => children.push(0x80),
            Some(child) => children.extend(reference(child, nodes)),
        }
    }
    encode_branch(&children, &[], &mut out);
    Some(out)
}

/// What stands for a node in its parent.
fn reference(encoding: Vec<u8>, nodes: &mut HashMap<B256, Bytes>) -> Vec<u8> {
    if encoding.len() < HASH_LENGTH {
        return encoding;
    }
    // RLP of a string of 32 bytes: the header `0x80 + 32`, then the string.
    let mut reference = vec![0xa0];
    reference.extend_from_slice(keep(encoding, nodes).as_slice());
    reference
}

fn keep(encoding: Vec<u8>, nodes: &mut HashMap<B256, Bytes>) -> B256 {
    let hash = keccak256(&encoding);
    nodes.insert(hash, encoding.into());
    hash
}
