//! A block-level access list (EIP-7928) as a prediction: the exact state that each transaction begins on, if the list is
//! the block's.
//!
//! Invariant: nothing is believed. A transaction that was run on what a list says is held, at its turn, to what is
//! committed; so a wrong list costs time and no more.

use crate::{BlockAccessList, KeyedHasher, eip7702::code_at};
use alloy_eips::eip7928::{AccountChanges, BlockAccessIndex, SlotChanges};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use revm::{bytecode::Bytecode, primitives::KECCAK_EMPTY, state::AccountInfo};
use std::{collections::HashMap, sync::OnceLock};

/// What a list says of each account and slot, found by its key.
#[derive(Debug)]
pub(crate) struct ListedState<'l> {
    delegates: bool,
    accounts: HashMap<Address, Listed<'l>, KeyedHasher>,
    slots: HashMap<(Address, U256), &'l SlotChanges, KeyedHasher>,
}

/// A code's hash and the code, once somebody has read it.
type ReadOnce = OnceLock<(B256, Bytecode)>;

#[derive(Debug)]
struct Listed<'l> {
    changes: &'l AccountChanges,
    /// Of the codes that it was given, in order, what each is to the EVM, once somebody reads it: a list that nobody has
    /// committed to may have very many that nobody does.
    codes: OnceLock<Box<[ReadOnce]>>,
}

/// A value that a list predicts, and the transaction it says has written it last; `None` for the system calls before the
/// first.
pub(crate) type Predicted<T> = (T, Option<usize>);

/// Where the last of `changes` is that transaction `reader` comes after. Their order is not relied on: it is only a prediction
/// that depends on it.
fn position_of_latest<T>(
    changes: &[T],
    reader: usize,
    index: impl Fn(&T) -> BlockAccessIndex,
) -> Option<usize> {
    changes
        .partition_point(|it| index(it) <= BlockAccessIndex::new(reader as u64))
        .checked_sub(1)
}

/// The last of `changes` that transaction `reader` comes after.
fn latest<T>(changes: &[T], reader: usize, index: impl Fn(&T) -> BlockAccessIndex) -> Option<&T> {
    changes.get(position_of_latest(changes, reader, index)?)
}

/// The transaction of a block access index: 0 is before the first.
fn writer(index: BlockAccessIndex) -> Option<usize> {
    usize::try_from(index.get().checked_sub(1)?).ok()
}

impl Listed<'_> {
    fn codes(&self) -> &[ReadOnce] {
        let none_read = || self.changes.code_changes.iter().map(|_| OnceLock::new());
        self.codes.get_or_init(|| none_read().collect())
    }
}

fn code_of(bytes: &Bytes, delegates: bool) -> (B256, Bytecode) {
    let code = code_at(bytes, delegates);
    let hash = if bytes.is_empty() {
        KECCAK_EMPTY
    } else {
        keccak256(bytes)
    };
    (hash, code)
}

impl<'l> ListedState<'l> {
    /// `seed` is of the hash maps; `delegates` says whether accounts can delegate (EIP-7702).
    pub(crate) fn new(list: &'l BlockAccessList, delegates: bool, seed: u64) -> Self {
        let hasher = KeyedHasher::new(seed);
        let mut it = Self {
            delegates,
            accounts: HashMap::with_capacity_and_hasher(list.len(), hasher),
            slots: HashMap::with_hasher(hasher),
        };
        for changes in list {
            let codes = OnceLock::new();
            it.accounts.insert(changes.address, Listed { changes, codes });
            for slot in &changes.storage_changes {
                it.slots.insert((changes.address, slot.slot), slot);
            }
        }
        it
    }

    /// The account as `reader` is to find it, where the list says that it was changed by then. `before` is what it was
    /// before the block.
    pub(crate) fn account(
        &self,
        address: Address,
        reader: usize,
        before: Option<&AccountInfo>,
    ) -> Option<Predicted<Option<AccountInfo>>> {
        let listed = self.accounts.get(&address)?;
        let balance = latest(&listed.changes.balance_changes, reader, |it| {
            it.block_access_index
        });
        let nonce = latest(&listed.changes.nonce_changes, reader, |it| it.block_access_index);
        let codes = &listed.changes.code_changes;
        let code = position_of_latest(codes, reader, |it| it.block_access_index)
            .and_then(|at| Some((codes.get(at)?, listed.codes().get(at)?)));
        let indices = [
            balance.map(|it| it.block_access_index),
            nonce.map(|it| it.block_access_index),
            code.map(|(change, _)| change.block_access_index),
        ];
        let last = indices.into_iter().flatten().max()?;
        let mut info = before.cloned().unwrap_or_default();
        // Else the EVM would not ask for the code by its hash.
        info.code = None;
        if let Some(change) = balance {
            info.balance = change.post_balance;
        }
        if let Some(change) = nonce {
            info.nonce = change.new_nonce;
        }
        if let Some((change, read)) = code {
            let (hash, code) = read.get_or_init(|| code_of(&change.new_code, self.delegates));
            // What the account has already is asked for by its hash: a list is no place to have a code from that the state lacks.
            if info.code_hash != *hash {
                info.code_hash = *hash;
                info.code = Some(code.clone());
            }
        }
        // A list does not tell an account that is gone from one that is empty; from EIP-161 on there are none.
        Some(((!info.is_empty()).then_some(info), writer(last)))
    }

    /// The slot as `reader` is to find it, where the list says that it was changed by then.
    pub(crate) fn slot(&self, address: Address, slot: U256, reader: usize) -> Option<Predicted<U256>> {
        let changes = self.slots.get(&(address, slot))?;
        let change = latest(&changes.changes, reader, |it| it.block_access_index)?;
        Some((change.new_value, writer(change.block_access_index)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_eips::eip7928::{BalanceChange, CodeChange, NonceChange, StorageChange};

    const IT: Address = Address::with_last_byte(1);

    fn at(index: u64) -> BlockAccessIndex {
        BlockAccessIndex::new(index)
    }

    #[test]
    fn a_transaction_begins_on_what_those_before_it_left() {
        let slot = U256::from(7);
        let list = vec![
            AccountChanges::new(IT)
                .with_balance_change(BalanceChange::new(at(1), U256::from(10)))
                .with_balance_change(BalanceChange::new(at(3), U256::from(30)))
                .with_nonce_change(NonceChange::new(at(3), 1))
                .with_code_change(CodeChange::new(at(3), Bytes::from_static(&[0])))
                .with_storage_change(SlotChanges::new(
                    slot,
                    vec![
                        StorageChange::new(at(0), U256::from(100)),
                        StorageChange::new(at(2), U256::from(102)),
                    ],
                )),
        ];
        let listed = ListedState::new(&list, true, 1);
        assert!(listed.account(IT, 0, None).is_none(), "nothing before the first");
        let (info, by) = listed.account(IT, 2, None).expect("changed");
        assert_eq!(
            (info.map(|info| info.balance), by),
            (Some(U256::from(10)), Some(0))
        );
        let (info, by) = listed.account(IT, 3, None).expect("changed");
        let info = info.expect("exists");
        assert_eq!((info.balance, info.nonce, by), (U256::from(30), 1, Some(2)));
        assert_eq!(info.code_hash, keccak256([0]));
        assert_eq!(listed.slot(IT, slot, 0), Some((U256::from(100), None)));
        assert_eq!(listed.slot(IT, slot, 1), Some((U256::from(100), None)));
        assert_eq!(listed.slot(IT, slot, 2), Some((U256::from(102), Some(1))));
        assert_eq!(listed.slot(IT, U256::ZERO, 9), None);
    }

    #[test]
    fn a_code_that_the_account_has_already_is_not_taken_from_a_list() {
        let code = Bytes::from_static(&[0]);
        let list = vec![AccountChanges::new(IT).with_code_change(CodeChange::new(at(1), code.clone()))];
        let listed = ListedState::new(&list, true, 1);
        for (before, taken) in [(keccak256(&code), false), (keccak256([1]), true)] {
            let before = AccountInfo {
                code_hash: before,
                ..AccountInfo::default()
            };
            let (info, _) = listed.account(IT, 1, Some(&before)).expect("changed");
            let info = info.expect("exists");
            assert_eq!((info.code_hash, info.code.is_some()), (keccak256(&code), taken));
        }
    }

    #[test]
    fn a_code_that_looks_like_a_delegation_is_one_from_prague_on() {
        let code = Bytes::from([&[0xef, 0x01, 0x00][..], &[7; 20]].concat());
        let list = vec![AccountChanges::new(IT).with_code_change(CodeChange::new(at(1), code.clone()))];
        for delegates in [false, true] {
            let listed = ListedState::new(&list, delegates, 1);
            let (info, _) = listed.account(IT, 1, None).expect("changed");
            let read = info.and_then(|info| info.code).expect("a code");
            assert_eq!(read.is_eip7702(), delegates);
            assert_eq!(read.original_bytes(), code);
        }
    }
}
