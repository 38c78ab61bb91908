//! Hashed post-state: state changes under the keys of the tries.
//!
//! Invariant: each changed address and slot is hashed once, in one batch over all threads.

use alloy_primitives::B256;
use blocklight_executor::StateChanges;
use blocklight_keccak::keccak256_batch;
use blocklight_trie::{AccountChange, AccountUpdate, PostState};

/// The changes with every address and slot replaced by its Keccak-256.
pub(crate) fn hashed_post_state(changes: &StateChanges) -> PostState {
    let addresses: Vec<_> = changes.accounts.iter().map(|(address, _)| address).collect();
    let slots: Vec<_> = changes
        .accounts
        .iter()
        .flat_map(|(_, change)| change.storage.iter().map(|(slot, _)| B256::from(*slot)))
        .collect();
    let hashed_addresses = keccak256_batch(&addresses);
    let mut hashed_slots = keccak256_batch(&slots).into_iter();
    let accounts = hashed_addresses
        .into_iter()
        .zip(&changes.accounts)
        .map(|(hashed_address, (_, change))| {
            let storage = change.storage.iter().map(|(_, value)| *value);
            let update = AccountUpdate {
                account: change.account.map(|account| AccountChange {
                    nonce: account.nonce,
                    balance: account.balance,
                    code_hash: account.code_hash,
                }),
                storage_cleared: change.storage_cleared,
                storage: hashed_slots.by_ref().zip(storage).collect(),
            };
            (hashed_address, update)
        })
        .collect();
    PostState { accounts }
}
