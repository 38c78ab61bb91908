//! The EVM as alloy-evm's block executor has it: it runs the system calls, and answers for transactions with what
//! has been run already.
//!
//! Invariant: block rules stay alloy-evm's: gas admission, receipts, requests, withdrawals, rewards. It holds no
//! running EVM, so it may pass from thread to thread.

use super::{
    view::{Committed, ReadError},
    worker::TransactionError,
};
use crate::{
    AmsterdamRules, Transaction,
    system_call::{self, BlockEvm},
};
use alloy_evm::{Evm, EvmEnv, FromRecoveredTx, FromTxWithEncoded, IntoTxEnv};
use alloy_primitives::{Address, Bytes};
use revm::{
    context::{BlockEnv, CfgEnv, TxEnv},
    context_interface::result::{EVMError, HaltReason, ResultAndState},
    primitives::hardfork::SpecId,
};

/// A transaction for [`CommittedEvm`].
#[derive(Debug)]
pub(super) enum Turn {
    /// It has been run: this came of it.
    Run(Result<ResultAndState, TransactionError>),
    /// It has not.
    ToRun(Box<TxEnv>),
}

impl IntoTxEnv<Self> for Turn {
    fn into_tx_env(self) -> Self {
        self
    }
}

impl FromRecoveredTx<Transaction> for Turn {
    fn from_recovered_tx(transaction: &Transaction, sender: Address) -> Self {
        Self::ToRun(Box::new(TxEnv::from_recovered_tx(transaction, sender)))
    }
}

impl FromTxWithEncoded<Transaction> for Turn {
    fn from_encoded_tx(transaction: &Transaction, sender: Address, _encoded: Bytes) -> Self {
        Self::from_recovered_tx(transaction, sender)
    }
}

/// See the module.
pub(super) struct CommittedEvm<'a> {
    pub(super) committed: Box<Committed<'a>>,
    env: EvmEnv<SpecId>,
    precompiles: (),
    inspector: (),
}

// By hand, since a database need not be `Debug`.
impl std::fmt::Debug for CommittedEvm<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CommittedEvm").finish_non_exhaustive()
    }
}

impl<'a> CommittedEvm<'a> {
    pub(super) const fn new(committed: Box<Committed<'a>>, env: EvmEnv<SpecId>) -> Self {
        Self {
            committed,
            env,
            precompiles: (),
            inspector: (),
        }
    }
}

impl<'a> Evm for CommittedEvm<'a> {
    type DB = Box<Committed<'a>>;
    type Tx = Turn;
    type Error = EVMError<ReadError>;
    type HaltReason = HaltReason;
    type Spec = SpecId;
    type BlockEnv = BlockEnv;
    type Precompiles = ();
    type Inspector = ();

    fn block(&self) -> &BlockEnv {
        &self.env.block_env
    }

    fn cfg_env(&self) -> &CfgEnv<SpecId> {
        &self.env.cfg_env
    }

    fn chain_id(&self) -> u64 {
        self.env.cfg_env.chain_id
    }

    fn transact_raw(&mut self, turn: Turn) -> Result<ResultAndState, Self::Error> {
        match turn {
            Turn::Run(result) => result,
            Turn::ToRun(transaction) => {
                BlockEvm::new(&mut self.committed, self.env.clone(), AmsterdamRules::default())
                    .transact_raw(*transaction)
            }
        }
    }

    fn transact_system_call(
        &mut self,
        caller: Address,
        contract: Address,
        data: Bytes,
    ) -> Result<ResultAndState, Self::Error> {
        system_call::transact(&mut self.committed, self.env.clone(), caller, contract, data)
    }

    fn finish(self) -> (Self::DB, EvmEnv<SpecId>) {
        (self.committed, self.env)
    }

    fn set_inspector_enabled(&mut self, _enabled: bool) {}

    fn components(&self) -> (&Self::DB, &(), &()) {
        (&self.committed, &self.inspector, &self.precompiles)
    }

    fn components_mut(&mut self) -> (&mut Self::DB, &mut (), &mut ()) {
        (&mut self.committed, &mut self.inspector, &mut self.precompiles)
    }
}
