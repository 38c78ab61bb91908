//! What execution requests rest on (EIP-6110, EIP-7002, EIP-7251, EIP-8282), as far as alloy-evm takes it for granted.
//!
//! Invariant: before requests are gathered, every deposit log has the one layout the deposit contract gives it, and the
//! contracts that are asked for requests are there. alloy-evm decodes any layout that Solidity's ABI allows, and takes
//! a call to an account without code for one that returned nothing.

use crate::{BlockExecution, Receipt, SystemContract, error::Failure};
use alloy_eips::{
    eip6110::MAINNET_DEPOSIT_CONTRACT_ADDRESS, eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS,
    eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS,
};
use alloy_evm::block::{BUILDER_DEPOSIT_REQUEST_PREDEPLOY_ADDRESS, BUILDER_EXIT_REQUEST_PREDEPLOY_ADDRESS};
use alloy_primitives::{B256, b256};
use revm::{Database, primitives::KECCAK_EMPTY};

/// Keccak-256 of `DepositEvent(bytes,bytes,bytes,bytes,bytes)`.
const DEPOSIT_EVENT: B256 = b256!("649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5");

/// Bytes of a deposit log's data.
const DEPOSIT_LOG_BYTES: usize = 576;

/// Where in a deposit log's data each field's offset, and at that offset its length, stands; and both values: public key,
/// withdrawal credentials, amount, signature, index.
const DEPOSIT_FIELDS: [(usize, usize, usize); 5] = [
    (0, 160, 48),
    (32, 256, 32),
    (64, 320, 8),
    (96, 384, 96),
    (128, 512, 8),
];

/// Holds a block to this, from Prague on, when its transactions are done.
///
/// # Errors
/// [`Failure::DepositLog`] or [`Failure::SystemCall`]; [`Failure::Internal`] when the database cannot
/// be read, whose own error outranks it.
pub(crate) fn check(
    input: &BlockExecution<'_>,
    receipts: &[Receipt],
    state: &mut impl Database,
) -> Result<(), Failure> {
    let (spec, timestamp) = (input.spec, input.block.header.timestamp);
    if !spec.is_prague_active_at_timestamp(timestamp) {
        return Ok(());
    }
    let deposit_contract = spec
        .deposit_contract_address()
        .unwrap_or(MAINNET_DEPOSIT_CONTRACT_ADDRESS);
    let deposits = receipts
        .iter()
        .flat_map(|receipt| &receipt.logs)
        .filter(|log| log.address == deposit_contract && log.topics().first() == Some(&DEPOSIT_EVENT));
    for log in deposits {
        if !is_deposit(&log.data.data) {
            return Err(Failure::DepositLog);
        }
    }
    let builder_requests =
        input.amsterdam.has_builder_requests() && spec.is_amsterdam_active_at_timestamp(timestamp);
    let contracts = [
        (
            WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS,
            SystemContract::WithdrawalRequests,
        ),
        (
            CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS,
            SystemContract::ConsolidationRequests,
        ),
        (
            BUILDER_DEPOSIT_REQUEST_PREDEPLOY_ADDRESS,
            SystemContract::BuilderDepositRequests,
        ),
        (
            BUILDER_EXIT_REQUEST_PREDEPLOY_ADDRESS,
            SystemContract::BuilderExitRequests,
        ),
    ];
    let called = if builder_requests { 4 } else { 2 };
    for (address, contract) in contracts.into_iter().take(called) {
        let account = state
            .basic(address)
            .map_err(|error| Failure::Internal(Box::new(error)))?;
        if account.is_none_or(|account| account.code_hash == KECCAK_EMPTY) {
            return Err(Failure::SystemCall { contract });
        }
    }
    Ok(())
}

/// EIP-6110's `is_valid_deposit_event_data`.
fn is_deposit(data: &[u8]) -> bool {
    data.len() == DEPOSIT_LOG_BYTES
        && DEPOSIT_FIELDS
            .iter()
            .all(|&(at, offset, length)| word(data, at) == Some(offset) && word(data, offset) == Some(length))
}

/// The 32 bytes from `at` on as a number; none if it is larger than any offset can be.
fn word(data: &[u8], at: usize) -> Option<usize> {
    let (high, low) = data.get(at..at.checked_add(32)?)?.split_at(24);
    let number = u64::from_be_bytes(low.try_into().ok()?);
    if high.iter().any(|byte| *byte != 0) {
        return None;
    }
    usize::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn honest() -> Vec<u8> {
        let mut data = vec![0; DEPOSIT_LOG_BYTES];
        for (at, offset, length) in DEPOSIT_FIELDS {
            for (place, value) in [(at, offset), (offset, length)] {
                data[place + 30..place + 32]
                    .copy_from_slice(&u16::try_from(value).expect("fits").to_be_bytes());
            }
        }
        data
    }

    #[test]
    fn a_deposit_log_has_one_layout() {
        assert!(is_deposit(&honest()));
        for (at, offset, _) in DEPOSIT_FIELDS {
            for place in [at, at + 31, offset, offset + 31] {
                let mut data = honest();
                data[place] ^= 1;
                assert!(!is_deposit(&data), "byte {place}");
            }
        }
        assert!(!is_deposit(&[honest(), vec![0; 32]].concat()));
        assert!(!is_deposit(&honest()[..DEPOSIT_LOG_BYTES - 32]));
        assert!(!is_deposit(&[]));
    }
}
