//! The database as the EVM sees it, with the first failed read kept as it was.
//!
//! Invariant: a failed read is never lost. revm and alloy-evm turn database errors into text or drop them on
//! some paths (system calls, end-of-block balance increments); the original is kept here and asked for at the
//! end of every step, so that a value that could not be read never passes for one that was.

use crate::eip7610::HasStorageRef;
use alloy_primitives::{Address, B256, U256};
use revm::{DatabaseRef, bytecode::Bytecode, context_interface::DBErrorMarker, state::AccountInfo};
use std::sync::OnceLock;

/// Stands for the error kept in [`FirstFailure`].
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the state could not be read")]
pub(crate) struct Unreadable;

impl DBErrorMarker for Unreadable {}

/// Passes reads on and keeps the first error.
pub(crate) struct FirstFailure<'a, DB: DatabaseRef> {
    database: &'a DB,
    failure: &'a OnceLock<DB::Error>,
}

// By hand, so that the database itself need not be `Debug`.
impl<DB: DatabaseRef> std::fmt::Debug for FirstFailure<'_, DB> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FirstFailure")
            .field("failed", &self.failure.get().is_some())
            .finish_non_exhaustive()
    }
}

impl<'a, DB: DatabaseRef> FirstFailure<'a, DB> {
    pub(crate) const fn new(database: &'a DB, failure: &'a OnceLock<DB::Error>) -> Self {
        Self { database, failure }
    }

    fn keep<T>(&self, read: Result<T, DB::Error>) -> Result<T, Unreadable> {
        read.map_err(|error| {
            // Only the first counts: what follows may be its consequence.
            let _ = self.failure.set(error);
            Unreadable
        })
    }
}

impl<DB: DatabaseRef> DatabaseRef for FirstFailure<'_, DB> {
    type Error = Unreadable;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Unreadable> {
        self.keep(self.database.basic_ref(address))
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, Unreadable> {
        self.keep(self.database.code_by_hash_ref(code_hash))
    }

    fn storage_ref(&self, address: Address, index: U256) -> Result<U256, Unreadable> {
        self.keep(self.database.storage_ref(address, index))
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Unreadable> {
        self.keep(self.database.block_hash_ref(number))
    }
}

impl<DB: HasStorageRef> HasStorageRef for FirstFailure<'_, DB> {
    fn has_storage_ref(&self, address: Address) -> Result<bool, Unreadable> {
        self.keep(self.database.has_storage_ref(address))
    }
}
