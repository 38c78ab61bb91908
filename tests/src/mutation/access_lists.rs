//! Mutations of a block-level access list (EIP-7928), the one that came with the block and the one that the caller gives as a
//! hint: accounts, slots and changes under- and over-declared, others in their place, entries out of order.
//!
//! Invariant: all else of block and witness stays as it is, but for the header's hash of the list where that is made to fit.

use super::{
    list_entries::{
        Change, add_change, add_read, add_slot, any, indices, most_entries, other_change, other_index, place,
        take,
    },
    original::Original,
};
use crate::Seeded;
use alloy_eips::eip7928::{
    AccountChanges, BlockAccessIndex, BlockAccessList, compute_block_access_list_hash,
};
use alloy_primitives::{Address, U256};
use blocklight_verifier::{Block, Input};

/// A change of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ListChange {
    /// An account that is accessed left out.
    DropAccount,
    /// An account that is not accessed.
    AddAccount,
    /// A slot that is read left out.
    DropRead,
    /// A slot that is not read.
    AddRead,
    /// A slot that is read said to be changed.
    ReadToChange,
    /// A slot that is changed said to be read.
    ChangeToRead,
    /// A slot that is changed left out.
    DropSlot,
    /// A slot that is not changed.
    AddSlot,
    /// Another value of a slot.
    StorageValue,
    /// The change of a slot at another index.
    StorageIndex,
    /// A change of a balance left out.
    DropBalance,
    /// A balance changed where it is not.
    AddBalance,
    /// Another balance, or at another index.
    OtherBalance,
    /// A change of a nonce left out.
    DropNonce,
    /// A nonce changed where it is not.
    AddNonce,
    /// Another nonce, or at another index.
    OtherNonce,
    /// A change of a code left out.
    DropCode,
    /// A code changed where it is not.
    AddCode,
    /// Another code, or at another index.
    OtherCode,
    /// Two entries, one after the other, swapped.
    Swap,
    /// An entry twice.
    Duplicate,
    /// A change after the block's end.
    IndexPastEnd,
}

impl ListChange {
    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::DropAccount,
        Self::AddAccount,
        Self::DropRead,
        Self::AddRead,
        Self::ReadToChange,
        Self::ChangeToRead,
        Self::DropSlot,
        Self::AddSlot,
        Self::StorageValue,
        Self::StorageIndex,
        Self::DropBalance,
        Self::AddBalance,
        Self::OtherBalance,
        Self::DropNonce,
        Self::AddNonce,
        Self::OtherNonce,
        Self::DropCode,
        Self::AddCode,
        Self::OtherCode,
        Self::Swap,
        Self::Duplicate,
        Self::IndexPastEnd,
    ];

    /// Does it; says where, or none if there was nothing to do it to. `last` is the block's last index.
    fn apply(self, list: &mut BlockAccessList, last: usize, random: &mut Seeded) -> Option<String> {
        match self {
            Self::DropAccount => {
                let place = place(list.len(), random)?;
                Some(list.remove(place).address.to_string())
            }
            Self::AddAccount => {
                let address = Address::from_slice(&random.bytes(20));
                let place = list.partition_point(|account| account.address < address);
                list.insert(place, AccountChanges::new(address));
                Some(address.to_string())
            }
            Self::Swap | Self::Duplicate if random.below(4) == 0 => {
                self.disorder(list, random)?;
                Some("accounts".to_owned())
            }
            _ => {
                let able: Vec<usize> = (0..list.len())
                    .filter(|place| {
                        list.get(*place)
                            .is_some_and(|account| self.can_be_done_to(account))
                    })
                    .collect();
                let account = list.get_mut(*able.get(place(able.len(), random)?)?)?;
                self.apply_to(account, last, random)?;
                Some(account.address.to_string())
            }
        }
    }

    /// Whether there is in an account what this is done to.
    fn can_be_done_to(self, account: &AccountChanges) -> bool {
        match self {
            Self::DropRead | Self::ReadToChange => !account.storage_reads.is_empty(),
            Self::ChangeToRead | Self::DropSlot | Self::StorageValue | Self::StorageIndex => {
                account.has_storage_changes()
            }
            Self::DropBalance | Self::OtherBalance => !account.balance_changes.is_empty(),
            Self::DropNonce | Self::OtherNonce => !account.nonce_changes.is_empty(),
            Self::DropCode | Self::OtherCode => !account.code_changes.is_empty(),
            Self::Swap => most_entries(account) > 1,
            Self::Duplicate => most_entries(account) > 0,
            Self::IndexPastEnd => account.has_changes(),
            _ => true,
        }
    }

    fn apply_to(self, account: &mut AccountChanges, last: usize, random: &mut Seeded) -> Option<()> {
        let AccountChanges {
            storage_changes,
            storage_reads,
            balance_changes,
            nonce_changes,
            code_changes,
            ..
        } = account;
        match self {
            // These are of the whole list.
            Self::DropAccount | Self::AddAccount => None,
            Self::DropRead => take(storage_reads, random).map(drop),
            Self::AddRead => {
                add_read(storage_reads, U256::from(random.next()));
                Some(())
            }
            Self::ReadToChange => {
                let slot = take(storage_reads, random)?;
                add_slot(storage_changes, slot, last, random);
                Some(())
            }
            Self::ChangeToRead => {
                let slot = take(storage_changes, random)?.slot;
                add_read(storage_reads, slot);
                Some(())
            }
            Self::DropSlot => take(storage_changes, random).map(drop),
            Self::AddSlot => {
                let slot = U256::from(random.next());
                add_slot(storage_changes, slot, last, random);
                Some(())
            }
            Self::StorageValue => {
                any(&mut any(storage_changes, random)?.changes, random)?.change_value(random);
                Some(())
            }
            Self::StorageIndex => {
                let index = any(&mut any(storage_changes, random)?.changes, random)?.index();
                *index = other_index(*index, last, random);
                Some(())
            }
            Self::DropBalance => take(balance_changes, random).map(drop),
            Self::AddBalance => add_change(balance_changes, last, random),
            Self::OtherBalance => other_change(balance_changes, last, random),
            Self::DropNonce => take(nonce_changes, random).map(drop),
            Self::AddNonce => add_change(nonce_changes, last, random),
            Self::OtherNonce => other_change(nonce_changes, last, random),
            Self::DropCode => take(code_changes, random).map(drop),
            Self::AddCode => add_change(code_changes, last, random),
            Self::OtherCode => other_change(code_changes, last, random),
            Self::Swap | Self::Duplicate => self.disorder_within(account, random),
            Self::IndexPastEnd => {
                let past = [last as u64 + 1, u64::from(u32::MAX) + 1, u64::MAX][random.below(3)];
                **any(&mut indices(account), random)? = BlockAccessIndex::new(past);
                Some(())
            }
        }
    }

    /// Swaps or repeats entries of one of an account's lists, the first one from a place by chance on that has enough.
    fn disorder_within(self, account: &mut AccountChanges, random: &mut Seeded) -> Option<()> {
        let first = random.below(6);
        (0..6).find_map(|step| match (first + step) % 6 {
            0 => self.disorder(&mut account.storage_changes, random),
            1 => self.disorder(&mut account.storage_reads, random),
            2 => self.disorder(&mut account.balance_changes, random),
            3 => self.disorder(&mut account.nonce_changes, random),
            4 => self.disorder(&mut account.code_changes, random),
            _ => self.disorder(&mut any(&mut account.storage_changes, random)?.changes, random),
        })
    }

    fn disorder<T: Clone>(self, entries: &mut Vec<T>, random: &mut Seeded) -> Option<()> {
        if self == Self::Swap {
            let place = place(entries.len().checked_sub(1)?, random)?;
            entries.swap(place, place + 1);
        } else {
            let place = place(entries.len(), random)?;
            let copy = entries.get(place)?.clone();
            entries.insert(place, copy);
        }
        Some(())
    }
}

/// The index of what follows the block's last transaction.
fn last_index(block: &Block) -> usize {
    block.body.transactions.len() + 1
}

/// Changes the list that came with the block. What the header says of it stays, or is made to fit, and then the list may be
/// held back: the lie is in the header all the same.
pub(super) fn change_list(change: ListChange, input: &mut Input, random: &mut Seeded) -> Option<String> {
    let mut list = input.access_list.clone()?;
    let what = change.apply(&mut list, last_index(&input.block), random)?;
    if input.access_list.as_ref() == Some(&list) {
        return None;
    }
    let hash = Some(compute_block_access_list_hash(&list));
    let header = match random.below(3) {
        0 => {
            input.access_list = Some(list);
            ""
        }
        1 => {
            input.access_list = Some(list);
            input.block.header.block_access_list_hash = hash;
            ", hash fixed"
        }
        _ => {
            input.access_list = None;
            input.block.header.block_access_list_hash = hash;
            ", hash fixed, list held back"
        }
    };
    Some(what + header)
}

/// Changes the hint, from what the original accesses and changes on, in up to eight places.
pub(super) fn change_hint(
    original: &Original,
    hint: &mut Option<BlockAccessList>,
    random: &mut Seeded,
) -> Option<String> {
    let honest = original.schedules.hint()?;
    let list = hint.get_or_insert_with(|| honest.to_vec());
    let last = last_index(&original.input.block);
    let mut done = Vec::new();
    for _ in 0..=random.below(8) {
        let change = ListChange::ALL[random.below(ListChange::ALL.len())];
        if let Some(place) = change.apply(list, last, random) {
            done.push(format!("{change:?} {place}"));
        }
    }
    (!done.is_empty()).then(|| done.join(", "))
}
