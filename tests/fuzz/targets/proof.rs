//! A provider of proofs (EIP-1186) whose answers the fuzzer changes: an error, or the witness that the true answers give.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blocklight_tests::fuzzed::proof(data));
