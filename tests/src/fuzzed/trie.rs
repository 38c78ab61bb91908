//! A trie with some nodes left out, changed key by key: the root that alloy-trie computes, or an error that names a node.

use alloy_primitives::{B256, Bytes};
use alloy_trie::HashBuilder;
use blocklight_trie::{KeyLength, Nibbles, PartialTrie, TrieError, WholeTrie, WitnessNodes};
use std::collections::BTreeMap;

/// A key of few different nibbles, so that ways meet; and a value, from short to longer than a hash.
fn entry(data: &[u8]) -> (B256, Bytes) {
    let mut key = B256::repeat_byte(0x11);
    for (place, byte) in key.iter_mut().rev().zip(data.iter().take(2)) {
        *place = byte & 0x33;
    }
    for (place, byte) in key.iter_mut().zip(data.iter().skip(2).take(2)) {
        *place = byte & 0x33;
    }
    let length = usize::from(data.get(4).copied().unwrap_or(0) % 40);
    (
        key,
        vec![data.get(5).copied().unwrap_or(1).max(1); length + 1].into(),
    )
}

fn root(entries: &BTreeMap<B256, Bytes>) -> B256 {
    let mut builder = HashBuilder::default();
    for (key, value) in entries {
        builder.add_leaf(Nibbles::unpack(key), value);
    }
    builder.root()
}

/// See the module.
///
/// # Panics
/// On bytes that show a fault.
pub fn run(data: &[u8]) {
    let Some((&[before, leave_out, nth], data)) = data.split_first_chunk::<3>() else {
        return;
    };
    let mut chunks = data.chunks(7);
    let mut entries: BTreeMap<B256, Bytes> = chunks.by_ref().take(usize::from(before)).map(entry).collect();
    let whole = WholeTrie::new(&entries);
    assert_eq!(whole.root(), root(&entries));

    let mut nodes: BTreeMap<B256, Bytes> = BTreeMap::new();
    for key in entries.keys() {
        nodes.extend(
            whole
                .way(key)
                .into_iter()
                .map(|(hash, node)| (hash, node.clone())),
        );
    }
    let mut kept: Vec<Bytes> = nodes.into_values().collect();
    if leave_out % 2 == 1 && !kept.is_empty() {
        kept.remove(usize::from(nth) % kept.len());
    }
    let Ok(mut trie) = PartialTrie::reveal(whole.root(), &WitnessNodes::new(kept, 7), KeyLength::Hashed)
    else {
        assert_eq!(leave_out % 2, 1, "the root is missed though every node is there");
        return;
    };
    for chunk in chunks {
        let (key, value) = entry(chunk);
        let removes = chunk.get(6).is_some_and(|byte| byte % 2 == 1);
        let result = if removes {
            trie.remove(&key[..])
        } else {
            trie.insert(&key[..], value.clone())
        };
        match result {
            Ok(()) if removes => {
                entries.remove(&key);
            }
            Ok(()) => {
                entries.insert(key, value);
            }
            Err(TrieError::Blinded { .. }) if leave_out % 2 == 1 => {}
            Err(error) => panic!("{error}"),
        }
        match trie.get(&key[..]) {
            Ok(found) => assert_eq!(found, entries.get(&key).map(|value| &value[..])),
            Err(TrieError::Blinded { .. }) if leave_out % 2 == 1 => {}
            Err(error) => panic!("{error}"),
        }
        assert_eq!(trie.root().hash, root(&entries));
    }
}
