//! Locations: what transactions read and write, by full key.

use alloy_primitives::{Address, U256};
use serde::Serialize;

/// A part of the state that a transaction reads or writes. The key is whole (address; address and slot), never a hash cut
/// short: a crafted collision must not be able to make two locations one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub enum Location {
    /// An account's balance, nonce or code.
    Account {
        /// The account.
        #[cfg_attr(feature = "typescript", tsify(type = "Hex"))]
        address: Address,
    },
    /// A storage slot.
    Slot {
        /// The account whose storage it is in.
        #[cfg_attr(feature = "typescript", tsify(type = "Hex"))]
        address: Address,
        /// The slot's number.
        #[cfg_attr(feature = "typescript", tsify(type = "Hex"))]
        slot: U256,
    },
    /// An account's whole storage, emptied by its destruction or creation.
    Storage {
        /// The account.
        #[cfg_attr(feature = "typescript", tsify(type = "Hex"))]
        address: Address,
    },
}
