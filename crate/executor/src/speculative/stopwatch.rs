//! When an incarnation runs, and on which thread, if the execution is recorded.
//!
//! Invariant: without a clock nothing is measured.

use crate::recording::{Clock, Incarnation, IncarnationEnd};

/// Times incarnations, or does nothing.
#[derive(Clone, Copy)]
pub(super) struct Stopwatch<'a>(pub(super) Option<&'a dyn Clock>);

// By hand, so that the clock itself need not be `Debug`.
impl std::fmt::Debug for Stopwatch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Stopwatch").field(&self.0.is_some()).finish()
    }
}

/// When and where an incarnation ran.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ran {
    worker: u32,
    start_ms: f64,
    ms: f64,
}

impl Stopwatch<'_> {
    /// Runs an incarnation.
    pub(super) fn time<T>(self, run: impl FnOnce() -> T) -> (T, Option<Ran>) {
        let Some(clock) = self.0 else {
            return (run(), None);
        };
        let start_ms = clock.now_ms();
        let result = run();
        let ran = Ran {
            worker: rayon::current_thread_index()
                .and_then(|index| u32::try_from(index).ok())
                .unwrap_or(0),
            start_ms,
            ms: (clock.now_ms() - start_ms).max(0.0),
        };
        (result, Some(ran))
    }
}

impl Ran {
    /// The incarnation of `transaction`; the recording numbers it.
    pub(super) fn incarnation(self, transaction: usize, at_turn: bool, end: IncarnationEnd) -> Incarnation {
        Incarnation {
            transaction: u32::try_from(transaction).unwrap_or(u32::MAX),
            incarnation: 0,
            worker: self.worker,
            start_ms: self.start_ms,
            ms: self.ms,
            at_turn,
            end,
        }
    }
}
