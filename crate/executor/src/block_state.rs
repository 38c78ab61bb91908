//! The state while a block is executed: its pre-state, and over it what has been committed.
//!
//! It does what revm's `State` does for a block, without what only a node needs (reverts, transitions, retention), so a
//! commit costs two look-ups a location. The sequential schedule runs on revm's own, and the two are held to each
//! other.
//!
//! Invariants: what was committed last is what is read; a value of the pre-state is asked for once; storage that was
//! emptied is never looked up below.

use crate::{AccountChange, AccountFacts, KeyedHasher, StateChanges};
use alloy_primitives::{Address, B256, U256, map::AddressMap};
use rayon::slice::ParallelSliceMut;
use revm::{
    Database, DatabaseCommit,
    bytecode::Bytecode,
    database_interface::bal::BalState,
    primitives::KECCAK_EMPTY,
    state::{Account, AccountInfo},
};
use std::collections::HashMap;

/// See the module.
#[derive(Debug)]
pub(crate) struct BlockState<DB> {
    pub(crate) database: DB,
    accounts: HashMap<Address, AccountEntry, KeyedHasher>,
    slots: HashMap<(Address, U256), SlotEntry, KeyedHasher>,
    /// Codes found by their hash: read, or of a contract that was created.
    codes: HashMap<B256, Bytecode, KeyedHasher>,
    /// Codes that accounts were given without being created (EIP-7702). Who has one of these from before the block has it from
    /// the pre-state: that another account was given the same does not prove it, to revm's own state as to this one.
    given: HashMap<B256, Bytecode, KeyedHasher>,
    /// Builds the block's access list (EIP-7928), where that is wanted.
    pub(crate) access_list: BalState,
}

/// An account that was read or committed.
#[derive(Debug)]
pub(crate) struct AccountEntry {
    /// As it is now; `None` if it does not exist.
    pub(crate) info: Option<AccountInfo>,
    /// As the pre-state has it.
    original: Option<AccountFacts>,
    /// How often its storage was emptied, by a creation too. Slots of an earlier count are gone.
    emptied: u32,
    /// Whether it ceased to exist at some time.
    destroyed: bool,
    /// Whether it was ever committed to.
    committed: bool,
}

/// A slot that was read or committed.
#[derive(Debug, Clone, Copy)]
struct SlotEntry {
    value: U256,
    /// As the pre-state has it, or zero once the storage was emptied.
    original: U256,
    /// How often the storage had been emptied by then.
    emptied: u32,
}

impl AccountEntry {
    fn loaded(info: Option<AccountInfo>) -> Self {
        Self {
            original: info.as_ref().map(AccountFacts::from),
            info,
            emptied: 0,
            destroyed: false,
            committed: false,
        }
    }
}

impl<DB> BlockState<DB> {
    /// Nothing committed over `database`, for some `transactions`. `seed` is of the hash maps.
    pub(crate) fn new(database: DB, transactions: usize, seed: u64) -> Self {
        let hasher = KeyedHasher::new(seed);
        // Most transactions have an account or two and a few slots of their own.
        Self {
            database,
            accounts: HashMap::with_capacity_and_hasher(2 * transactions, hasher),
            slots: HashMap::with_capacity_and_hasher(2 * transactions, hasher),
            codes: HashMap::with_hasher(hasher),
            given: HashMap::with_hasher(hasher),
            access_list: BalState::default(),
        }
    }

    /// Has the block's access list built from here on.
    pub(crate) fn build_access_list(&mut self) {
        self.access_list = std::mem::take(&mut self.access_list).with_bal_builder();
    }

    /// Whether it is built.
    pub(crate) const fn builds_access_list(&self) -> bool {
        self.access_list.bal_builder.is_some()
    }

    /// The account, if it has been read or committed to.
    pub(crate) fn known_account(&self, address: Address) -> Option<&AccountEntry> {
        self.accounts.get(&address)
    }

    /// The slot's value, if that is known without asking below: it was read or committed, or its account is known not
    /// to exist or to have been emptied.
    pub(crate) fn known_slot(&self, address: Address, slot: U256) -> Option<U256> {
        let account = self.accounts.get(&address)?;
        if account.info.is_none() {
            return Some(U256::ZERO);
        }
        match self.slots.get(&(address, slot)) {
            Some(entry) if entry.emptied == account.emptied => Some(entry.value),
            _ => (account.emptied > 0).then_some(U256::ZERO),
        }
    }

    /// Whether what storage the account had in the pre-state is gone.
    pub(crate) fn is_emptied(&self, address: Address) -> bool {
        let known = self.accounts.get(&address);
        known.is_some_and(|entry| entry.info.is_none() || entry.emptied > 0)
    }

    /// Everything that was read or committed so far: accounts, and slots that are not emptied.
    pub(crate) fn known(
        &self,
    ) -> (
        impl Iterator<Item = (Address, &Option<AccountInfo>)>,
        impl Iterator<Item = (Address, U256, U256)>,
    ) {
        let accounts = self
            .accounts
            .iter()
            .map(|(address, entry)| (*address, &entry.info));
        let slots = self.slots.iter().filter_map(|((address, slot), entry)| {
            let emptied = self.accounts.get(address)?.emptied;
            (entry.emptied == emptied).then_some((*address, *slot, entry.value))
        });
        (accounts, slots)
    }

    fn apply(&mut self, address: Address, account: Account) {
        if !account.is_touched() {
            return;
        }
        let entry = self.accounts.entry(address).or_insert_with(|| {
            // Run on what was read elsewhere: as if it had been read here.
            let exists = !account.is_loaded_as_not_existing();
            AccountEntry::loaded(exists.then(|| account.original_info()))
        });
        entry.committed = true;
        // Destroyed, or touched while empty (EIP-161; before it, the journal calls what it keeps created).
        if account.is_selfdestructed() || (account.is_empty() && !account.is_created()) {
            entry.info = None;
            entry.emptied += 1;
            entry.destroyed = true;
            return;
        }
        let codes = if account.is_created() {
            entry.emptied += 1;
            &mut self.codes
        } else {
            &mut self.given
        };
        if let Some(code) = &account.info.code
            && account.info.code_hash != KECCAK_EMPTY
            && entry
                .info
                .as_ref()
                .is_none_or(|info| info.code_hash != account.info.code_hash)
        {
            codes
                .entry(account.info.code_hash)
                .or_insert_with(|| code.clone());
        }
        entry.info = Some(account.info);
        let emptied = entry.emptied;
        for (slot, value) in account.storage {
            if !value.is_changed() {
                continue;
            }
            let fresh = SlotEntry {
                value: value.present_value,
                original: if emptied == 0 {
                    value.original_value
                } else {
                    U256::ZERO
                },
                emptied,
            };
            let entry = self.slots.entry((address, slot)).or_insert(fresh);
            if entry.emptied == emptied {
                entry.value = fresh.value;
            } else {
                *entry = fresh;
            }
        }
    }

    /// What is different from the pre-state.
    pub(crate) fn changes(&self) -> StateChanges {
        let mut accounts: Vec<(Address, AccountChange)> = Vec::new();
        let mut slots: Vec<_> = self
            .slots
            .iter()
            .filter(|(_, entry)| entry.value != entry.original)
            .map(|((address, slot), entry)| (*address, *slot, entry))
            .collect();
        slots.par_sort_unstable_by_key(|(address, slot, _)| (*address, *slot));
        let mut written: Vec<_> = self
            .accounts
            .iter()
            .filter(|(_, entry)| entry.committed)
            .collect();
        written.par_sort_unstable_by_key(|(address, _)| **address);
        let mut codes = Vec::new();
        for (address, entry) in written {
            let first = slots.partition_point(|(of, ..)| of < address);
            let storage = slots
                .get(first..)
                .unwrap_or_default()
                .iter()
                .take_while(|(of, ..)| of == address)
                .filter(|(.., slot)| slot.emptied == entry.emptied && entry.info.is_some())
                .map(|(_, slot, entry)| (*slot, entry.value))
                .collect();
            let change = AccountChange {
                account: entry.info.as_ref().map(AccountFacts::from),
                storage_cleared: entry.destroyed && entry.original.is_some(),
                storage,
            };
            if let Some(code) = change.new_code(entry.original.as_ref())
                && let Some(bytes) = self.codes.get(&code).or_else(|| self.given.get(&code))
            {
                codes.push((code, bytes.original_bytes()));
            }
            if change.is_change(entry.original.as_ref()) {
                accounts.push((*address, change));
            }
        }
        StateChanges::new(accounts, codes)
    }
}

impl<DB: Database> Database for BlockState<DB> {
    type Error = DB::Error;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, DB::Error> {
        if let Some(entry) = self.accounts.get(&address) {
            return Ok(entry.info.clone());
        }
        let info = self.database.basic(address)?;
        self.accounts.insert(address, AccountEntry::loaded(info.clone()));
        Ok(info)
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, DB::Error> {
        if let Some(code) = self.codes.get(&code_hash) {
            return Ok(code.clone());
        }
        let code = self.database.code_by_hash(code_hash)?;
        self.codes.insert(code_hash, code.clone());
        Ok(code)
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, DB::Error> {
        if !self.accounts.contains_key(&address) {
            self.basic(address)?;
        }
        if let Some(value) = self.known_slot(address, slot) {
            return Ok(value);
        }
        let value = self.database.storage(address, slot)?;
        let entry = SlotEntry {
            value,
            original: value,
            emptied: 0,
        };
        self.slots.insert((address, slot), entry);
        Ok(value)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, DB::Error> {
        self.database.block_hash(number)
    }
}

impl<DB> DatabaseCommit for BlockState<DB> {
    fn commit(&mut self, changes: AddressMap<Account>) {
        self.access_list.commit(&changes);
        for (address, account) in changes {
            self.apply(address, account);
        }
    }

    fn commit_iter(&mut self, changes: &mut dyn Iterator<Item = (Address, Account)>) {
        for (address, account) in changes {
            self.access_list.commit_one(address, &account);
            self.apply(address, account);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::Bytes;
    use revm::database::{CacheDB, EmptyDB};

    const DELEGATE: Address = Address::repeat_byte(0xdd);

    const ACCOUNT: Address = Address::repeat_byte(1);

    /// An account that was given `code`, created with it or not.
    fn given(code: &Bytecode, created: bool) -> Account {
        let mut account = Account::from(AccountInfo::default().with_code(code.clone()).with_nonce(1));
        account.mark_touch();
        if created {
            account.mark_created();
        }
        account
    }

    /// What `state` finds by the hash of `code` once that account is committed.
    fn found<S>(state: &mut S, code: &Bytecode, created: bool) -> Bytecode
    where
        S: Database<Error: std::fmt::Debug> + DatabaseCommit,
    {
        state.basic(ACCOUNT).expect("read");
        state.commit_iter(&mut std::iter::once((ACCOUNT, given(code, created))));
        state.code_by_hash(code.hash_slow()).expect("read")
    }

    #[test]
    fn a_code_is_found_by_its_hash_where_the_sequential_state_finds_it() {
        let contract = Bytecode::new_legacy(Bytes::from_static(&[0x5b, 0]));
        let delegation = Bytecode::new_eip7702(DELEGATE);
        for (code, created) in [(&contract, true), (&delegation, false)] {
            let database = CacheDB::<EmptyDB>::default();
            let mut sequential = revm::database::State::builder()
                .with_database(database.clone())
                .build();
            let mut state = BlockState::new(database, 1, 1);
            let got = found(&mut state, code, created);
            assert_eq!(got, found(&mut sequential, code, created), "created: {created}");
            assert_eq!(got == *code, created);
            assert_eq!(state.changes().codes.len(), 1, "new to the block either way");
        }
    }
}
