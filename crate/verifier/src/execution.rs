//! Execution of an authenticated block: the executor's input from the block and the chain, its errors as verdicts,
//! and before Byzantium the state root after every transaction.
//!
//! Invariant: a value the database could not prove is [`Missing`]; only what the executor proves from values it
//! could read is [`InvalidReason`].

use crate::{
    Block, ChainSpec, Error, InvalidReason, Mismatch, Missing, Phase,
    missing::from_trie,
    phases::Phases,
    post_state::hashed_post_state,
    senders::SenderRecovery,
    transaction_error::TransactionError,
    verifier::Stop,
    witness_database::{Unproved, WitnessDatabase},
};
use alloy_consensus::Eip658Value;
use alloy_evm::EvmEnv;
use alloy_hardforks::EthereumHardforks;
use alloy_primitives::B256;
use blocklight_executor::{
    BlockAccessList, BlockExecution, Clock, CommitObserver, ExecutionError, ExecutionOutput, Receipt,
    Schedule, StateChanges,
};
use blocklight_trie::StateTrie;

/// What execution gave.
#[derive(Debug)]
pub(crate) struct Executed {
    pub(crate) output: ExecutionOutput,
}

/// What goes on beside the execution.
pub(crate) struct Beside<'a> {
    pub(crate) phases: &'a Phases<'a>,
    /// Takes each receipt as it is committed, where another thread can make something of it; does not wait for that.
    pub(crate) hand_on: Option<&'a (dyn Fn(&Receipt) + Sync)>,
}

/// Follows the commits: tells of progress, hands receipts on, and takes the intermediate state roots where receipts hold
/// them.
struct Commits<'a> {
    phases: &'a Phases<'a>,
    /// Gas that the header says the block uses.
    claimed: u64,
    hand_on: Option<&'a (dyn Fn(&Receipt) + Sync)>,
    /// The state after the transactions so far, where intermediate roots are wanted; gone once one cannot be computed.
    running: Option<StateTrie>,
    roots: Vec<Result<B256, Missing>>,
}

impl CommitObserver for Commits<'_> {
    fn wants_changes(&self) -> bool {
        self.running.is_some()
    }

    fn committed(&mut self, _index: usize, receipt: &Receipt, changes: Option<StateChanges>) {
        self.phases.advance(Phase::Execute, 1);
        self.phases.gas_used(receipt.cumulative_gas_used, self.claimed);
        if let Some(hand_on) = self.hand_on {
            hand_on(receipt);
        }
        if let (Some(running), Some(changes)) = (&mut self.running, changes) {
            let root = running
                .apply(&hashed_post_state(&changes))
                .map(|()| running.root().hash);
            if root.is_err() {
                self.running = None;
            }
            self.roots.push(root.map_err(from_trie));
        }
    }
}

/// The executor's input: the block under the rules of `chain`.
pub(crate) fn block_execution<'a>(
    chain: &'a ChainSpec,
    block: &'a Block,
    senders: &'a SenderRecovery<'_>,
    seed: u64,
    access_list: Option<&'a BlockAccessList>,
    recording: Option<&'a dyn Clock>,
) -> BlockExecution<'a> {
    let header = &block.header;
    BlockExecution {
        spec: chain,
        env: EvmEnv::for_eth_block(header, chain, chain.id(), chain.blob_params(header.timestamp)),
        block,
        senders,
        access_list,
        wants_access_list: false,
        amsterdam: chain.amsterdam_rules(),
        seed,
        recording,
    }
}

/// Executes the block on the state the witness proves.
pub(crate) fn execute(
    execution: &BlockExecution<'_>,
    schedule: Schedule,
    database: &WitnessDatabase<'_>,
    pre_state: &StateTrie,
    beside: &Beside<'_>,
) -> Result<Executed, Stop> {
    let rooted = has_state_roots_in_receipts(execution.spec, execution.block.header.number);
    let mut commits = Commits {
        phases: beside.phases,
        claimed: execution.block.header.gas_used,
        // State roots are known too late to hand receipts on that hold them.
        hand_on: beside.hand_on.filter(|_| !rooted),
        running: rooted.then(|| pre_state.clone()),
        roots: Vec::new(),
    };
    let choice = schedule.choose(execution, commits.wants_changes());
    beside.phases.scheduled(choice);
    beside.phases.gas_used(0, commits.claimed);
    let mut output = blocklight_executor::execute(execution, database, choice.schedule, &mut commits)
        .map_err(|error| stop(error, execution))?;
    beside
        .phases
        .gas_used(output.gas_used, execution.block.header.gas_used);
    for (receipt, root) in output.receipts.iter_mut().zip(commits.roots) {
        receipt.status = Eip658Value::PostState(root?);
    }
    Ok(Executed { output })
}

/// Whether a receipt of this block holds the state root after its transaction: before Byzantium, instead of a status
/// (EIP-658).
pub(crate) fn has_state_roots_in_receipts(chain: &(impl EthereumHardforks + ?Sized), number: u64) -> bool {
    !chain.is_byzantium_active_at_block(number)
}

/// Sorts the executor's error into its verdict family.
fn stop(error: ExecutionError<Unproved>, execution: &BlockExecution<'_>) -> Stop {
    let invalid = |index, error| Stop::Invalid(InvalidReason::Transaction { index, error });
    match error {
        ExecutionError::Database(Unproved(missing)) => Stop::Missing(*missing),
        ExecutionError::Signature { index } => invalid(index, TransactionError::Signature),
        ExecutionError::Transaction { index, reason } => {
            let Some(transaction) = execution.block.body.transactions.get(index) else {
                return internal(Box::new(reason));
            };
            match TransactionError::from_evm(reason, transaction, execution) {
                Ok(error) => invalid(index, error),
                Err(reason) => internal(Box::new(reason)),
            }
        }
        ExecutionError::BlockGas { index, expected, got } => {
            invalid(index, TransactionError::BlockGas(Mismatch { expected, got }))
        }
        ExecutionError::SystemCall { contract } => Stop::Invalid(InvalidReason::SystemCall { contract }),
        ExecutionError::DepositLog => Stop::Invalid(InvalidReason::DepositLog),
        ExecutionError::Internal(source) => internal(source),
        // The enum may grow; what is not known here is no verdict.
        other => internal(Box::new(other)),
    }
}

fn internal(source: Box<dyn std::error::Error + Send + Sync>) -> Stop {
    Stop::Error(Error::Internal {
        during: "executing the block",
        source,
    })
}
