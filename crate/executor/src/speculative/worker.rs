//! A worker: one thread's EVM, with which it runs incarnations ahead or at their turn.
//!
//! Invariant: an incarnation run ahead ends as an [`Outcome`] only if every read was answered; any error but an
//! unanswered read may come of a stale read, so it too only says that the transaction must be run at its turn.

use super::{
    lazy_reward::LazyReward,
    observation::observe,
    read_set::ReadSet,
    scheduler::Blocked,
    stopwatch::Ran,
    view::{Committed, ReadError, View},
};
use crate::{Transaction, eip7610::CollidesWithStorage, payment, system_call::EthereumEvm};
use alloy_evm::{EvmEnv, FromRecoveredTx, eth::EthEvmBuilder};
use alloy_primitives::{Address, U256};
use revm::{
    ExecuteEvm,
    context::TxEnv,
    context_interface::result::{EVMError, ResultAndState},
    handler::Handler,
    primitives::hardfork::SpecId,
};

type WorkerEvm<'a> = EthereumEvm<View<'a>>;

/// revm's error of one transaction.
pub(super) type TransactionError = EVMError<ReadError>;

/// What an incarnation run ahead gave.
#[derive(Debug)]
pub(super) struct Outcome {
    /// Result and changes, without the beneficiary's fee.
    pub(super) result: ResultAndState,
    /// The fee kept aside, in wei.
    pub(super) reward: U256,
    /// What it has read.
    pub(super) reads: ReadSet,
    /// When it ran, if that is recorded.
    pub(super) ran: Option<Ran>,
}

/// See the module.
pub(super) struct Worker<'a> {
    evm: WorkerEvm<'a>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(view: View<'a>, env: EvmEnv<SpecId>) -> Self {
        let mut evm = EthEvmBuilder::new(view, env).build().into_inner();
        observe(&mut evm.instruction);
        Self { evm }
    }

    const fn view(&mut self) -> &mut View<'a> {
        &mut self.evm.ctx.journaled_state.database
    }

    /// Runs the next incarnation of transaction `index` ahead of its turn.
    pub(super) fn speculate(
        &mut self,
        index: usize,
        transaction: &Transaction,
        sender: Address,
    ) -> Result<Outcome, Blocked> {
        // Its own fees are not in the balance it would see.
        if sender == self.evm.ctx.block.beneficiary {
            return Err(Blocked::UntilTurn);
        }
        self.view().begin(index, sender, false);
        let (result, reward) = self.run(transaction, sender, true);
        let (reads, blocked) = self.view().end();
        match (blocked, result) {
            (Some(blocked), _) => Err(blocked),
            (None, Err(_)) => Err(Blocked::UntilTurn),
            (None, Ok(result)) => Ok(Outcome {
                result,
                reward,
                reads,
                ran: None,
            }),
        }
    }

    /// Runs a transaction at its turn, on what is committed: as the sequential schedule does. What it has read is kept
    /// only for a recording.
    pub(super) fn run_at_turn(
        &mut self,
        committed: &mut Box<Committed<'a>>,
        index: usize,
        transaction: &Transaction,
        sender: Address,
    ) -> (Result<ResultAndState, TransactionError>, ReadSet) {
        std::mem::swap(&mut self.view().committed, committed);
        self.view().begin(index, sender, true);
        let (result, _) = self.run(transaction, sender, false);
        let (reads, _) = self.view().end();
        std::mem::swap(&mut self.view().committed, committed);
        (result, reads)
    }

    fn run(
        &mut self,
        transaction: &Transaction,
        sender: Address,
        lazy: bool,
    ) -> (Result<ResultAndState, TransactionError>, U256) {
        let transaction = TxEnv::from_recovered_tx(transaction, sender);
        if let Err(error) = payment::check(self.view(), &transaction) {
            return (Err(error), U256::ZERO);
        }
        self.evm.ctx.tx = transaction;
        let mut handler = LazyReward::<CollidesWithStorage<'_, WorkerEvm<'a>>, TransactionError>::new(lazy);
        let result = handler.run(&mut CollidesWithStorage(&mut self.evm));
        let reward = handler.reward();
        // Also after an error: this empties the journal.
        let state = self.evm.finalize();
        let result = result.map(|result| ResultAndState { result, state });
        (result, reward)
    }
}
