//! A chain's configuration or genesis: an error, or a chain that can say which fork holds when.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blocklight_tests::fuzzed::chain(data));
