//! The threads of the speculative schedule on a block of the model.
//!
//! Invariant: a transaction is in one thread's hands at most, one thread at most commits, and commits are in block order;
//! whatever breaks that panics here.

use crate::{
    Ahead,
    block::{AtTurn, Block, Death, Output, PreStateOfModel},
    block_state::BlockState,
    cell::Found,
    memory::Memory,
    prospect::Prospect,
    read_set::{Origin, ReadSet},
    scheduler::{Blocked, Scheduler, Turn},
    script::{self, Reads, Stop},
    work::{Work, work},
};
use alloy_primitives::{Address, B256, U256};
use revm::{
    DatabaseCommit, DatabaseRef,
    bytecode::Bytecode,
    database::WrapDatabaseRef,
    state::{AccountInfo, EvmState},
};
// What the model asserts by is not the checker's: it adds no point at which another thread could go on.
use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

/// What the threads share.
struct Shared {
    block: Arc<Block>,
    memory: Arc<Memory>,
    scheduler: Scheduler,
    outcomes: Vec<Mutex<Option<Outcome>>>,
    committed: AtomicUsize,
    /// `None` while somebody commits.
    committer: Mutex<Option<Committer>>,
    /// Whose hands each transaction is in.
    hands: Vec<AtomicBool>,
    died: AtomicBool,
    seen: Seen,
}

/// What was seen to happen at least once.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) held: AtomicBool,
    pub(crate) stale: AtomicBool,
    pub(crate) waited: AtomicBool,
    pub(crate) died: AtomicBool,
}

impl Seen {
    fn see(what: &AtomicBool) {
        what.store(true, Ordering::Relaxed);
    }

    /// Takes over what another has seen.
    pub(crate) fn add(&self, other: &Self) {
        let pairs = [
            (&self.held, &other.held),
            (&self.stale, &other.stale),
            (&self.waited, &other.waited),
            (&self.died, &other.died),
        ];
        for (mine, theirs) in pairs {
            mine.fetch_or(theirs.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }
}

struct Committer {
    state: BlockState<WrapDatabaseRef<Below>>,
    sums: Vec<U256>,
    invalid: Option<usize>,
    prospect: Prospect,
}

/// What running ahead gave.
struct Outcome {
    sum: U256,
    state: EvmState,
    reads: ReadSet,
}

/// Runs the block once, in the checker's hands: what came of it, `None` if a thread has died, and what was seen.
pub(crate) fn run(block: &Arc<Block>) -> (Option<Output>, Seen) {
    let memory = Arc::new(Memory::new(0));
    let transactions = block.transactions.len();
    let shared = Arc::new(Shared {
        block: Arc::clone(block),
        scheduler: Scheduler::new(block.before(), block.threads, Ahead::Everything),
        outcomes: (0..transactions).map(|_| Mutex::default()).collect(),
        committed: AtomicUsize::new(0),
        committer: Mutex::new(Some(Committer {
            state: BlockState::new(WrapDatabaseRef(Below(Arc::clone(&memory))), 0, 0),
            sums: Vec::new(),
            invalid: None,
            prospect: Prospect { pass: block.pass },
        })),
        memory,
        hands: (0..transactions).map(|_| AtomicBool::new(false)).collect(),
        died: AtomicBool::new(false),
        seen: Seen::default(),
    });
    let others: Vec<_> = (1..block.threads)
        .map(|_| {
            let shared = Arc::clone(&shared);
            shuttle::thread::spawn(move || work(&shared.scheduler, &mut Hands(&shared)))
        })
        .collect();
    work(&shared.scheduler, &mut Hands(&shared));
    for other in others {
        other.join().expect("a thread that ends");
    }
    let shared = Arc::into_inner(shared).expect("all threads have ended");
    if shared.died.load(Ordering::Relaxed) {
        return (None, shared.seen);
    }
    let mut committer = in_hand(&shared.committer).take().expect("nobody commits");
    let output = Output {
        sums: committer.sums,
        invalid: committer.invalid,
        state: Block::state(&mut committer.state),
    };
    (Some(output), shared.seen)
}

/// A lock that is given back before the checker can go on with another thread.
fn in_hand<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.try_lock().expect("a lock that nobody holds")
}

/// What the committed state reads below itself, as through the executor's `PreState`.
#[derive(Debug)]
struct Below(Arc<Memory>);

impl DatabaseRef for Below {
    type Error = Infallible;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        let known = self.0.account_before(address);
        known.map_or_else(|| PreStateOfModel.basic_ref(address), Ok)
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, Infallible> {
        PreStateOfModel.code_by_hash_ref(code_hash)
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, Infallible> {
        let known = self.0.slot_before(address, slot);
        known.map_or_else(|| PreStateOfModel.storage_ref(address, slot), Ok)
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Infallible> {
        PreStateOfModel.block_hash_ref(number)
    }
}

/// One thread.
struct Hands<'s>(&'s Shared);

impl Shared {
    fn take(&self, index: usize) {
        let taken = self.hands[index].swap(true, Ordering::Relaxed);
        assert!(!taken, "transaction {index} is in two hands");
    }

    fn give_back(&self, index: usize) {
        self.hands[index].store(false, Ordering::Relaxed);
    }

    /// Leaves, as a thread that panics does: nothing in its hands is given back.
    fn die(&self) {
        self.died.store(true, Ordering::Relaxed);
        Seen::see(&self.seen.died);
        self.scheduler.end();
    }

    fn speculate(&self, index: usize) {
        self.take(index);
        if matches!(self.block.death, Some(Death::Ahead(that)) if that == index) {
            return self.die();
        }
        let it = &self.block.transactions[index];
        let mut ahead = RunAhead {
            memory: &self.memory,
            reader: index,
            reads: ReadSet::default(),
            observed: Vec::new(),
        };
        let ran = script::run(&mut ahead, it.sender, self.block.nonce(index), &it.steps);
        let RunAhead {
            mut reads, observed, ..
        } = ahead;
        reads.end(|address| observed.contains(address));
        match ran {
            Ok((sum, state)) => {
                let committed = self.committed.load(Ordering::Relaxed).min(index);
                self.memory.publish(index, &state, Some(&reads), committed);
                *in_hand(&self.outcomes[index]) = Some(Outcome { sum, state, reads });
                self.give_back(index);
                self.scheduler.ran(index);
            }
            Err(Stop::Blocked(blocked)) => {
                if matches!(blocked, Blocked::On(_)) {
                    Seen::see(&self.seen.waited);
                }
                self.give_back(index);
                self.scheduler.blocked(index, blocked);
            }
            Err(Stop::Invalid) => {
                self.give_back(index);
                self.scheduler.blocked(index, Blocked::UntilTurn);
            }
        }
    }

    fn commit(&self, turn: Turn) {
        let mut next = Some(turn);
        while let Some(turn) = next {
            let index = turn.index;
            self.take(index);
            let mut committer = in_hand(&self.committer).take().expect("one thread commits");
            assert_eq!(committer.sums.len(), index, "commits are in block order");
            if matches!(self.block.death, Some(Death::Committing(that)) if that == index) {
                return self.die();
            }
            let outcome = in_hand(&self.outcomes[index]).take();
            assert_eq!(
                outcome.is_some(),
                turn.run,
                "transaction {index} was run ahead or was not"
            );
            let done = self.commit_one(&mut committer, index, outcome);
            let mut prospect = committer.prospect;
            *in_hand(&self.committer) = Some(committer);
            self.committed.store(index + 1, Ordering::Relaxed);
            self.give_back(index);
            let Ok(held) = done else {
                return self.scheduler.end();
            };
            next = self.scheduler.committed(index, held, &mut prospect);
        }
    }

    /// As the executor's committer does; says whether what was run ahead held.
    fn commit_one(
        &self,
        committer: &mut Committer,
        index: usize,
        outcome: Option<Outcome>,
    ) -> Result<Option<bool>, Stop> {
        let Committer { state, sums, .. } = committer;
        let ahead = outcome.is_some();
        let mut stale = EvmState::default();
        if let Some(mut outcome) = outcome {
            // Fees, and with them the beneficiary, are the committer's alone: the model has none.
            let beneficiary = Address::ZERO.create(0);
            let rebased = outcome.reads.rebase(state, Some(beneficiary), &mut outcome.state);
            if rebased.is_ok() {
                Seen::see(&self.seen.held);
                state.commit(outcome.state);
                sums.push(outcome.sum);
                return Ok(Some(true));
            }
            Seen::see(&self.seen.stale);
            stale = outcome.state;
        }
        if !stale.is_empty() {
            self.scheduler.aborted(index);
            self.memory.mark_estimates(index, &stale);
        }
        let it = &self.block.transactions[index];
        let ran = script::run(&mut AtTurn(state), it.sender, self.block.nonce(index), &it.steps);
        if let Ok((_, changes)) = &ran
            && self.scheduler.has_readers_after(index)
        {
            self.memory.publish(index, changes, None, index);
        }
        self.memory.retract_estimates(index, &stale);
        let (sum, changes) = ran.inspect_err(|_| committer.invalid = Some(index))?;
        committer.state.commit(changes);
        committer.sums.push(sum);
        Ok(ahead.then_some(false))
    }
}

impl Work for Hands<'_> {
    fn speculate(&mut self, index: usize) {
        self.0.speculate(index);
    }

    fn commit(&mut self, turn: Turn) {
        self.0.commit(turn);
    }
}

/// Reads what is predicted, as the executor's view does.
struct RunAhead<'a> {
    memory: &'a Memory,
    reader: usize,
    reads: ReadSet,
    observed: Vec<Address>,
}

impl Reads for RunAhead<'_> {
    const AT_TURN: bool = false;

    fn account(&mut self, address: Address) -> Result<AccountInfo, Stop> {
        let found = self
            .memory
            .account(address, self.reader, || PreStateOfModel.basic_ref(address));
        let Ok(found) = found;
        let (info, origin) = match found {
            Found::Written(info, by) => (info, Origin::Transaction(by)),
            Found::Before(info) => (info, Origin::PreState),
            Found::Estimate(by) => return Err(Stop::Blocked(Blocked::On(by))),
            Found::Unread => return Err(Stop::Blocked(Blocked::UntilTurn)),
        };
        self.reads.add_account(address, info.as_ref(), origin);
        Ok(info.unwrap_or_default())
    }

    fn slot(&mut self, slot: U256) -> Result<U256, Stop> {
        let contract = script::CONTRACT;
        let found = self.memory.slot(contract, slot, self.reader, || {
            PreStateOfModel.storage_ref(contract, slot)
        });
        let Ok(found) = found;
        let (value, origin) = match found {
            Found::Written(value, by) => (value, Origin::Transaction(by)),
            Found::Before(value) => (value, Origin::PreState),
            Found::Estimate(by) => return Err(Stop::Blocked(Blocked::On(by))),
            Found::Unread => return Err(Stop::Blocked(Blocked::UntilTurn)),
        };
        self.reads.add_slot(contract, slot, value, origin);
        Ok(value)
    }

    fn observe_balance(&mut self, address: Address) {
        self.observed.push(address);
    }
}
