//! Keccak on wasm: two states in one SIMD register give what one alone gives, for every length and alignment.
//!
//! `sha3` of `RustCrypto` stands on the other side, and what alloy uses on wasm.
#![cfg(target_arch = "wasm32")]

use alloy_primitives::{B256, b256};
use blocklight_keccak::{keccak256, keccak256_batch, keccak256_pair};
use sha3::{Digest, Keccak256};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// Around every block boundary up to four blocks, and a long one.
const LENGTHS: std::ops::RangeInclusive<usize> = 0..=4 * blocklight_keccak::RATE + 1;

fn message(length: usize, salt: u64) -> Vec<u8> {
    let mut state = salt.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ length as u64;
    std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    })
    .take(length)
    .collect()
}

fn reference(message: &[u8]) -> B256 {
    B256::from_slice(&Keccak256::digest(message))
}

#[wasm_bindgen_test]
fn known_answers() {
    assert_eq!(
        keccak256(b""),
        b256!("0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")
    );
    assert_eq!(
        keccak256(b"abc"),
        b256!("0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45")
    );
}

#[wasm_bindgen_test]
fn one_message_of_every_length() {
    for length in LENGTHS.chain([10_000]) {
        let message = message(length, 1);
        assert_eq!(keccak256(&message), reference(&message), "{length} bytes");
        assert_eq!(
            alloy_primitives::keccak256(&message),
            reference(&message),
            "{length} bytes, through alloy"
        );
    }
}

#[wasm_bindgen_test]
fn two_messages_of_one_length_side_by_side() {
    for length in LENGTHS {
        let (first, second) = (message(length, 2), message(length, 3));
        assert_eq!(
            keccak256_pair(&first, &second),
            [reference(&first), reference(&second)],
            "{length} bytes"
        );
    }
}

#[wasm_bindgen_test]
fn two_messages_of_different_lengths() {
    for (first, second) in [(0, 1), (135, 136), (136, 137), (32, 532), (20, 24_576), (272, 0)] {
        let (first, second) = (message(first, 4), message(second, 5));
        assert_eq!(
            keccak256_pair(&first, &second),
            [reference(&first), reference(&second)]
        );
    }
}

#[wasm_bindgen_test]
fn a_batch_of_mixed_lengths_keeps_its_order() {
    let messages: Vec<_> = (0..2_000).map(|i| message(i * 7 % 700, i as u64)).collect();
    let expected: Vec<_> = messages.iter().map(|message| reference(message)).collect();
    assert_eq!(keccak256_batch(&messages), expected);
}
