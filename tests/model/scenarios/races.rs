//! Two operations of the scheduler against each other, under every interleaving there is or all with few preemptions.

use blocklight_model::races;

#[test]
fn one_of_two_threads_gets_the_turn() {
    assert!(races::one_of_two_threads_gets_the_turn() > 10);
}

#[test]
fn who_waits_for_one_that_runs_meanwhile_is_ready() {
    assert!(races::who_waits_for_one_that_runs_meanwhile_is_ready() > 10);
}

#[test]
fn who_waits_for_one_that_is_committed_meanwhile_gets_its_turn() {
    assert!(races::who_waits_for_one_that_is_committed_meanwhile_gets_its_turn() > 10);
}

#[test]
fn who_parks_sees_the_end() {
    assert!(races::who_parks_sees_the_end() > 10);
}
