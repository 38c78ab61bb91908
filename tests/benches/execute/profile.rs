//! What each thread did of a block, and runs for a profiler to look at.

use crate::measure::Bench;
use blocklight_executor::{Incarnation, IncarnationEnd, Schedule};
use blocklight_tests::FlatBlock;
use std::time::Instant;

/// Runs for the profiler.
const RUNS: usize = 10;

/// Prints what is known of one speculative run of `block`, where it can be recorded, and then the times of more.
pub(crate) fn profile(block: &FlatBlock, bench: &Bench) {
    println!("{}", block.name);
    bench.many().install(|| {
        if let (_, Some(recording)) = block.execution().recorded(Schedule::Speculative) {
            let all = &recording.timeline.incarnations;
            for worker in 0..bench.many().current_num_threads() {
                let mine = || all.iter().filter(|it| it.worker as usize == worker);
                let first = mine().map(|it| it.start_ms).fold(f64::INFINITY, f64::min);
                let last = mine().map(|it| it.start_ms + it.ms).fold(0.0, f64::max);
                let busy = mine().map(|it| it.ms).sum::<f64>();
                println!("  thread {worker}: from {first:.1} to {last:.1} ms, {busy:.1} ms in the EVM");
            }
            let count = |is: fn(&Incarnation) -> bool| all.iter().filter(|it| is(it)).count();
            println!(
                "  {} incarnations: {} at their turn, {} aborted, {} blocked",
                all.len(),
                count(|it| it.at_turn),
                count(|it| matches!(it.end, IncarnationEnd::Aborted { .. })),
                count(|it| matches!(it.end, IncarnationEnd::Blocked { .. })),
            );
            for hot in recording.dependencies.hot_locations.iter().take(3) {
                println!("  {} dependencies at {:?}", hot.dependencies, hot.location);
            }
        }
        for _ in 0..RUNS {
            let start = Instant::now();
            let outcome = block.execution().outcome(Schedule::Speculative);
            let ms = start.elapsed().as_secs_f64() * 1000.0;
            drop(outcome);
            let dropped = start.elapsed().as_secs_f64() * 1000.0 - ms;
            println!("  {ms:.1} ms, and {dropped:.1} to drop the outcome");
        }
    });
}
