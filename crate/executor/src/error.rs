//! Why a block could not be executed to its end.
//!
//! Invariant: a rule the block breaks, a value the database could not read, and a failure of our own are three
//! different groups of variants and are never turned into one another.

use alloy_evm::block::{BlockExecutionError, BlockValidationError, InternalBlockExecutionError};
use revm::context_interface::result::InvalidTransaction;
use std::convert::Infallible;

/// Why execution stopped. `E` is the database's error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecutionError<E> {
    /// The database could not read what the block needs.
    #[error("the state could not be read")]
    Database(E),
    /// A transaction's signature recovers to no sender.
    #[error("the signature of transaction {index} is of nobody")]
    Signature {
        /// Transaction index in the block.
        index: usize,
    },
    /// A transaction may not be in a block after what precedes it.
    #[error("transaction {index} is invalid: {reason}")]
    Transaction {
        /// Transaction index in the block.
        index: usize,
        /// revm's reason.
        reason: InvalidTransaction,
    },
    /// A transaction's gas limit is more than the gas the block has left.
    #[error("transaction {index} has gas limit {got}, the block has {expected} left")]
    BlockGas {
        /// Transaction index in the block.
        index: usize,
        /// Gas the block has left.
        expected: u64,
        /// The transaction's gas limit.
        got: u64,
    },
    /// A system call failed, which makes the block invalid.
    #[error("the system call to {contract:?} failed")]
    SystemCall {
        /// Which system contract.
        contract: SystemContract,
    },
    /// A log of the deposit contract is not laid out as EIP-6110 demands.
    #[error("a deposit log does not have the layout of EIP-6110")]
    DepositLog,
    /// A failure that no block can cause: a bug of ours or of a dependency.
    #[error("internal error: {0}")]
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

/// A contract that is called by the protocol itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub enum SystemContract {
    /// EIP-2935, history of block hashes.
    BlockHashes,
    /// EIP-4788, beacon roots.
    BeaconRoots,
    /// EIP-7002, withdrawal requests.
    WithdrawalRequests,
    /// EIP-7251, consolidation requests.
    ConsolidationRequests,
    /// EIP-8282, builder deposits.
    BuilderDepositRequests,
    /// EIP-8282, builder exits.
    BuilderExitRequests,
}

/// Why an execution stopped, but for reads that failed: those are kept where they are read.
pub(crate) type Failure = ExecutionError<Infallible>;

impl Failure {
    /// The same with any database's error.
    pub(crate) fn of_any_database<E>(self) -> ExecutionError<E> {
        match self {
            Self::Database(never) => match never {},
            Self::Signature { index } => ExecutionError::Signature { index },
            Self::Transaction { index, reason } => ExecutionError::Transaction { index, reason },
            Self::BlockGas { index, expected, got } => ExecutionError::BlockGas { index, expected, got },
            Self::SystemCall { contract } => ExecutionError::SystemCall { contract },
            Self::DepositLog => ExecutionError::DepositLog,
            Self::Internal(error) => ExecutionError::Internal(error),
        }
    }

    /// Sorts alloy-evm's error into ours. `index` is the transaction at whose turn it came up; database errors
    /// are kept where they are read, and outrank whatever this gives.
    pub(crate) fn from_block(error: BlockExecutionError, index: usize) -> Self {
        let validation = match error {
            BlockExecutionError::Validation(validation) => validation,
            BlockExecutionError::Internal(
                InternalBlockExecutionError::Other(error) | InternalBlockExecutionError::EVM { error, .. },
            ) => return Self::Internal(error),
        };
        match validation {
            BlockValidationError::InvalidTx { ref error, .. } => match error.as_invalid_tx_err() {
                Some(reason) => Self::Transaction {
                    index,
                    reason: reason.clone(),
                },
                None => Self::Internal(Box::new(validation)),
            },
            BlockValidationError::TransactionGasLimitMoreThanAvailableBlockGas {
                transaction_gas_limit,
                block_available_gas,
            } => Self::BlockGas {
                index,
                expected: block_available_gas,
                got: transaction_gas_limit,
            },
            BlockValidationError::BlockHashContractCall { .. } => Self::SystemCall {
                contract: SystemContract::BlockHashes,
            },
            BlockValidationError::BeaconRootContractCall { .. } => Self::SystemCall {
                contract: SystemContract::BeaconRoots,
            },
            BlockValidationError::WithdrawalRequestsContractCall { .. } => Self::SystemCall {
                contract: SystemContract::WithdrawalRequests,
            },
            BlockValidationError::ConsolidationRequestsContractCall { .. } => Self::SystemCall {
                contract: SystemContract::ConsolidationRequests,
            },
            BlockValidationError::BuilderDepositRequestsContractCall { .. } => Self::SystemCall {
                contract: SystemContract::BuilderDepositRequests,
            },
            BlockValidationError::BuilderExitRequestsContractCall { .. } => Self::SystemCall {
                contract: SystemContract::BuilderExitRequests,
            },
            BlockValidationError::DepositRequestDecode(_) => Self::DepositLog,
            other => Self::Internal(Box::new(other)),
        }
    }
}
