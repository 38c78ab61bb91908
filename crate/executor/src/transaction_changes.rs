//! What one transaction leaves different from the state before it, of revm's transitions.
//!
//! Invariant: applied in block order on top of one another, the changes of all transactions give the state after the
//! last of them. What the block does before its first transaction counts as the first one's.

use crate::{AccountChange, AccountFacts, StateChanges};
use revm::database::TransitionState;

impl StateChanges {
    /// Reads the changes off the transitions since the last transaction. Their codes are left out: no root needs them.
    pub(crate) fn from_transitions(transitions: &TransitionState) -> Self {
        let mut accounts: Vec<_> = transitions
            .transitions
            .iter()
            // An account that was not there and is not there now was only looked at.
            .filter(|(_, account)| account.info.is_some() || account.previous_info.is_some())
            .map(|(address, account)| {
                let mut storage: Vec<_> = account
                    .storage
                    .iter()
                    .map(|(key, slot)| (*key, slot.present_value))
                    .collect();
                storage.sort_unstable_by_key(|(key, _)| *key);
                let facts = account.info.as_ref().map(|info| AccountFacts {
                    nonce: info.nonce,
                    balance: info.balance,
                    code_hash: info.code_hash,
                });
                let change = AccountChange {
                    account: facts,
                    storage_cleared: account.storage_was_destroyed,
                    storage,
                };
                (*address, change)
            })
            .collect();
        accounts.sort_unstable_by_key(|(address, _)| *address);
        Self {
            accounts,
            codes: Vec::new(),
        }
    }
}
