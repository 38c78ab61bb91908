//! A state with holes.
//!
//! Invariant: the same seed tears the same holes.

use crate::{FlatState, Seeded};
use alloy_primitives::{Address, B256, U256};
use blocklight_executor::HasStorageRef;
use revm::{DatabaseRef, bytecode::Bytecode, context_interface::DBErrorMarker, state::AccountInfo};

/// A state in which some accounts, slots and codes cannot be read. The slots of an account without storage can: no witness
/// lacks a node of it.
#[derive(Debug)]
pub struct Torn<'a> {
    /// The whole state.
    pub state: &'a FlatState,
    /// Which holes.
    pub seed: u64,
    /// One of so many cannot be read.
    pub holes: usize,
}

/// What could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hole {
    /// An account's fields.
    Account(Address),
    /// A slot.
    Slot(Address, U256),
    /// A code, by its hash.
    Code(B256),
}

impl std::fmt::Display for Hole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Hole {}
impl DBErrorMarker for Hole {}

impl Torn<'_> {
    fn check(&self, hole: Hole) -> Result<(), Hole> {
        let word = alloy_primitives::keccak256(format!("{hole:?}{}", self.seed));
        let number = u64::from_be_bytes(word.0[..8].try_into().expect("eight bytes"));
        if Seeded::new(number).below(self.holes) == 0 {
            return Err(hole);
        }
        Ok(())
    }
}

impl DatabaseRef for Torn<'_> {
    type Error = Hole;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Hole> {
        self.check(Hole::Account(address))?;
        Ok(self.state.basic_ref(address).expect("readable"))
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, Hole> {
        self.check(Hole::Code(code_hash))?;
        self.state
            .code_by_hash_ref(code_hash)
            .map_err(|_| Hole::Code(code_hash))
    }

    fn storage_ref(&self, address: Address, index: U256) -> Result<U256, Hole> {
        if self.has_storage_ref(address)? {
            self.check(Hole::Slot(address, index))?;
        }
        Ok(self.state.storage_ref(address, index).expect("readable"))
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Hole> {
        Ok(self.state.block_hash_ref(number).expect("readable"))
    }
}

impl HasStorageRef for Torn<'_> {
    fn has_storage_ref(&self, address: Address) -> Result<bool, Hole> {
        Ok(self.state.has_storage_ref(address).expect("readable"))
    }
}
