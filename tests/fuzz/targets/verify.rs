//! The whole verification of a small made block, its bytes changed by the fuzzer or its parts by the project's mutations:
//! valid only as the same block, or as another one with another hash.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blocklight_tests::fuzzed::verify(data));
