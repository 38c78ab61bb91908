//! The speculative schedule (Block-STM): transactions are run ahead on a multi-version memory and committed in
//! block order; one that has read what was stale is run again at its turn. See the README beside this file.
//!
//! Invariant: the output is the sequential schedule's, whatever the number of threads and their timing.

mod cell;
mod committed_evm;
mod committer;
mod lazy_reward;
mod memory;
mod observation;
mod parking;
mod pre_state;
mod prospect;
mod read_set;
mod scheduler;
mod stopwatch;
mod sync;
mod view;
mod work;
mod worker;

use crate::{
    BlockExecution, CommitObserver, ExecutionOutput, KeyedHasher,
    access_list::ListedState,
    block_state::BlockState,
    database::Databases,
    eip779, eip4895,
    eip7928::{self, AccessListIndex},
    error::Failure,
    receipt::StatusReceipts,
    recording::{Incarnation, IncarnationEnd, Recorder},
    requests,
};
use alloy_consensus::Transaction as _;
use alloy_evm::{block::BlockExecutor, eth::EthBlockExecutor};
use committed_evm::CommittedEvm;
use committer::Committer;
use memory::Memory;
use pre_state::{AtTurn, PreState};
use revm::{database::WrapDatabaseRef, primitives::hardfork::SpecId};
use scheduler::{Before, Blocked, Scheduler, Turn};
use std::{
    collections::HashMap,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};
use stopwatch::Stopwatch;
use view::{Committed, View};
use work::{Work, work};
use worker::{Outcome, Worker};

/// What is run ahead of its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ahead {
    /// Nothing: each transaction is run at its turn. For recordings of a sequential execution.
    Nothing,
    /// Whatever there is a thread for.
    Everything,
    /// The same, on what the block's access list says instead of what was run before.
    Listed,
}

/// See [`crate::execute`].
pub(crate) fn execute(
    input: &BlockExecution<'_>,
    databases: Databases<'_>,
    ahead: Ahead,
    observer: &mut dyn CommitObserver,
) -> Result<ExecutionOutput, Failure> {
    let memory = Memory::new(input.seed);
    let pre_state = PreState::new(&memory, databases, input.seed);
    let listed = input.access_list.filter(|_| ahead == Ahead::Listed);
    let delegates = input.env.cfg_env.spec.is_enabled_in(SpecId::PRAGUE);
    let listed = listed.map(|list| ListedState::new(list, delegates, input.seed));
    run(input, &pre_state, listed.as_ref(), ahead, observer)
}

/// What is committed before anything is: nothing.
fn nothing_committed<'a>(pre_state: &'a PreState<'a>, transactions: usize) -> Box<Committed<'a>> {
    let database = WrapDatabaseRef(AtTurn(pre_state));
    Box::new(BlockState::new(database, transactions, pre_state.seed))
}

fn run(
    input: &BlockExecution<'_>,
    pre_state: &PreState<'_>,
    listed: Option<&ListedState<'_>>,
    ahead: Ahead,
    observer: &mut dyn CommitObserver,
) -> Result<ExecutionOutput, Failure> {
    let transactions = input.block.body.transactions.len();
    let mut committed = nothing_committed(pre_state, transactions);
    if eip7928::is_wanted(input) {
        committed.build_access_list();
    }
    eip779::move_balances(input.spec, input.block.header.number, &mut committed)
        .map_err(|error| Failure::Internal(Box::new(error)))?;
    let mut executor = EthBlockExecutor::new(
        CommittedEvm::new(committed, input.env.clone()),
        input.context(),
        eip779::DaoForkHidden(input.spec),
        StatusReceipts,
    );
    executor
        .apply_pre_execution_changes()
        .map_err(|error| Failure::from_block(error, 0))?;
    pre_state.memory.begin_with(&executor.evm.committed);
    let threads = match ahead {
        Ahead::Nothing => 1,
        Ahead::Everything | Ahead::Listed => rayon::current_num_threads().min(transactions),
    };
    let stopwatch = Stopwatch(input.recording);
    let recorder = input
        .recording
        .and_then(|_| Recorder::new(transactions, input.seed));

    let shared = Shared {
        input,
        pre_state,
        listed,
        stopwatch,
        scheduler: Scheduler::new(before(input, ahead), threads, ahead),
        outcomes: (0..transactions).map(|_| Mutex::new(None)).collect(),
        committed: AtomicUsize::new(0),
        committer: Mutex::new(Committer::new(
            executor,
            observer,
            transactions,
            recorder,
            stopwatch,
        )),
        blocked: Mutex::new(Vec::new()),
        error: OnceLock::new(),
    };
    rayon::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|_| work(&shared.scheduler, &mut Hands::new(&shared)));
        }
        work(&shared.scheduler, &mut Hands::new(&shared));
    });
    if let Some(error) = shared.error.into_inner() {
        return Err(error);
    }
    let mut committer = shared
        .committer
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    committer.pay()?;
    committer.executor.evm.committed.at_transaction(transactions);
    let (reports, recorder) = (committer.reports, committer.recorder);
    let mut executor = committer.executor;
    let receipts = std::mem::take(&mut executor.receipts);
    requests::check(input, &receipts, &mut executor.evm.committed)?;
    executor.receipts = receipts;
    eip4895::read_payees(input.block, &mut *executor.evm.committed);
    let (evm, result) = executor
        .finish()
        .map_err(|error| Failure::from_block(error, transactions))?;
    let mut committed = evm.committed;
    let changes = committed.changes();
    let blocked = shared
        .blocked
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    Ok(ExecutionOutput {
        receipts: result.receipts,
        requests: result.requests,
        gas_used: result.gas_used,
        blob_gas_used: result.blob_gas_used,
        changes,
        access_list: committed.access_list.take_built_alloy_bal(),
        reports,
        recording: recorder.map(|recorder| Box::new(recorder.finish(blocked))),
    })
}

/// What is known of the block's transactions before any is run.
fn before(input: &BlockExecution<'_>, ahead: Ahead) -> Vec<Before> {
    let transactions = &input.block.body.transactions;
    let mut latest = HashMap::with_capacity_and_hasher(transactions.len(), KeyedHasher::new(input.seed));
    let all = transactions.iter().enumerate().map(|(index, transaction)| {
        let sender = input.senders.sender(index);
        Before {
            // A list tells the nonce.
            same_sender: sender
                .filter(|_| ahead != Ahead::Listed)
                .and_then(|sender| latest.insert(sender, index)),
            weight: if transaction.input().is_empty() {
                Before::LIGHT
            } else {
                Before::HEAVY
            },
        }
    });
    all.collect()
}

/// What the threads share.
struct Shared<'a> {
    input: &'a BlockExecution<'a>,
    pre_state: &'a PreState<'a>,
    listed: Option<&'a ListedState<'a>>,
    stopwatch: Stopwatch<'a>,
    scheduler: Scheduler,
    /// By transaction, what running it ahead gave.
    outcomes: Vec<Mutex<Option<Box<Outcome>>>>,
    /// How many are committed, at least.
    committed: AtomicUsize,
    committer: Mutex<Committer<'a>>,
    error: OnceLock<Failure>,
    /// Incarnations that could not go on, if that is recorded.
    blocked: Mutex<Vec<Incarnation>>,
}

impl<'a> Shared<'a> {
    fn outcome(&self, index: usize) -> Option<std::sync::MutexGuard<'_, Option<Box<Outcome>>>> {
        let outcome = self.outcomes.get(index)?;
        Some(outcome.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn speculate(&self, worker: &mut Worker<'a>, index: usize) {
        let transaction = self.input.block.body.transactions.get(index);
        let (Some(transaction), Some(sender)) = (transaction, self.input.senders.sender(index)) else {
            return self.scheduler.blocked(index, Blocked::UntilTurn);
        };
        let (outcome, ran) = self
            .stopwatch
            .time(|| worker.speculate(index, transaction, sender));
        match outcome {
            Ok(mut outcome) => {
                outcome.ran = ran;
                let committed = self.committed.load(Ordering::Relaxed);
                // Who reads what the list says looks nowhere else.
                if self.listed.is_none() {
                    self.pre_state.memory.publish(
                        index,
                        &outcome.result.state,
                        Some(&outcome.reads),
                        committed.min(index),
                    );
                }
                // Hashed here, by many threads, and remembered: the report needs it.
                let _ = transaction.tx_hash();
                if let Some(mut place) = self.outcome(index) {
                    *place = Some(Box::new(outcome));
                }
                self.scheduler.ran(index);
            }
            Err(blocked) => {
                if let Some(ran) = ran {
                    let on = match blocked {
                        Blocked::On(on) => u32::try_from(on).ok(),
                        Blocked::UntilTurn => None,
                    };
                    let it = ran.incarnation(index, false, IncarnationEnd::Blocked { on });
                    let mut all = self.blocked.lock().unwrap_or_else(PoisonError::into_inner);
                    all.push(it);
                }
                self.scheduler.blocked(index, blocked);
            }
        }
    }

    /// Commits as many as are ready, beginning with the transaction whose turn it is.
    fn commit(&self, worker: &mut Worker<'a>, turn: Turn) {
        let mut committer = self.committer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Some(turn);
        while let Some(turn) = next {
            let outcome = self.outcome(turn.index).and_then(|mut place| place.take());
            let done = committer.commit(
                self.input,
                turn,
                outcome,
                worker,
                self.pre_state.memory,
                &self.scheduler,
            );
            let held = match done {
                Ok(held) => held,
                Err(error) => {
                    let _ = self.error.set(error);
                    self.scheduler.end();
                    return;
                }
            };
            self.committed.store(turn.index + 1, Ordering::Relaxed);
            let prospect = &mut committer.prospect;
            next = self.scheduler.committed(turn.index, held, prospect);
        }
    }
}

/// One thread's work on a block.
struct Hands<'s, 'a> {
    shared: &'s Shared<'a>,
    /// Late threads often find nothing left to do: an EVM is made for the first task.
    worker: Option<Worker<'a>>,
}

impl<'s, 'a> Hands<'s, 'a> {
    const fn new(shared: &'s Shared<'a>) -> Self {
        Self { shared, worker: None }
    }

    fn worker(&mut self) -> &mut Worker<'a> {
        let shared = self.shared;
        self.worker.get_or_insert_with(|| {
            let stand_in = nothing_committed(shared.pre_state, 0);
            let view = View::new(
                shared.pre_state,
                shared.listed,
                stand_in,
                shared.input.recording.is_some(),
            );
            Worker::new(view, shared.input.env.clone())
        })
    }
}

impl Work for Hands<'_, '_> {
    fn speculate(&mut self, index: usize) {
        let shared = self.shared;
        shared.speculate(self.worker(), index);
    }

    fn commit(&mut self, turn: Turn) {
        let shared = self.shared;
        shared.commit(self.worker(), turn);
    }
}
