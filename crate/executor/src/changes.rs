//! State changes: what a block leaves different from its pre-state.
//!
//! Invariant: accounts are sorted by address, slots by key and codes by hash, each stands once, and nothing stands that is as
//! the pre-state has it; so equal changes are equal values, whatever the way to them.

use alloy_primitives::{Address, B256, Bytes, U256};
use revm::{
    database::{AccountStatus, BundleState},
    primitives::KECCAK_EMPTY,
};

/// The accounts a block (or a part of it) has changed, as it left them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StateChanges {
    /// Changed accounts in order of address.
    pub accounts: Vec<(Address, AccountChange)>,
    /// Codes that these accounts were given, by their Keccak-256 and in its order. Whoever keeps the whole state needs them;
    /// no root does.
    pub codes: Vec<(B256, Bytes)>,
}

/// What has become of one account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// The account as it is now; `None` when it no longer exists.
    pub account: Option<AccountFacts>,
    /// Whether it was there before and its storage was emptied since (SELFDESTRUCT, then perhaps created anew): the slots
    /// below then stand on empty storage instead of the pre-state's.
    pub storage_cleared: bool,
    /// Slots that were changed, in order of slot; zero means the slot is empty now.
    pub storage: Vec<(U256, U256)>,
}

/// The fields of an account but for its storage (Yellow Paper 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountFacts {
    /// Number of transactions sent, or of contracts created.
    pub nonce: u64,
    /// Balance in wei.
    pub balance: U256,
    /// Keccak-256 of the code.
    pub code_hash: B256,
}

impl From<&revm::state::AccountInfo> for AccountFacts {
    fn from(info: &revm::state::AccountInfo) -> Self {
        Self {
            nonce: info.nonce,
            balance: info.balance,
            code_hash: info.code_hash,
        }
    }
}

impl AccountChange {
    /// Whether anything is different from the account as it was `before`.
    pub(crate) fn is_change(&self, before: Option<&AccountFacts>) -> bool {
        self.storage_cleared || !self.storage.is_empty() || self.account.as_ref() != before
    }

    /// The hash of the code that the account has and did not have `before`.
    pub(crate) fn new_code(&self, before: Option<&AccountFacts>) -> Option<B256> {
        let code_hash = self.account?.code_hash;
        (code_hash != KECCAK_EMPTY && before.is_none_or(|before| before.code_hash != code_hash))
            .then_some(code_hash)
    }
}

impl StateChanges {
    /// Puts changes in order.
    pub(crate) fn new(mut accounts: Vec<(Address, AccountChange)>, mut codes: Vec<(B256, Bytes)>) -> Self {
        accounts.sort_unstable_by_key(|(address, _)| *address);
        codes.sort_unstable_by_key(|(hash, _)| *hash);
        codes.dedup_by_key(|(hash, _)| *hash);
        Self { accounts, codes }
    }

    /// Reads the changes off revm's bundle.
    pub(crate) fn from_bundle(bundle: &BundleState) -> Self {
        let (mut accounts, mut codes) = (Vec::new(), Vec::new());
        for (address, account) in &bundle.state {
            if account.status == AccountStatus::LoadedNotExisting {
                continue;
            }
            let before = account.original_info.as_ref().map(AccountFacts::from);
            let emptied = account.status.was_destroyed();
            let mut storage: Vec<_> = account
                .storage
                .iter()
                .filter(|(_, slot)| {
                    if emptied {
                        !slot.present_value.is_zero()
                    } else {
                        slot.is_changed()
                    }
                })
                .map(|(key, slot)| (*key, slot.present_value))
                .collect();
            storage.sort_unstable_by_key(|(key, _)| *key);
            let change = AccountChange {
                account: account.info.as_ref().map(AccountFacts::from),
                storage_cleared: emptied && before.is_some(),
                storage,
            };
            if let Some(code) = change.new_code(before.as_ref())
                && let Some(bytes) = bundle.contracts.get(&code)
            {
                codes.push((code, bytes.original_bytes()));
            }
            if change.is_change(before.as_ref()) {
                accounts.push((*address, change));
            }
        }
        Self::new(accounts, codes)
    }
}
