//! Which interleavings of a block's threads are run, and what is held of each.
//!
//! Invariant: a check that ends without a panic has run as many schedules as it says.

use crate::{
    block::Block,
    few_preemptions::FewPreemptions,
    model::{self, Seen},
};
use shuttle::{
    Config, MaxSteps, Runner,
    scheduler::{PctScheduler, RandomScheduler, Scheduler},
};
use std::sync::{Arc, atomic::Ordering};

/// Whether more was asked for (`BLOCKLIGHT_FULL=1`) than fits half a minute.
pub fn full() -> bool {
    std::env::var_os("BLOCKLIGHT_FULL").is_some_and(|value| value == "1")
}

/// What was run.
#[expect(clippy::struct_excessive_bools, reason = "four things to have come up or not")]
#[derive(Debug, Clone, Copy)]
pub struct Explored {
    /// All schedules with at most [`Explored::preemptions`] preemptions: so many.
    pub all: usize,
    /// See [`Explored::all`].
    pub preemptions: usize,
    /// Schedules chosen at random, half of them by PCT.
    pub random: usize,
    /// Whether in any of all these a transaction that was run ahead held.
    pub held: bool,
    /// Whether one did not hold.
    pub stale: bool,
    /// Whether one met the ESTIMATE of another.
    pub waited: bool,
    /// Whether a thread left in the middle of its work.
    pub died: bool,
}

/// Steps of one schedule; one that has more is taken for endless.
const MOST_STEPS: usize = 50_000;

/// Points at which PCT changes threads' priorities.
const DEPTH: usize = 4;

pub(crate) fn config() -> Config {
    let mut config = Config::new();
    config.stack_size = 0x20000;
    config.max_steps = MaxSteps::FailAfter(MOST_STEPS);
    config.silence_warnings = true;
    config
}

/// Runs a block under all schedules with at most so many `preemptions`, and under some `random` ones, ten times as many
/// where [`full`]. Of each it is held that every thread ends, that transactions are committed once and in block order and
/// are in one thread's hands at most, and that what comes of the block is what comes of running one transaction
/// after the other.
///
/// # Panics
/// Where any of this is not so.
pub fn check(block: Block, preemptions: usize, random: usize) -> Explored {
    let random = if full() { 10 * random } else { random };
    let block = Arc::new(block);
    let seen = Arc::new(Seen::default());
    let run = |scheduler: Box<dyn Scheduler + Send>| explore(&block, &seen, scheduler);
    let all = run(Box::new(FewPreemptions::new(preemptions)));
    let random = run(Box::new(RandomScheduler::new_from_seed(1, random / 2)))
        + run(Box::new(PctScheduler::new_from_seed(2, DEPTH, random / 2)));
    let happened = |it: &std::sync::atomic::AtomicBool| it.load(Ordering::Relaxed);
    let explored = Explored {
        all,
        preemptions,
        random,
        held: happened(&seen.held),
        stale: happened(&seen.stale),
        waited: happened(&seen.waited),
        died: happened(&seen.died),
    };
    println!("{explored:?}");
    explored
}

fn explore(block: &Arc<Block>, seen: &Arc<Seen>, scheduler: Box<dyn Scheduler + Send>) -> usize {
    let expected = block.in_order();
    let (block, seen) = (Arc::clone(block), Arc::clone(seen));
    Runner::new(scheduler, config()).run(move || {
        let (output, happened) = model::run(&block);
        seen.add(&happened);
        if let Some(output) = output {
            assert_eq!(output, expected, "not what running one after the other gives");
        }
    })
}
