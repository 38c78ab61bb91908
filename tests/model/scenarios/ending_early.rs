//! Blocks with an invalid transaction, and threads that leave: all threads end, and an error is the first one's at its
//! turn.

use blocklight_model::{Block, Death, Step::*, check, full};

/// One more preemption where there is time for it.
fn preemptions(usual: usize) -> usize {
    usual + usize::from(full())
}

/// What slot 0 holds before the block.
const BEFORE: u64 = 100;

#[test]
fn a_transaction_is_invalid() {
    let block = Block::new(
        2,
        [&[Write(1)], &[Read(0), InvalidIf(BEFORE)], &[Read(1), Write(1)]],
    );
    check(block, preemptions(2), 4000);
}

#[test]
fn a_transaction_is_invalid_only_on_what_was_stale() {
    let block = Block::new(
        2,
        [
            &[Write(0)],
            &[Read(0), InvalidIf(BEFORE), Write(1)],
            &[Read(1), Write(1)],
        ],
    );
    check(block, preemptions(2), 4000);
}

#[test]
fn a_transaction_is_valid_only_on_what_was_stale() {
    let block = Block::new(
        2,
        [
            &[Write(0)],
            &[Read(0), InvalidIf(1), Write(1)],
            &[Read(1), Write(1)],
        ],
    );
    let explored = check(block, preemptions(2), 4000);
    assert!(explored.stale);
}

#[test]
fn a_thread_leaves_while_it_runs_ahead() {
    for threads in [2, 3] {
        let block = Block::new(threads, [&[Write(0)], &[Read(0), Write(1)], &[Read(1), Write(1)]])
            .claimed_at_once(2)
            .with_death(Death::Ahead(1));
        let explored = check(block, preemptions(1), 3000);
        assert!(explored.died);
    }
}

#[test]
fn a_thread_leaves_while_it_commits() {
    for threads in [2, 3] {
        let block = Block::new(threads, [&[Write(0)], &[Read(0), Write(1)], &[Read(1), Write(1)]])
            .with_death(Death::Committing(1));
        let explored = check(block, preemptions(1), 3000);
        assert!(explored.died);
    }
}
