//! Whole tries against alloy-trie's.

mod whole_trie;

use alloy_primitives::{B256, Bytes, keccak256};
use blocklight_trie::WholeTrie;
use proptest::{collection::btree_map, prelude::*};
use whole_trie::{all_nodes, root, root_and_nodes};

/// Keys that share many nibbles, and values short enough to be written into their parents.
fn key() -> impl Strategy<Value = B256> {
    (0..3_u8, 0..4_u8, 0..5_u8).prop_map(|(first, middle, last)| {
        let mut key = [0x5a; 32];
        (key[0], key[14], key[31]) = (first.wrapping_mul(0x71), middle, last.wrapping_mul(0x31));
        B256::new(key)
    })
}

proptest! {
    #[test]
    fn root_nodes_and_ways_are_alloys(
        entries in btree_map(key(), prop_oneof![proptest::collection::vec(1..=255_u8, 1..3), proptest::collection::vec(any::<u8>(), 1..80)], 0..40),
        target in key(),
    ) {
        let trie = WholeTrie::new(&entries.iter().map(|(key, value)| (*key, Bytes::from(value.clone()))).collect());
        prop_assert_eq!(trie.root(), root(&entries));
        if !entries.is_empty() {
            for (hash, node) in all_nodes(&entries) {
                if node.len() >= 32 || hash == trie.root() {
                    prop_assert_eq!(trie.node(&hash), Some(&node));
                }
            }
            let (_, nodes) = root_and_nodes(&entries, [target]);
            let expected: Vec<_> = nodes.into_iter().enumerate().filter(|(i, node)| *i == 0 || node.len() >= 32).map(|(_, node)| keccak256(node)).collect();
            let way: Vec<_> = trie.way(&target).into_iter().map(|(hash, _)| hash).collect();
            prop_assert_eq!(way, expected);
        }
    }
}
