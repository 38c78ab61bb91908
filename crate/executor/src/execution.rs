//! The one interface of all schedules: what goes into an execution and what comes out.
//!
//! Invariant: callers never name a schedule's own types, so a new schedule is a new file and a line in
//! [`execute`].

use crate::{
    AmsterdamRules, Block, BlockAccessList, Clock, ExecutionError, HasStorageRef, Receipt, Recording,
    Schedule, StateChanges, TransactionReport,
    database::{Databases, with_databases},
    error::Failure,
    sequential,
    speculative::{self, Ahead},
};
use alloy_consensus::BlockHeader;
use alloy_eips::eip7685::Requests;
use alloy_evm::{
    EvmEnv,
    eth::{EthBlockExecutionCtx, spec::EthExecutorSpec},
};
use alloy_primitives::Address;
use revm::primitives::hardfork::SpecId;
use std::borrow::Cow;

/// Who sent which transaction. Asked at a transaction's turn or before, so recovery may still be going on; must not wait
/// for the rayon pool, for the same reason as a [`CommitObserver`].
pub trait Senders: Sync {
    /// The sender of transaction `index`; `None` when its signature recovers to nobody.
    fn sender(&self, index: usize) -> Option<Address>;

    /// How many, at most, nobody has begun to recover: work that other threads of the pool can do beside an execution.
    fn outstanding(&self) -> usize {
        0
    }
}

impl Senders for &[Address] {
    fn sender(&self, index: usize) -> Option<Address> {
        self.get(index).copied()
    }
}

/// Told of every commit, in block order, by one thread at a time: the one that commits.
///
/// It may wait for the rayon pool (`join`, parallel iterators) only if it wants changes, for then nothing is speculated.
/// Else a thread that waits in a commit could take up speculating meanwhile, which ends only when that commit has.
pub trait CommitObserver: Send {
    /// Whether [`CommitObserver::committed`] wants each transaction's changes; they cost time.
    fn wants_changes(&self) -> bool {
        false
    }

    /// Transaction `index` has been committed, with this `receipt`. `changes` are its own, if wanted: what is different
    /// from the state before it. To the first one's belongs what the block does before it.
    fn committed(&mut self, index: usize, receipt: &Receipt, changes: Option<StateChanges>) {
        let _ = (index, receipt, changes);
    }
}

/// An observer that wants nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl CommitObserver for Unobserved {}

/// Hardforks and deposit contract of a chain.
pub type AnySpec<'a> = &'a (dyn EthExecutorSpec + Sync);

/// A block to be executed.
#[expect(missing_debug_implementations, reason = "senders may be a running recovery")]
pub struct BlockExecution<'a> {
    /// The chain's rules.
    pub spec: AnySpec<'a>,
    /// EVM environment: the block's own values, and the fork's configuration as revm has it.
    pub env: EvmEnv<SpecId>,
    /// The block: header, transactions, ommers, withdrawals.
    pub block: &'a Block,
    /// The transactions' senders.
    pub senders: &'a dyn Senders,
    /// Which rules the chain's Amsterdam has; of no account before that fork.
    pub amsterdam: AmsterdamRules,
    /// A list of what the block changes (EIP-7928), as a prediction for [`Schedule::AccessList`]. It is not believed: a
    /// wrong one costs time and no more.
    pub access_list: Option<&'a BlockAccessList>,
    /// Whether to rebuild the list before Amsterdam too.
    pub wants_access_list: bool,
    /// Seed of the hash maps that are keyed by what the block holds; the output does not depend on it.
    pub seed: u64,
    /// The clock for a [`Recording`], where one is wanted; nothing is recorded without.
    pub recording: Option<&'a dyn Clock>,
}

impl BlockExecution<'_> {
    /// The block as alloy-evm's block executor asks for it.
    pub(crate) fn context(&self) -> EthBlockExecutionCtx<'_> {
        let (header, body) = (&self.block.header, &self.block.body);
        EthBlockExecutionCtx {
            parent_hash: header.parent_hash,
            parent_beacon_block_root: header.parent_beacon_block_root,
            ommers: &body.ommers,
            withdrawals: body
                .withdrawals
                .as_ref()
                .map(|withdrawals| Cow::Borrowed(withdrawals.as_slice())),
            extra_data: header.extra_data.clone(),
            tx_count_hint: Some(body.transactions.len()),
            slot_number: header.slot_number(),
        }
    }
}

/// What executing a block gives.
#[derive(Debug, Clone, PartialEq)]
pub struct ExecutionOutput {
    /// Receipts in block order.
    pub receipts: Vec<Receipt>,
    /// Execution requests (EIP-7685), by type; empty before Prague.
    pub requests: Requests,
    /// Gas used by the block.
    pub gas_used: u64,
    /// Blob gas used by the block (EIP-4844).
    pub blob_gas_used: u64,
    /// What the block leaves different from its pre-state.
    pub changes: StateChanges,
    /// What the block accessed and changed, rebuilt from its commits (EIP-7928); before Amsterdam only where it was
    /// wanted.
    pub access_list: Option<BlockAccessList>,
    /// What each transaction did, in block order.
    pub reports: Vec<TransactionReport>,
    /// What was recorded, if that was wanted and the block does not have more transactions than
    /// [`crate::Dependencies::MAX_TRANSACTIONS`].
    pub recording: Option<Box<Recording>>,
}

/// Executes `block` on the pre-state `database` under `schedule`, telling `observer` of each commit.
///
/// # Errors
/// [`ExecutionError::Database`] with the database's own error when something could not be read; the other
/// variants when the block breaks a rule of execution, or on a failure of ours.
pub fn execute<DB>(
    block: &BlockExecution<'_>,
    database: &DB,
    schedule: Schedule,
    observer: &mut dyn CommitObserver,
) -> Result<ExecutionOutput, ExecutionError<DB::Error>>
where
    DB: HasStorageRef + Sync,
    DB::Error: Send + Sync,
{
    with_databases(database, |databases| {
        execute_on(block, databases, schedule, observer)
    })
    .map_err(ExecutionError::Database)?
    .map_err(Failure::of_any_database)
}

/// The same on any database.
fn execute_on(
    block: &BlockExecution<'_>,
    databases: Databases<'_>,
    schedule: Schedule,
    observer: &mut dyn CommitObserver,
) -> Result<ExecutionOutput, Failure> {
    let choice = schedule.choose(block, observer.wants_changes());
    let ahead = match choice.schedule {
        Schedule::Speculative => Ahead::Everything,
        Schedule::AccessList => Ahead::Listed,
        // The sequential schedule keeps no read sets, and a recording needs them. But it alone has a development network's
        // rules, and rules come first.
        _ if block.recording.is_some()
            && !observer.wants_changes()
            && !block.amsterdam.is_development(&block.env.cfg_env) =>
        {
            Ahead::Nothing
        }
        _ => return sequential::execute(block, databases.at_turn, observer),
    };
    speculative::execute(block, databases, ahead, observer)
}
