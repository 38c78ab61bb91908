//! Multi-version memory: what each location held before the block, and what each transaction's latest incarnation
//! has written there.
//!
//! Invariant: a location is a full key (address; address and slot), never a truncated hash of one, and no lock is
//! held but for one look at one location. What is found here is a prediction: nothing is committed on its word.

use super::{
    cell::{AccountValue, Cell, Found},
    read_set::{AccountFate, ReadSet},
    sync::{AtomicBool, Mutex, MutexGuard, PoisonError, SeqCst},
};
use crate::{KeyedHasher, block_state::BlockState};
use alloy_primitives::{Address, U256};
use hashbrown::hash_table::{Entry, HashTable};
use revm::state::{Account, AccountInfo, EvmState};
use std::hash::BuildHasher;

/// Locks, so that threads seldom meet at one. A power of two.
const SHARDS: usize = 64;

/// A storage slot's full key.
type Slot = (Address, U256);

/// The multi-version memory of one block.
#[derive(Debug)]
pub(super) struct Memory {
    shards: Box<[Mutex<Shard>]>,
    hasher: KeyedHasher,
    /// Whether any transaction has emptied a storage. Seldom: then slots need not look at their account.
    cleared: AtomicBool,
}

/// Part of the locations. Hashes are the callers', made once for shard and table.
#[derive(Debug, Default)]
struct Shard {
    accounts: HashTable<(Address, AccountCell)>,
    slots: HashTable<(Slot, Cell<U256>)>,
}

/// One account: its fields, and which transactions emptied its storage.
#[derive(Debug, Default)]
struct AccountCell {
    info: Cell<AccountValue>,
    cleared: Vec<usize>,
}

/// The cell of `key`, made where there is none.
fn cell<K, V>(table: &mut HashTable<(K, V)>, hash: u64, key: K, hasher: KeyedHasher) -> &mut V
where
    K: Eq + std::hash::Hash,
    V: Default,
{
    match table.entry(hash, |(it, _)| *it == key, |(it, _)| hasher.hash_one(it)) {
        Entry::Occupied(entry) => &mut entry.into_mut().1,
        Entry::Vacant(entry) => &mut entry.insert((key, V::default())).into_mut().1,
    }
}

impl Memory {
    /// An empty memory. `seed` is of its hash maps.
    pub(super) fn new(seed: u64) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: KeyedHasher::new(seed),
            cleared: AtomicBool::new(false),
        }
    }

    /// The shard of a hash. A poisoned lock means another thread's panic, which ends the execution anyway.
    #[expect(
        clippy::indexing_slicing,
        reason = "the index is masked by the number of shards"
    )]
    fn shard(&self, hash: u64) -> MutexGuard<'_, Shard> {
        #[expect(clippy::cast_possible_truncation, reason = "only some bits are wanted")]
        let index = hash as usize >> 20 & (SHARDS - 1);
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with_account<T>(&self, address: Address, look: impl FnOnce(&mut AccountCell) -> T) -> T {
        let hash = self.hasher.hash_one(address);
        look(cell(&mut self.shard(hash).accounts, hash, address, self.hasher))
    }

    fn with_slot<T>(&self, slot: Slot, look: impl FnOnce(&mut Cell<U256>) -> T) -> T {
        let hash = self.hasher.hash_one(slot);
        look(cell(&mut self.shard(hash).slots, hash, slot, self.hasher))
    }

    /// The account as `reader` finds it, [`Found::Unread`] never: what it held before the block is got by `read` where
    /// nobody has read it before.
    ///
    /// # Errors
    /// As `read` fails; nothing is remembered then.
    pub(super) fn account<E>(
        &self,
        address: Address,
        reader: usize,
        read: impl FnOnce() -> Result<Option<AccountInfo>, E>,
    ) -> Result<Found<Option<AccountInfo>>, E> {
        self.with_account(address, |cell| match cell.info.read(reader) {
            Found::Unread => {
                cell.info.before = Some(AccountValue::Is(read()?));
                Ok(cell.info.read(reader))
            }
            found => Ok(found),
        })
    }

    /// The slot as `reader` finds it, [`Found::Unread`] never: as [`Memory::account`].
    ///
    /// # Errors
    /// As `read` fails; nothing is remembered then.
    pub(super) fn slot<E>(
        &self,
        address: Address,
        slot: U256,
        reader: usize,
        read: impl FnOnce() -> Result<U256, E>,
    ) -> Result<Found<U256>, E> {
        let found = self.with_slot((address, slot), |cell| match cell.read(reader) {
            Found::Unread => {
                cell.before = Some(read()?);
                Ok(cell.read(reader))
            }
            found => Ok(found),
        })?;
        Ok(self.unless_cleared(address, reader, found))
    }

    /// A storage emptied after the write found makes the slot zero.
    fn unless_cleared(&self, address: Address, reader: usize, found: Found<U256>) -> Found<U256> {
        if !self.cleared.load(SeqCst) {
            return found;
        }
        let hash = self.hasher.hash_one(address);
        let last = self
            .shard(hash)
            .accounts
            .find(hash, |(it, _)| *it == address)
            .and_then(|(_, cell)| cell.cleared.iter().rev().find(|it| **it < reader).copied());
        match (last, &found) {
            (None, _) => found,
            (Some(last), Found::Written(_, by) | Found::Estimate(by)) if *by >= last => found,
            (Some(last), _) => Found::Written(U256::ZERO, last),
        }
    }

    /// The account before the block, if anybody has read it.
    #[expect(
        clippy::option_option,
        reason = "not read yet, and read to be absent, are two things"
    )]
    pub(super) fn account_before(&self, address: Address) -> Option<Option<AccountInfo>> {
        let hash = self.hasher.hash_one(address);
        let shard = self.shard(hash);
        let (_, cell) = shard.accounts.find(hash, |(it, _)| *it == address)?;
        match cell.info.read(0) {
            Found::Before(info) => Some(info),
            _ => None,
        }
    }

    /// The slot before the block, if anybody has read it.
    pub(super) fn slot_before(&self, address: Address, slot: U256) -> Option<U256> {
        let hash = self.hasher.hash_one((address, slot));
        let shard = self.shard(hash);
        let (_, cell) = shard.slots.find(hash, |(it, _)| *it == (address, slot))?;
        match cell.read(0) {
            Found::Before(value) => Some(value),
            _ => None,
        }
    }

    /// Takes what is known before the first transaction, after the system calls.
    pub(super) fn begin_with<DB>(&self, state: &BlockState<DB>) {
        let (accounts, slots) = state.known();
        for (address, info) in accounts {
            self.with_account(address, |cell| {
                cell.info.before = Some(AccountValue::Is(info.clone()));
            });
        }
        for (address, slot, value) in slots {
            self.with_slot((address, slot), |cell| cell.before = Some(value));
        }
    }

    /// Publishes what `transaction` has written, on what `reads` says it has read if it was run ahead. All before
    /// `committed` are committed.
    pub(super) fn publish(
        &self,
        transaction: usize,
        state: &EvmState,
        reads: Option<&ReadSet>,
        committed: usize,
    ) {
        for (address, account, fate) in written(state) {
            if fate.storage_emptied || account.is_changed() {
                let more = reads
                    .filter(|_| !fate.storage_emptied)
                    .and_then(|reads| reads.added(address, &account.info));
                let value = match more {
                    Some(more) => AccountValue::More(more),
                    None => AccountValue::Is((!fate.destroyed).then(|| account.info.clone())),
                };
                self.with_account(*address, |cell| {
                    cell.info.write(transaction, value, committed);
                    if fate.storage_emptied {
                        let place = cell.cleared.partition_point(|it| *it < transaction);
                        if cell.cleared.get(place) != Some(&transaction) {
                            cell.cleared.insert(place, transaction);
                        }
                        self.cleared.store(true, SeqCst);
                    }
                });
            }
            for (slot, value) in changed_slots(account, fate) {
                self.with_slot((*address, slot), |cell| cell.write(transaction, value, committed));
            }
        }
    }

    /// Marks what an aborted incarnation of `transaction` wrote as ESTIMATE.
    pub(super) fn mark_estimates(&self, transaction: usize, state: &EvmState) {
        for (address, account, fate) in written(state) {
            self.with_account(*address, |cell| {
                cell.info.mark_estimate(transaction);
                cell.cleared.retain(|it| *it != transaction);
            });
            for (slot, _) in changed_slots(account, fate) {
                self.with_slot((*address, slot), |cell| cell.mark_estimate(transaction));
            }
        }
    }

    /// Takes away the estimates that the next incarnation of `transaction` did not write over.
    pub(super) fn retract_estimates(&self, transaction: usize, state: &EvmState) {
        for (address, account, fate) in written(state) {
            self.with_account(*address, |cell| cell.info.retract_estimate(transaction));
            for (slot, _) in changed_slots(account, fate) {
                self.with_slot((*address, slot), |cell| cell.retract_estimate(transaction));
            }
        }
    }
}

/// The accounts that an incarnation has touched.
fn written(state: &EvmState) -> impl Iterator<Item = (&Address, &Account, AccountFate)> {
    state
        .iter()
        .filter(|(_, account)| account.is_touched())
        .map(|(address, account)| (address, account, AccountFate::of(account)))
}

/// The slots that it has changed, and their values.
fn changed_slots(account: &Account, fate: AccountFate) -> impl Iterator<Item = (U256, U256)> {
    account
        .storage
        .iter()
        .filter(move |(_, slot)| !fate.destroyed && slot.is_changed())
        .map(|(slot, value)| (*slot, value.present_value))
}
