//! The pre-state, read once for all threads.
//!
//! What is read while speculating is remembered for all; what is read at a turn the committed state remembers.
//!
//! Invariant: only values that were read are remembered, never a failure.

use super::memory::Memory;
use crate::{HasStorageRef, KeyedHasher};
use alloy_primitives::{Address, B256, U256};
use revm::{DatabaseRef, bytecode::Bytecode, state::AccountInfo};
use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

/// Codes by their hash, analysed.
pub(super) type Codes = HashMap<B256, Bytecode, KeyedHasher>;

/// The block's pre-state through the [`Memory`]. No transaction's writes are seen through it.
#[derive(Debug)]
pub(super) struct PreState<'a, DB> {
    pub(super) memory: &'a Memory,
    pub(super) database: &'a DB,
    codes: RwLock<Codes>,
    /// Of maps of codes.
    pub(super) seed: u64,
}

impl<'a, DB> PreState<'a, DB> {
    /// `seed` is of the map of codes.
    pub(super) fn new(memory: &'a Memory, database: &'a DB, seed: u64) -> Self {
        Self {
            memory,
            database,
            codes: RwLock::new(Codes::with_hasher(KeyedHasher::new(seed))),
            seed,
        }
    }
}

impl<DB: DatabaseRef> DatabaseRef for PreState<'_, DB> {
    type Error = DB::Error;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, DB::Error> {
        match self.memory.account_before(address) {
            Some(info) => Ok(info),
            None => self.database.basic_ref(address),
        }
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, DB::Error> {
        // A poisoned lock means another thread's panic, which ends the execution anyway.
        let known = self.codes.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(code) = known.get(&code_hash) {
            return Ok(code.clone());
        }
        drop(known);
        let code = self.database.code_by_hash_ref(code_hash)?;
        let mut known = self.codes.write().unwrap_or_else(PoisonError::into_inner);
        Ok(known.entry(code_hash).or_insert(code).clone())
    }

    fn storage_ref(&self, address: Address, index: U256) -> Result<U256, DB::Error> {
        match self.memory.slot_before(address, index) {
            Some(value) => Ok(value),
            None => self.database.storage_ref(address, index),
        }
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, DB::Error> {
        self.database.block_hash_ref(number)
    }
}

impl<DB: HasStorageRef> HasStorageRef for PreState<'_, DB> {
    fn has_storage_ref(&self, address: Address) -> Result<bool, DB::Error> {
        self.database.has_storage_ref(address)
    }
}
