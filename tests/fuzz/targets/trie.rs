//! A trie with some nodes left out, changed key by key: the root that alloy-trie computes, or an error that names a node.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blocklight_tests::fuzzed::trie(data));
