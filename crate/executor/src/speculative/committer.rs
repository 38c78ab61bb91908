//! The ordered commit: one transaction after the other through alloy-evm's block executor.
//!
//! Invariant: what is committed at a transaction's turn was either run on the committed state at that turn, or run
//! ahead on values that are all equal to the committed ones now; a deterministic EVM gives the same for both.

use super::{
    committed_evm::{CommittedEvm, Turn as Executed},
    memory::Memory,
    prospect::Prospect,
    read_set::{ReadSet, may_overflow},
    scheduler::{Scheduler, Turn},
    stopwatch::{Ran, Stopwatch},
    view::Committed,
    worker::{Outcome, Worker},
};
use crate::{
    BlockExecution, CommitObserver, Location, Transaction, TransactionReport,
    database::Unreadable,
    eip779::DaoForkHidden,
    eip7928::AccessListIndex,
    error::Failure,
    receipt::StatusReceipts,
    recording::{IncarnationEnd, Recorder},
};
use alloy_consensus::{Transaction as _, transaction::Recovered};
use alloy_evm::{
    Evm, FromRecoveredTx,
    block::{BlockExecutor, TxResult},
    eth::EthBlockExecutor,
};
use alloy_primitives::{Address, U256, map::hash_map::Entry};
use revm::{
    Database, DatabaseCommit,
    context_interface::{Cfg, result::ResultAndState},
    primitives::hardfork::SpecId,
    state::{Account, EvmState, TransactionId},
};

pub(super) type Executor<'a> = EthBlockExecutor<'a, CommittedEvm<'a>, DaoForkHidden<'a>, StatusReceipts>;

/// See the module.
pub(super) struct Committer<'a> {
    pub(super) executor: Executor<'a>,
    pub(super) reports: Vec<TransactionReport>,
    observer: &'a mut dyn CommitObserver,
    /// Fees of committed transactions, in wei, that the beneficiary has yet to be given.
    unpaid: U256,
    pub(super) recorder: Option<Recorder>,
    stopwatch: Stopwatch<'a>,
    pub(super) prospect: Prospect,
}

/// A transaction as it is to be committed.
struct Ready {
    executed: Executed,
    reads: ReadSet,
    /// The fee kept aside, in wei.
    reward: U256,
    ran: Option<Ran>,
    at_turn: bool,
}

impl<'a> Committer<'a> {
    pub(super) fn new(
        executor: Executor<'a>,
        observer: &'a mut dyn CommitObserver,
        transactions: usize,
        recorder: Option<Recorder>,
        stopwatch: Stopwatch<'a>,
    ) -> Self {
        Self {
            executor,
            reports: Vec::with_capacity(transactions),
            observer,
            unpaid: U256::ZERO,
            recorder,
            stopwatch,
            prospect: Prospect::default(),
        }
    }

    const fn committed(&mut self) -> &mut Box<Committed<'a>> {
        &mut self.executor.evm.committed
    }

    /// Commits the transaction whose turn it is. `outcome` is what running it ahead gave; says whether that held.
    ///
    /// # Errors
    /// As the sequential schedule meets it at this turn. A failed read is kept by the committed state's database.
    pub(super) fn commit(
        &mut self,
        input: &BlockExecution<'_>,
        turn: Turn,
        outcome: Option<Box<Outcome>>,
        worker: &mut Worker<'a>,
        memory: &Memory,
        scheduler: &Scheduler,
    ) -> Result<Option<bool>, Failure> {
        let index = turn.index;
        self.committed().at_transaction(index);
        let Some(transaction) = input.block.body.transactions.get(index) else {
            return Ok(None);
        };
        let sender = input.senders.sender(index).ok_or(Failure::Signature { index })?;
        let ahead = outcome.is_some();
        let ready = match self.hold(index, outcome)? {
            Ok(held) => held,
            Err(stale) => self.run_at_turn(turn, &stale, transaction, sender, worker, memory, scheduler)?,
        };
        let executed = self
            .executor
            .execute_transaction_without_commit((
                ready.executed,
                Recovered::new_unchecked(transaction, sender),
            ))
            .map_err(|error| Failure::from_block(error, index))?;
        let ResultAndState { result, state } = executed.result();
        let (success, logs, gas_used) = (
            result.is_success(),
            result.logs().len(),
            result.gas().tx_gas_used(),
        );
        let held = ahead.then_some(!ready.at_turn);
        if let Some(recorder) = &mut self.recorder {
            let beneficiary = self.executor.evm.block().beneficiary;
            recorder.committed(index, gas_used, |footprint| {
                ready.reads.tell(state, footprint);
                if !ready.reward.is_zero() {
                    footprint.add_to_balance(beneficiary);
                }
            });
            if let Some(ran) = ready.ran {
                recorder.ended(ran.incarnation(index, ready.at_turn, IncarnationEnd::Committed));
            }
        }
        self.executor.commit_transaction(executed);
        self.reports.push(TransactionReport::new(
            transaction,
            sender,
            gas_used,
            success,
            logs,
        ));
        if let Some(receipt) = self.executor.receipts.last() {
            self.observer.committed(index, receipt, None);
        }
        Ok(held)
    }

    /// What was run ahead, if that is what the transaction does on the committed state; else what it has written.
    fn hold(
        &mut self,
        index: usize,
        outcome: Option<Box<Outcome>>,
    ) -> Result<Result<Ready, EvmState>, Failure> {
        let Some(mut outcome) = outcome else {
            return Ok(Err(EvmState::default()));
        };
        if outcome.reward.is_zero() {
            // The touch below pays what is owed; the changes must begin from what is there after.
            self.pay()?;
        }
        let beneficiary = self.executor.evm.block().beneficiary;
        let changes = &mut outcome.result.state;
        // An access list tells the beneficiary's balance after each transaction.
        let paid_at_once = self.committed().builds_access_list();
        let late = (!paid_at_once).then_some(beneficiary);
        let rebased = outcome.reads.rebase(self.committed(), late, changes);
        let paid = match rebased {
            Err(_) => false,
            Ok(()) if paid_at_once => self.pay_within(changes, outcome.reward)?,
            Ok(()) => self.earn(outcome.reward)?,
        };
        if paid {
            return Ok(Ok(Ready {
                executed: Executed::Run(Ok(outcome.result)),
                reads: outcome.reads,
                reward: outcome.reward,
                ran: outcome.ran,
                at_turn: false,
            }));
        }
        let stale = rebased
            .err()
            .unwrap_or(Location::Account { address: beneficiary });
        if let (Some(recorder), Some(ran)) = (&mut self.recorder, outcome.ran) {
            let by = recorder.last_writer(stale);
            recorder.ended(ran.incarnation(index, false, IncarnationEnd::Aborted { location: stale, by }));
        }
        Ok(Err(outcome.result.state))
    }

    /// Runs a transaction at its turn. `stale` is what an incarnation of it has written that does not hold.
    #[expect(clippy::too_many_arguments, reason = "all that a turn needs")]
    fn run_at_turn(
        &mut self,
        turn: Turn,
        stale: &EvmState,
        transaction: &Transaction,
        sender: Address,
        worker: &mut Worker<'a>,
        memory: &Memory,
        scheduler: &Scheduler,
    ) -> Result<Ready, Failure> {
        let index = turn.index;
        if !stale.is_empty() {
            scheduler.aborted(index);
            memory.mark_estimates(index, stale);
        }
        self.pay()?;
        let stopwatch = self.stopwatch;
        let ((executed, reads), ran) = stopwatch.time(|| self.run(index, transaction, sender, worker));
        if let Executed::Run(Ok(result)) = &executed
            && scheduler.has_readers_after(index)
        {
            memory.publish(index, &result.state, None, index);
        }
        memory.retract_estimates(index, stale);
        Ok(Ready {
            executed,
            reads,
            reward: U256::ZERO,
            ran,
            at_turn: true,
        })
    }

    /// Runs a transaction on the committed state, if the block has the gas for it; else leaves it to alloy-evm to say so.
    fn run(
        &mut self,
        index: usize,
        transaction: &Transaction,
        sender: Address,
        worker: &mut Worker<'a>,
    ) -> (Executed, ReadSet) {
        if !self.has_room(transaction) {
            let not_run = Executed::from_recovered_tx(transaction, sender);
            return (not_run, ReadSet::default());
        }
        let (result, reads) = worker.run_at_turn(self.committed(), index, transaction, sender);
        (Executed::Run(result), reads)
    }

    /// Whether alloy-evm will find that the block has gas left for the transaction; from Amsterdam on state gas, too
    /// (EIP-8037).
    fn has_room(&self, transaction: &Transaction) -> bool {
        let (executor, config) = (&self.executor, self.executor.evm.cfg_env());
        let (limit, asked) = (executor.evm.block().gas_limit, transaction.gas_limit());
        let amsterdam = config.enable_amsterdam_eip8037;
        let used = if amsterdam {
            executor.block_regular_gas_used
        } else {
            executor.cumulative_tx_gas_used
        };
        let fits = |used: u64, asked: u64| limit.checked_sub(used).is_some_and(|left| asked <= left);
        fits(used, asked.min(config.tx_gas_limit_cap()))
            && (!amsterdam || fits(executor.block_state_gas_used, asked))
    }

    /// Puts a fee, even one of nothing, among the transaction's own changes; `false` when it cannot be.
    fn pay_within(&mut self, changes: &mut EvmState, reward: U256) -> Result<bool, Failure> {
        let beneficiary = self.executor.evm.block().beneficiary;
        let keeps_empty = !self
            .executor
            .evm
            .cfg_env()
            .spec
            .is_enabled_in(SpecId::SPURIOUS_DRAGON);
        let account = match changes.entry(beneficiary) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(self.beneficiary_account()?),
        };
        add_fee(account, reward);
        // What a destroyed one is paid is gone. Before EIP-161 revm settles what a touch makes of an empty one when it ends a
        // transaction, which this comes after.
        let settled = account.is_selfdestructed() || (keeps_empty && account.is_empty());
        Ok(!settled)
    }

    /// Takes note of a fee kept aside; `false` when this one cannot be.
    fn earn(&mut self, reward: U256) -> Result<bool, Failure> {
        if !reward.is_zero() {
            if self.unpaid.is_zero() {
                // Who cannot be read is found out at the turn of the first who pays. From then on until it is paid the
                // beneficiary gets little at a time, but from transactions that observe its balance.
                if may_overflow(self.beneficiary_account()?.info.balance) {
                    return Ok(false);
                }
            }
            self.unpaid += reward;
            return Ok(true);
        }
        // A fee of nothing is a touch, which does something to an empty account: makes it before EIP-161, destroys it after.
        self.pay()?;
        let account = self.beneficiary_account()?;
        let spec = self.executor.evm.cfg_env().spec;
        let stays_absent = account.is_loaded_as_not_existing() && spec.is_enabled_in(SpecId::SPURIOUS_DRAGON);
        if account.is_empty() && !stays_absent {
            return Ok(false);
        }
        self.add_to_beneficiary(account, U256::ZERO);
        Ok(true)
    }

    /// Gives the beneficiary the fees kept aside.
    pub(super) fn pay(&mut self) -> Result<(), Failure> {
        if self.unpaid.is_zero() {
            return Ok(());
        }
        let account = self.beneficiary_account()?;
        let fees = std::mem::take(&mut self.unpaid);
        self.add_to_beneficiary(account, fees);
        Ok(())
    }

    fn beneficiary_account(&mut self) -> Result<Account, Failure> {
        let beneficiary = self.executor.evm.block().beneficiary;
        let info = self
            .committed()
            .basic(beneficiary)
            .map_err(|_| Failure::Internal(Box::new(Unreadable)))?;
        Ok(info.map_or_else(|| Account::new_not_existing(TransactionId::ZERO), Account::from))
    }

    fn add_to_beneficiary(&mut self, mut account: Account, fees: U256) {
        add_fee(&mut account, fees);
        let beneficiary = self.executor.evm.block().beneficiary;
        self.committed()
            .commit_iter(&mut std::iter::once((beneficiary, account)));
    }
}

/// Adds to the beneficiary's balance as revm does: a fee that overflows is not paid.
fn add_fee(account: &mut Account, fee: U256) {
    account.mark_touch();
    account.info.balance = account
        .info
        .balance
        .checked_add(fee)
        .unwrap_or(account.info.balance);
}
