//! What each transaction did, as the report tells it.
//!
//! Invariant: the facts here are the same under every schedule and any number of threads.

use crate::Transaction;
use alloy_consensus::{Transaction as _, Typed2718 as _};
use alloy_primitives::{Address, B256};
use serde::Serialize;

/// One transaction as it was executed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct TransactionReport {
    /// The transaction's hash.
    #[cfg_attr(feature = "typescript", tsify(type = "Hex"))]
    pub hash: B256,
    /// EIP-2718 type: 0 to 4.
    pub transaction_type: u8,
    /// The sender, recovered from the signature.
    #[cfg_attr(feature = "typescript", tsify(type = "Hex"))]
    pub sender: Address,
    /// The recipient; absent for a contract creation.
    #[cfg_attr(feature = "typescript", tsify(type = "Hex | undefined"))]
    pub to: Option<Address>,
    /// Gas used, after refunds.
    pub gas_used: u64,
    /// Whether it succeeded (receipt status of EIP-658).
    pub success: bool,
    /// Number of logs it left.
    pub logs: u64,
}

impl TransactionReport {
    /// The report of `transaction` by `sender`, once it is committed.
    pub(crate) fn new(
        transaction: &Transaction,
        sender: Address,
        gas_used: u64,
        success: bool,
        logs: usize,
    ) -> Self {
        Self {
            hash: *transaction.tx_hash(),
            transaction_type: transaction.ty(),
            sender,
            to: transaction.to(),
            gas_used,
            success,
            logs: logs as u64,
        }
    }
}
