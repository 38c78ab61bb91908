//! The pre-state, read once for all threads.
//!
//! What is read while speculating is remembered for all; what is read at a turn the committed state remembers.
//!
//! Invariant: only values that were read are remembered, never a failure.

use super::memory::Memory;
use crate::{
    HasStorageRef, KeyedHasher,
    database::{AnyDatabase, Databases, Unreadable},
};
use alloy_primitives::{Address, B256, U256};
use revm::{DatabaseRef, bytecode::Bytecode, state::AccountInfo};
use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

/// Codes by their hash, analysed.
pub(super) type Codes = HashMap<B256, Bytecode, KeyedHasher>;

/// The block's pre-state and the [`Memory`] of it.
pub(super) struct PreState<'a> {
    pub(super) memory: &'a Memory,
    pub(super) databases: Databases<'a>,
    codes: RwLock<Codes>,
    /// Of maps of codes.
    pub(super) seed: u64,
}

impl<'a> PreState<'a> {
    /// `seed` is of the map of codes.
    pub(super) fn new(memory: &'a Memory, databases: Databases<'a>, seed: u64) -> Self {
        Self {
            memory,
            databases,
            codes: RwLock::new(Codes::with_hasher(KeyedHasher::new(seed))),
            seed,
        }
    }

    /// The code with this hash; `database` is asked where no thread has had it yet.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn code(&self, code_hash: B256, database: AnyDatabase<'_>) -> Result<Bytecode, Unreadable> {
        // A poisoned lock means another thread's panic, which ends the execution anyway.
        let known = self.codes.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(code) = known.get(&code_hash) {
            return Ok(code.clone());
        }
        drop(known);
        let code = database.code_by_hash_ref(code_hash)?;
        let mut known = self.codes.write().unwrap_or_else(PoisonError::into_inner);
        Ok(known.entry(code_hash).or_insert(code).clone())
    }
}

/// The pre-state as it is read at a turn. No transaction's writes are seen through it.
#[derive(Clone, Copy)]
pub(super) struct AtTurn<'a>(pub(super) &'a PreState<'a>);

// By hand, since a database need not be `Debug`.
impl std::fmt::Debug for AtTurn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AtTurn").finish_non_exhaustive()
    }
}

impl DatabaseRef for AtTurn<'_> {
    type Error = Unreadable;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Unreadable> {
        match self.0.memory.account_before(address) {
            Some(info) => Ok(info),
            None => self.0.databases.at_turn.basic_ref(address),
        }
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, Unreadable> {
        self.0.code(code_hash, self.0.databases.at_turn)
    }

    fn storage_ref(&self, address: Address, index: U256) -> Result<U256, Unreadable> {
        match self.0.memory.slot_before(address, index) {
            Some(value) => Ok(value),
            None => self.0.databases.at_turn.storage_ref(address, index),
        }
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Unreadable> {
        self.0.databases.at_turn.block_hash_ref(number)
    }
}

impl HasStorageRef for AtTurn<'_> {
    fn has_storage_ref(&self, address: Address) -> Result<bool, Unreadable> {
        self.0.databases.at_turn.has_storage_ref(address)
    }
}
