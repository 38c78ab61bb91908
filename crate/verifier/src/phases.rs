//! Phase times, and word of progress to the host.
//!
//! Invariant: recording never changes what is recorded about; a phase that did not run has no time.

use crate::{Host, Phase, PhaseTime, Timing};
use blocklight_executor::{Clock, ScheduleChoice, Timeline};
use std::sync::{Mutex, OnceLock};

/// Stopwatch of one verification. Shared by all its threads.
pub(crate) struct Phases<'a> {
    host: &'a dyn Host,
    start_ms: f64,
    times: Mutex<Vec<PhaseTime>>,
    schedule: OnceLock<ScheduleChoice>,
    timeline: OnceLock<Timeline>,
}

/// A phase that has begun, and ends when this is dropped.
#[must_use = "it would end at once"]
pub(crate) struct Running<'a> {
    phases: &'a Phases<'a>,
    phase: Phase,
    start_ms: f64,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let Self {
            phases,
            phase,
            start_ms,
        } = *self;
        phases.host.phase_finished(phase);
        let time = PhaseTime {
            phase,
            start_ms: start_ms - phases.start_ms,
            ms: phases.host.now_ms() - start_ms,
        };
        if let Ok(mut times) = phases.times.lock() {
            times.push(time);
        }
    }
}

/// Milliseconds since the start of the verification.
impl Clock for Phases<'_> {
    fn now_ms(&self) -> f64 {
        self.host.now_ms() - self.start_ms
    }
}

impl<'a> Phases<'a> {
    pub(crate) fn start(host: &'a dyn Host) -> Self {
        Self {
            host,
            start_ms: host.now_ms(),
            times: Mutex::new(Vec::with_capacity(Phase::ALL.len())),
            schedule: OnceLock::new(),
            timeline: OnceLock::new(),
        }
    }

    /// Runs `work` as `phase`, with `total` units of work ahead.
    pub(crate) fn run<T>(&self, phase: Phase, total: usize, work: impl FnOnce() -> T) -> T {
        let _running = self.begin(phase, total);
        work()
    }

    /// Begins `phase`, with `total` units of work ahead. It ends when what is returned is dropped.
    pub(crate) fn begin(&self, phase: Phase, total: usize) -> Running<'_> {
        let start_ms = self.host.now_ms();
        self.host.phase_started(phase, total as u64);
        Running {
            phases: self,
            phase,
            start_ms,
        }
    }

    /// Tells the host of `done` more units.
    pub(crate) fn advance(&self, phase: Phase, done: u64) {
        self.host.phase_advanced(phase, done);
    }

    /// Tells the host of the gas that the transactions so far have used. A header that claims too little is found out later.
    pub(crate) fn gas_used(&self, used: u64, claimed: u64) {
        self.host.gas_used(used.min(claimed), claimed);
    }

    /// Takes note of how the transactions are executed.
    pub(crate) fn scheduled(&self, choice: ScheduleChoice) {
        let _ = self.schedule.set(choice);
    }

    /// Takes note of when each incarnation ran.
    pub(crate) fn recorded(&self, timeline: Timeline) {
        let _ = self.timeline.set(timeline);
    }

    /// The times, in order of start.
    pub(crate) fn finish(self) -> Timing {
        let mut phases = self.times.into_inner().unwrap_or_default();
        phases.sort_by(|a, b| {
            a.start_ms
                .total_cmp(&b.start_ms)
                .then((a.phase as u8).cmp(&(b.phase as u8)))
        });
        Timing {
            threads: rayon::current_num_threads() as u64,
            phases,
            schedule: self.schedule.into_inner(),
            timeline: self.timeline.into_inner(),
            total_ms: self.host.now_ms() - self.start_ms,
        }
    }
}
