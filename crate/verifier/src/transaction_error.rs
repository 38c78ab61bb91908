//! What is wrong with a transaction.
//!
//! Invariant: only what is known to break a rule is a reason. A refusal of revm's that the checks before execution rule
//! out, or that is new to us, is no verdict but an error of ours.

use crate::{Mismatch, Presence, Transaction};
use alloy_consensus::Transaction as _;
use alloy_primitives::{B256, U256};
use blocklight_executor::BlockExecution;
use revm::context_interface::{Cfg as _, result::InvalidTransaction};
use serde::Serialize;

/// Why a transaction may not be in the block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "error", rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[non_exhaustive]
pub enum TransactionError {
    /// The fork does not know transactions of this type; `expected` is the newest type it knows.
    #[error("type: expected at most {}, got {}", .0.expected, .0.got)]
    Type(Mismatch<u8>),
    /// It is signed for another chain (EIP-155).
    #[error("chain id: {0}")]
    ChainId(Mismatch<u64>),
    /// It is signed for a chain, before EIP-155.
    #[error("chain id in the signature before EIP-155: {0}")]
    ChainIdPresence(Mismatch<Presence>),
    /// The signature's s is in the upper half of the curve's order (EIP-2); `expected` is the most allowed.
    #[error("signature's s: expected at most {}, got {}", .0.expected, .0.got)]
    HighS(Mismatch<U256>),
    /// The signature recovers to no public key.
    #[error("the signature is of nobody")]
    Signature,
    /// It has no blobs, but is a blob transaction; `expected` is the least number.
    #[error("blobs: expected at least {}, got {}", .0.expected, .0.got)]
    NoBlobs(Mismatch<u64>),
    /// It has too many blobs; `expected` is the most allowed.
    #[error("blobs: expected at most {}, got {}", .0.expected, .0.got)]
    TooManyBlobs(Mismatch<u64>),
    /// A blob's versioned hash has another version.
    #[error("version of blob hash {hash}: {mismatch}")]
    BlobVersion {
        /// The versioned hash.
        hash: B256,
        /// The versions.
        #[serde(flatten)]
        mismatch: Mismatch<u8>,
    },
    /// Its blob fee cap is below the block's blob base fee, in wei; `expected` is the base fee.
    #[error("blob fee cap: expected at least {}, got {}", .0.expected, .0.got)]
    BlobFeeCap(Mismatch<U256>),
    /// A blob transaction creates a contract.
    #[error("a blob transaction may not create a contract")]
    BlobCreate,
    /// A set-code transaction has no authorizations (EIP-7702).
    #[error("a set-code transaction needs an authorization")]
    NoAuthorizations,
    /// A set-code transaction creates a contract (EIP-7702).
    #[error("a set-code transaction may not create a contract")]
    SetCodeCreate,
    /// The nonce is not the sender's.
    #[error("nonce: {0}")]
    Nonce(Mismatch<u64>),
    /// The nonce is the largest there is (EIP-2681).
    #[error("the nonce is the largest there is")]
    NonceOverflow,
    /// The sender cannot pay, in wei; `expected` is what it must have.
    #[error("balance: expected at least {}, got {}", .0.expected, .0.got)]
    Balance(Mismatch<U256>),
    /// What it would pay does not fit 256 bits.
    #[error("its payment overflows")]
    PaymentOverflow,
    /// The sender has code (EIP-3607).
    #[error("the sender is a contract")]
    SenderIsContract,
    /// The gas limit does not pay for what the transaction costs before it runs.
    #[error("gas limit: expected at least {}, got {}", .0.expected, .0.got)]
    IntrinsicGas(Mismatch<u64>),
    /// The gas limit is above what one transaction may use (EIP-7825); `expected` is the cap.
    #[error("gas limit: expected at most {}, got {}", .0.expected, .0.got)]
    GasLimitCap(Mismatch<u64>),
    /// The gas limit is above what the block has left; `expected` is what is left.
    #[error("gas limit: expected at most {}, got {}", .0.expected, .0.got)]
    BlockGas(Mismatch<u64>),
    /// The priority fee is above the fee cap, in wei for each gas (EIP-1559); `expected` is the fee cap.
    #[error("priority fee: expected at most {}, got {}", .0.expected, .0.got)]
    PriorityFee(Mismatch<U256>),
    /// The fee cap is below the base fee, in wei for each gas (EIP-1559); `expected` is the base fee.
    #[error("fee cap: expected at least {}, got {}", .0.expected, .0.got)]
    FeeCap(Mismatch<U256>),
    /// The init code is too long, in bytes (EIP-3860); `expected` is the most allowed.
    #[error("init code: expected at most {} bytes, got {}", .0.expected, .0.got)]
    InitCodeSize(Mismatch<u64>),
}

impl TransactionError {
    /// What revm's refusal of `transaction` means in the block of `execution`.
    ///
    /// # Errors
    /// The refusal itself where it is none that a block can cause.
    pub(crate) fn from_evm(
        reason: InvalidTransaction,
        transaction: &Transaction,
        execution: &BlockExecution<'_>,
    ) -> Result<Self, InvalidTransaction> {
        use InvalidTransaction as Evm;
        let header = &execution.block.header;
        Ok(match reason {
            Evm::NonceTooHigh { tx, state } | Evm::NonceTooLow { tx, state } => Self::Nonce(Mismatch {
                expected: state,
                got: tx,
            }),
            Evm::NonceOverflowInTransaction => Self::NonceOverflow,
            Evm::LackOfFundForMaxFee { fee, balance } => Self::Balance(Mismatch {
                expected: *fee,
                got: *balance,
            }),
            Evm::OverflowPaymentInTransaction => Self::PaymentOverflow,
            Evm::RejectCallerWithCode => Self::SenderIsContract,
            Evm::CallGasCostMoreThanGasLimit {
                initial_gas: expected,
                gas_limit: got,
            }
            | Evm::GasFloorMoreThanGasLimit {
                gas_floor: expected,
                gas_limit: got,
            } => Self::IntrinsicGas(Mismatch { expected, got }),
            Evm::TxGasLimitGreaterThanCap { gas_limit, cap } => Self::GasLimitCap(Mismatch {
                expected: cap,
                got: gas_limit,
            }),
            Evm::CallerGasLimitMoreThanBlock => Self::BlockGas(Mismatch {
                expected: header.gas_limit,
                got: transaction.gas_limit(),
            }),
            Evm::PriorityFeeGreaterThanMaxFee => Self::PriorityFee(Mismatch {
                expected: U256::from(transaction.max_fee_per_gas()),
                got: U256::from(transaction.max_priority_fee_per_gas().unwrap_or_default()),
            }),
            Evm::GasPriceLessThanBasefee => Self::FeeCap(Mismatch {
                expected: U256::from(header.base_fee_per_gas.unwrap_or_default()),
                got: U256::from(transaction.max_fee_per_gas()),
            }),
            Evm::CreateInitCodeSizeLimit => Self::InitCodeSize(Mismatch {
                expected: execution.env.cfg_env.max_initcode_size() as u64,
                got: transaction.input().len() as u64,
            }),
            Evm::BlobGasPriceGreaterThanMax {
                block_blob_gas_price,
                tx_max_fee_per_blob_gas,
            } => Self::BlobFeeCap(Mismatch {
                expected: U256::from(block_blob_gas_price),
                got: U256::from(tx_max_fee_per_blob_gas),
            }),
            Evm::BlobCreateTransaction => Self::BlobCreate,
            Evm::EmptyBlobs => Self::NoBlobs(Mismatch { expected: 1, got: 0 }),
            Evm::TooManyBlobs { max, have } => Self::TooManyBlobs(Mismatch {
                expected: max as u64,
                got: have as u64,
            }),
            Evm::EmptyAuthorizationList => Self::NoAuthorizations,
            other => return Err(other),
        })
    }
}
