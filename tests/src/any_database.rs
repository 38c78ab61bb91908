//! One database that stands for all: the executor is compiled for it once, and not in every test program for each kind of state
//! that is tested there, which took most of the time that compiling them took.
//!
//! Invariant: it gives what the database behind it gives; and its error prints as that one's own.

use alloy_primitives::{Address, B256, U256};
use blocklight_executor::HasStorageRef;
use revm::{DatabaseRef, bytecode::Bytecode, context_interface::DBErrorMarker, state::AccountInfo};
use std::fmt;

/// Why a database could not be read, as its own error prints.
pub(crate) struct Unreadable(String);

impl Unreadable {
    fn new(error: impl fmt::Debug) -> Self {
        Self(format!("{error:?}"))
    }
}

impl fmt::Debug for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unreadable {}
impl DBErrorMarker for Unreadable {}

/// What an executor asks of a state.
trait Readable: Sync {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, Unreadable>;
    fn code(&self, code_hash: B256) -> Result<Bytecode, Unreadable>;
    fn slot(&self, address: Address, index: U256) -> Result<U256, Unreadable>;
    fn block_hash(&self, number: u64) -> Result<B256, Unreadable>;
    fn has_storage(&self, address: Address) -> Result<bool, Unreadable>;
}

impl<DB: HasStorageRef + Sync> Readable for DB {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, Unreadable> {
        self.basic_ref(address).map_err(Unreadable::new)
    }

    fn code(&self, code_hash: B256) -> Result<Bytecode, Unreadable> {
        self.code_by_hash_ref(code_hash).map_err(Unreadable::new)
    }

    fn slot(&self, address: Address, index: U256) -> Result<U256, Unreadable> {
        self.storage_ref(address, index).map_err(Unreadable::new)
    }

    fn block_hash(&self, number: u64) -> Result<B256, Unreadable> {
        self.block_hash_ref(number).map_err(Unreadable::new)
    }

    fn has_storage(&self, address: Address) -> Result<bool, Unreadable> {
        self.has_storage_ref(address).map_err(Unreadable::new)
    }
}

/// A database of any kind.
#[derive(Clone, Copy)]
pub(crate) struct AnyDatabase<'a>(&'a dyn Readable);

impl<'a> AnyDatabase<'a> {
    pub(crate) fn new(database: &'a (impl HasStorageRef + Sync)) -> Self {
        Self(database)
    }
}

impl DatabaseRef for AnyDatabase<'_> {
    type Error = Unreadable;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Unreadable> {
        self.0.account(address)
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, Unreadable> {
        self.0.code(code_hash)
    }

    fn storage_ref(&self, address: Address, index: U256) -> Result<U256, Unreadable> {
        self.0.slot(address, index)
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Unreadable> {
        self.0.block_hash(number)
    }
}

impl HasStorageRef for AnyDatabase<'_> {
    fn has_storage_ref(&self, address: Address) -> Result<bool, Unreadable> {
        self.0.has_storage(address)
    }
}
