//! Mutants of one block that comes with an access list (EIP-7928), half of them of that list: what the header commits to has
//! to be found out where it is a lie, and a hint may be as wrong as it likes.
//!
//! `BLOCKLIGHT_MUTANT=SEED:INDEX` replays one.

mod replayed;

use blocklight_tests::{
    mutation::{Kind, ListChange, Outcome},
    tiny_amsterdam_original,
};

/// As many as take a few seconds and do each change to a list some twenty times; always the same ones.
const SLICE: u64 = 2000;

#[test]
fn a_wrong_list_is_found_out_if_the_header_has_it_and_a_wrong_hint_changes_nothing() {
    let originals = [tiny_amsterdam_original().expect("a block")];
    let Some(summary) = replayed::slice(&originals, 7928, SLICE) else {
        return;
    };
    let came_to = |kind, outcome| summary.outcomes.get(&(Some(kind), outcome)).copied().unwrap_or(0);
    for change in ListChange::ALL {
        // With the header's hash left, which then names another list, and with the hash of the lie.
        for outcome in [Outcome::Incomplete, Outcome::Invalid] {
            assert!(
                came_to(Kind::ChangeList(change), outcome) > 0,
                "no {change:?} was {outcome:?}"
            );
        }
    }
    assert!(came_to(Kind::ChangeHint, Outcome::Same) > 0, "no hint was wrong");
    assert!(
        came_to(Kind::ChangeBytes, Outcome::Undecodable) > 0,
        "no bytes were undecodable"
    );
}
