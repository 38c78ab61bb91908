//! Tries forged from an invented root, whose nodes all hash to what names them.

use crate::encoding::{HASH, branch, hash_of, list, short, string};
use alloy_primitives::{B256, Bytes, U256, keccak256};
use blocklight_trie::{
    Account, EMPTY_CODE_HASH, EMPTY_ROOT_HASH, KeyLength, Nibbles, Node, NodeError, PartialTrie, StateTrie,
    StateTrieError, TrieError, WitnessNodes,
};

fn reveal(root: &[u8], others: &[&[u8]], keys: KeyLength) -> PartialTrie {
    let nodes = [&[root], others]
        .concat()
        .into_iter()
        .map(Bytes::copy_from_slice)
        .collect();
    PartialTrie::reveal(keccak256(root), &WitnessNodes::new(nodes, 1), keys).unwrap()
}

#[track_caller]
fn malformed(trie: &PartialTrie, key: &[u8], at: &[u8], node: &[u8], expected: NodeError) {
    let expected = TrieError::Malformed {
        path: Nibbles::from_nibbles(at),
        hash: keccak256(node),
        error: expected,
    };
    assert_eq!(trie.get(key), Err(expected.clone()));
    assert_eq!(trie.clone().remove(key), Err(expected.clone()));
    assert_eq!(
        trie.clone().insert(key, Bytes::from_static(b"new")),
        Err(expected)
    );
}

/// A leaf of a whole key of zeros but for its first `depth` nibbles, with a value so long that it is not written inline.
fn deep_leaf(depth: usize) -> Vec<u8> {
    let nibbles = 64 - depth;
    let path = if nibbles % 2 == 1 { vec![0x30] } else { vec![0x20] };
    short(&[path, vec![0; nibbles / 2]].concat(), string(&[1; 40]))
}

#[test]
fn an_undecodable_node_harms_only_who_walks_through_it() {
    let (good, bad) = (deep_leaf(1), [0xc1; 40]);
    let root = branch(&[(0, hash_of(&good)), (1, hash_of(&bad))], b"");
    let trie = reveal(&root, &[&good, &bad], KeyLength::Hashed);
    assert_eq!(trie.get(&[0; 32]), Ok(Some(&[1; 40][..])));
    malformed(&trie, &[0x10; 32], &[1], &bad, Node::decode(&bad).unwrap_err());
    // Taking the good leaf away would leave the bad one alone.
    assert!(
        matches!(trie.clone().remove(&[0; 32]), Err(TrieError::Malformed { hash, .. }) if hash == keccak256(bad))
    );
}

#[test]
fn an_undecodable_inline_node_makes_its_host_malformed() {
    let root = branch(&[(0, short(&[0x41], string(b"v"))), (1, string(&HASH))], b"");
    let trie = reveal(&root, &[], KeyLength::Any);
    malformed(&trie, &[0; 32], &[], &root, NodeError::PathFlag { got: Some(4) });
}

#[test]
fn an_extensions_child_is_a_branch() {
    let leaf = deep_leaf(1);
    let root = short(&[0x10], hash_of(&leaf));
    malformed(
        &reveal(&root, &[&leaf], KeyLength::Hashed),
        &[0; 32],
        &[0],
        &leaf,
        NodeError::ExtensionChildNotBranch,
    );
    let inner = short(&[0x10], string(&HASH));
    let root = short(&[0x10], hash_of(&inner));
    malformed(
        &reveal(&root, &[&inner], KeyLength::Any),
        &[0; 32],
        &[0],
        &inner,
        NodeError::ExtensionChildNotBranch,
    );
}

#[test]
fn a_short_child_is_written_inline() {
    let leaf = short(&[0x31], string(b"v"));
    let root = branch(&[(0, hash_of(&leaf)), (1, string(&HASH))], b"");
    let trie = reveal(&root, &[&leaf], KeyLength::Any);
    malformed(
        &trie,
        &[0x01],
        &[0],
        &leaf,
        NodeError::HashedTooShort { got: leaf.len() },
    );
    // As a root it stands by itself.
    let trie = reveal(&leaf, &[], KeyLength::Any);
    assert_eq!(trie.get(&[0x01]), Ok(None));
}

#[test]
fn hashed_keys_end_at_leaves_of_full_depth() {
    let leaf = deep_leaf(2);
    let root = branch(&[(0, hash_of(&leaf)), (1, string(&HASH))], b"");
    let trie = reveal(&root, &[&leaf], KeyLength::Hashed);
    malformed(&trie, &[0; 32], &[0], &leaf, NodeError::Depth { depth: 63 });
    let root = branch(&[(0, hash_of(&leaf)), (1, string(&HASH))], b"value");
    let trie = reveal(&root, &[&leaf], KeyLength::Hashed);
    malformed(&trie, &[0; 32], &[], &root, NodeError::BranchValue);
}

#[test]
fn keys_of_other_lengths_are_refused() {
    let mut trie = reveal(&deep_leaf(0), &[], KeyLength::Hashed);
    assert_eq!(trie.get(&[0; 31]), Err(TrieError::KeyLength { got: 31 }));
    assert_eq!(trie.remove(&[0; 33]), Err(TrieError::KeyLength { got: 33 }));
    assert_eq!(trie.insert(&[0; 32], Bytes::new()), Err(TrieError::EmptyValue));
    let trie = reveal(&deep_leaf(0), &[], KeyLength::Any);
    assert_eq!(trie.get(&[0; 33]), Err(TrieError::KeyTooLong { got: 33 }));
}

/// Branches whose sixteen children are all the same node, one on the other; the leaf is the first.
fn tower(levels: usize, leaf: Vec<u8>) -> Vec<Vec<u8>> {
    let mut nodes = vec![leaf];
    for _ in 0..levels {
        let below = hash_of(nodes.last().unwrap());
        nodes.push(list(&[vec![below; 16], vec![string(&[])]].concat()));
    }
    nodes
}

/// 16⁶⁰ paths lead to the leaf. A walk over paths would never end; one over nodes has 61 to see.
#[test]
fn shared_children_do_not_multiply() {
    let nodes = tower(60, deep_leaf(60));
    let root = nodes.last().unwrap().clone();
    let others: Vec<&[u8]> = nodes.iter().map(Vec::as_slice).collect();
    let mut trie = reveal(&root, &others, KeyLength::Hashed);
    let mut key = [0x7c; 32];
    assert_eq!(trie.get(&key), Ok(None), "the leaf ends in zeros");
    key[30..].fill(0);
    assert_eq!(trie.get(&key), Ok(Some(&[1; 40][..])));
    trie.insert(&key, Bytes::from_static(b"new")).unwrap();
    assert_eq!(trie.get(&key), Ok(Some(&b"new"[..])));
    key[0] = 0;
    assert_eq!(
        trie.get(&key),
        Ok(Some(&[1; 40][..])),
        "the other paths keep the value"
    );
    trie.remove(&key).unwrap();
    assert_eq!(trie.get(&key), Ok(None));
    assert!(trie.root().permutations < 1000);
}

#[test]
fn accounts_that_share_a_forged_storage_trie_do_not_multiply() {
    let storage = tower(60, deep_leaf(60));
    let storage_root = keccak256(storage.last().unwrap());
    let account = Account {
        nonce: 0,
        balance: U256::ZERO,
        storage_root,
        code_hash: EMPTY_CODE_HASH,
    };
    let value = alloy_rlp::encode(account);
    let leaf = short(&[0x20, 0, 0], string(&value));
    let mut nodes = tower(60, leaf);
    let root = keccak256(nodes.last().unwrap());
    nodes.extend(storage);
    let nodes = WitnessNodes::new(nodes.into_iter().map(Bytes::from).collect(), 1);
    let trie = StateTrie::reveal(root, &nodes, 2).unwrap();
    let mut key = B256::repeat_byte(0x11);
    key[30..].fill(0);
    assert_eq!(trie.account(&key), Ok(Some(account)));
    // The storage trie's leaf holds forty bytes, which is no storage value.
    let error = trie.storage(&key, storage_root, &key).unwrap_err();
    let StateTrieError::Trie { source, .. } = error else {
        panic!("{error}")
    };
    assert!(
        matches!(
            *source,
            TrieError::Malformed {
                error: NodeError::StorageValue,
                ..
            }
        ),
        "{source}"
    );
}

#[test]
fn a_forged_trie_deeper_than_any_key_ends_the_walk() {
    let nodes = tower(80, deep_leaf(0));
    let root = nodes.last().unwrap().clone();
    let others: Vec<&[u8]> = nodes.iter().map(Vec::as_slice).collect();
    for keys in [KeyLength::Hashed, KeyLength::Any] {
        let trie = reveal(&root, &others, keys);
        malformed(
            &trie,
            &[0; 32],
            &[0; 64],
            &nodes[16],
            NodeError::Depth { depth: 64 },
        );
    }
    // A path that ends below the longest key, taken up when its branch collapses.
    let leaf = deep_leaf(0);
    let root = branch(&[(0, hash_of(&leaf)), (1, hash_of(&deep_leaf(1)))], b"");
    let mut trie = reveal(&root, &[&leaf, &deep_leaf(1)], KeyLength::Any);
    let mut key = [0; 32];
    key[0] = 0x10;
    let error = TrieError::Malformed {
        path: Nibbles::from_nibbles([0]),
        hash: keccak256(&leaf),
        error: NodeError::Depth { depth: 65 },
    };
    assert_eq!(trie.remove(&key), Err(error));
}

#[test]
fn a_chain_of_a_hundred_thousand_nodes_is_revealed_without_recursion() {
    let mut nodes = vec![deep_leaf(0)];
    for _ in 0..100_000 {
        let below = hash_of(nodes.last().unwrap());
        nodes.push(branch(&[(0, below), (1, string(&HASH))], b""));
    }
    let root = keccak256(nodes.last().unwrap());
    let nodes = WitnessNodes::new(nodes.into_iter().map(Bytes::from).collect(), 1);
    let trie = PartialTrie::reveal(root, &nodes, KeyLength::Hashed).unwrap();
    assert!(matches!(
        trie.get(&[0; 32]),
        Err(TrieError::Malformed {
            error: NodeError::Depth { depth: 64 },
            ..
        })
    ));
}

#[test]
fn an_account_leaf_is_decoded_strictly() {
    let account = Account {
        nonce: 1,
        balance: U256::ZERO,
        storage_root: EMPTY_ROOT_HASH,
        code_hash: EMPTY_CODE_HASH,
    };
    let value = alloy_rlp::encode(account);
    let mut longer = value.clone();
    longer.push(0);
    let mut leading_zero = value.clone();
    leading_zero[2] = 0;
    let three = list(&[string(&[1]), string(&[]), string(&HASH)]);
    for (bad, what) in [
        (longer, "trailing byte"),
        (leading_zero, "nonce 0 as a byte"),
        (three, "three fields"),
    ] {
        let leaf = short(&[vec![0x20], vec![0; 32]].concat(), string(&bad));
        let nodes = WitnessNodes::new(vec![Bytes::from(leaf.clone())], 1);
        let trie = StateTrie::reveal(keccak256(&leaf), &nodes, 2).unwrap();
        let error = trie.account(&B256::ZERO).unwrap_err();
        let StateTrieError::Trie { source, .. } = error else {
            panic!("{error}")
        };
        assert!(
            matches!(
                *source,
                TrieError::Malformed {
                    error: NodeError::Account(_),
                    ..
                }
            ),
            "{what}: {source}"
        );
    }
}

#[test]
fn nodes_nested_in_one_witness_node_are_read_and_changed() {
    // Keys of 0, 1 and 2 bytes, so that a branch is written into a branch.
    let leaf = |value: u8| short(&[0x20], vec![value]);
    let inner = branch(&[(0, leaf(1)), (5, leaf(2))], &[]);
    assert!(inner.len() < 32);
    let outer = branch(
        &[(3, inner)],
        b"a value long enough for the node to stand by itself",
    );
    let reads = |trie: &PartialTrie, expected: [Option<u8>; 3]| {
        for (key, value) in [[0x30], [0x35], [0x36]].iter().zip(expected) {
            let got = trie.get(key).expect("revealed");
            assert_eq!(got, value.as_ref().map(core::slice::from_ref));
        }
    };
    let mut trie = reveal(&outer, &[], KeyLength::Any);
    reads(&trie, [Some(1), Some(2), None]);
    assert_eq!(trie.root().hash, hash_of(&outer)[1..]);

    trie.insert(&[0x36], vec![3].into()).expect("revealed");
    reads(&trie, [Some(1), Some(2), Some(3)]);
    trie.remove(&[0x36]).expect("revealed");
    assert_eq!(trie.root().hash, hash_of(&outer)[1..]);

    // Its inner branch collapses into a leaf, and the untouched sibling's bytes are taken over.
    trie.remove(&[0x30]).expect("revealed");
    reads(&trie, [None, Some(2), None]);
    let collapsed = branch(
        &[(3, short(&[0x35], vec![2]))],
        b"a value long enough for the node to stand by itself",
    );
    assert_eq!(trie.root().hash, hash_of(&collapsed)[1..]);
}

#[test]
fn an_insert_above_a_blinded_branch_is_taken_back_without_it() {
    // An extension of one nibble above a branch that the witness lacks.
    let root = short(&[0x15], string(&HASH));
    let mut trie = reveal(&root, &[], KeyLength::Hashed);
    let key = [0x60; 32];
    let value = Bytes::from_static(b"a value");
    for _ in 0..2 {
        trie.insert(&key, value.clone())
            .expect("the branch is not on the way");
        assert_ne!(trie.root().hash, keccak256(&root));
        trie.remove(&key).expect("what stood there is known");
        assert_eq!(trie.root().hash, keccak256(&root));
    }
    // Below it nothing can be told.
    assert!(matches!(trie.get(&[0x50; 32]), Err(TrieError::Blinded { .. })));
}
