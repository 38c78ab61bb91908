//! Receipts, and how one is built from an executed transaction.
//!
//! Invariant: a receipt is built without its bloom: blooms are made once, afterwards, where each distinct
//! address and topic is hashed once for the whole block.

use alloy_consensus::{Eip658Value, TransactionEnvelope};
use alloy_evm::{
    Evm,
    eth::receipt_builder::{ReceiptBuilder, ReceiptBuilderCtx},
};

/// A receipt without its bloom: status (EIP-658) or intermediate state root, cumulative gas used, logs. Its
/// transaction's type is the block's to tell.
pub type Receipt = alloy_consensus::Receipt;

/// Builds [`Receipt`]s with the status of EIP-658; before Byzantium the verifier puts the intermediate state
/// root in its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StatusReceipts;

impl ReceiptBuilder for StatusReceipts {
    type Transaction = crate::Transaction;
    type Receipt = Receipt;

    fn build_receipt<E: Evm>(
        &self,
        ctx: ReceiptBuilderCtx<'_, <Self::Transaction as TransactionEnvelope>::TxType, E>,
    ) -> Receipt {
        Receipt {
            status: Eip658Value::Eip658(ctx.result.is_success()),
            cumulative_gas_used: ctx.cumulative_gas_used,
            logs: ctx.result.into_logs(),
        }
    }
}
