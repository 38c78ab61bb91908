//! One location of the multi-version memory: what it held before, and what each transaction's latest incarnation has
//! written there.
//!
//! Invariant: writes stand in order of transaction, one a transaction.

use alloy_primitives::U256;
use revm::state::AccountInfo;
use smallvec::SmallVec;

/// What a transaction leaves of an account's fields.
#[derive(Debug, Clone)]
pub(super) enum AccountValue {
    /// This.
    Is(Option<AccountInfo>),
    /// What was there, with so much more balance, in wei.
    More(U256),
}

/// A value that a later one follows.
pub(super) trait Follow: Sized {
    /// What is there after `next`; `None` if that cannot be told.
    fn follow(before: Option<&Self>, next: Self) -> Option<Self>;
}

impl Follow for U256 {
    fn follow(_before: Option<&Self>, next: Self) -> Option<Self> {
        Some(next)
    }
}

impl Follow for AccountValue {
    fn follow(before: Option<&Self>, next: Self) -> Option<Self> {
        let more = match next {
            Self::Is(_) => return Some(next),
            Self::More(more) => more,
        };
        match before? {
            Self::Is(info) => Some(Self::Is(with_more(info.clone(), more))),
            Self::More(_) => None,
        }
    }
}

/// An account with more balance.
fn with_more(info: Option<AccountInfo>, more: U256) -> Option<AccountInfo> {
    if more.is_zero() {
        return info;
    }
    let mut info = info.unwrap_or_default();
    info.balance = info.balance.saturating_add(more);
    Some(info)
}

/// See the module.
#[derive(Debug)]
pub(super) struct Cell<T> {
    /// The value after the transactions whose writes are no longer listed, all committed, or before the first;
    /// once somebody has read it.
    pub(super) before: Option<T>,
    /// The last of those transactions.
    last_forgotten: Option<usize>,
    /// Most locations are written once.
    writes: SmallVec<[Write<T>; 1]>,
}

impl<T> Default for Cell<T> {
    fn default() -> Self {
        Self {
            before: None,
            last_forgotten: None,
            writes: SmallVec::new(),
        }
    }
}

#[derive(Debug)]
struct Write<T> {
    transaction: usize,
    value: T,
    /// The incarnation that wrote this was aborted; the next is expected to write here too.
    estimate: bool,
}

/// What a reader finds at a location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found<T> {
    /// Written by a transaction before the reader.
    Written(T, usize),
    /// A transaction before the reader will probably write here.
    Estimate(usize),
    /// No transaction before the reader has written here.
    Before(T),
    /// The same, and the value is yet to be read from the pre-state.
    Unread,
}

impl Cell<U256> {
    /// The slot as `reader` finds it.
    pub(super) fn read(&self, reader: usize) -> Found<U256> {
        let earlier = self.writes.iter().rev().find(|write| write.transaction < reader);
        match (earlier, self.before) {
            (Some(write), _) if write.estimate => Found::Estimate(write.transaction),
            (Some(write), _) => Found::Written(write.value, write.transaction),
            (None, Some(before)) => match self.last_forgotten {
                Some(by) => Found::Written(before, by),
                None => Found::Before(before),
            },
            (None, None) => Found::Unread,
        }
    }
}

impl Cell<AccountValue> {
    /// The account as `reader` finds it.
    pub(super) fn read(&self, reader: usize) -> Found<Option<AccountInfo>> {
        let (mut more, mut last) = (U256::ZERO, None);
        for write in self.writes.iter().rev().filter(|it| it.transaction < reader) {
            match &write.value {
                AccountValue::More(amount) => {
                    more = more.saturating_add(*amount);
                    last = last.or(Some(write.transaction));
                }
                AccountValue::Is(_) if write.estimate => return Found::Estimate(write.transaction),
                AccountValue::Is(info) => {
                    let by = last.unwrap_or(write.transaction);
                    return Found::Written(with_more(info.clone(), more), by);
                }
            }
        }
        match (&self.before, last.or(self.last_forgotten)) {
            (Some(AccountValue::Is(info)), None) => Found::Before(info.clone()),
            (Some(AccountValue::Is(info)), Some(by)) => Found::Written(with_more(info.clone(), more), by),
            _ => Found::Unread,
        }
    }
}

impl<T: Follow> Cell<T> {
    /// Puts a write in its place, and forgets those of `committed` transactions: all readers stand after them.
    pub(super) fn write(&mut self, transaction: usize, value: T, committed: usize) {
        let done = self
            .writes
            .iter()
            .take_while(|it| it.transaction < committed && it.transaction < transaction)
            .count();
        for old in self.writes.drain(..done) {
            self.before = T::follow(self.before.as_ref(), old.value);
            self.last_forgotten = Some(old.transaction);
        }
        let write = Write {
            transaction,
            value,
            estimate: false,
        };
        let place = self.writes.partition_point(|it| it.transaction < transaction);
        match self.writes.get_mut(place) {
            Some(own) if own.transaction == transaction => *own = write,
            _ => self.writes.insert(place, write),
        }
    }
}

impl<T> Cell<T> {
    /// Marks the transaction's write as ESTIMATE.
    pub(super) fn mark_estimate(&mut self, transaction: usize) {
        if let Some(own) = self.writes.iter_mut().find(|it| it.transaction == transaction) {
            own.estimate = true;
        }
    }

    /// Takes the transaction's write away, if it is an ESTIMATE.
    pub(super) fn retract_estimate(&mut self, transaction: usize) {
        self.writes
            .retain(|it| it.transaction != transaction || !it.estimate);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wei(balance: u64) -> AccountInfo {
        AccountInfo {
            balance: U256::from(balance),
            ..AccountInfo::default()
        }
    }

    fn cell_of(before: u64) -> Cell<U256> {
        Cell {
            before: Some(U256::from(before)),
            ..Cell::default()
        }
    }

    #[test]
    fn readers_find_the_latest_write_before_them() {
        assert_eq!(Cell::<U256>::default().read(5), Found::Unread);
        let mut cell = cell_of(1);
        cell.write(7, U256::from(70), 0);
        cell.write(3, U256::from(30), 0);
        assert_eq!(cell.read(3), Found::Before(U256::from(1)));
        assert_eq!(cell.read(5), Found::Written(U256::from(30), 3));
        assert_eq!(cell.read(8), Found::Written(U256::from(70), 7));
    }

    #[test]
    fn an_estimate_stops_readers_until_it_is_written_over_or_retracted() {
        let mut cell = cell_of(1);
        cell.write(3, U256::from(30), 0);
        cell.mark_estimate(3);
        assert_eq!(cell.read(5), Found::Estimate(3));
        cell.write(3, U256::from(31), 3);
        cell.retract_estimate(3);
        assert_eq!(cell.read(5), Found::Written(U256::from(31), 3));
        cell.mark_estimate(3);
        cell.retract_estimate(3);
        assert_eq!(cell.read(5), Found::Before(U256::from(1)));
    }

    #[test]
    fn additions_add_up_over_what_was_set_and_over_what_is_committed() {
        let mut cell = Cell::<AccountValue>::default();
        cell.write(2, AccountValue::More(U256::from(20)), 0);
        assert_eq!(cell.read(9), Found::Unread);
        cell.before = Some(AccountValue::Is(Some(wei(1))));
        cell.write(4, AccountValue::More(U256::from(40)), 0);
        assert_eq!(cell.read(9), Found::Written(Some(wei(61)), 4));
        cell.write(6, AccountValue::Is(Some(wei(600))), 5);
        assert_eq!(cell.read(6), Found::Written(Some(wei(61)), 4));
        assert_eq!(cell.read(9), Found::Written(Some(wei(600)), 6));
    }

    #[test]
    fn who_wrote_last_is_remembered_of_writes_that_are_forgotten() {
        let mut cell = cell_of(1);
        cell.write(3, U256::from(30), 0);
        cell.write(8, U256::from(80), 5);
        assert_eq!(cell.read(6), Found::Written(U256::from(30), 3));
        assert_eq!(cell.read(9), Found::Written(U256::from(80), 8));
    }
}
