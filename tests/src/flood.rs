//! Contracts that fill hash maps with keys of somebody's choice, for as long as the gas lasts.
//!
//! Invariant: crafted and ordinary floods differ in the keys alone: same gas, same number of keys.

use crate::{MakeError, Maker};
use alloy_eips::eip2930::AccessList;
use alloy_primitives::{Address, Bytes, U256};
use blocklight_verifier::{ChainSpec, Input};

/// The first constant of foldhash's shared seed, which everybody knows. A key with it in the right places makes the products
/// that foldhash adds up zero, whatever the seed of the map.
const FOLDHASH: u64 = 0xc0ac_29b7_c97c_50dd;
/// Most gas of a transaction (EIP-7825).
const TRANSACTION_GAS: u64 = 1 << 24;

/// What the keys are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flood {
    /// Topics of logs: four a LOG4.
    Topics,
    /// Slots read by SLOAD.
    Slots,
    /// Slots written by SSTORE.
    Writes,
    /// Slots of transient storage, written by TSTORE.
    Transient,
    /// Addresses whose BALANCE is read.
    Addresses,
}

/// Which keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// Keys that collide under every seed of foldhash.
    Crafted,
    /// Keys as they come.
    Ordinary,
}

impl Flood {
    /// Leaves the key for the number on top of the stack in its place.
    fn key(self, keys: Keys, code: &mut Vec<u8>) {
        let word = FOLDHASH.to_le_bytes();
        let mut crafted = [0; 32];
        match self {
            // The bytes themselves are hashed.
            Self::Topics => {
                crafted[..8].copy_from_slice(&word);
                crafted[8..16].copy_from_slice(&word);
            }
            // The last 20 bytes of the word, of which the first four count.
            Self::Addresses => {
                crafted[16..24].copy_from_slice(&word);
                crafted[24..].copy_from_slice(&word);
            }
            // Limbs in memory order: the least significant first.
            Self::Slots | Self::Writes | Self::Transient => {
                crafted[16..24].copy_from_slice(&FOLDHASH.to_be_bytes());
                crafted[24..].copy_from_slice(&FOLDHASH.to_be_bytes());
            }
        }
        // The number goes where the crafted key leaves room.
        let shift: u8 = match self {
            Self::Topics => 0,
            Self::Slots | Self::Writes | Self::Transient | Self::Addresses => 128,
        };
        let (number, operation) = match keys {
            Keys::Crafted => (crafted, 0x01),
            // A product with a large odd number looks like any hash. MUL costs two gas more than ADD: two JUMPDESTs.
            Keys::Ordinary => (U256::from(3).pow(U256::from(161)).to_be_bytes(), 0x02),
        };
        code.extend([0x60, shift, 0x1b, 0x7f]);
        code.extend(number);
        code.push(operation);
        if keys == Keys::Crafted {
            code.extend([0x5b, 0x5b]);
        }
    }

    /// Counts up from the call data's word, a key or four a turn, and stops before the gas is used up.
    fn code(self, keys: Keys) -> Vec<u8> {
        // CALLDATALOAD(0); JUMPDEST
        let mut code = vec![0x5f, 0x35, 0x5b];
        match self {
            Self::Topics => {
                for topic in 0..4 {
                    // The number lies below the topics made so far.
                    code.extend([0x80 + topic, 0x60, topic, 0x01]);
                    self.key(keys, &mut code);
                }
                code.extend([0x5f, 0x5f, 0xa4]);
            }
            Self::Slots | Self::Addresses => {
                code.push(0x80);
                self.key(keys, &mut code);
                code.extend([if self == Self::Slots { 0x54 } else { 0x31 }, 0x50]);
            }
            Self::Writes | Self::Transient => {
                code.extend([0x80, 0x80]);
                self.key(keys, &mut code);
                code.push(if self == Self::Writes { 0x55 } else { 0x5d });
            }
        }
        let step = if self == Self::Topics { 4 } else { 1 };
        // Once more while more than 60,000 gas is left.
        code.extend([0x60, step, 0x01, 0x5a, 0x61, 0xea, 0x60, 0x10, 0x60, 2, 0x57]);
        code
    }

    /// A block that uses up `gas` gas, in as many transactions as it takes.
    ///
    /// # Errors
    /// [`MakeError`], when there can be no such block.
    pub fn block(self, keys: Keys, gas: u64) -> Result<(ChainSpec, Input), MakeError> {
        let contract = Address::repeat_byte(0xcc);
        let mut maker = Maker::new(gas, &[(contract, self.code(keys), vec![])])?;
        let (mut left, mut start) = (gas, U256::ZERO);
        while left >= 200_000 {
            let gas_limit = left.min(TRANSACTION_GAS);
            left -= gas_limit;
            // Far apart, so that no key comes twice.
            start += U256::from(1 << 24);
            let input = Bytes::from(start.to_be_bytes::<32>());
            maker.transact(contract.into(), gas_limit, input, AccessList::default())?;
        }
        maker.make()
    }
}
