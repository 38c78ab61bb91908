//! A block in any dialect: an error, or a block whose RLP decodes to the same block.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blocklight_tests::fuzzed::block(data));
