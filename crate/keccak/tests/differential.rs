//! Every entry point against alloy-primitives' Keccak-256.

use alloy_primitives::keccak256 as reference;
use blocklight_keccak::{
    keccak256, keccak256_batch, keccak256_batch_with_progress, keccak256_group, keccak256_pair, permutations,
};
use proptest::{collection::vec, prelude::*};
use std::sync::Mutex;

/// Bytes that differ at every position and length.
fn input(len: usize) -> Vec<u8> {
    (0..=u8::MAX)
        .cycle()
        .map(|byte| byte.wrapping_mul(131) >> 1)
        .skip(len % 251)
        .take(len)
        .collect()
}

#[test]
fn every_length_up_to_four_blocks_and_more() {
    for len in 0..=600 {
        let bytes = input(len);
        assert_eq!(keccak256(&bytes), reference(&bytes), "length {len}");
    }
}

#[test]
fn pairs_of_equal_and_of_different_block_counts() {
    for a in (0..=600).step_by(17).chain([135, 136, 137, 271, 272, 273]) {
        for b in (0..=600).step_by(23).chain([135, 136, 137, 271, 272, 273]) {
            let (x, y) = (input(a), input(b));
            assert_eq!(
                keccak256_pair(&x, &y),
                [reference(&x), reference(&y)],
                "lengths {a} and {b}"
            );
        }
    }
}

#[test]
fn a_batch_of_every_length_keeps_input_order() {
    for count in [0, 1, 2, 3, 601] {
        let inputs: Vec<_> = (0..count).map(input).collect();
        let expected: Vec<_> = inputs.iter().map(reference).collect();
        assert_eq!(keccak256_batch(&inputs), expected, "{count} inputs");
        assert_eq!(keccak256_group(&inputs), expected, "{count} inputs");
    }
}

#[test]
fn a_batch_tells_of_every_byte_in_pieces() {
    for (count, length, most_pieces) in [(0, 0, 1), (3, 600, 1), (3_000, 532, 1_000)] {
        let inputs: Vec<_> = (0..count).map(|index| input(length + index % 3)).collect();
        let bytes: usize = inputs.iter().map(Vec::len).sum();
        let told = Mutex::new(Vec::new());
        let hashes = keccak256_batch_with_progress(&inputs, |bytes| {
            told.lock().expect("nobody panics").push(bytes);
        });
        let told = told.into_inner().expect("nobody panics");
        assert_eq!(hashes, keccak256_batch(&inputs), "{count} inputs");
        assert_eq!(told.iter().sum::<usize>(), bytes, "{count} inputs: {told:?}");
        assert!(
            told.len() <= most_pieces,
            "{count} inputs: told {} times",
            told.len()
        );
        assert!(bytes < 1_000_000 || told.len() > 10, "told {} times", told.len());
    }
}

#[test]
fn permutations_count_the_padding_block() {
    for (len, expected) in [(0, 1), (1, 1), (135, 1), (136, 2), (271, 2), (272, 3), (532, 4)] {
        assert_eq!(permutations(len), expected, "length {len}");
    }
}

proptest! {
    #[test]
    fn any_pair(a in vec(any::<u8>(), 0..1000), b in vec(any::<u8>(), 0..1000)) {
        prop_assert_eq!(keccak256_pair(&a, &b), [reference(&a), reference(&b)]);
    }

    #[test]
    fn any_batch(inputs in vec(vec(any::<u8>(), 0..700), 0..80)) {
        let expected: Vec<_> = inputs.iter().map(reference).collect();
        prop_assert_eq!(keccak256_batch(&inputs), expected);
    }
}
