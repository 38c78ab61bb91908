//! The slice of a campaign that a test makes, or one mutant of it again: `BLOCKLIGHT_MUTANT=SEED:INDEX`.

use blocklight_tests::mutation::{Budget, Campaign, Original, Summary};
use peak_alloc::PeakAlloc;
use std::time::Duration;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Runs the first `mutants` of `seed`, and holds none to be a breach. Gives nothing where one was replayed instead.
pub(crate) fn slice(originals: &[Original], seed: u64, mutants: u64) -> Option<Summary> {
    let replayed = replayed();
    let (seed, first) = replayed.unwrap_or((seed, 0));
    let budget = Budget {
        mutants: if replayed.is_some() { 1 } else { mutants },
        time: Duration::MAX,
    };
    let campaign = Campaign {
        originals,
        seed,
        meter: &MEMORY,
        hold_time: false,
    };
    let summary = campaign.run(first, budget);
    println!("{summary}");
    assert!(summary.breaches.is_empty(), "{}", summary.breaches.join("\n"));
    replayed.is_none().then_some(summary)
}

/// The seed and index of the mutant to be replayed, if one is.
fn replayed() -> Option<(u64, u64)> {
    let text = std::env::var("BLOCKLIGHT_MUTANT").ok()?;
    let (seed, index) = text.split_once(':').expect("BLOCKLIGHT_MUTANT is SEED:INDEX");
    Some((seed.parse().expect("a seed"), index.parse().expect("an index")))
}
