//! What the pipeline asks of its surroundings: a clock, a hash seed, and somebody to tell of progress.
//!
//! Invariant: nothing that comes from here can change a verdict, only timings and what is shown meanwhile.

use crate::Phase;
use std::hash::{BuildHasher as _, RandomState};

/// The surroundings of a verification. Every method has a default, so `impl Host for MyHost {}` is a start.
pub trait Host: Sync {
    /// Milliseconds since any fixed moment. The default always says 0, and then all phase times are 0.
    fn now_ms(&self) -> f64 {
        0.0
    }

    /// Seed for hash maps keyed by untrusted data: with a known one, a server can craft keys that collide.
    ///
    /// The default draws it from the system's randomness, as the standard library's own maps do. On
    /// `wasm32-unknown-unknown` that library has none and its seeds can be foretold: a host there gives fresh randomness
    /// of its own.
    fn hash_seed(&self) -> u64 {
        RandomState::new().hash_one(0_u64)
    }

    /// Told when `phase` starts with `total` units of work ahead, counted in [`Phase::unit`]; 0 when not countable.
    /// Called from any thread; phases overlap.
    fn phase_started(&self, phase: Phase, total: u64) {
        let _ = (phase, total);
    }

    /// Told that `phase` has done `done` more units since the last call: bytes come in pieces of some 64 KiB. Never adds up
    /// to more than the phase's total, and comes to it where the phase comes to its end. Called from any thread, senders
    /// that whoever executes recovers for itself even after their phase.
    fn phase_advanced(&self, phase: Phase, done: u64) {
        let _ = (phase, done);
    }

    /// Told at the start and the end of [`Phase::Execute`], and of commits between, in block order: the transactions so far
    /// have used `used` gas, of the `claimed` that the header says the block uses. `used` never falls and is at most
    /// `claimed`. Called from any thread, by one at a time.
    fn gas_used(&self, used: u64, claimed: u64) {
        let _ = (used, claimed);
    }

    /// Told when `phase` has ended.
    fn phase_finished(&self, phase: Phase) {
        let _ = phase;
    }
}

/// A host with no clock and nobody to tell: for tests, and wherever times do not matter.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quiet;

impl Host for Quiet {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_seed_is_given_twice() {
        assert_ne!(Quiet.hash_seed(), Quiet.hash_seed());
    }
}
