//! The search for a key whose hash begins with a given path, so that a proof of it leads there.
//!
//! Invariant: the keys are tried in one order, so the same path gives the same key on every machine.

use super::SiblingFault;
use alloy_primitives::{Address, B256, U256};
use blocklight_keccak::keccak256_batch;
use blocklight_trie::Nibbles;

/// The longest path that is searched: 16^6 hashes on average, some seconds.
const MAX_NIBBLES: usize = 6;

/// A path is given up after this many times the hashes that it takes on average; one in e^16, nine million, goes unfound.
const PATIENCE: u64 = 16;

/// Keys hashed at once, on all threads.
const BATCH: usize = 1 << 14;

/// A key before it is hashed.
pub(super) trait Key: AsRef<[u8]> + Copy + Sync {
    /// The key that is this number.
    fn numbered(number: u64) -> Self;
}

impl Key for Address {
    fn numbered(number: u64) -> Self {
        Self::from_word(B256::numbered(number))
    }
}

/// A slot's 32 bytes. Low slots come first: most contracts' own are among them.
impl Key for B256 {
    fn numbered(number: u64) -> Self {
        U256::from(number).into()
    }
}

/// A key whose Keccak-256 begins with `path`: one of `known`, or else the lowest number.
pub(super) fn key_below<K: Key>(path: &Nibbles, known: &[K]) -> Result<K, SiblingFault> {
    if let Some(key) = first_below(path, known) {
        return Ok(key);
    }
    let got = path.len();
    let depth = u32::try_from(got).ok().filter(|_| got <= MAX_NIBBLES);
    let depth = depth.ok_or(SiblingFault::TooDeep {
        expected: MAX_NIBBLES,
        got,
    })?;
    let bound = 16_u64.pow(depth).saturating_mul(PATIENCE);
    let mut keys = Vec::with_capacity(BATCH);
    let mut next = 0;
    while next < bound {
        keys.clear();
        keys.extend((next..bound).take(BATCH).map(K::numbered));
        next = next.saturating_add(keys.len() as u64);
        if let Some(key) = first_below(path, &keys) {
            return Ok(key);
        }
    }
    Err(SiblingFault::NotFound {
        tried: bound.saturating_add(known.len() as u64),
    })
}

fn first_below<K: Key>(path: &Nibbles, keys: &[K]) -> Option<K> {
    let hashes = keccak256_batch(keys);
    let below = |(key, hash): (&K, &B256)| Nibbles::unpack(hash).starts_with(path).then_some(*key);
    keys.iter().zip(&hashes).find_map(below)
}

#[cfg(test)]
mod tests {
    use super::*;
    use blocklight_keccak::keccak256;

    #[test]
    fn a_key_is_found_for_every_path_of_two_nibbles() {
        for byte in 0..=u8::MAX {
            let path = Nibbles::unpack([byte]);
            let slot: B256 = key_below(&path, &[]).expect("a slot");
            assert_eq!(keccak256(slot.as_slice())[0], byte);
            let address: Address = key_below(&path, &[]).expect("an address");
            assert_eq!(keccak256(address.as_slice())[0], byte);
        }
    }

    #[test]
    fn a_known_key_leads_deeper_than_the_search() {
        let known = [1, 2, 3].map(B256::repeat_byte);
        let path = Nibbles::unpack(keccak256(known[1].as_slice())).slice(..20);
        assert_eq!(key_below(&path, &known), Ok(known[1]));
        let too_deep = SiblingFault::TooDeep { expected: 6, got: 20 };
        assert_eq!(key_below::<B256>(&path, &[]), Err(too_deep));
    }
}
