//! The entries of a block-level access list (EIP-7928): picked by chance, taken out, made up and changed.
//!
//! Invariant: what is added stands in its place in the order that the rules demand, so that it is not found out by that.

use crate::Seeded;
use alloy_eips::eip7928::{
    AccountChanges, BalanceChange, BlockAccessIndex, CodeChange, NonceChange, SlotChanges, StorageChange,
};
use alloy_primitives::{Bytes, U256};

/// A place by chance in a list of so many entries; none in an empty one.
pub(super) fn place(length: usize, random: &mut Seeded) -> Option<usize> {
    (length > 0).then(|| random.below(length))
}

/// An entry by chance.
pub(super) fn any<'e, T>(entries: &'e mut [T], random: &mut Seeded) -> Option<&'e mut T> {
    let place = place(entries.len(), random)?;
    entries.get_mut(place)
}

/// An entry by chance, no longer in the list.
pub(super) fn take<T>(entries: &mut Vec<T>, random: &mut Seeded) -> Option<T> {
    let place = place(entries.len(), random)?;
    Some(entries.remove(place))
}

/// A change of something at an index.
pub(super) trait Change {
    /// One that nobody made.
    fn made_up(index: BlockAccessIndex, random: &mut Seeded) -> Self;
    /// Where it stands.
    fn index(&mut self) -> &mut BlockAccessIndex;
    /// Makes its value another one.
    fn change_value(&mut self, random: &mut Seeded);
}

impl Change for StorageChange {
    fn made_up(index: BlockAccessIndex, random: &mut Seeded) -> Self {
        Self::new(index, U256::from(random.next()))
    }

    fn index(&mut self) -> &mut BlockAccessIndex {
        &mut self.block_access_index
    }

    fn change_value(&mut self, random: &mut Seeded) {
        self.new_value ^= U256::from(1) << random.below(256);
    }
}

impl Change for BalanceChange {
    fn made_up(index: BlockAccessIndex, random: &mut Seeded) -> Self {
        Self::new(index, U256::from(random.next()))
    }

    fn index(&mut self) -> &mut BlockAccessIndex {
        &mut self.block_access_index
    }

    fn change_value(&mut self, random: &mut Seeded) {
        self.post_balance ^= U256::from(1) << random.below(256);
    }
}

impl Change for NonceChange {
    fn made_up(index: BlockAccessIndex, random: &mut Seeded) -> Self {
        Self::new(index, random.next())
    }

    fn index(&mut self) -> &mut BlockAccessIndex {
        &mut self.block_access_index
    }

    fn change_value(&mut self, random: &mut Seeded) {
        self.new_nonce ^= 1 << random.below(64);
    }
}

impl Change for CodeChange {
    fn made_up(index: BlockAccessIndex, random: &mut Seeded) -> Self {
        let length = random.below(40);
        Self::new(index, Bytes::from(random.bytes(length)))
    }

    fn index(&mut self) -> &mut BlockAccessIndex {
        &mut self.block_access_index
    }

    fn change_value(&mut self, random: &mut Seeded) {
        let mut code = self.new_code.to_vec();
        match any(&mut code, random) {
            Some(byte) => *byte ^= 1 << random.below(8),
            None => code.push(0),
        }
        self.new_code = code.into();
    }
}

/// Adds a change where there is none, in its place in the order.
pub(super) fn add_change<C: Change>(changes: &mut Vec<C>, last: usize, random: &mut Seeded) -> Option<()> {
    let taken: Vec<BlockAccessIndex> = changes.iter_mut().map(|change| *change.index()).collect();
    let free: Vec<BlockAccessIndex> = (0..=last as u64)
        .map(BlockAccessIndex::new)
        .filter(|index| !taken.contains(index))
        .collect();
    let index = *free.get(place(free.len(), random)?)?;
    let place = taken.partition_point(|before| *before < index);
    changes.insert(place, C::made_up(index, random));
    Some(())
}

/// Gives a change another value, or another index.
pub(super) fn other_change<C: Change>(changes: &mut [C], last: usize, random: &mut Seeded) -> Option<()> {
    let change = any(changes, random)?;
    if random.below(2) == 0 {
        change.change_value(random);
    } else {
        let index = change.index();
        *index = other_index(*index, last, random);
    }
    Some(())
}

/// Another index of the block. `last` is at least 1, that of what follows no transaction.
pub(super) fn other_index(now: BlockAccessIndex, last: usize, random: &mut Seeded) -> BlockAccessIndex {
    let other = random.below(last) as u64;
    BlockAccessIndex::new(if other < now.get() { other } else { other + 1 })
}

/// Adds a read, in its place in the order.
pub(super) fn add_read(reads: &mut Vec<U256>, slot: U256) {
    let place = reads.partition_point(|read| *read < slot);
    reads.insert(place, slot);
}

/// Adds a slot with one change, in its place in the order.
pub(super) fn add_slot(slots: &mut Vec<SlotChanges>, slot: U256, last: usize, random: &mut Seeded) {
    let index = BlockAccessIndex::new(random.below(last + 1) as u64);
    let changes = SlotChanges::new(slot, vec![StorageChange::made_up(index, random)]);
    let place = slots.partition_point(|before| before.slot < slot);
    slots.insert(place, changes);
}

/// How many entries the longest of an account's lists has.
pub(super) fn most_entries(account: &AccountChanges) -> usize {
    let changes = account.storage_changes.iter().map(|slot| slot.changes.len());
    let lists = [
        account.storage_changes.len(),
        account.storage_reads.len(),
        account.balance_changes.len(),
        account.nonce_changes.len(),
        account.code_changes.len(),
    ];
    lists.into_iter().chain(changes).max().unwrap_or(0)
}

/// The index of each change of an account.
pub(super) fn indices(account: &mut AccountChanges) -> Vec<&mut BlockAccessIndex> {
    let slots = account.storage_changes.iter_mut();
    let storage = slots.flat_map(|slot| &mut slot.changes).map(Change::index);
    let balances = account.balance_changes.iter_mut().map(Change::index);
    let nonces = account.nonce_changes.iter_mut().map(Change::index);
    let codes = account.code_changes.iter_mut().map(Change::index);
    storage.chain(balances).chain(nonces).chain(codes).collect()
}
