//! The sequential schedule: each transaction is executed at its turn. It is the oracle of the others.
//!
//! Invariant: one thread, block order, nothing executed twice.

use crate::{
    BlockExecution, CommitObserver, ExecutionOutput, StateChanges, Transaction, TransactionReport,
    database::AnyDatabase,
    eip779, eip4895,
    eip7928::{self, AccessListIndex},
    eip8282::BuilderRequests,
    error::Failure,
    receipt::StatusReceipts,
    requests,
    sequential_state::SequentialState,
    system_call::BlockEvm,
};
use alloy_consensus::transaction::Recovered;
use alloy_evm::{
    Evm,
    block::{BlockExecutionError, BlockExecutor, TxResult},
    eth::EthBlockExecutor,
};
use revm::database::states::bundle_state::BundleRetention;

/// See [`crate::execute`].
pub(crate) fn execute(
    input: &BlockExecution<'_>,
    database: AnyDatabase<'_>,
    observer: &mut dyn CommitObserver,
) -> Result<ExecutionOutput, Failure> {
    let header = &input.block.header;
    let body = &input.block.body;
    let mut state = SequentialState::new(database);
    if eip7928::is_wanted(input) {
        eip7928::begin(&mut state.state);
    }
    eip779::move_balances(input.spec, header.number, &mut state)
        .map_err(|error| Failure::Internal(Box::new(error)))?;
    let evm = BlockEvm::new(&mut state, input.env.clone(), input.amsterdam);
    let mut executor = EthBlockExecutor::new(
        evm,
        input.context(),
        BuilderRequests {
            spec: eip779::DaoForkHidden(input.spec),
            called: input.amsterdam.has_builder_requests(),
        },
        StatusReceipts,
    );

    let mut reports = Vec::with_capacity(body.transactions.len());
    executor
        .apply_pre_execution_changes()
        .map_err(|error| Failure::from_block(error, 0))?;
    for (index, transaction) in body.transactions.iter().enumerate() {
        let sender = input.senders.sender(index).ok_or(Failure::Signature { index })?;
        executor.evm.db_mut().at_transaction(index);
        let report = execute_at_turn(&mut executor, transaction, sender)
            .map_err(|error| Failure::from_block(error, index))?;
        reports.push(report);
        let changes = observer.wants_changes().then(|| {
            let state = &mut executor.evm.db_mut().state;
            let changes = state
                .transition_state
                .as_ref()
                .map(StateChanges::from_transitions);
            state.merge_transitions(BundleRetention::PlainState);
            changes.unwrap_or_default()
        });
        if let Some(receipt) = executor.receipts.last() {
            observer.committed(index, receipt, changes);
        }
    }
    executor.evm.db_mut().at_transaction(body.transactions.len());
    let receipts = std::mem::take(&mut executor.receipts);
    requests::check(input, &receipts, executor.evm.db_mut())?;
    executor.receipts = receipts;
    eip4895::read_payees(input.block, executor.evm.db_mut());
    let (_, result) = executor
        .finish()
        .map_err(|error| Failure::from_block(error, body.transactions.len()))?;

    let mut state = state.state;
    state.merge_transitions(BundleRetention::PlainState);
    Ok(ExecutionOutput {
        receipts: result.receipts,
        requests: result.requests,
        gas_used: result.gas_used,
        blob_gas_used: result.blob_gas_used,
        changes: StateChanges::from_bundle(&state.bundle_state),
        access_list: eip7928::finish(&mut state),
        reports,
        recording: None,
    })
}

/// Executes and commits one transaction.
fn execute_at_turn<E>(
    executor: &mut E,
    transaction: &Transaction,
    sender: alloy_primitives::Address,
) -> Result<TransactionReport, BlockExecutionError>
where
    E: BlockExecutor<Transaction = Transaction>,
    <E::Evm as alloy_evm::Evm>::Tx: alloy_evm::FromRecoveredTx<Transaction>,
{
    let executed =
        executor.execute_transaction_without_commit(Recovered::new_unchecked(transaction, sender))?;
    let result = &executed.result().result;
    let (success, logs) = (result.is_success(), result.logs().len());
    let gas = executor.commit_transaction(executed);
    Ok(TransactionReport::new(
        transaction,
        sender,
        gas.tx_gas_used(),
        success,
        logs,
    ))
}
