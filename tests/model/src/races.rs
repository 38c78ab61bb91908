//! Two operations of the scheduler against each other, under every interleaving there is, or all with so few preemptions
//! that their number is small.
//!
//! Invariant: each is run on a scheduler of its own.

use crate::{
    Ahead,
    check::config,
    few_preemptions::FewPreemptions,
    scheduler::{Before, Blocked, Scheduler, Task},
};
use shuttle::{Runner, thread};
use std::sync::Arc;

/// Every interleaving there is.
const ALL: usize = usize::MAX;

/// Runs the two operations on a scheduler of three transactions, each in a thread, with at most so many `preemptions`: how
/// many interleavings that is.
fn race<T: Send + 'static, U: Send + 'static>(
    preemptions: usize,
    begin: impl Fn(&Scheduler) + Send + Sync + 'static,
    one: impl Fn(&Scheduler) -> T + Send + Sync + 'static,
    other: impl Fn(&Scheduler) -> U + Send + Sync + 'static,
    end: impl Fn(&Scheduler, T, U) + Send + Sync + 'static,
) -> usize {
    let (one, other) = (Arc::new(one), Arc::new(other));
    let scheduler = FewPreemptions::new(preemptions);
    let all = Runner::new(scheduler, config()).run(move || {
        let before = Before {
            same_sender: None,
            weight: 16,
        };
        let scheduler = Arc::new(Scheduler::new(vec![before; 3], 2, Ahead::Everything));
        begin(&scheduler);
        let (first, one) = (Arc::clone(&scheduler), Arc::clone(&one));
        let first = thread::spawn(move || one(&first));
        let second = other(&scheduler);
        end(&scheduler, first.join().expect("ends"), second);
    });
    println!("{all} interleavings");
    all
}

/// Claims transactions 0, 1 and 2, each to be run ahead.
fn claim_all(scheduler: &Scheduler) {
    for index in 0..3 {
        let turn = scheduler.claim_turn();
        assert_eq!(turn.is_some(), index == 0, "only the first has its turn");
    }
}

/// Two threads ask for the turn: one gets it.
///
/// # Panics
/// Where an interleaving gives anything else.
pub fn one_of_two_threads_gets_the_turn() -> usize {
    race(
        ALL,
        |_| {},
        Scheduler::claim_turn,
        Scheduler::claim_turn,
        |_, one, other| assert!(one.is_some() != other.is_some()),
    )
}

/// One thread waits for a transaction, another has just run it: the wait is over, whatever the order.
///
/// # Panics
/// Where an interleaving gives anything else.
pub fn who_waits_for_one_that_runs_meanwhile_is_ready() -> usize {
    race(
        6,
        |scheduler| {
            // Transaction 0 is being committed; 1 and 2 are in hands.
            claim_all(scheduler);
            for index in 1..3 {
                let task = scheduler.next_task();
                assert_eq!(task, Task::Speculate(index..index + 1));
                assert!(scheduler.take_up(index));
            }
        },
        |scheduler| scheduler.ran(1),
        |scheduler| scheduler.blocked(2, Blocked::On(1)),
        |scheduler, (), ()| assert_eq!(scheduler.next_task(), Task::Speculate(2..3)),
    )
}

/// One thread waits for a transaction, another commits it: one of them gets the turn of who waited.
///
/// # Panics
/// Where an interleaving gives anything else.
pub fn who_waits_for_one_that_is_committed_meanwhile_gets_its_turn() -> usize {
    race(
        4,
        |scheduler| {
            let turn = scheduler.claim_turn();
            assert!(turn.is_some());
            assert_eq!(scheduler.next_task(), Task::Speculate(1..2));
            assert!(scheduler.take_up(1));
        },
        |scheduler| scheduler.committed(0, None, &mut crate::prospect::Prospect { pass: 0 }),
        |scheduler| {
            scheduler.blocked(1, Blocked::On(0));
            scheduler.claim_turn()
        },
        |_, one, other| {
            assert!(
                one.is_some() != other.is_some(),
                "transaction 1 is in one thread's hands"
            );
        },
    )
}

/// One thread parks, another ends the block: both end.
///
/// # Panics
/// Where an interleaving gives anything else.
pub fn who_parks_sees_the_end() -> usize {
    race(
        ALL,
        |scheduler| {
            claim_all(scheduler);
            for index in 1..3 {
                assert_eq!(scheduler.next_task(), Task::Speculate(index..index + 1));
            }
        },
        Scheduler::end,
        Scheduler::next_task,
        |_, (), task| assert_eq!(task, Task::End),
    )
}
