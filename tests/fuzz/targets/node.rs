//! One trie node: what is taken as a node is taken by alloy-trie as well, and encodes to the same bytes there.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blocklight_tests::fuzzed::node(data));
