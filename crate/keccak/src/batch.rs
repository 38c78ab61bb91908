//! Many inputs: in pairs of equally many blocks, over all threads of the rayon pool.
//!
//! Invariant: the result at an index is the hash of the input at that index.

use crate::{keccak256, keccak256_pair, permutations};
use alloy_primitives::B256;
use rayon::prelude::*;

/// Below this many permutations (some 30 µs) waking another thread costs more than it gives.
const WORTH_SHARING: u64 = 64;
/// Bytes after which a thread tells of what it has hashed: some 100 µs' work, beside which the telling is nothing.
const WORTH_TELLING: usize = 64 << 10;

/// Keccak-256 of every input, in input order, computed on all threads of the current rayon pool.
pub fn keccak256_batch<T: AsRef<[u8]> + Sync>(inputs: &[T]) -> Vec<B256> {
    keccak256_batch_with_progress(inputs, |_| {})
}

/// As [`keccak256_batch`], and tells `hashed` how many bytes more have been hashed: in pieces of some 64 KiB, from any thread,
/// and of all of them before it returns.
pub fn keccak256_batch_with_progress<T: AsRef<[u8]> + Sync>(
    inputs: &[T],
    hashed: impl Fn(usize) + Sync,
) -> Vec<B256> {
    let order = by_block_count(inputs);
    let total: u64 = inputs
        .iter()
        .map(|input| permutations(input.as_ref().len()))
        .sum();
    if total < WORTH_SHARING {
        let hashes = in_input_order(
            &order,
            order.chunks(2).flat_map(|pair| hash_pair(inputs, pair)),
            inputs.len(),
        );
        hashed(inputs.iter().map(|input| input.as_ref().len()).sum());
        return hashes;
    }
    let mut hashes = vec![B256::ZERO; inputs.len()];
    order
        .par_chunks(2)
        .zip(hashes.par_chunks_mut(2))
        .with_min_len(4)
        .for_each_init(
            || Untold::new(&hashed),
            |untold, (pair, to)| {
                for (to, hash) in to.iter_mut().zip(hash_pair(inputs, pair)) {
                    *to = hash;
                }
                for &i in pair {
                    untold.add(inputs.get(i).map_or(0, |input| input.as_ref().len()));
                }
            },
        );
    in_input_order(&order, hashes, inputs.len())
}

/// Bytes that have been hashed by one run of inputs and not been told of; the rest is told of at its end.
struct Untold<'a, F: Fn(usize)> {
    hashed: &'a F,
    bytes: usize,
}

impl<'a, F: Fn(usize)> Untold<'a, F> {
    const fn new(hashed: &'a F) -> Self {
        Self { hashed, bytes: 0 }
    }

    fn add(&mut self, bytes: usize) {
        self.bytes += bytes;
        if self.bytes >= WORTH_TELLING {
            (self.hashed)(std::mem::take(&mut self.bytes));
        }
    }
}

impl<F: Fn(usize)> Drop for Untold<'_, F> {
    fn drop(&mut self) {
        if self.bytes > 0 {
            (self.hashed)(self.bytes);
        }
    }
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
