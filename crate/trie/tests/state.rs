//! The state trie: accounts and their storage against states rebuilt from nothing.

mod whole_trie;

use alloy_primitives::{B256, Bytes, U256, keccak256};
use blocklight_trie::{
    Account, AccountChange, AccountUpdate, EMPTY_CODE_HASH, EMPTY_ROOT_HASH, Nibbles, PostState, StateTrie,
    StateTrieError, TrieError, TrieId, WitnessNodes,
};
use proptest::{collection::vec, prelude::*};
use std::collections::BTreeMap;
use whole_trie::{Entries, all_nodes, root};

/// A state in plain words: what each account and each of its slots holds.
type State = BTreeMap<B256, (AccountChange, BTreeMap<B256, U256>)>;

fn storage_entries(storage: &BTreeMap<B256, U256>) -> Entries {
    storage
        .iter()
        .map(|(slot, value)| (*slot, alloy_rlp::encode(value)))
        .collect()
}

fn account_entries(state: &State) -> Entries {
    let encode = |(account, storage): &(AccountChange, BTreeMap<B256, U256>)| {
        alloy_rlp::encode(Account {
            nonce: account.nonce,
            balance: account.balance,
            storage_root: root(&storage_entries(storage)),
            code_hash: account.code_hash,
        })
    };
    state
        .iter()
        .map(|(address, account)| (*address, encode(account)))
        .collect()
}

fn state_root(state: &State) -> B256 {
    root(&account_entries(state))
}

fn state_nodes(state: &State) -> BTreeMap<B256, Bytes> {
    let mut nodes = all_nodes(&account_entries(state));
    for (_, storage) in state.values() {
        nodes.extend(all_nodes(&storage_entries(storage)));
    }
    nodes
}

fn reveal(state: &State, nodes: impl IntoIterator<Item = Bytes>) -> Result<StateTrie, StateTrieError> {
    StateTrie::reveal(
        state_root(state),
        &WitnessNodes::new(nodes.into_iter().collect(), 3),
        4,
    )
}

/// Applies a change to the plain state.
fn apply_plainly(state: &mut State, changes: &PostState) {
    for (address, update) in &changes.accounts {
        let Some(account) = update.account else {
            state.remove(address);
            continue;
        };
        let (_, mut storage) = state.remove(address).unwrap_or((account, BTreeMap::new()));
        if update.storage_cleared {
            storage.clear();
        }
        for (slot, value) in &update.storage {
            if value.is_zero() {
                storage.remove(slot);
            } else {
                storage.insert(*slot, *value);
            }
        }
        state.insert(*address, (account, storage));
    }
}

/// Keys of which some share their first nibbles.
fn key() -> impl Strategy<Value = B256> {
    (0..12_u8, 0..3_u8).prop_map(|(first, last)| {
        let mut key = keccak256([first]).0;
        key[0] &= 0x33;
        key[31] = last;
        B256::new(key)
    })
}

fn account() -> impl Strategy<Value = AccountChange> {
    (any::<u64>(), any::<u128>()).prop_map(|(nonce, balance)| AccountChange {
        nonce,
        balance: U256::from(balance),
        code_hash: EMPTY_CODE_HASH,
    })
}

fn word() -> impl Strategy<Value = U256> {
    prop_oneof![
        (1..=300_u64).prop_map(U256::from),
        any::<[u8; 32]>().prop_map(|b| U256::from_be_bytes(b) | U256::ONE)
    ]
}

fn state() -> impl Strategy<Value = State> {
    let storage = proptest::collection::btree_map(key(), word(), 0..12);
    proptest::collection::btree_map(key(), (account(), storage), 1..14)
}

fn update() -> impl Strategy<Value = AccountUpdate> {
    let storage = proptest::collection::btree_map(key(), prop_oneof![Just(U256::ZERO), word()], 0..8);
    (
        proptest::option::weighted(0.8, account()),
        proptest::bool::weighted(0.2),
        storage,
    )
        .prop_map(|(account, storage_cleared, storage)| AccountUpdate {
            account,
            storage_cleared,
            storage: storage.into_iter().collect(),
        })
}

fn post_state() -> impl Strategy<Value = PostState> {
    proptest::collection::btree_map(key(), update(), 1..8).prop_map(|accounts| PostState {
        accounts: accounts.into_iter().rev().collect(),
    })
}

proptest! {
    #[test]
    fn transaction_after_transaction(before in state(), changes in vec(post_state(), 1..4)) {
        let mut plain = before.clone();
        let mut trie = reveal(&before, state_nodes(&before).into_values()).unwrap();
        for changes in &changes {
            apply_plainly(&mut plain, changes);
            prop_assert_eq!(trie.post_state_root(changes).unwrap().hash, state_root(&plain));
            trie.apply(changes).unwrap();
            prop_assert_eq!(trie.root().hash, state_root(&plain));
        }
        for (address, (account, storage)) in &plain {
            let got = trie.account(address).unwrap().unwrap();
            prop_assert_eq!((got.nonce, got.balance, got.code_hash), (account.nonce, account.balance, account.code_hash));
            for (slot, value) in storage {
                prop_assert_eq!(trie.storage(address, got.storage_root, slot).unwrap(), *value);
            }
        }
    }

    #[test]
    fn a_dropped_node_is_missed_or_not_needed(before in state(), changes in post_state()) {
        let nodes = state_nodes(&before);
        let mut plain = before.clone();
        apply_plainly(&mut plain, &changes);
        for dropped in nodes.keys() {
            let others = nodes.iter().filter(|(hash, _)| *hash != dropped).map(|(_, node)| node.clone());
            let result = reveal(&before, others).and_then(|trie| trie.post_state_root(&changes));
            match result {
                Ok(root) => prop_assert_eq!(root.hash, state_root(&plain)),
                Err(StateTrieError::Trie { source, .. }) => {
                    prop_assert!(matches!(*source, TrieError::Blinded { hash, .. } if hash == *dropped), "{}", source);
                }
                Err(other) => prop_assert!(false, "{}", other),
            }
        }
    }
}

fn small_state() -> State {
    let account = |i| AccountChange {
        nonce: u64::from(i),
        balance: U256::from(5),
        code_hash: EMPTY_CODE_HASH,
    };
    let slots = (0..20_u8)
        .map(|slot| (keccak256([slot]), U256::from(slot) + U256::ONE))
        .collect();
    (0..20_u8)
        .map(|i| {
            (
                keccak256([i, 1]),
                (
                    account(i),
                    if i == 0 {
                        BTreeMap::clone(&slots)
                    } else {
                        BTreeMap::new()
                    },
                ),
            )
        })
        .collect()
}

#[test]
fn a_removed_leaf_is_not_an_absent_account() {
    let state = small_state();
    let entries = account_entries(&state);
    for (address, value) in &entries {
        let nodes = state_nodes(&state);
        let leaf = nodes
            .iter()
            .find(|(_, node)| node.ends_with(value))
            .map(|(hash, _)| *hash)
            .unwrap();
        let others = nodes
            .into_iter()
            .filter(|(hash, _)| *hash != leaf)
            .map(|(_, node)| node);
        let error = reveal(&state, others).unwrap().account(address).unwrap_err();
        let StateTrieError::Trie {
            trie: TrieId::Account,
            key,
            source,
        } = error
        else {
            panic!("{error}")
        };
        assert_eq!(key, Some(*address));
        assert!(
            matches!(*source, TrieError::Blinded { hash, .. } if hash == leaf),
            "{source}"
        );
    }
}

#[test]
fn a_missing_storage_root_is_not_empty_storage() {
    let state = small_state();
    let (address, slot) = (keccak256([0, 1]), keccak256([3]));
    let accounts_only = all_nodes(&account_entries(&state)).into_values();
    let trie = reveal(&state, accounts_only).unwrap();
    let account = trie.account(&address).unwrap().unwrap();
    let error = trie.storage(&address, account.storage_root, &slot).unwrap_err();
    let StateTrieError::Trie { trie, key, source } = error else {
        panic!("{error}")
    };
    assert_eq!(
        (trie, key),
        (
            TrieId::Storage {
                hashed_address: address
            },
            Some(slot)
        )
    );
    assert_eq!(
        *source,
        TrieError::Blinded {
            path: Nibbles::default(),
            hash: account.storage_root
        }
    );
}

#[test]
fn a_missing_root_is_named() {
    let state = small_state();
    let error = reveal(&state, []).unwrap_err();
    let source = Box::new(TrieError::Blinded {
        path: Nibbles::default(),
        hash: state_root(&state),
    });
    assert_eq!(
        error,
        StateTrieError::Trie {
            trie: TrieId::Account,
            key: None,
            source
        }
    );
}

#[test]
fn the_empty_state_needs_no_node() {
    let trie = StateTrie::reveal(EMPTY_ROOT_HASH, &WitnessNodes::new(Vec::new(), 0), 0).unwrap();
    assert_eq!(trie.account(&B256::ZERO).unwrap(), None);
    assert_eq!(
        trie.post_state_root(&PostState::default()).unwrap().hash,
        EMPTY_ROOT_HASH
    );
}

#[test]
fn extra_nodes_duplicates_and_order_change_nothing() {
    let state = small_state();
    let mut nodes: Vec<_> = state_nodes(&state).into_values().rev().collect();
    nodes.extend(nodes.clone());
    nodes.extend([
        Bytes::new(),
        Bytes::from_static(&[0xff; 40]),
        Bytes::from_static(&[0x80]),
        vec![0xc0; 600].into(),
    ]);
    let trie = reveal(&state, nodes).unwrap();
    for address in state.keys() {
        assert!(trie.account(address).unwrap().is_some());
    }
    assert_eq!(trie.account(&B256::ZERO).unwrap(), None);
}

#[test]
fn no_change_hashes_nothing() {
    let state = small_state();
    let address = keccak256([0, 1]);
    let trie = reveal(&state, state_nodes(&state).into_values()).unwrap();
    let storage = vec![(keccak256([3]), U256::from(4)), (keccak256([99]), U256::ZERO)];
    let same = AccountUpdate {
        account: Some(state[&address].0),
        storage_cleared: false,
        storage,
    };
    let absent = AccountUpdate::default();
    let changes = PostState {
        accounts: vec![(address, same), (B256::ZERO, absent)],
    };
    let root = trie.post_state_root(&changes).unwrap();
    assert_eq!((root.hash, root.permutations), (state_root(&state), 0));
}

#[test]
fn an_account_named_twice_is_refused() {
    let state = small_state();
    let trie = reveal(&state, state_nodes(&state).into_values()).unwrap();
    let hashed_address = keccak256([0, 1]);
    let changes = PostState {
        accounts: vec![(hashed_address, AccountUpdate::default()); 2],
    };
    let error = trie.post_state_root(&changes).unwrap_err();
    assert_eq!(error, StateTrieError::DuplicateAccount { hashed_address });
}
