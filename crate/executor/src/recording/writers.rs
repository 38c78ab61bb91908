//! Who has written each location last, among the block's transactions.
//!
//! Invariant: asked in block order, before the asker's own writes are noted.

use super::location::Location;
use crate::KeyedHasher;
use alloy_primitives::{Address, U256};
use std::collections::HashMap;

/// The last writers of every location that a transaction has written.
#[derive(Debug)]
pub(super) struct Writers {
    accounts: HashMap<Address, AccountWriters, KeyedHasher>,
    slots: HashMap<(Address, U256), u32, KeyedHasher>,
}

#[derive(Debug, Default)]
struct AccountWriters {
    /// Of nonce and code, existence with them.
    fields: Option<u32>,
    /// Who set the balance, and all who have added to it since: additions need not know of each other.
    balance: Vec<u32>,
    /// Who emptied the storage.
    cleared: Option<u32>,
}

impl Writers {
    /// Nobody has written anything. `seed` is of the hash maps.
    pub(super) fn new(seed: u64) -> Self {
        let hasher = KeyedHasher::new(seed);
        Self {
            accounts: HashMap::with_hasher(hasher),
            slots: HashMap::with_hasher(hasher),
        }
    }

    /// Whom a reader of an account depends on.
    pub(super) fn of_account(
        &self,
        address: Address,
        balance_observed: bool,
        found: &mut Vec<(u32, Location)>,
    ) {
        let Some(writers) = self.accounts.get(&address) else {
            return;
        };
        let balance = writers.balance.iter().copied();
        let of = writers
            .fields
            .into_iter()
            .chain(balance.filter(|_| balance_observed));
        found.extend(of.map(|by| (by, Location::Account { address })));
    }

    /// Whom a reader of a slot depends on.
    pub(super) fn of_slot(&self, address: Address, slot: U256, found: &mut Vec<(u32, Location)>) {
        let cleared = self.accounts.get(&address).and_then(|writers| writers.cleared);
        match (self.slots.get(&(address, slot)).copied(), cleared) {
            (Some(by), cleared) if cleared.is_none_or(|cleared| cleared <= by) => {
                found.push((by, Location::Slot { address, slot }));
            }
            (_, Some(by)) => found.push((by, Location::Storage { address })),
            (_, None) => {}
        }
    }

    /// `by` has set an account's balance and, if `fields`, its nonce, code or existence.
    pub(super) fn set_account(&mut self, address: Address, fields: bool, by: u32) {
        let writers = self.accounts.entry(address).or_default();
        writers.balance.clear();
        writers.balance.push(by);
        if fields {
            writers.fields = Some(by);
        }
    }

    /// `by` has added to an account's balance.
    pub(super) fn add_to_balance(&mut self, address: Address, by: u32) {
        let balance = &mut self.accounts.entry(address).or_default().balance;
        if balance.last() != Some(&by) {
            balance.push(by);
        }
    }

    /// `by` has emptied an account's storage.
    pub(super) fn clear_storage(&mut self, address: Address, by: u32) {
        self.accounts.entry(address).or_default().cleared = Some(by);
    }

    /// `by` has written a slot.
    pub(super) fn set_slot(&mut self, address: Address, slot: U256, by: u32) {
        self.slots.insert((address, slot), by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IT: Address = Address::with_last_byte(1);

    fn account(writers: &Writers, balance_observed: bool) -> Vec<u32> {
        let mut found = Vec::new();
        writers.of_account(IT, balance_observed, &mut found);
        found.into_iter().map(|(by, _)| by).collect()
    }

    #[test]
    fn a_balance_depends_on_who_set_it_and_on_all_who_added_since() {
        let mut writers = Writers::new(1);
        writers.add_to_balance(IT, 0);
        writers.set_account(IT, true, 2);
        writers.add_to_balance(IT, 4);
        writers.add_to_balance(IT, 4);
        writers.add_to_balance(IT, 5);
        assert_eq!(account(&writers, true), [2, 2, 4, 5]);
        assert_eq!(account(&writers, false), [2]);
    }

    #[test]
    fn an_emptied_storage_hides_what_was_written_before() {
        let (mut writers, slot) = (Writers::new(1), U256::from(7));
        let of = |writers: &Writers| {
            let mut found = Vec::new();
            writers.of_slot(IT, slot, &mut found);
            found
        };
        writers.set_slot(IT, slot, 1);
        assert_eq!(of(&writers), [(1, Location::Slot { address: IT, slot })]);
        writers.clear_storage(IT, 3);
        assert_eq!(of(&writers), [(3, Location::Storage { address: IT })]);
        writers.set_slot(IT, slot, 3);
        assert_eq!(of(&writers), [(3, Location::Slot { address: IT, slot })]);
    }
}
