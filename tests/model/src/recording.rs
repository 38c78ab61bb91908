//! A recording that takes no note, for the executor's read sets.

use alloy_primitives::{Address, U256};
use std::marker::PhantomData;

/// In the place of the executor's.
#[derive(Debug)]
pub(crate) struct Footprint<'a>(PhantomData<&'a ()>);

#[allow(dead_code, clippy::unused_self, reason = "as the executor's is called")]
impl Footprint<'_> {
    pub(crate) const fn read_account(&self, _address: Address, _balance_observed: bool) {}
    pub(crate) const fn read_slot(&self, _address: Address, _slot: U256) {}
    pub(crate) const fn set_account(&self, _address: Address, _fields: bool) {}
    pub(crate) const fn clear_storage(&self, _address: Address) {}
    pub(crate) const fn add_to_balance(&self, _address: Address) {}
    pub(crate) const fn set_slot(&self, _address: Address, _slot: U256) {}
}
