//! Read sets: what an incarnation has read, where it came from, and whether that still holds.
//!
//! Invariant: [`ReadSet::rebase`] succeeds only if every value that was observed is the one that the committed state
//! gives now, and then the changes are those that the transaction makes on the committed state.

use crate::{Location, block_state::BlockState, recording::Footprint};
use alloy_primitives::{Address, B256, U256};
use revm::{
    primitives::KECCAK_EMPTY,
    state::{Account, AccountInfo, EvmState},
};

/// Wei from which a balance may overflow within a block: 2^200. All ether there is are fewer than 2^87, and no block has
/// so many transfers of less than this that they come to 2^256.
const OVERFLOWING: U256 = U256::from_limbs([0, 0, 0, 1 << 8]);

/// Whether what is added to this balance within a block may be too much, so that it matters when.
pub(super) fn may_overflow(balance: U256) -> bool {
    balance >= OVERFLOWING
}

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The state before the first transaction, or what is committed.
    PreState,
    /// A transaction before the reader.
    Transaction(usize),
    /// The system calls before the first transaction, as an access list has it. Were that true, it would be committed.
    ListedSystemCall,
}

/// The fields of an account that were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fields {
    balance: U256,
    nonce: u64,
    code_hash: B256,
}

impl From<&AccountInfo> for Fields {
    fn from(info: &AccountInfo) -> Self {
        Self {
            balance: info.balance,
            nonce: info.nonce,
            code_hash: info.code_hash,
        }
    }
}

#[derive(Debug)]
struct AccountRead {
    address: Address,
    fields: Option<Fields>,
    origin: Origin,
    /// Whether the balance mattered; if not, it was only added to.
    balance_observed: bool,
}

#[derive(Debug)]
struct SlotRead {
    address: Address,
    slot: U256,
    value: U256,
    origin: Origin,
}

/// What one incarnation has read.
#[derive(Debug, Default)]
pub(super) struct ReadSet {
    accounts: Vec<AccountRead>,
    slots: Vec<SlotRead>,
}

impl ReadSet {
    pub(super) fn add_account(&mut self, address: Address, info: Option<&AccountInfo>, origin: Origin) {
        self.accounts.push(AccountRead {
            address,
            fields: info.map(Fields::from),
            origin,
            balance_observed: true,
        });
    }

    pub(super) fn add_slot(&mut self, address: Address, slot: U256, value: U256, origin: Origin) {
        self.slots.push(SlotRead {
            address,
            slot,
            value,
            origin,
        });
    }

    /// The incarnation has ended: `observed` says whose balance it has observed, but for accounts without nonce and
    /// code, whose balance always matters; and where some balance is so large that a transfer may overflow, all do.
    pub(super) fn end(&mut self, observed: impl Fn(&Address) -> bool) {
        let overflowing =
            (self.accounts.iter().filter_map(|read| read.fields)).any(|fields| may_overflow(fields.balance));
        for read in &mut self.accounts {
            read.balance_observed = overflowing
                || observed(&read.address)
                || read
                    .fields
                    .is_none_or(|fields| fields.nonce == 0 && is_no_code(fields.code_hash));
        }
        self.accounts.sort_unstable_by_key(|read| read.address);
    }

    /// What was added to the balance of an account of which nothing else has changed and whose balance was not
    /// observed.
    pub(super) fn added(&self, address: &Address, now: &AccountInfo) -> Option<U256> {
        let place = self
            .accounts
            .binary_search_by_key(address, |read| read.address)
            .ok()?;
        let read = self.accounts.get(place)?;
        let before = read.fields?;
        if read.balance_observed || now.nonce != before.nonce || now.code_hash != before.code_hash {
            return None;
        }
        now.balance.checked_sub(before.balance)
    }

    /// If each value observed is what `committed` holds, `changes`, which came of these reads, are moved onto it:
    /// balances that were only added to begin from the committed ones. What it does not hold nobody has committed a
    /// write to: then the value must have come from the pre-state. The balance of a beneficiary that is paid `late` is not
    /// known to `committed`.
    ///
    /// # Errors
    /// The first location whose value does not hold.
    pub(super) fn rebase<DB>(
        &self,
        committed: &BlockState<DB>,
        late: Option<Address>,
        changes: &mut EvmState,
    ) -> Result<(), Location> {
        for read in &self.slots {
            if !read.holds(committed) {
                return Err(Location::Slot {
                    address: read.address,
                    slot: read.slot,
                });
            }
        }
        for read in &self.accounts {
            let known = late != Some(read.address) || !read.balance_observed;
            if !(known && read.rebase(committed, changes)) {
                return Err(Location::Account {
                    address: read.address,
                });
            }
        }
        Ok(())
    }

    /// Whether the balance of an account was observed.
    fn observes_balance(&self, address: &Address) -> bool {
        self.accounts
            .binary_search_by_key(address, |read| read.address)
            .ok()
            .and_then(|place| self.accounts.get(place))
            .is_some_and(|read| read.balance_observed)
    }

    /// Tells a recording what was read, and what of it the transaction has changed.
    pub(super) fn tell(&self, changes: &EvmState, footprint: &mut Footprint<'_>) {
        for read in &self.accounts {
            footprint.read_account(read.address, read.balance_observed);
        }
        for read in &self.slots {
            footprint.read_slot(read.address, read.slot);
        }
        for (address, account) in changes.iter().filter(|(_, account)| account.is_touched()) {
            let fate = AccountFate::of(account);
            // What was not there and is not there has not changed by being touched. (A beneficiary that is paid nothing is.)
            if fate.destroyed && account.is_loaded_as_not_existing() && !account.is_selfdestructed() {
                continue;
            }
            if fate.storage_emptied {
                footprint.set_account(*address, true);
                footprint.clear_storage(*address);
            } else if account.is_changed() {
                let before = account.original_info();
                let fields = before.nonce != account.info.nonce || before.code_hash != account.info.code_hash;
                if fields || self.observes_balance(address) {
                    footprint.set_account(*address, fields);
                } else {
                    footprint.add_to_balance(*address);
                }
            }
            if !fate.destroyed {
                for (slot, _) in account.storage.iter().filter(|(_, slot)| slot.is_changed()) {
                    footprint.set_slot(*address, *slot);
                }
            }
        }
    }
}

/// What becomes of a touched account as a whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct AccountFate {
    /// It is no more: destroyed, or touched while empty (EIP-161).
    pub(super) destroyed: bool,
    /// Its storage begins anew.
    pub(super) storage_emptied: bool,
}

impl AccountFate {
    pub(super) fn of(account: &Account) -> Self {
        let destroyed = account.is_selfdestructed() || (account.is_empty() && !account.is_created());
        Self {
            destroyed,
            storage_emptied: destroyed || account.is_created(),
        }
    }
}

/// Whether revm takes an account with this code hash for one without code: zero too, which no account has.
fn is_no_code(hash: B256) -> bool {
    hash == KECCAK_EMPTY || hash.is_zero()
}

impl AccountRead {
    fn rebase<DB>(&self, committed: &BlockState<DB>, changes: &mut EvmState) -> bool {
        let Some(known) = committed.known_account(self.address) else {
            return self.origin == Origin::PreState;
        };
        let now = known.info.as_ref().map(Fields::from);
        if now == self.fields {
            return true;
        }
        let (Some(now), Some(before)) = (now, self.fields) else {
            return false;
        };
        // A transfer to it may fail now, by whatever it is the transaction does then.
        let overflowing = may_overflow(now.balance);
        if overflowing
            || self.balance_observed
            || now.nonce != before.nonce
            || now.code_hash != before.code_hash
        {
            return false;
        }
        let Some(account) = changes.get_mut(&self.address) else {
            return true;
        };
        let moved = account
            .info
            .balance
            .checked_sub(before.balance)
            .and_then(|added| now.balance.checked_add(added));
        let Some(balance) = moved else {
            return false;
        };
        account.info.balance = balance;
        account.original_info_mut().balance = now.balance;
        true
    }
}

impl SlotRead {
    fn holds<DB>(&self, committed: &BlockState<DB>) -> bool {
        committed
            .known_slot(self.address, self.slot)
            .map_or(self.origin == Origin::PreState, |value| value == self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use revm::{DatabaseCommit as _, database::EmptyDB};

    const PAYEE: Address = Address::repeat_byte(0x77);

    /// A contract with so much.
    fn contract(balance: U256) -> AccountInfo {
        AccountInfo {
            balance,
            nonce: 1,
            ..AccountInfo::default()
        }
    }

    /// A read of a contract's account whose balance did not matter then, held to what it has now.
    fn holds(then: U256, now: U256) -> bool {
        let mut reads = ReadSet::default();
        reads.add_account(PAYEE, Some(&contract(then)), Origin::PreState);
        reads.end(|_| false);
        let mut committed = BlockState::new(EmptyDB::default(), 1, 1);
        let mut account = Account::from(contract(now));
        account.mark_touch();
        committed.commit_iter(&mut std::iter::once((PAYEE, account)));
        let mut changes = EvmState::default();
        changes.insert(PAYEE, Account::from(contract(then)));
        reads.rebase(&committed, None, &mut changes).is_ok()
    }

    #[test]
    fn a_payee_that_has_become_so_rich_that_a_transfer_may_overflow_is_read_again() {
        assert!(holds(U256::from(5), U256::from(6)));
        assert!(holds(U256::from(5), OVERFLOWING - U256::ONE));
        // The transfer may have been undone, so that the changes say nothing of it.
        assert!(!holds(U256::from(5), OVERFLOWING));
        assert!(!holds(U256::from(5), U256::MAX - U256::from(8)));
        assert!(!holds(OVERFLOWING, U256::from(5)));
    }
}
