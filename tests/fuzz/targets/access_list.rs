//! A block-level access list as JSON: an error, nothing, or a list that its own RLP decodes to.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blocklight_tests::fuzzed::access_list(data));
