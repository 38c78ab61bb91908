//! The model checker's locks and atomics, in the place of the executor's `sync`.
//!
//! Invariant: each operation is a point where the checker may go on with another thread.

pub(super) use shuttle::sync::{
    Condvar, Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering::SeqCst},
};
pub(super) use std::sync::PoisonError;

/// Once is enough: the checker chooses how long that takes.
pub(super) const WATCHING: usize = 1;

/// Lets the others go on.
pub(super) fn pause() {
    shuttle::hint::spin_loop();
}
