//! A file with block and witness, in any dialect: an error or an input that keeps to the limits.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blocklight_tests::fuzzed::file(data));
