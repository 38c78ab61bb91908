//! The state of the sequential schedule: revm's own, but for one answer.
//!
//! revm's takes the storage of an account for empty, without asking, once the account has changed from having neither nonce nor
//! code. That holds for what was made in the block; an account whose storage is older, and which somebody has the key of,
//! can be given code by EIP-7702 and read it.
//!
//! Invariant: a slot is zero without being asked for only where its account is not in the pre-state or was destroyed.

use crate::{
    database::{AnyDatabase, Unreadable},
    eip7610::HasStorage,
    eip7928::AccessListIndex,
};
use alloy_primitives::{Address, B256, U256, map::AddressMap};
use revm::{
    Database, DatabaseCommit,
    bytecode::Bytecode,
    database::{AccountStatus, State, WrapDatabaseRef},
    database_interface::bal::EvmDatabaseError,
    primitives::hash_map::Entry,
    state::{Account, AccountInfo},
};

/// See the module.
pub(crate) struct SequentialState<'a> {
    /// revm's. What is to be read is to be asked of the whole.
    pub(crate) state: State<WrapDatabaseRef<AnyDatabase<'a>>>,
}

// By hand, since a database need not be `Debug`.
impl std::fmt::Debug for SequentialState<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SequentialState").finish_non_exhaustive()
    }
}

impl<'a> SequentialState<'a> {
    /// Nothing committed over `database`.
    pub(crate) fn new(database: AnyDatabase<'a>) -> Self {
        let state = State::builder()
            .with_database(WrapDatabaseRef(database))
            .with_bundle_update()
            .build();
        Self { state }
    }
}

impl Database for SequentialState<'_> {
    type Error = EvmDatabaseError<Unreadable>;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Self::Error> {
        self.state.basic(address)
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, Self::Error> {
        self.state.code_by_hash(code_hash)
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Self::Error> {
        let State { cache, database, .. } = &mut self.state;
        if let Some(entry) = cache.accounts.get_mut(&address)
            && entry.status == AccountStatus::InMemoryChange
            && let Some(account) = &mut entry.account
            && let Entry::Vacant(unknown) = account.storage.entry(slot)
        {
            let value = database
                .storage(address, slot)
                .map_err(EvmDatabaseError::Database)?;
            return Ok(*unknown.insert(value));
        }
        Database::storage(&mut self.state, address, slot)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Self::Error> {
        self.state.block_hash(number)
    }
}

impl HasStorage for SequentialState<'_> {
    fn has_storage(&mut self, address: Address) -> Result<bool, Self::Error> {
        let known = self.state.cache.accounts.get(&address);
        if known.is_some_and(|entry| entry.account.is_none() || entry.status.was_destroyed()) {
            return Ok(false);
        }
        let database = &self.state.database.0;
        database
            .has_storage_ref(address)
            .map_err(EvmDatabaseError::Database)
    }
}

impl DatabaseCommit for SequentialState<'_> {
    fn commit(&mut self, changes: AddressMap<Account>) {
        self.state.commit(changes);
    }

    fn commit_iter(&mut self, changes: &mut dyn Iterator<Item = (Address, Account)>) {
        self.state.commit_iter(changes);
    }
}

impl AccessListIndex for SequentialState<'_> {
    fn at_transaction(&mut self, index: usize) {
        self.state.at_transaction(index);
    }
}
