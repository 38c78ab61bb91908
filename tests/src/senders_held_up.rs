//! A host that lets nobody go on recovering senders before a phase is over.
//!
//! Invariant: whoever recovers stands still after each sender until then, so what is recovered in all tells whether recovery
//! went on when it was no longer wanted.

use blocklight_verifier::{Host, Phase};
use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Longer than any phase takes, and shorter than patience.
const PATIENCE: Duration = Duration::from_mins(1);

/// See the module.
#[derive(Debug)]
pub struct SendersHeldUp {
    until: Phase,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_over: bool,
    recovered: u64,
}

impl SendersHeldUp {
    /// Until `until` has ended.
    pub fn until(until: Phase) -> Self {
        Self {
            until,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Whether that phase has ended.
    pub fn is_over(&self) -> bool {
        self.state().is_over
    }

    /// Senders recovered so far.
    pub fn recovered(&self) -> u64 {
        self.state().recovered
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Host for SendersHeldUp {
    fn phase_advanced(&self, phase: Phase, done: u64) {
        if phase == Phase::Senders {
            let mut state = self.state();
            state.recovered += done;
            drop(
                self.changed
                    .wait_timeout_while(state, PATIENCE, |state| !state.is_over),
            );
        }
    }

    fn phase_finished(&self, phase: Phase) {
        if phase == self.until {
            self.state().is_over = true;
            self.changed.notify_all();
        }
    }
}
