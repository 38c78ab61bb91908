//! Holding executions to one another.
//!
//! Invariant: what [`Execution::outcome`] gives is all that an execution's callers can tell apart.

use crate::perturbed::{Perturbed, PerturbedCommits, PerturbedSenders};
use alloy_evm::EvmEnv;
use alloy_primitives::{Address, U256};
use blocklight_executor::{
    AccountChange, AmsterdamRules, BlockAccessList, BlockExecution, Clock, CommitObserver, ExecutionOutput,
    HasStorageRef, Recording, Schedule, ScheduleChoice, Unobserved, execute,
};
use blocklight_verifier::{Block, ChainSpec};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::time::Instant;

/// Numbers of threads that outcomes are compared over.
pub const THREADS: [usize; 5] = [1, 2, 3, 4, 8];

/// Schedules that are held to the sequential one.
pub const PARALLEL: [Schedule; 2] = [Schedule::Speculative, Schedule::AccessList];

/// What an execution gave, errors as they print.
pub type Outcome = Result<ExecutionOutput, String>;

/// A pool of each number of threads.
pub fn pools() -> Vec<ThreadPool> {
    THREADS.into_iter().map(pool).collect()
}

/// A pool of so many threads.
///
/// # Panics
/// When the system gives no threads.
pub fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("a pool")
}

/// The time since the clock was made.
#[derive(Debug, Clone, Copy)]
pub struct Elapsed(Instant);

impl Default for Elapsed {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock for Elapsed {
    fn now_ms(&self) -> f64 {
        self.0.elapsed().as_secs_f64() * 1000.0
    }
}

/// A block on the state it begins on.
#[derive(Debug)]
pub struct Execution<'a, DB> {
    /// Its chain.
    pub chain: &'a ChainSpec,
    /// The block.
    pub block: &'a Block,
    /// Senders in block order.
    pub senders: &'a [Address],
    /// The state before it.
    pub database: &'a DB,
    /// What the block is said to change.
    pub access_list: Option<&'a BlockAccessList>,
    /// Whether to rebuild the list of that.
    pub wants_access_list: bool,
    /// Which rules the chain's Amsterdam has.
    pub amsterdam: AmsterdamRules,
}

impl<'a, DB> Execution<'a, DB> {
    /// `block` on `database`, without an access list.
    pub const fn new(
        chain: &'a ChainSpec,
        block: &'a Block,
        senders: &'a [Address],
        database: &'a DB,
    ) -> Self {
        Self {
            chain,
            block,
            senders,
            database,
            access_list: None,
            wants_access_list: false,
            amsterdam: AmsterdamRules::Public,
        }
    }

    /// The same on another database.
    pub const fn on<D>(&self, database: &'a D) -> Execution<'a, D> {
        Execution {
            chain: self.chain,
            block: self.block,
            senders: self.senders,
            database,
            access_list: self.access_list,
            wants_access_list: self.wants_access_list,
            amsterdam: self.amsterdam,
        }
    }
}

impl<DB> Execution<'_, DB>
where
    DB: HasStorageRef<Error: Send + Sync> + Sync,
{
    /// What the executor is given.
    fn block_execution<'b>(&'b self, recording: Option<&'b dyn Clock>) -> BlockExecution<'b> {
        let (chain, header) = (self.chain, &self.block.header);
        let env = EvmEnv::for_eth_block(header, chain, chain.id(), chain.blob_params(header.timestamp));
        BlockExecution {
            spec: chain,
            env,
            block: self.block,
            senders: &self.senders,
            amsterdam: self.amsterdam,
            seed: 7,
            access_list: self.access_list,
            wants_access_list: self.wants_access_list,
            recording,
        }
    }

    /// What `schedule` comes to in the current pool.
    pub fn choice(&self, schedule: Schedule) -> ScheduleChoice {
        schedule.choose(&self.block_execution(None), false)
    }

    /// Executes in the current pool, telling `observer`, with a recording where a clock is given.
    ///
    /// # Errors
    /// What the execution ended in, as it prints.
    pub fn observed(
        &self,
        schedule: Schedule,
        observer: &mut dyn CommitObserver,
        recording: Option<&dyn Clock>,
    ) -> Outcome {
        let execution = self.block_execution(recording);
        outcome_of(&execution, self.database, schedule, observer)
    }

    /// What the block changes, as the sequential schedule finds it; empty where that ends in an error.
    pub fn list(&self) -> BlockAccessList {
        let listing = Self {
            wants_access_list: true,
            ..*self
        };
        let outcome = listing.outcome(Schedule::Sequential);
        outcome
            .ok()
            .and_then(|output| output.access_list)
            .unwrap_or_default()
    }

    /// Executes in the current pool.
    ///
    /// # Errors
    /// What the execution ended in, as it prints.
    pub fn outcome(&self, schedule: Schedule) -> Outcome {
        self.observed(schedule, &mut Unobserved, None)
    }

    /// The same with threads held up by `seed` where they read the state, take a transaction up, or have committed one.
    ///
    /// # Errors
    /// What the execution ended in, as it prints.
    pub fn held_up(&self, seed: u64, schedule: Schedule) -> Outcome {
        let database = Perturbed::new(self.database, seed);
        let senders = PerturbedSenders::new(self.senders, seed);
        let execution = BlockExecution {
            senders: &senders,
            ..self.block_execution(None)
        };
        let mut observer = PerturbedCommits::new(seed);
        outcome_of(&execution, &database, schedule, &mut observer)
    }

    /// Executes in the current pool: the outcome without its recording, and that.
    pub fn recorded(&self, schedule: Schedule) -> (Outcome, Option<Box<Recording>>) {
        let mut outcome = self.observed(schedule, &mut Unobserved, Some(&Elapsed::default()));
        let recording = outcome.as_mut().ok().and_then(|output| output.recording.take());
        (outcome, recording)
    }
}

fn outcome_of<DB>(
    execution: &BlockExecution<'_>,
    database: &DB,
    schedule: Schedule,
    observer: &mut dyn CommitObserver,
) -> Outcome
where
    DB: HasStorageRef<Error: Send + Sync + std::fmt::Debug> + Sync,
{
    execute(execution, database, schedule, observer).map_err(|error| format!("{error:?}"))
}

/// Holds `of` to the sequential outcome `expected`, under every other schedule, `rounds` times in each pool. `of` is given
/// the schedule and a seed.
///
/// # Panics
/// Where an outcome is another.
pub fn assert_same(
    what: &str,
    pools: &[ThreadPool],
    rounds: u64,
    expected: &Outcome,
    of: impl Fn(Schedule, u64) -> Outcome + Sync,
) {
    for pool in pools {
        for (round, schedule) in (0..rounds).flat_map(|round| PARALLEL.map(|it| (round, it))) {
            let outcome = pool.install(|| of(schedule, round));
            assert!(
                outcome == *expected,
                "{what}: {schedule:?} on {} threads, round {round}: {}",
                pool.current_num_threads(),
                difference(expected, &outcome),
            );
        }
    }
}

/// What has become of an account, if anything has.
pub fn account_after(output: &ExecutionOutput, address: Address) -> Option<&AccountChange> {
    let mut accounts = output.changes.accounts.iter();
    accounts
        .find(|(changed, _)| *changed == address)
        .map(|(_, change)| change)
}

/// What an account's slot was changed to, if it was.
pub fn slot_after(output: &ExecutionOutput, address: Address, slot: U256) -> Option<U256> {
    let mut storage = account_after(output, address)?.storage.iter();
    storage
        .find(|(changed, _)| *changed == slot)
        .map(|(_, value)| *value)
}

/// The first thing that differs.
fn difference(expected: &Outcome, got: &Outcome) -> String {
    let (Ok(expected), Ok(got)) = (expected, got) else {
        return format!("{:?} against {:?}", expected.as_ref().err(), got.as_ref().err());
    };
    let receipts = expected.receipts.iter().zip(&got.receipts);
    if let Some((index, _)) = receipts.enumerate().find(|(_, (left, right))| left != right) {
        return format!("the receipt of transaction {index}");
    }
    let accounts = expected.changes.accounts.iter().zip(&got.changes.accounts);
    for (left, right) in accounts {
        if left != right {
            return format!("{left:?} against {right:?}");
        }
    }
    let lists = [expected, got].map(|output| output.access_list.as_deref().unwrap_or_default());
    let [left, right] = lists;
    if left.len() != right.len() {
        return format!("a list of {} accounts against {}", left.len(), right.len());
    }
    if let Some((left, right)) = left.iter().zip(right).find(|(left, right)| left != right) {
        return format!("listed {left:?} against {right:?}");
    }
    "something else than receipts, changes and the access list".to_owned()
}
