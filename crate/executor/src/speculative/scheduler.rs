//! Who does what next: which transactions are run ahead, which waits for which, and who commits.
//!
//! What every transaction passes through (claiming, ending, committing) is a few atomic operations; locks are for what is
//! seldom: waiting for another transaction, and parking. All atomics are sequentially consistent, and the README beside
//! this file says which two of them each argument rests on.
//!
//! Invariants: a transaction is in one thread's hands at most; one thread at most commits, in block order; a thread
//! parks only while another has work in its hands, and whoever makes work for two wakes one.

use super::{
    Ahead,
    parking::Parking,
    prospect::Prospect,
    sync::{AtomicBool, AtomicU8, AtomicUsize, Mutex, MutexGuard, PoisonError, SeqCst, WATCHING, pause},
};
use std::{cmp::Reverse, collections::BinaryHeap, ops::Range};

/// Weight of transactions that are claimed at once, if there are as many.
const CLAIM: usize = 16;

/// What a thread is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Task {
    /// Run these ahead of their turn, those that [`Scheduler::take_up`] gives.
    Speculate(Range<usize>),
    /// Commit this transaction, and then those that [`Scheduler::committed`] gives.
    Commit(Turn),
    /// Nothing: all is committed, or the block has failed.
    End,
}

/// A transaction's turn. Who holds it has the right to commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    /// The transaction.
    pub(super) index: usize,
    /// Whether an incarnation of it has been run ahead.
    pub(super) run: bool,
}

/// Why an incarnation cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blocked {
    /// It read what this transaction is about to write.
    On(usize),
    /// Only at its turn can be told what it asked for.
    UntilTurn,
}

/// In nobody's hands, and not claimed yet.
const FRESH: u8 = 0;
/// In some thread's hands.
const RUNNING: u8 = 1;
/// Run ahead; waits for its turn.
const RUN: u8 = 2;
/// To be run at its turn.
const AT_TURN: u8 = 3;
/// Waits for another's writes; run at its turn if that comes first.
const WAITING: u8 = 4;
/// Done.
const COMMITTED: u8 = 5;

/// What is known of a transaction before it is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Before {
    /// The same sender's transaction before it, whose nonce it needs.
    pub(super) same_sender: Option<usize>,
    /// How much work it is: 1 for little, [`CLAIM`] for as much as is ever claimed at once.
    pub(super) weight: u8,
}

impl Before {
    /// Little work, such as a plain transfer.
    pub(super) const LIGHT: u8 = 1;
    /// A call.
    pub(super) const HEAVY: u8 = 8;
}

/// See the module.
#[derive(Debug)]
pub(super) struct Scheduler {
    status: Box<[AtomicU8]>,
    before: Box<[Before]>,
    /// The first that nobody has claimed.
    fresh: AtomicUsize,
    /// Whose turn it is. Only who has the right to commit moves it.
    next: AtomicUsize,
    committing: AtomicBool,
    /// None before this one is run ahead: running ahead has been in vain.
    resume: AtomicUsize,
    /// Whether those run ahead read what others have written, rather than what an access list says.
    reads_writes: bool,
    waiters: Mutex<Waiters>,
    /// How many of [`Waiters`] there are to see to: waiting and ready.
    waiting: AtomicUsize,
    parking: Parking,
    ended: AtomicBool,
}

#[derive(Debug, Default)]
struct Waiters {
    /// Who waits, and for whom.
    waiting: Vec<(usize, usize)>,
    /// Who has waited and need not any more.
    ready: BinaryHeap<Reverse<usize>>,
}

impl Scheduler {
    /// For transactions of which `before` is known, in block order, and so many `threads`.
    pub(super) fn new(before: Vec<Before>, threads: usize, ahead: Ahead) -> Self {
        let transactions = before.len();
        let resume = match ahead {
            Ahead::Nothing => transactions,
            // One thread alone has nobody to run ahead of it.
            Ahead::Everything | Ahead::Listed if threads < 2 => transactions,
            Ahead::Everything | Ahead::Listed => 0,
        };
        Self {
            status: (0..transactions).map(|_| AtomicU8::new(FRESH)).collect(),
            before: before.into(),
            fresh: AtomicUsize::new(0),
            next: AtomicUsize::new(0),
            committing: AtomicBool::new(false),
            resume: AtomicUsize::new(resume),
            reads_writes: ahead == Ahead::Everything,
            waiters: Mutex::new(Waiters::default()),
            waiting: AtomicUsize::new(0),
            parking: Parking::default(),
            ended: AtomicBool::new(transactions == 0),
        }
    }

    fn status(&self, index: usize) -> u8 {
        self.status.get(index).map_or(COMMITTED, |it| it.load(SeqCst))
    }

    fn set(&self, index: usize, status: u8) {
        if let Some(it) = self.status.get(index) {
            it.store(status, SeqCst);
        }
    }

    /// Takes a transaction into this thread's hands, if its status is `from`.
    fn take(&self, index: usize, from: u8) -> bool {
        self.status
            .get(index)
            .is_some_and(|it| it.compare_exchange(from, RUNNING, SeqCst, SeqCst).is_ok())
    }

    /// Whether its writes are in the memory, as far as can be told.
    fn has_written(&self, index: usize) -> bool {
        matches!(self.status(index), RUN | COMMITTED)
    }

    /// A poisoned lock means another thread's panic, which ends the execution anyway.
    fn waiters(&self) -> MutexGuard<'_, Waiters> {
        self.waiters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // --- Committing ---------------------------------------------------------------------------------------------------

    /// Whether the turn of `next` could be taken now.
    fn is_due(&self) -> bool {
        let next = self.next.load(SeqCst);
        match self.status(next) {
            RUN | AT_TURN | WAITING => true,
            // One that is claimed is about to be taken up by who has claimed it.
            FRESH => next < self.status.len() && self.fresh.load(SeqCst) <= next,
            _ => false,
        }
    }

    /// The right to commit, if nobody has it and the next transaction is in nobody's hands.
    pub(super) fn claim_turn(&self) -> Option<Turn> {
        while !self.has_ended() && self.is_due() {
            if self.committing.swap(true, SeqCst) {
                // Whoever has it looks again after giving it back.
                return None;
            }
            if let Some(turn) = self.turn_of_next() {
                return Some(turn);
            }
            self.committing.store(false, SeqCst);
        }
        None
    }

    /// For who has the right to commit: the next transaction, taken into its hands.
    fn turn_of_next(&self) -> Option<Turn> {
        let index = self.next.load(SeqCst);
        loop {
            let run = match self.status(index) {
                // It is in nobody's hands, and nobody but who commits may take it from here.
                RUN => true,
                status @ (AT_TURN | WAITING) if self.take(index, status) => false,
                FRESH if index < self.status.len() && self.claim_fresh(index, index + 1) => {
                    self.set(index, RUNNING);
                    false
                }
                // Another thread was quicker: look again.
                AT_TURN | WAITING => continue,
                _ => return None,
            };
            return Some(Turn { index, run });
        }
    }

    /// Whether anything after transaction `index` is being run ahead or may be next: what `index` writes would be news.
    pub(super) fn has_readers_after(&self, index: usize) -> bool {
        self.reads_writes && (self.fresh.load(SeqCst) > index + 1 || self.resume.load(SeqCst) <= index + 1)
    }

    /// What was run ahead did not hold at its turn: its thread, the one that commits, runs it again.
    pub(super) fn aborted(&self, index: usize) {
        self.set(index, RUNNING);
    }

    /// Transaction `index` is committed. `held` says of one that was run ahead whether that held. Gives the turn of the
    /// next, if the thread that commits can go on; else the right to commit is given back.
    pub(super) fn committed(
        &self,
        index: usize,
        held: Option<bool>,
        prospect: &mut Prospect,
    ) -> Option<Turn> {
        self.set(index, COMMITTED);
        self.next.store(index + 1, SeqCst);
        self.release_waiting(index);
        if index + 1 >= self.status.len() {
            self.end();
            return None;
        }
        if let Some(pass) = held.and_then(|held| prospect.learn(held)) {
            let fresh = self.fresh.load(SeqCst);
            self.resume.store(fresh.max(index).saturating_add(pass), SeqCst);
        } else if index + 1 == self.resume.load(SeqCst) {
            self.parking.wake();
        }
        // Where another thread has failed, nothing is to come of what this one could still do.
        if let Some(turn) = self.turn_of_next().filter(|_| !self.has_ended()) {
            return Some(turn);
        }
        self.committing.store(false, SeqCst);
        // What became due before that was seen by nobody else.
        self.claim_turn()
    }

    // --- Running ahead ------------------------------------------------------------------------------------------------

    fn claim_fresh(&self, first: usize, end: usize) -> bool {
        self.fresh.compare_exchange(first, end, SeqCst, SeqCst).is_ok()
    }

    /// Claims fresh transactions to be run ahead.
    fn claim_ahead(&self) -> Option<Range<usize>> {
        loop {
            let first = self.fresh.load(SeqCst);
            if first >= self.status.len() || first < self.resume.load(SeqCst) {
                return None;
            }
            let mut weight = 0;
            let many = self.before.get(first..)?.iter().take_while(|it| {
                let more = weight < CLAIM;
                weight += usize::from(it.weight);
                more
            });
            let end = first + many.count();
            if self.claim_fresh(first, end) {
                return Some(first..end);
            }
        }
    }

    /// Takes up one of the transactions that this thread has claimed: whether to run it now. If it is its turn already,
    /// or the same sender's transaction before it has not been run, it is left for later.
    pub(super) fn take_up(&self, index: usize) -> bool {
        let same_sender = self.before.get(index).and_then(|it| it.same_sender);
        match self.status(index) {
            FRESH => {
                if self.next.load(SeqCst) == index {
                    self.set(index, AT_TURN);
                    return false;
                }
                if let Some(before) = same_sender.filter(|before| !self.has_written(*before)) {
                    self.wait_for(index, before);
                    return false;
                }
                self.set(index, RUNNING);
                true
            }
            // One that has waited, and that this thread has taken into its hands.
            status => status == RUNNING,
        }
    }

    /// Transaction `index` has been run ahead and its writes are published.
    pub(super) fn ran(&self, index: usize) {
        self.set(index, RUN);
        self.release_waiting(index);
    }

    /// Transaction `index` could not be run to its end.
    pub(super) fn blocked(&self, index: usize, blocked: Blocked) {
        match blocked {
            Blocked::UntilTurn => self.set(index, AT_TURN),
            Blocked::On(on) => self.wait_for(index, on),
        }
    }

    fn wait_for(&self, index: usize, on: usize) {
        if on >= index {
            self.set(index, AT_TURN);
            return;
        }
        // Before anybody can find it among the waiters and take it up.
        self.set(index, WAITING);
        self.waiting.fetch_add(1, SeqCst);
        self.waiters().waiting.push((index, on));
        // Who has run meanwhile may not have seen the waiter.
        if self.has_written(on) {
            self.release_waiting(on);
        }
    }

    /// Makes those ready that wait for `on`.
    fn release_waiting(&self, on: usize) {
        if self.waiting.load(SeqCst) == 0 {
            return;
        }
        let mut waiters = self.waiters();
        let Waiters { waiting, ready } = &mut *waiters;
        let many = ready.len();
        waiting.retain(|(index, for_whom)| {
            let waits = *for_whom != on;
            if !waits {
                ready.push(Reverse(*index));
            }
            waits
        });
        let more = ready.len() > many;
        drop(waiters);
        if more {
            self.parking.wake();
        }
    }

    /// One that has waited, taken into this thread's hands.
    fn take_ready(&self) -> Option<usize> {
        if self.waiting.load(SeqCst) == 0 {
            return None;
        }
        let mut waiters = self.waiters();
        while let Some(Reverse(index)) = waiters.ready.pop() {
            self.waiting.fetch_sub(1, SeqCst);
            // It may have been run at its turn since.
            if self.take(index, WAITING) {
                return Some(index);
            }
        }
        None
    }

    // --- Parking ------------------------------------------------------------------------------------------------------

    fn has_work(&self) -> bool {
        let fresh = self.fresh.load(SeqCst);
        self.ended.load(SeqCst)
            || (!self.committing.load(SeqCst) && self.is_due())
            || (fresh < self.status.len() && fresh >= self.resume.load(SeqCst))
            || (self.waiting.load(SeqCst) > 0 && !self.waiters().ready.is_empty())
    }

    /// What the calling thread is to do. Parks it while there is nothing.
    pub(super) fn next_task(&self) -> Task {
        let mut watching = WATCHING;
        loop {
            if self.has_ended() {
                return Task::End;
            }
            if let Some(turn) = self.claim_turn() {
                self.pass_on();
                return Task::Commit(turn);
            }
            let ready = self.take_ready().map(|index| index..index + 1);
            if let Some(claimed) = ready.or_else(|| self.claim_ahead()) {
                self.pass_on();
                return Task::Speculate(claimed);
            }
            // Waking a thread costs more than most transactions, so it stays awake for as long as one takes.
            while watching > 0 && !self.has_work() {
                watching -= 1;
                pause();
            }
            if watching == 0 {
                self.parking.park(|| self.has_work());
            }
        }
    }

    /// Wakes another thread, if there is more work than what this one has just got.
    fn pass_on(&self) {
        if self.parking.has_any() && self.has_work() {
            self.parking.wake();
        }
    }

    /// Whether all is committed, or the block has failed.
    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(SeqCst)
    }

    /// Ends the execution for all threads.
    pub(super) fn end(&self) {
        self.ended.store(true, SeqCst);
        self.parking.wake_all();
    }
}
