//! Many inputs: in pairs of equally many blocks, over all threads of the rayon pool.
//!
//! Invariant: the result at an index is the hash of the input at that index.

use crate::{keccak256, keccak256_pair, permutations};
use alloy_primitives::B256;
use rayon::prelude::*;

/// Below this many permutations (some 30 µs) waking another thread costs more than it gives.
const WORTH_SHARING: u64 = 64;

/// Keccak-256 of every input, in input order, computed on all threads of the current rayon pool.
pub fn keccak256_batch<T: AsRef<[u8]> + Sync>(inputs: &[T]) -> Vec<B256> {
    let order = by_block_count(inputs);
    let total: u64 = inputs
        .iter()
        .map(|input| permutations(input.as_ref().len()))
        .sum();
    if total < WORTH_SHARING {
        return in_input_order(
            &order,
            order.chunks(2).flat_map(|pair| hash_pair(inputs, pair)),
            inputs.len(),
        );
    }
    let mut hashes = vec![B256::ZERO; inputs.len()];
    order
        .par_chunks(2)
        .zip(hashes.par_chunks_mut(2))
        .with_min_len(4)
        .for_each(|(pair, to)| {
            for (to, hash) in to.iter_mut().zip(hash_pair(inputs, pair)) {
                *to = hash;
            }
        });
    in_input_order(&order, hashes, inputs.len())
}

/// Keccak-256 of every input, in input order, computed on this thread alone.
pub fn keccak256_group<T: AsRef<[u8]>>(inputs: &[T]) -> Vec<B256> {
    let order = by_block_count(inputs);
    in_input_order(
        &order,
        order.chunks(2).flat_map(|pair| hash_pair(inputs, pair)),
        inputs.len(),
    )
}

/// Indices of the inputs, those with most blocks first: neighbours make good pairs, and the long ones that could
/// keep one thread busy at the end are begun at the start.
fn by_block_count<T: AsRef<[u8]>>(inputs: &[T]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..inputs.len()).collect();
    order.sort_unstable_by_key(|&i| {
        core::cmp::Reverse(
            inputs
                .get(i)
                .map_or(0, |input| permutations(input.as_ref().len())),
        )
    });
    order
}

/// Hashes the inputs that one or two indices name.
fn hash_pair<T: AsRef<[u8]>>(inputs: &[T], pair: &[usize]) -> impl Iterator<Item = B256> + use<T> {
    let (a, b) = match *pair {
        [a, b] => {
            let [a, b] = keccak256_pair(inputs[a].as_ref(), inputs[b].as_ref());
            (Some(a), Some(b))
        }
        [a] => (Some(keccak256(inputs[a].as_ref())), None),
        _ => (None, None),
    };
    a.into_iter().chain(b)
}

fn in_input_order(order: &[usize], hashes: impl IntoIterator<Item = B256>, len: usize) -> Vec<B256> {
    let mut out = vec![B256::ZERO; len];
    for (&i, hash) in order.iter().zip(hashes) {
        out[i] = hash;
    }
    out
}
