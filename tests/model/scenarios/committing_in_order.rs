//! Blocks that come to their end, with conflicts and without: what comes of them is what comes of one transaction after the
//! other.

use blocklight_model::{Block, Step::*, check, full};

/// One more preemption where there is time for it.
fn preemptions(usual: usize) -> usize {
    usual + usize::from(full())
}

#[test]
fn two_threads_on_transactions_apart() {
    let block = Block::new(
        2,
        [&[Read(0), Write(0)], &[Read(1), Write(1)], &[Read(2), Write(2)]],
    );
    let explored = check(block, preemptions(2), 4000);
    assert!(explored.held && !explored.stale);
}

#[test]
fn two_threads_on_one_hot_slot() {
    let block = Block::new(
        2,
        [&[Read(0), Write(0)], &[Read(0), Write(0)], &[Read(0), Write(0)]],
    );
    let explored = check(block, preemptions(2), 4000);
    assert!(explored.held && explored.stale);
}

#[test]
fn three_threads_on_one_hot_slot() {
    let block = Block::new(
        3,
        [&[Read(0), Write(0)], &[Read(0), Write(0)], &[Read(0), Write(0)]],
    );
    let explored = check(block, preemptions(1), 6000);
    assert!(explored.held && explored.stale);
}

#[test]
fn ranges_claimed_at_once() {
    let step: &[_] = &[Read(0), Write(1)];
    let block =
        Block::new(2, [step, &[Read(1), Write(0)], step, &[Read(1), Write(2)], step]).claimed_at_once(2);
    let explored = check(block, preemptions(2), 4000);
    assert!(explored.held && explored.stale);
}

#[test]
fn what_is_written_where_depends_on_what_was_read() {
    let block = Block::new(
        2,
        [
            &[Read(0), Write(1)],
            &[Read(1), WriteEither(2, 3)],
            &[Read(2), Write(4)],
            &[Read(3), WriteEither(4, 1)],
        ],
    );
    let explored = check(block, preemptions(2), 4000);
    assert!(explored.held && explored.stale);
}

#[test]
fn payments_to_one_account_and_a_look_at_its_balance() {
    let block = Block::new(
        2,
        [
            &[Pay(7)],
            &[Pay(7)],
            &[Balance(7), Write(0)],
            &[Pay(7)],
            &[Pay(7)],
        ],
    );
    let explored = check(block, preemptions(2), 4000);
    assert!(explored.held);
}

#[test]
fn a_contract_that_begins_anew() {
    let block = Block::new(
        2,
        [
            &[Read(0), Write(0)],
            &[Recreate, Write(1)],
            &[Read(0), Read(1), Write(0)],
            &[Read(0), Read(1), Write(2)],
        ],
    );
    let explored = check(block, preemptions(2), 4000);
    assert!(explored.held && explored.stale);
}

#[test]
fn running_ahead_is_suspended_and_taken_up_again() {
    let hot: &[_] = &[Read(0), Write(0)];
    for pass in [1, 2] {
        let block = Block::new(2, [hot, hot, hot, hot, &[Read(1), Write(1)]]).suspending(pass);
        let explored = check(block, preemptions(2), 4000);
        assert!(explored.held && explored.stale);
    }
}

#[test]
fn one_thread_alone() {
    let block = Block::new(1, [&[Read(0), Write(0)], &[Read(0), AtTurn, Write(0)]]);
    let explored = check(block, 0, 0);
    assert_eq!(explored.all, 1);
}
