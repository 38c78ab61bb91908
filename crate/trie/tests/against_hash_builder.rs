//! One partial trie against whole tries built by alloy-trie, over random contents and changes.

mod whole_trie;

use alloy_primitives::{B256, Bytes, keccak256};
use blocklight_trie::{KeyLength, Nibbles, PartialTrie, TrieError, WitnessNodes};
use proptest::{collection::vec, prelude::*};
use std::collections::BTreeMap;
use whole_trie::{Entries, all_nodes, root, root_and_nodes};

/// Keys that share many nibbles at the start, in the middle and before the end: long extensions, deep branches and, with
/// short values, nodes written into their parents.
fn key() -> impl Strategy<Value = B256> {
    (0..3_u8, 0..4_u8, 0..3_u8, 0..5_u8).prop_map(|(first, second, middle, last)| {
        let mut key = [0x5a; 32];
        key[0] = first.wrapping_mul(0x71);
        key[1] = second.wrapping_mul(0x13);
        key[14] = middle;
        key[31] = last.wrapping_mul(0x31);
        B256::new(key)
    })
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![vec(1..=255_u8, 1..3), vec(any::<u8>(), 1..80)]
}

fn entries() -> impl Strategy<Value = Entries> {
    proptest::collection::btree_map(key(), value(), 0..40)
}

/// Keys to write, or to remove where there is no value.
fn changes() -> impl Strategy<Value = BTreeMap<B256, Option<Vec<u8>>>> {
    proptest::collection::btree_map(key(), proptest::option::weighted(0.5, value()), 1..25)
}

fn apply_to(trie: &mut PartialTrie, changes: &BTreeMap<B256, Option<Vec<u8>>>) -> Result<B256, TrieError> {
    for (key, value) in changes {
        if let Some(value) = value {
            trie.insert(&key[..], Bytes::from(value.clone()))?;
        }
    }
    for (key, value) in changes {
        if value.is_none() {
            trie.remove(&key[..])?;
        }
    }
    Ok(trie.root().hash)
}

fn after(before: &Entries, changes: &BTreeMap<B256, Option<Vec<u8>>>) -> Entries {
    let mut after = before.clone();
    for (key, value) in changes {
        match value {
            Some(value) => after.insert(*key, value.clone()),
            None => after.remove(key),
        };
    }
    after
}

fn reveal(root: B256, nodes: impl IntoIterator<Item = Bytes>) -> Result<PartialTrie, TrieError> {
    let nodes = WitnessNodes::new(nodes.into_iter().collect(), 7);
    PartialTrie::reveal(root, &nodes, KeyLength::Hashed)
}

/// The nodes on the ways to the changed keys, and the siblings that removals ask for, by hash.
fn witness(before: &Entries, changes: &BTreeMap<B256, Option<Vec<u8>>>) -> BTreeMap<B256, Bytes> {
    let all = all_nodes(before);
    let (root, nodes) = root_and_nodes(before, changes.keys().copied());
    let mut witness: BTreeMap<_, _> = nodes.into_iter().map(|node| (keccak256(&node), node)).collect();
    loop {
        let mut trie = reveal(root, witness.values().cloned()).expect("the root's node is on every way");
        match apply_to(&mut trie, changes) {
            Ok(_) => return witness,
            Err(TrieError::Blinded { path, hash }) => {
                assert_beside_a_removal(&path, changes);
                let node = all.get(&hash).expect("what is asked for is in the whole trie");
                assert!(
                    witness.insert(hash, node.clone()).is_none(),
                    "a node that is there is not asked for"
                );
            }
            Err(other) => panic!("{other}"),
        }
    }
}

/// Only a sibling on the way to a removed key may be asked for.
fn assert_beside_a_removal(path: &Nibbles, changes: &BTreeMap<B256, Option<Vec<u8>>>) {
    let parent = path.slice(..path.len() - 1);
    let mut removed = changes
        .iter()
        .filter(|(_, value)| value.is_none())
        .map(|(key, _)| Nibbles::unpack(key));
    assert!(
        removed.any(|key| key.starts_with(&parent)),
        "no removed key goes through the parent of {path:?}"
    );
    assert!(
        !changes.keys().any(|key| Nibbles::unpack(key).starts_with(path)),
        "{path:?} is on a way"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 256 } else { 1024 }))]

    #[test]
    fn every_node_revealed_one_change_at_a_time(
        before in entries(),
        changes in vec((key(), proptest::option::of(value())), 1..30),
    ) {
        let mut entries = before.clone();
        let mut trie = reveal(root(&before), all_nodes(&before).into_values()).unwrap();
        for (key, value) in changes {
            if let Some(value) = value {
                trie.insert(&key[..], Bytes::from(value.clone())).unwrap();
                entries.insert(key, value);
            } else {
                trie.remove(&key[..]).unwrap();
                entries.remove(&key);
            }
            prop_assert_eq!(trie.root().hash, root(&entries));
            prop_assert_eq!(trie.get(&key[..]).unwrap(), entries.get(&key).map(Vec::as_slice));
        }
        for (key, value) in &entries {
            prop_assert_eq!(trie.get(&key[..]).unwrap(), Some(&value[..]));
        }
    }

    #[test]
    fn only_witnessed_nodes_revealed(before in entries(), changes in changes()) {
        let witness = witness(&before, &changes);
        let mut trie = reveal(root(&before), witness.into_values()).unwrap();
        for key in changes.keys() {
            prop_assert_eq!(trie.get(&key[..]).unwrap(), before.get(key).map(Vec::as_slice));
        }
        let root_after = apply_to(&mut trie, &changes).unwrap();
        prop_assert_eq!(root_after, root(&after(&before, &changes)));
    }

    #[test]
    fn a_dropped_node_is_missed_or_not_needed(before in entries(), changes in changes()) {
        let witness = witness(&before, &changes);
        let (root_before, root_after) = (root(&before), root(&after(&before, &changes)));
        for dropped in witness.keys() {
            let others = witness.iter().filter(|(hash, _)| *hash != dropped).map(|(_, node)| node.clone());
            let mut trie = match reveal(root_before, others) {
                Ok(trie) => trie,
                Err(error) => {
                    prop_assert_eq!(error, TrieError::Blinded { path: Nibbles::default(), hash: *dropped });
                    continue;
                }
            };
            for key in changes.keys() {
                match trie.get(&key[..]) {
                    Ok(value) => prop_assert_eq!(value, before.get(key).map(Vec::as_slice)),
                    Err(TrieError::Blinded { path, hash }) => {
                        prop_assert_eq!(hash, *dropped);
                        prop_assert!(Nibbles::unpack(key).starts_with(&path));
                    }
                    Err(other) => prop_assert!(false, "{}", other),
                }
            }
            match apply_to(&mut trie, &changes) {
                Ok(got) => prop_assert_eq!(got, root_after),
                Err(TrieError::Blinded { hash, .. }) => prop_assert_eq!(hash, *dropped),
                Err(other) => prop_assert!(false, "{}", other),
            }
        }
    }

    #[test]
    fn a_failed_change_changes_nothing(before in entries(), changes in changes()) {
        let (root_before, nodes) = root_and_nodes(&before, changes.keys().take(1).copied());
        let Ok(mut trie) = reveal(root_before, nodes) else { return Ok(()) };
        let mut expected = trie.root().hash;
        for (key, value) in &changes {
            let changed = match value {
                Some(value) => trie.insert(&key[..], Bytes::from(value.clone())),
                None => trie.remove(&key[..]),
            };
            if changed.is_err() {
                prop_assert_eq!(trie.root().hash, expected);
            }
            expected = trie.root().hash;
        }
    }

    #[test]
    fn writing_what_is_there_costs_nothing(before in entries()) {
        let mut trie = reveal(root(&before), all_nodes(&before).into_values()).unwrap();
        for (key, value) in &before {
            trie.insert(&key[..], Bytes::from(value.clone())).unwrap();
        }
        let after = trie.root();
        prop_assert_eq!((after.hash, after.permutations), (root(&before), 0));
    }
}
