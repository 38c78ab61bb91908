//! A witness in any dialect: an error, or a witness that is the same when written as JSON and as RLP.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blocklight_tests::fuzzed::witness(data));
