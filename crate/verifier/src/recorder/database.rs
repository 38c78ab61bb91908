//! The pre-state as the EVM reads it, keeping what was read.
//!
//! Invariant: every read is kept before it is answered.

use super::{RecordError, pre_state::PreState};
use alloy_primitives::{Address, B256, U256};
use blocklight_executor::{HasStorageRef, code_at};
use blocklight_trie::{EMPTY_CODE_HASH, EMPTY_ROOT_HASH};
use revm::{DatabaseRef, bytecode::Bytecode, context_interface::DBErrorMarker, state::AccountInfo};
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

/// A [`RecordError`] as a database error.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) struct Unread(pub(super) Box<RecordError>);

impl DBErrorMarker for Unread {}

impl From<RecordError> for Unread {
    fn from(error: RecordError) -> Self {
        Self(Box::new(error))
    }
}

/// [`DatabaseRef`] over a pre-state of any kind: the EVM is compiled for it once.
pub(super) struct RecordingDatabase<'a> {
    pre_state: &'a dyn PreState,
    /// Whether accounts can delegate to others (EIP-7702).
    delegates: bool,
    touched: Mutex<Touched>,
}

impl<'a> RecordingDatabase<'a> {
    pub(super) fn new(pre_state: &'a dyn PreState, delegates: bool) -> Self {
        Self {
            pre_state,
            delegates,
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
    type Error = Unread;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Unread> {
        self.touch(|touched| {
            touched.accounts.insert(address);
        });
        Ok(self.pre_state.account(address)?.map(|account| AccountInfo {
            balance: account.balance,
            nonce: account.nonce,
            code_hash: account.code_hash,
            code: None,
            ..AccountInfo::default()
        }))
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, Unread> {
        if code_hash == EMPTY_CODE_HASH {
            return Ok(Bytecode::new());
        }
        self.touch(|touched| {
            touched.codes.insert(code_hash);
        });
        Ok(code_at(&self.pre_state.code(code_hash)?, self.delegates))
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, Unread> {
        self.touch(|touched| {
            touched.accounts.insert(address);
            touched.slots.insert((address, slot));
        });
        Ok(self.pre_state.storage(address, slot)?)
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Unread> {
        let hash = self.pre_state.block_hash(number)?;
        // A header names its own parent, so the one after is enough.
        self.touch(|touched| touched.reach_back_to(number.saturating_add(1)));
        Ok(hash)
    }
}

impl HasStorageRef for RecordingDatabase<'_> {
    fn has_storage_ref(&self, address: Address) -> Result<bool, Unread> {
        self.touch(|touched| {
            touched.accounts.insert(address);
        });
        let account = self.pre_state.account(address)?;
        Ok(account.is_some_and(|account| account.storage_root != EMPTY_ROOT_HASH))
    }
}
