//! What was measured, as Markdown.

use crate::{
    measure::{Measured, geometric, mgas},
    plot::Results,
    subject::LARGE,
};
use blocklight_tests::SIMULATED_THREADS;

/// Columns of [`row`].
pub(crate) fn head(threads: usize) {
    println!(
        "| block | txs | Mgas | sequential ms | speculative ms, {threads} threads | × | on 1 thread × | auto × | chosen | \
         machine × | recording's cost |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- | ---: | ---: |");
}

/// One block.
pub(crate) fn row(it: &Measured) {
    println!(
        "| {} | {} | {:.2} | {:.3} | {:.3} | {:.2} | {:.2} | {:.2} | {:?} | {:.2} | {:+.1} % |",
        it.name,
        it.transactions,
        mgas(it.gas),
        it.sequential_ms,
        it.speculative_ms,
        it.speculative,
        it.alone,
        it.auto,
        it.chosen,
        it.machine,
        (1.0 / it.recorded - 1.0) * 100.0,
    );
}

/// Means over the real blocks, and what more threads could gain.
pub(crate) fn summary(results: &Results) {
    let large = || results.real.iter().filter(|it| it.gas >= LARGE);
    if large().next().is_none() {
        return;
    }
    let threads = results.threads;
    println!();
    println!(
        "{} real blocks of {} Mgas or more, geometric means: speculative on {threads} threads {:.3}, on 1 thread {:.3}; auto \
         {:.3}, the least {:.3}; every thread sequentially at once {:.3}, which is what the machine can do.",
        large().count(),
        LARGE / 1_000_000,
        geometric(large().map(|it| it.speculative)),
        geometric(large().map(|it| it.alone)),
        geometric(large().map(|it| it.auto)),
        large().map(|it| it.auto).fold(f64::INFINITY, f64::min),
        geometric(large().map(|it| it.machine)),
    );
    println!(
        "All {} real blocks: auto {:.3}, the least {:.3}.",
        results.real.len(),
        geometric(results.real.iter().map(|it| it.auto)),
        results
            .real
            .iter()
            .map(|it| it.auto)
            .fold(f64::INFINITY, f64::min),
    );
    let recorded = large().map(|it| 1.0 / it.recorded);
    println!(
        "Recording takes {:+.1} % of a speculative execution's time, by the geometric mean; it is off unless asked for.",
        (geometric(recorded) - 1.0) * 100.0
    );
    println!();
    println!(
        "Simulated speed-up over {} of these blocks by their dependency graphs, geometric means. Commits take no time and \
         nothing runs twice in it: a bound for any schedule, as the critical path is for any number of threads.",
        results.simulated.len()
    );
    println!();
    println!("| threads | simulated × | measured × |");
    println!("| ---: | ---: | ---: |");
    for (place, on) in SIMULATED_THREADS.enumerate() {
        let simulated = geometric(
            results
                .simulated
                .iter()
                .filter_map(|it| it.speed_ups.get(place).copied()),
        );
        let measured = results
            .measured(on)
            .map_or_else(String::new, |ratio| format!("{ratio:.2}"));
        println!("| {on} | {simulated:.2} | {measured} |");
    }
    println!("| any number, by the critical path | {:.2} | |", results.bound());
}
