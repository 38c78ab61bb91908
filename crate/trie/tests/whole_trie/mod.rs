//! Whole tries built by alloy-trie's `HashBuilder`, the reference that the partial trie is compared with.

use alloy_primitives::{B256, Bytes, keccak256};
use alloy_trie::{HashBuilder, Nibbles, proof::ProofRetainer};
use std::collections::BTreeMap;

/// A trie's keys and values.
pub(crate) type Entries = BTreeMap<B256, Vec<u8>>;

/// The root of a trie, and the nodes on the ways to `targets`, whether those are in it or not.
pub(crate) fn root_and_nodes(
    entries: &Entries,
    targets: impl IntoIterator<Item = B256>,
) -> (B256, Vec<Bytes>) {
    let retainer = ProofRetainer::new(targets.into_iter().map(Nibbles::unpack).collect());
    let mut builder = HashBuilder::default().with_proof_retainer(retainer);
    for (key, value) in entries {
        builder.add_leaf(Nibbles::unpack(key), value);
    }
    let root = builder.root();
    let nodes = builder
        .take_proof_nodes()
        .into_nodes_sorted()
        .into_iter()
        .map(|(_, node)| node)
        .collect();
    (root, nodes)
}

/// The root of a trie.
pub(crate) fn root(entries: &Entries) -> B256 {
    root_and_nodes(entries, []).0
}

/// Every node of a trie by its hash.
pub(crate) fn all_nodes(entries: &Entries) -> BTreeMap<B256, Bytes> {
    let (_, nodes) = root_and_nodes(entries, entries.keys().copied());
    nodes.into_iter().map(|node| (keccak256(&node), node)).collect()
}
