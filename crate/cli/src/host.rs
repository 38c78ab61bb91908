//! The surroundings of the native pipeline: the system's clock and its randomness.

use blocklight_verifier::Host;
use std::{
    hash::{BuildHasher as _, RandomState},
    time::Instant,
};

/// A monotonic clock, and a seed drawn from the system's randomness.
#[derive(Debug)]
pub(crate) struct Native {
    start: Instant,
    seed: u64,
}

impl Native {
    pub(crate) fn new() -> Self {
        // `RandomState` is keyed from the system's randomness; hashing anything with it yields a seed.
        Self {
            start: Instant::now(),
            seed: RandomState::new().hash_one(0u64),
        }
    }
}

impl Host for Native {
    fn now_ms(&self) -> f64 {
        self.start.elapsed().as_secs_f64() * 1e3
    }

    fn hash_seed(&self) -> u64 {
        self.seed
    }
}
