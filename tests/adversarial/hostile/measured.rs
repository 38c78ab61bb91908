//! What a test of hostile inputs costs in memory.
//!
//! Invariant: the memory of one test at a time is measured.

use blocklight_tests::sample_input;
use blocklight_verifier::{ChainSpec, Input, Quiet, Verdict, Verifier};
use peak_alloc::PeakAlloc;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The memory of one test at a time is measured.
static ALONE: Mutex<()> = Mutex::new(());

pub(crate) const MIB: usize = 1 << 20;

pub(crate) fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does `act` and tells how much more memory it had in use at its worst.
pub(crate) fn measured<T>(what: &str, act: impl FnOnce() -> T) -> (T, usize) {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let result = act();
    let bytes = MEMORY.peak_usage().saturating_sub(before);
    println!("{what}: {} KiB at most", bytes / 1024);
    (result, bytes)
}

pub(crate) fn verify(chain: &ChainSpec, input: &Input) -> Verdict {
    Verifier::new(chain.clone())
        .verify_input(input, &Quiet)
        .expect("a verdict")
}

/// The sample, held to no hash.
pub(crate) fn sample() -> (ChainSpec, Input) {
    let (chain, mut input) = sample_input().expect("readable");
    input.hash = None;
    (chain, input)
}
