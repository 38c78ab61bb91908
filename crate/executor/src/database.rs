//! The database as the EVM sees it: one type for all of them, with the first failed read kept as it was.
//!
//! The EVM is compiled for whatever it reads, which takes most of the time that compiling takes; for one type that is once,
//! in this crate, and callers compile none of it.
//!
//! Invariant: a failed read at a transaction's turn is never lost. revm and alloy-evm turn database errors into text or drop
//! them on some paths (system calls, end-of-block balance increments); the original is kept here and asked for when the
//! execution has ended, so that a value that could not be read never passes for one that was.

use crate::eip7610::HasStorageRef;
use alloy_primitives::{Address, B256, U256};
use revm::{DatabaseRef, bytecode::Bytecode, context_interface::DBErrorMarker, state::AccountInfo};
use std::sync::OnceLock;

/// Stands for an error of the database.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the state could not be read")]
pub(crate) struct Unreadable;

impl DBErrorMarker for Unreadable {}

/// A database of any kind, whose own errors stay outside.
pub(crate) type AnyDatabase<'a> = &'a (dyn HasStorageRef<Error = Unreadable> + Sync);

/// What is done with an error of the database.
trait OnFailure<E>: Sync {
    /// Takes it.
    fn failed(&self, error: E);
}

/// Nothing: for reads that may be of what is stale. What fails again at its turn is kept then.
#[derive(Debug, Clone, Copy)]
struct Dropped;

impl<E> OnFailure<E> for Dropped {
    fn failed(&self, _error: E) {}
}

impl<E: Send + Sync> OnFailure<E> for OnceLock<E> {
    fn failed(&self, error: E) {
        // Only the first counts: what follows may be its consequence.
        let _ = self.set(error);
    }
}

/// Passes reads on.
struct Reads<'a, DB, F> {
    database: &'a DB,
    failure: F,
}

impl<DB: DatabaseRef, F: OnFailure<DB::Error>> Reads<'_, DB, F> {
    fn read<T>(&self, read: Result<T, DB::Error>) -> Result<T, Unreadable> {
        read.map_err(|error| {
            self.failure.failed(error);
            Unreadable
        })
    }
}

impl<DB: DatabaseRef, F: OnFailure<DB::Error>> DatabaseRef for Reads<'_, DB, F> {
    type Error = Unreadable;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Unreadable> {
        self.read(self.database.basic_ref(address))
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, Unreadable> {
        self.read(self.database.code_by_hash_ref(code_hash))
    }

    fn storage_ref(&self, address: Address, index: U256) -> Result<U256, Unreadable> {
        self.read(self.database.storage_ref(address, index))
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Unreadable> {
        self.read(self.database.block_hash_ref(number))
    }
}

impl<DB: HasStorageRef, F: OnFailure<DB::Error>> HasStorageRef for Reads<'_, DB, F> {
    fn has_storage_ref(&self, address: Address) -> Result<bool, Unreadable> {
        self.read(self.database.has_storage_ref(address))
    }
}

/// One database, read in two ways.
#[derive(Clone, Copy)]
pub(crate) struct Databases<'a> {
    /// By what is run ahead of its turn. A failed read is dropped, for it may have come of a stale value.
    pub(crate) ahead: AnyDatabase<'a>,
    /// By what is run at its turn. The first failed read is kept.
    pub(crate) at_turn: AnyDatabase<'a>,
}

/// Runs `execution` on `database`, and gives the error of the first read that failed at its turn: it outranks whatever came of
/// the execution, success included.
///
/// # Errors
/// That error.
pub(crate) fn with_databases<DB, T>(
    database: &DB,
    execution: impl FnOnce(Databases<'_>) -> T,
) -> Result<T, DB::Error>
where
    DB: HasStorageRef + Sync,
    DB::Error: Send + Sync,
{
    let at_turn = Reads {
        database,
        failure: OnceLock::new(),
    };
    let ahead = Reads {
        database,
        failure: Dropped,
    };
    let output = execution(Databases {
        ahead: &ahead,
        at_turn: &at_turn,
    });
    match at_turn.failure.into_inner() {
        Some(error) => Err(error),
        None => Ok(output),
    }
}
