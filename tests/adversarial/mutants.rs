//! The slice of `make mutate` that every test run makes: the same oracle on fewer mutants.
//!
//! `BLOCKLIGHT_MUTANT=SEED:INDEX` replays one.

mod replayed;

use blocklight_tests::{
    mutation::{Kind, Outcome, originals},
    swept,
};

#[test]
fn no_mutant_is_valid_unless_it_is_the_same_block() {
    let originals = originals().expect("readable");
    // Always the same ones; a thousand take some seven seconds.
    let Some(summary) = replayed::slice(&originals, 1, swept(10_000, 1_500, 700)) else {
        return;
    };
    println!("left out: the long run, make mutate");
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
    let harmless = [
        Kind::Duplicate,
        Kind::Swap,
        Kind::Shuffle,
        Kind::Junk,
        Kind::ChangeHint,
    ];
    for kind in Kind::ALL.into_iter().filter(|kind| !harmless.contains(kind)) {
        let refusals = [
            Outcome::Invalid,
            Outcome::Incomplete,
            Outcome::Refused,
            Outcome::Undecodable,
        ];
        let refused: u64 = refusals.map(|outcome| came_to(kind, outcome)).iter().sum();
        // There are many changes of lists, and few of each in a slice.
        let of_kind = summary.outcomes.iter().filter(|((of, _), _)| *of == Some(kind));
        let made: u64 = of_kind.map(|(_, count)| count).sum();
        assert!(refused > 0 || made == 0, "no {kind:?} was refused");
        assert!(made > 0 || matches!(kind, Kind::ChangeList(_)), "no {kind:?}");
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
