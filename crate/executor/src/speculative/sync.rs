//! The locks and atomics of this schedule, in one place: `tests/model` puts a model checker's in theirs.
//!
//! `std`'s alone: other crates' locks panic on wasm threads.

pub(super) use std::sync::{
    Condvar, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering::SeqCst},
};

/// How many times a thread looks for news before it parks: some ten microseconds.
pub(super) const WATCHING: usize = 400;

/// Lets a little time pass, for who watches for news.
pub(super) fn pause() {
    std::hint::spin_loop();
}
