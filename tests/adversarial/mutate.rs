//! `make mutate`: mutants of real blocks until the time is up.
//!
//! Invariant: the exit status is a success only if there were mutants and no breach.
#![forbid(unsafe_code)]

use blocklight_tests::mutation::{Budget, Campaign, originals};
use peak_alloc::PeakAlloc;
use std::{process::ExitCode, time::Duration};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const USAGE: &str = "mutate [--seconds N] [--mutants N] [--seed N] [--mutant N] [--threads N]
Verifies tampered copies of real blocks and holds what comes of them to the oracle.
  --seconds N   for so long; without it, 600
  --mutants N   so many at most
  --seed N      the seed of the run; without it, 1
  --mutant N    only this one, as a breach names it
  --threads N   threads of each verification; without it, one for each core";

struct Options {
    seed: u64,
    first: u64,
    threads: usize,
    budget: Budget,
}

fn arguments() -> Result<Options, String> {
    let budget = Budget {
        mutants: u64::MAX,
        time: Duration::from_mins(10),
    };
    let mut options = Options {
        seed: 1,
        first: 0,
        threads: 0,
        budget,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let number = arguments.next().and_then(|text| text.parse::<u64>().ok());
        let number = number.ok_or_else(|| format!("{argument} wants a number"))?;
        match argument.as_str() {
            "--seconds" => options.budget.time = Duration::from_secs(number),
            "--mutants" => options.budget.mutants = number,
            "--seed" => options.seed = number,
            "--mutant" => (options.first, options.budget.mutants) = (number, 1),
            "--threads" => options.threads = usize::try_from(number).map_err(|error| error.to_string())?,
            other => return Err(format!("no option {other}")),
        }
    }
    Ok(options)
}

fn main() -> ExitCode {
    let options = match arguments() {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}\n{USAGE}");
            return ExitCode::from(3);
        }
    };
    let (originals, pool) = match (
        originals(),
        rayon::ThreadPoolBuilder::new()
            .num_threads(options.threads)
            .build(),
    ) {
        (Ok(originals), Ok(pool)) => (originals, pool),
        (originals, pool) => {
            eprintln!("cannot start: {:?} {:?}", originals.err(), pool.err());
            return ExitCode::from(3);
        }
    };
    // Mutants that panic are breaches; what a panic says belongs to them.
    let names: Vec<&str> = originals.iter().map(|original| original.name.as_str()).collect();
    println!("seed {}, of {}", options.seed, names.join(", "));
    let campaign = Campaign {
        originals: &originals,
        seed: options.seed,
        meter: &MEMORY,
        hold_time: true,
    };
    let summary = pool.install(|| campaign.run(options.first, options.budget));
    print!("{summary}");
    let failed = summary.breaches.len();
    println!(
        "{} passed, {failed} failed, 0 skipped",
        summary.mutants - failed as u64
    );
    ExitCode::from(u8::from(failed > 0 || summary.mutants == 0))
}
