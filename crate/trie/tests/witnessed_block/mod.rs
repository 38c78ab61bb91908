//! Real blocks' witnesses, and what the tries in them hold.

#![allow(
    clippy::disallowed_types,
    reason = "the crate does no I/O; its tests and benches read their inputs"
)]

use alloy_primitives::{B256, Bytes, U256};
use blocklight_trie::{
    AccountChange, AccountUpdate, Child, EMPTY_ROOT_HASH, Nibbles, Node, PostState, StateTrie, WitnessNodes,
};
use flate2::read::GzDecoder;
use serde::Deserialize;
use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Block {
    pub(crate) parent_state_root: B256,
    pub(crate) witness: Witness,
}

#[derive(Deserialize)]
pub(crate) struct Witness {
    pub(crate) state: Vec<Bytes>,
}

/// The folder of real blocks, or none where the shared data is not.
pub(crate) fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/blocks");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: ../shared is not here");
    None
}

/// The block in a file.
pub(crate) fn block(path: &Path) -> Block {
    serde_json::from_reader(BufReader::new(GzDecoder::new(File::open(path).unwrap()))).unwrap()
}

/// Keys of the leaves that a root leads to.
pub(crate) fn keys(nodes: &WitnessNodes, root: B256) -> Vec<B256> {
    let mut keys = Vec::new();
    if root == EMPTY_ROOT_HASH {
        return keys;
    }
    let mut queue = vec![(Nibbles::default(), nodes.get(&root).cloned())];
    while let Some((path, node)) = queue.pop() {
        let Some(node) = node else { continue };
        let mut queue_child = |path: Nibbles, child: Child<'_>| match child {
            Child::Empty => {}
            Child::Hash { hash, .. } => queue.push((path, nodes.get(hash.into()).cloned())),
            Child::Inline { bytes, .. } => queue.push((path, Some(Bytes::copy_from_slice(bytes)))),
        };
        match Node::decode(&node).unwrap() {
            Node::Leaf { path: rest, .. } => keys.push(B256::from_slice(&path.join(&rest).pack())),
            Node::Extension { path: rest, child } => queue_child(path.join(&rest), child),
            Node::Branch { children, .. } => {
                for (nibble, child) in (0..).zip(children) {
                    queue_child(path.join(&Nibbles::from_nibbles([nibble])), child);
                }
            }
        }
    }
    keys
}

/// Every account that a root leads to, with a balance and with slots that `balance` and `slot` make of theirs.
pub(crate) fn change_all(
    nodes: &WitnessNodes,
    trie: &StateTrie,
    accounts: &[B256],
    balance: fn(U256) -> U256,
    slot: fn(U256) -> U256,
) -> PostState {
    let change = |address: &B256| {
        let account = trie.account(address).unwrap().unwrap();
        let storage = keys(nodes, account.storage_root)
            .into_iter()
            .map(|key| {
                (
                    key,
                    slot(trie.storage(address, account.storage_root, &key).unwrap()),
                )
            })
            .collect();
        let account = AccountChange {
            nonce: account.nonce,
            balance: balance(account.balance),
            code_hash: account.code_hash,
        };
        (
            *address,
            AccountUpdate {
                account: Some(account),
                storage_cleared: false,
                storage,
            },
        )
    };
    PostState {
        accounts: accounts.iter().map(change).collect(),
    }
}
