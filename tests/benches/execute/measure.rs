//! How long a block takes in each way, measured in turns.
//!
//! Invariant: times that are set against each other come of the same rounds, and of executions with the same outcome.

use blocklight_executor::{Schedule, Unobserved};
use blocklight_tests::{Elapsed, FlatBlock, pool};
use rayon::ThreadPool;
use std::{hint::black_box, time::Instant};

/// Milliseconds that each measurement takes at least: shorter blocks are repeated.
const LONG_ENOUGH: f64 = 2.0;

/// Pools, and how to measure in them.
pub(crate) struct Bench {
    one: ThreadPool,
    many: ThreadPool,
    least: bool,
}

/// What was measured of one block. Ratios say how many times as fast as sequentially.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    pub(crate) name: String,
    pub(crate) transactions: usize,
    pub(crate) gas: u64,
    pub(crate) sequential_ms: f64,
    pub(crate) speculative_ms: f64,
    /// Speculative in a pool of one.
    pub(crate) alone: f64,
    /// Speculative in the whole pool.
    pub(crate) speculative: f64,
    /// As [`Schedule::Auto`] chooses.
    pub(crate) auto: f64,
    /// What that is.
    pub(crate) chosen: Schedule,
    /// Speculative with a recording, against the same without: 1 if recording cost nothing.
    pub(crate) recorded: f64,
    /// Every thread executes the block sequentially at once: what the machine's threads can do together.
    pub(crate) machine: f64,
}

impl Bench {
    pub(crate) fn new(threads: usize, least: bool) -> Self {
        Self {
            one: pool(1),
            many: pool(threads),
            least,
        }
    }

    pub(crate) const fn one(&self) -> &ThreadPool {
        &self.one
    }

    pub(crate) const fn many(&self) -> &ThreadPool {
        &self.many
    }

    fn summary(&self, times: &mut [f64]) -> f64 {
        times.sort_by(f64::total_cmp);
        let place = if self.least { 0 } else { times.len() / 2 };
        times.get(place).copied().unwrap_or(f64::NAN)
    }

    /// Measures `block` in each way, once a round.
    pub(crate) fn measure(&self, block: &FlatBlock, rounds: usize) -> Measured {
        let plain = |pool: &ThreadPool, schedule, times| {
            milliseconds(pool, times, || {
                drop(black_box(block.execution().outcome(schedule)));
            })
        };
        let recorded = |times| {
            milliseconds(&self.many, times, || {
                let clock = Elapsed::default();
                let run = block
                    .execution()
                    .observed(Schedule::Speculative, &mut Unobserved, Some(&clock));
                drop(black_box(run));
            })
        };
        let at_once = |times| {
            let start = Instant::now();
            self.many.broadcast(|_| {
                for _ in 0..times {
                    drop(black_box(block.execution().outcome(Schedule::Sequential)));
                }
            });
            start.elapsed().as_secs_f64() * 1000.0 / float(times)
        };
        let outcome = |pool: &ThreadPool, schedule| pool.install(|| block.execution().outcome(schedule));
        let expected = outcome(&self.one, Schedule::Sequential);
        let same = outcome(&self.many, Schedule::Speculative) == expected;
        assert!(same, "{}: the schedules give different outcomes", block.name);
        let once = plain(&self.one, Schedule::Sequential, 1);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a cast from a float saturates"
        )]
        let times = (LONG_ENOUGH / once.max(1e-4)).ceil().max(1.0) as usize;
        let mut all = [const { Vec::new() }; 6];
        for _ in 0..rounds {
            let round = [
                plain(&self.one, Schedule::Sequential, times),
                plain(&self.one, Schedule::Speculative, times),
                plain(&self.many, Schedule::Speculative, times),
                plain(&self.many, Schedule::Auto, times),
                recorded(times),
                at_once(times),
            ];
            for (all, ms) in all.iter_mut().zip(round) {
                all.push(ms);
            }
        }
        let [sequential, alone, speculative, auto, recorded, at_once] =
            all.each_mut().map(|times| self.summary(times));
        let threads = self.many.current_num_threads();
        Measured {
            name: block.name.clone(),
            transactions: block.senders.len(),
            gas: block.block.header.gas_used,
            sequential_ms: sequential,
            speculative_ms: speculative,
            alone: sequential / alone,
            speculative: sequential / speculative,
            auto: sequential / auto,
            chosen: self
                .many
                .install(|| block.execution().choice(Schedule::Auto).schedule),
            recorded: speculative / recorded,
            machine: float(threads) * sequential / at_once,
        }
    }
}

/// Milliseconds of one of `times` runs in `pool`.
fn milliseconds(pool: &ThreadPool, times: usize, run: impl Fn() + Sync) -> f64 {
    pool.install(|| {
        let start = Instant::now();
        for _ in 0..times {
            run();
        }
        start.elapsed().as_secs_f64() * 1000.0 / float(times)
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts are small, or shown with few digits"
)]
pub(crate) const fn float(count: usize) -> f64 {
    count as f64
}

/// Gas in millions.
#[expect(clippy::cast_precision_loss, reason = "shown with few digits")]
pub(crate) const fn mgas(gas: u64) -> f64 {
    gas as f64 / 1e6
}

/// The geometric mean; not a number where there is nothing.
pub(crate) fn geometric(ratios: impl IntoIterator<Item = f64>) -> f64 {
    let (count, sum) = ratios
        .into_iter()
        .fold((0, 0.0), |(count, sum), ratio| (count + 1, sum + ratio.ln()));
    (sum / float(count)).exp()
}
