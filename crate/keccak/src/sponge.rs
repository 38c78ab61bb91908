//! The sponge: blocks of [`RATE`] bytes in, a digest of 32 bytes out; for one input, and for two side by side.
//!
//! Invariant: a pair runs in one wide state only while both inputs have blocks left; the longer one ends alone.

use crate::{
    RATE,
    permutation::{State, keccak_f},
};
use alloy_primitives::B256;

/// A block as it is absorbed.
type Block = [u8; RATE];

/// The blocks of an input: the full ones in place, and the padded last one.
struct Blocks<'a> {
    full: &'a [Block],
    last: Block,
}

impl<'a> Blocks<'a> {
    #[inline]
    fn new(input: &'a [u8]) -> Self {
        let (full, rest) = input.as_chunks::<RATE>();
        let mut last = [0; RATE];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        // `rest` is shorter than a block, so there is a byte for the first padding bit.
        last[rest.len()] = 0x01;
        last[RATE - 1] |= 0x80;
        Self { full, last }
    }

    /// Every block, the padded one last.
    #[inline]
    fn iter(&self) -> impl Iterator<Item = &Block> {
        self.full.iter().chain(core::iter::once(&self.last))
    }
}

/// The 17 little-endian words of a block.
#[inline(always)]
fn words(block: &Block) -> impl Iterator<Item = u64> {
    block
        .as_chunks::<8>()
        .0
        .iter()
        .map(|word| u64::from_le_bytes(*word))
}

#[inline(always)]
fn absorb(state: &mut State<u64>, block: &Block) {
    for (lane, word) in state.iter_mut().zip(words(block)) {
        *lane ^= word;
    }
}

#[inline(always)]
fn digest(words: [u64; 4]) -> B256 {
    let mut out = [0; 32];
    for (to, word) in out.as_chunks_mut::<8>().0.iter_mut().zip(words) {
        *to = word.to_le_bytes();
    }
    B256::new(out)
}

/// One permutation of one state; kept out of line, since unrolled it is several kilobytes of code.
#[inline(never)]
fn permute(state: &mut State<u64>) {
    keccak_f(state);
}

/// Keccak-256 of `input`.
pub fn keccak256(input: &[u8]) -> B256 {
    let mut state = [0; 25];
    for block in Blocks::new(input).iter() {
        absorb(&mut state, block);
        permute(&mut state);
    }
    digest([state[0], state[1], state[2], state[3]])
}

/// Keccak-256 of `a` and of `b`.
///
/// Where the machine has a register of two words, both run in one permutation: best when they have equally many
/// blocks, see [`permutations`](crate::permutations).
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub fn keccak256_pair(a: &[u8], b: &[u8]) -> [B256; 2] {
    [keccak256(a), keccak256(b)]
}

/// Keccak-256 of `a` and of `b`.
///
/// Both run in one permutation of two-word registers as long as both have blocks left: best when they have equally
/// many, see [`permutations`](crate::permutations).
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub fn keccak256_pair(a: &[u8], b: &[u8]) -> [B256; 2] {
    pair::keccak256_pair(a, b)
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod pair {
    use super::{Block, Blocks, absorb, digest, permute, words};
    use crate::{
        lane::{Lane, PairLane, Wide},
        permutation::{State, keccak_f},
    };
    use alloy_primitives::B256;

    #[inline(never)]
    fn permute_pair(state: &mut State<Wide>) {
        keccak_f(state);
    }

    /// Ends the longer input of a pair alone.
    fn finish<'a>(mut state: State<u64>, blocks: impl Iterator<Item = &'a Block>) -> B256 {
        for block in blocks {
            absorb(&mut state, block);
            permute(&mut state);
        }
        digest([state[0], state[1], state[2], state[3]])
    }

    pub(super) fn keccak256_pair(a: &[u8], b: &[u8]) -> [B256; 2] {
        let (a, b) = (Blocks::new(a), Blocks::new(b));
        let common = a.full.len().min(b.full.len()) + 1;
        let (mut a, mut b) = (a.iter(), b.iter());
        let mut state = [Wide::splat(0); 25];
        for _ in 0..common {
            let (Some(first), Some(second)) = (a.next(), b.next()) else {
                break;
            };
            for (lane, (first, second)) in state.iter_mut().zip(words(first).zip(words(second))) {
                *lane = lane.xor(Wide::join(first, second));
            }
            permute_pair(&mut state);
        }
        [
            finish(state.map(|lane| lane.split().0), a),
            finish(state.map(|lane| lane.split().1), b),
        ]
    }
}
