//! The hashed post-state: what a block, or a transaction, leaves changed.
//!
//! Invariant: it names final values only, so the order of its entries does not matter.

use alloy_primitives::{B256, U256};

/// Changed accounts by Keccak-256 of their addresses, each at most once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PostState {
    /// Hashed address and change.
    pub accounts: Vec<(B256, AccountUpdate)>,
}

/// The change of one account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountUpdate {
    /// The account as it is afterwards; none if it does not exist, whether destroyed or never created.
    pub account: Option<AccountChange>,
    /// Whether everything stored before is gone: the account was destroyed, and maybe created again.
    pub storage_cleared: bool,
    /// Values by Keccak-256 of the slot, each slot at most once; zero deletes. Slots not named keep their values, unless
    /// [`storage_cleared`](Self::storage_cleared).
    pub storage: Vec<(B256, U256)>,
}

/// An account without its storage root, which follows from the storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountChange {
    /// Transactions sent, or contracts created.
    pub nonce: u64,
    /// Balance in wei.
    pub balance: U256,
    /// Keccak-256 of the account's code.
    pub code_hash: B256,
}
