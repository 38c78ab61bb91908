//! The hash of maps whose keys a stranger chose: `SipHash`-1-3, keyed by the host's seed.
//!
//! A fast hash with a random seed is not enough. foldhash's `FixedState` multiplies input words by each other after XOR
//! with constants that everybody knows: a key with such a word in the right place makes a product zero whatever the
//! seed, so that any number of addresses, slots or topics can be written down that collide under every seed.
//!
//! Invariant: who does not know the seed cannot find keys that collide more often than others. Keys that are themselves
//! Keccak-256 hashes cannot be chosen freely enough to need this; the trie's maps hash those with less.

use siphasher::sip::SipHasher13;
use std::hash::BuildHasher;

/// Builds hashers keyed by a seed.
#[derive(Debug, Clone, Copy)]
pub struct KeyedHasher {
    seed: u64,
}

impl KeyedHasher {
    /// A builder with the host's seed, which should be random.
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }
}

impl BuildHasher for KeyedHasher {
    type Hasher = SipHasher13;

    fn build_hasher(&self) -> SipHasher13 {
        // SipHash takes 128 bits of key and the host gives 64: guessing those is as hard however they are spread.
        SipHasher13::new_with_keys(self.seed, self.seed.rotate_left(32) ^ u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{Address, U256};
    use foldhash::fast::FixedState;
    use std::collections::BTreeSet;

    /// The constant that foldhash's known shared seed begins with.
    const FOLDHASH: u64 = 0xc0ac_29b7_c97c_50dd;

    /// Slots whose two low words are that constant: foldhash multiplies by zero.
    fn crafted_slots() -> impl Iterator<Item = U256> {
        (0..1000).map(|i| U256::from_limbs([FOLDHASH, FOLDHASH, i, i * i]))
    }

    fn crafted_addresses() -> impl Iterator<Item = Address> {
        (0..1000_u32).map(|i| {
            let mut bytes = [0; 20];
            bytes[..4].copy_from_slice(&i.to_be_bytes());
            bytes[4..12].copy_from_slice(&FOLDHASH.to_le_bytes());
            bytes[12..].copy_from_slice(&FOLDHASH.to_le_bytes());
            Address::from(bytes)
        })
    }

    #[test]
    fn keys_that_collide_under_every_seed_of_foldhash_do_not_collide_here() {
        for seed in [0, 1, 0x0123_4567_89ab_cdef, u64::MAX] {
            let (weak, keyed) = (FixedState::with_seed(seed), KeyedHasher::new(seed));
            let slots: BTreeSet<u64> = crafted_slots().map(|slot| weak.hash_one(slot)).collect();
            let addresses: BTreeSet<u64> = crafted_addresses()
                .map(|address| weak.hash_one(address))
                .collect();
            assert_eq!(
                (slots.len(), addresses.len()),
                (1, 1),
                "the keys are not crafted any more"
            );
            let slots: BTreeSet<u64> = crafted_slots().map(|slot| keyed.hash_one(slot)).collect();
            let addresses: BTreeSet<u64> = crafted_addresses()
                .map(|address| keyed.hash_one(address))
                .collect();
            assert_eq!((slots.len(), addresses.len()), (1000, 1000));
        }
    }

    #[test]
    fn another_seed_gives_other_hashes() {
        let key = Address::repeat_byte(7);
        let hashes: BTreeSet<u64> = (0..100)
            .map(|seed| KeyedHasher::new(seed).hash_one(key))
            .collect();
        assert_eq!(hashes.len(), 100);
    }
}
