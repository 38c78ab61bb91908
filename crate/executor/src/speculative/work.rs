//! What each thread does until the block ends.
//!
//! Invariant: a thread that leaves, by a panic too, ends the execution for all: they would wait for it forever.

use super::scheduler::{Scheduler, Task, Turn};

/// What a thread can do with transactions that are in its hands.
pub(super) trait Work {
    /// Runs transaction `index` ahead, and gives it back by [`Scheduler::ran`] or [`Scheduler::blocked`].
    fn speculate(&mut self, index: usize);

    /// Commits the transaction whose turn it is and as many after it as [`Scheduler::committed`] gives, or fails and calls
    /// [`Scheduler::end`].
    fn commit(&mut self, turn: Turn);
}

struct EndWhenDropped<'a>(&'a Scheduler);

impl Drop for EndWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Does what the scheduler says until it says that all is done.
pub(super) fn work(scheduler: &Scheduler, hands: &mut impl Work) {
    let _end = EndWhenDropped(scheduler);
    loop {
        match scheduler.next_task() {
            Task::Speculate(claimed) => {
                for index in claimed {
                    while let Some(turn) = scheduler.claim_turn() {
                        hands.commit(turn);
                    }
                    if scheduler.has_ended() {
                        break;
                    }
                    if scheduler.take_up(index) {
                        hands.speculate(index);
                    }
                }
            }
            Task::Commit(turn) => hands.commit(turn),
            Task::End => return,
        }
    }
}
