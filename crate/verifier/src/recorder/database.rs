//! The whole state as the EVM reads it, keeping what was read.
//!
//! Invariant: every read is kept before it is answered.

use super::full_state::FullState;
use crate::{
    Missing,
    ancestors::Ancestors,
    witness_database::{Unproved, bytecode},
};
use alloy_primitives::{Address, B256, U256};
use blocklight_executor::HasStorageRef;
use blocklight_trie::EMPTY_CODE_HASH;
use revm::{DatabaseRef, bytecode::Bytecode, state::AccountInfo};
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

/// What an execution has read of the pre-state.
#[derive(Debug, Default)]
pub(super) struct Touched {
    pub(super) accounts: BTreeSet<Address>,
    pub(super) slots: BTreeSet<(Address, U256)>,
    pub(super) codes: BTreeSet<B256>,
    /// Number of the oldest header needed.
    pub(super) oldest_header: Option<u64>,
}

impl Touched {
    /// Has the headers reach back to this number.
    pub(super) fn reach_back_to(&mut self, number: u64) {
        self.oldest_header = Some(self.oldest_header.map_or(number, |oldest| oldest.min(number)));
    }
}

/// [`DatabaseRef`] over a whole state.
#[derive(Debug)]
pub(super) struct RecordingDatabase<'a> {
    state: &'a FullState,
    ancestors: &'a Ancestors,
    touched: Mutex<Touched>,
}

impl<'a> RecordingDatabase<'a> {
    pub(super) fn new(state: &'a FullState, ancestors: &'a Ancestors) -> Self {
        Self {
            state,
            ancestors,
            touched: Mutex::default(),
        }
    }

    pub(super) fn into_touched(self) -> Touched {
        self.touched.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn touch(&self, keep: impl FnOnce(&mut Touched)) {
        keep(&mut self.touched.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl DatabaseRef for RecordingDatabase<'_> {
    type Error = Unproved;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Unproved> {
        self.touch(|touched| {
            touched.accounts.insert(address);
        });
        Ok(self.state.account(&address).map(|account| AccountInfo {
            balance: account.balance,
            nonce: account.nonce,
            code_hash: account.code_hash,
            code: None,
            ..AccountInfo::default()
        }))
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, Unproved> {
        if code_hash == EMPTY_CODE_HASH {
            return Ok(Bytecode::new());
        }
        self.touch(|touched| {
            touched.codes.insert(code_hash);
        });
        let code = self.state.code(&code_hash);
        Ok(bytecode(code.ok_or(Missing::Code { hash: code_hash })?))
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, Unproved> {
        self.touch(|touched| {
            touched.accounts.insert(address);
            touched.slots.insert((address, slot));
        });
        let account = self.state.account(&address);
        Ok(account
            .and_then(|account| account.storage.get(&slot).copied())
            .unwrap_or_default())
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Unproved> {
        let hash = self.ancestors.hash(number).ok_or(Missing::Ancestor { number })?;
        // A header names its own parent, so the one after is enough.
        self.touch(|touched| touched.reach_back_to(number.saturating_add(1)));
        Ok(hash)
    }
}

impl HasStorageRef for RecordingDatabase<'_> {
    fn has_storage_ref(&self, address: Address) -> Result<bool, Unproved> {
        self.touch(|touched| {
            touched.accounts.insert(address);
        });
        let account = self.state.account(&address);
        Ok(account.is_some_and(|account| account.storage.values().any(|value| !value.is_zero())))
    }
}
