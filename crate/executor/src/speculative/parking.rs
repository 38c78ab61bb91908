//! Where threads wait while there is nothing to do.
//!
//! Invariant: a thread that has parked sees the work that was made before, and whoever makes work after sees the thread.
//! Both write before they look, so this needs sequential consistency.

use super::sync::{AtomicUsize, Condvar, Mutex, PoisonError, SeqCst};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Parking {
    parked: AtomicUsize,
    lock: Mutex<()>,
    changed: Condvar,
}

impl Parking {
    /// Whether any thread is parked, or about to be.
    pub(super) fn has_any(&self) -> bool {
        self.parked.load(SeqCst) > 0
    }

    /// Parks the calling thread until it is woken while `has_work`; not at all if there is some already.
    pub(super) fn park(&self, has_work: impl Fn() -> bool) {
        let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.parked.fetch_add(1, SeqCst);
        while !has_work() {
            lock = self.changed.wait(lock).unwrap_or_else(PoisonError::into_inner);
        }
        self.parked.fetch_sub(1, SeqCst);
    }

    /// Wakes one, if any is parked: for who has made work.
    pub(super) fn wake(&self) {
        if self.has_any() {
            // One that has seen no work holds this until it waits.
            drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner));
            self.changed.notify_one();
        }
    }

    /// Wakes all.
    pub(super) fn wake_all(&self) {
        drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }
}
