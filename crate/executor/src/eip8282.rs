//! EIP-8282, builder deposits and exits: whether their contracts are called when the block ends.
//!
//! Invariant: alloy-evm calls them from Amsterdam on, and takes Amsterdam for nothing else: the EVM's own rules come from its
//! environment. So a chain whose Amsterdam has no such contracts is shown to it without Amsterdam.

use crate::eip779::DaoForkHidden;
use alloy_evm::eth::spec::EthExecutorSpec;
use alloy_hardforks::{EthereumHardfork, EthereumHardforks, ForkCondition};
use alloy_primitives::Address;

/// A chain as alloy-evm is to see it: without Amsterdam where that has no EIP-8282.
#[derive(Debug, Clone)]
pub(crate) struct BuilderRequests<'a> {
    pub(crate) spec: DaoForkHidden<'a>,
    /// Whether the chain's Amsterdam has EIP-8282.
    pub(crate) called: bool,
}

impl EthereumHardforks for BuilderRequests<'_> {
    fn ethereum_fork_activation(&self, fork: EthereumHardfork) -> ForkCondition {
        match fork {
            EthereumHardfork::Amsterdam if !self.called => ForkCondition::Never,
            other => self.spec.ethereum_fork_activation(other),
        }
    }
}

impl EthExecutorSpec for BuilderRequests<'_> {
    fn deposit_contract_address(&self) -> Option<Address> {
        self.spec.deposit_contract_address()
    }
}
