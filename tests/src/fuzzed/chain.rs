//! A chain's configuration or genesis: an error, or a chain that can say which fork holds when.

use blocklight_verifier::{ChainSpec, recorder::Genesis};

/// See the module.
///
/// # Panics
/// On bytes that show a fault.
pub fn run(data: &[u8]) {
    if let Ok(chain) = ChainSpec::from_json(data) {
        for (number, timestamp) in [(0, 0), (1, 1), (20_000_000, 1_750_000_000), (u64::MAX, u64::MAX)] {
            let _ = chain.fork(number, timestamp);
            let _ = chain.blob_params(timestamp);
        }
    }
    if let Ok(genesis) = Genesis::from_json(data) {
        genesis.recorder().expect("a genesis names its own state root");
    }
}
