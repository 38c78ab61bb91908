//! A chain's configuration or genesis: an error, or a chain that can say which fork holds when.
#![no_main]

use blocklight_verifier::{ChainSpec, recorder::Genesis};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(chain) = ChainSpec::from_json(data) {
        for (number, timestamp) in [(0, 0), (1, 1), (20_000_000, 1_750_000_000), (u64::MAX, u64::MAX)] {
            let _ = chain.fork(number, timestamp);
            let _ = chain.blob_params(timestamp);
        }
    }
    if let Ok(genesis) = Genesis::from_json(data) {
        genesis.recorder().expect("a genesis names its own state root");
    }
});
