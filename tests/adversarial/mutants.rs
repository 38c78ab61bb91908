//! The slice of `make mutate` that every test run makes: the same oracle on fewer mutants.
//!
//! `BLOCKLIGHT_MUTANT=SEED:INDEX` replays one.

mod replayed;

use blocklight_tests::mutation::{Budget, Campaign, Kind, Outcome, originals};
use peak_alloc::PeakAlloc;
use std::time::Duration;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// As many as take half a minute; always the same ones.
const SLICE: Budget = Budget {
    mutants: 3000,
    time: Duration::MAX,
};

#[test]
fn no_mutant_is_valid_unless_it_is_the_same_block() {
    let originals = originals().expect("readable");
    let (seed, first, budget) = match replayed::replayed() {
        Some((seed, index)) => (seed, index, Budget { mutants: 1, ..SLICE }),
        None => (1, 0, SLICE),
    };
    let campaign = Campaign {
        originals: &originals,
        seed,
        meter: &MEMORY,
        hold_time: false,
    };
    let summary = campaign.run(first, budget);
    println!("{summary}left out: the long run, make mutate");
    assert!(summary.breaches.is_empty(), "{}", summary.breaches.join("\n"));
    if budget.mutants == 1 {
        return;
    }
    // An oracle that no mutant gets near proves nothing: each kind has to be refused, and harmless ones let through.
    let came_to = |kind, outcome| summary.outcomes.get(&(Some(kind), outcome)).copied().unwrap_or(0);
    for kind in [Kind::Drop, Kind::FlipBit, Kind::Truncate] {
        assert!(
            came_to(kind, Outcome::Incomplete) > 0,
            "no {kind:?} made a witness incomplete"
        );
    }
    for kind in [
        Kind::Duplicate,
        Kind::Shuffle,
        Kind::Junk,
        Kind::Swap,
        Kind::ChangeHint,
    ] {
        assert!(
            came_to(kind, Outcome::Same) > 0,
            "no {kind:?} left the block valid"
        );
        assert_eq!(came_to(kind, Outcome::AnotherBlock), 0, "{kind:?}");
    }
    for kind in [
        Kind::ChangeHeader,
        Kind::ForgeAncestor,
        Kind::EditTransaction,
        Kind::Rearrange,
        Kind::ChangeAccount,
    ] {
        assert!(came_to(kind, Outcome::Invalid) > 0, "no {kind:?} was invalid");
    }
}
