//! Transactions that wait for others: for a sender's nonce, for the writes of an aborted one, for their own turn.

use blocklight_model::{Block, Step::*, check, full};

/// One more preemption where there is time for it.
fn preemptions(usual: usize) -> usize {
    usual + usize::from(full())
}

#[test]
fn transactions_of_one_sender() {
    let block = Block::new(2, [&[Write(0)], &[Write(1)], &[Read(0), Write(2)]]).of_one_sender();
    let explored = check(block, preemptions(2), 4000);
    assert!(explored.held);
}

#[test]
fn three_threads_on_transactions_of_one_sender() {
    let block = Block::new(3, [&[Write(0)], &[Write(1)], &[Read(0), Write(2)]])
        .of_one_sender()
        .claimed_at_once(2);
    let explored = check(block, preemptions(1), 6000);
    assert!(explored.held);
}

#[test]
fn an_estimate_is_met() {
    let hot: &[_] = &[Read(0), Write(0)];
    let explored = check(Block::new(2, [hot, hot, hot]), preemptions(2), 4000);
    assert!(explored.held && explored.stale && explored.waited);
}

#[test]
fn three_threads_meet_estimates() {
    let hot: &[_] = &[Read(0), Write(0)];
    let explored = check(
        Block::new(3, [hot, hot, hot, hot]).suspending(1),
        preemptions(1),
        6000,
    );
    assert!(explored.held && explored.stale);
}

#[test]
fn some_can_only_be_run_at_their_turn() {
    let block = Block::new(
        2,
        [
            &[AtTurn, Write(0)],
            &[Read(0), Write(1)],
            &[AtTurn, Read(1), Write(2)],
            &[Read(2)],
        ],
    );
    let explored = check(block, preemptions(2), 4000);
    assert!(explored.held && explored.stale);
}
