//! What a transaction may take from its sender: gas, value and blobs at their highest prices (Yellow Paper, section 6.2; EIP-1559;
//! EIP-4844).
//!
//! Invariant: it is never compared with the sender's balance after it was cut to 128 bits. revm counts the price of gas and that of
//! blobs in so many: one that passes them it takes for invalid, the other for less than it is. A balance that would pay for either is
//! more than all ether there is, but a chain can begin with it.

use revm::{
    Database,
    context::TxEnv,
    context_interface::{
        Transaction as _,
        result::{AnyError, EVMError, InvalidTransaction},
    },
    primitives::U256,
};

/// A transaction that is valid and that revm cannot count the payment of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the sender can pay for more than 2^128 wei of gas or blobs, which the EVM used here does not count to"
)]
struct PaymentPast128Bits;

/// Holds `transaction` to its sender's balance where its gas or its blobs may cost 2^128 wei or more; else leaves that to revm.
///
/// # Errors
/// [`InvalidTransaction`] for a sender that cannot pay, but for gas, where revm itself says so; [`EVMError::Database`] when the
/// sender cannot be read; and an error of its own for one that can pay, since that is beyond revm.
pub(crate) fn check<DB: Database>(database: &mut DB, transaction: &TxEnv) -> Result<(), EVMError<DB::Error>> {
    let gas = U256::from(transaction.gas_limit()) * U256::from(transaction.max_fee_per_gas());
    let blobs = U256::from(transaction.total_blob_gas()) * U256::from(transaction.max_fee_per_blob_gas());
    let fits = |price: U256| price <= U256::from(u128::MAX);
    if fits(gas) && fits(blobs) {
        return Ok(());
    }
    let sender = database.basic(transaction.caller()).map_err(EVMError::Database)?;
    let balance = sender.map_or(U256::ZERO, |account| account.balance);
    // Neither product passes 192 bits.
    match (gas + blobs).checked_add(transaction.value()) {
        Some(payment) if payment <= balance => Err(EVMError::CustomAny(AnyError::new(PaymentPast128Bits))),
        _ if !fits(gas) => Ok(()),
        payment => Err(EVMError::Transaction(InvalidTransaction::LackOfFundForMaxFee {
            fee: Box::new(payment.unwrap_or(U256::MAX)),
            balance: Box::new(balance),
        })),
    }
}
