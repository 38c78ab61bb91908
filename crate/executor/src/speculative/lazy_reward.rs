//! The handler of one transaction, with the beneficiary's fee kept aside while speculating.
//!
//! Invariant: but for who pays the fee in, this is revm's own handler.

use super::view::View;
use alloy_primitives::U256;
use revm::{
    context_interface::{Block, Cfg, ContextTr, JournalTr, Transaction, result::HaltReason},
    handler::{EvmTr, EvmTrError, FrameResult, FrameTr, Handler, post_execution},
    interpreter::interpreter_action::FrameInit,
    primitives::hardfork::SpecId,
    state::EvmState,
};
use std::{cell::Cell, marker::PhantomData};

/// revm's mainnet handler; a lazy one tells the fee instead of adding it to the beneficiary's balance, which every
/// transaction changes and hardly any reads.
#[derive(Debug)]
pub(super) struct LazyReward<EVM, ERROR> {
    lazy: bool,
    reward: Cell<U256>,
    evm: PhantomData<fn() -> (EVM, ERROR)>,
}

impl<EVM, ERROR> LazyReward<EVM, ERROR> {
    pub(super) const fn new(lazy: bool) -> Self {
        Self {
            lazy,
            reward: Cell::new(U256::ZERO),
            evm: PhantomData,
        }
    }

    /// The fee kept aside, in wei.
    pub(super) const fn reward(&self) -> U256 {
        self.reward.get()
    }
}

/// A database that may keep what a transaction reads.
pub(super) trait KeepsReads {
    /// What is read from here on is not the transaction's own.
    fn stop_keeping(&mut self);
}

impl KeepsReads for View<'_> {
    fn stop_keeping(&mut self) {
        self.stop_recording();
    }
}

impl<EVM, ERROR> Handler for LazyReward<EVM, ERROR>
where
    EVM: EvmTr<
            Context: ContextTr<Journal: JournalTr<State = EvmState>, Db: KeepsReads>,
            Frame: FrameTr<FrameResult = FrameResult, FrameInit = FrameInit>,
        >,
    ERROR: EvmTrError<EVM>,
{
    type Evm = EVM;
    type Error = ERROR;
    type HaltReason = HaltReason;

    fn reward_beneficiary(&self, evm: &mut EVM, result: &mut FrameResult) -> Result<(), ERROR> {
        if !self.lazy {
            evm.ctx_mut().db_mut().stop_keeping();
            return post_execution::reward_beneficiary(evm.ctx(), result.gas()).map_err(From::from);
        }
        // As `post_execution::reward_beneficiary` computes it: the base fee is burnt from London on (EIP-1559).
        let context = evm.ctx_ref();
        let basefee = u128::from(context.block().basefee());
        let price = context.tx().effective_gas_price(basefee);
        let tip = if context.cfg().spec().into().is_enabled_in(SpecId::LONDON) {
            price.saturating_sub(basefee)
        } else {
            price
        };
        let gas = result.gas();
        let used = gas.used().saturating_sub(gas.reservoir());
        self.reward.set(U256::from(tip * u128::from(used)));
        Ok(())
    }
}
