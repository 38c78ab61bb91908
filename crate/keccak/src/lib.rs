//! The one owner of Keccak-256 in batches.
//!
//! On an ordinary block Keccak is more than half of all instructions, so it is computed here with two states side by
//! side in one SIMD register where the machine has them, and over all threads of the rayon pool for batches.
//!
//! Invariant: every function returns exactly Keccak-256 (the original padding `0x01`, not SHA-3's `0x06`; Yellow
//! Paper, section 3) of each input, in input order, whatever the machine and the number of threads.

#![forbid(unsafe_code)]
// A permutation keeps its state in registers only if nothing inside its rounds stays a call.
#![allow(clippy::inline_always)]

mod batch;
mod lane;
mod permutation;
mod sponge;

pub use batch::{keccak256_batch, keccak256_batch_with_progress, keccak256_group};
pub use sponge::{keccak256, keccak256_pair};

/// Bytes absorbed by one permutation: the state's 200 bytes less a capacity of twice the digest's 32.
pub const RATE: usize = 136;

/// Permutations that hashing an input of `len` bytes takes: one for each full block of [`RATE`] bytes and one for the
/// padded last block, which is there even when it holds nothing but padding.
pub const fn permutations(len: usize) -> u64 {
    (len / RATE) as u64 + 1
}
