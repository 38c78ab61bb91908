//! Transactions against fork and chain: what can be seen without state or execution.
//!
//! Invariant: a transaction that passes has a type the fork knows, is signed for this chain with a low s, and
//! has blobs as the fork allows; the rest revm checks at its turn.

use crate::{
    Block, ChainSpec, InvalidReason, Mismatch, Rule, Transaction, checks::Checks,
    transaction_error::TransactionError,
};
use alloy_consensus::{Transaction as _, Typed2718};
use alloy_eips::{eip4844::VERSIONED_HASH_VERSION_KZG, eip7840::BlobParams};
use alloy_hardforks::EthereumHardforks;
use alloy_primitives::{U256, uint};

/// Half of secp256k1's order, the largest s that EIP-2 allows.
const SECP256K1N_HALF: U256 = uint!(0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0_U256);

/// What a fork asks of transactions.
struct ForkRules<'a> {
    chain_id: u64,
    newest_type: u8,
    /// EIP-155: a signature may name the chain.
    replay_protection: bool,
    /// EIP-2.
    low_s: bool,
    blobs: Option<&'a BlobParams>,
}

/// Holds every transaction to the fork, and the header's blob gas to their sum.
pub(crate) fn check_transactions(
    chain: &ChainSpec,
    block: &Block,
    checks: &mut Checks,
) -> Result<(), InvalidReason> {
    let header = &block.header;
    let blobs = chain.blob_params(header.timestamp);
    let rules = ForkRules {
        chain_id: chain.id(),
        newest_type: newest_type(chain, header.number, header.timestamp),
        replay_protection: chain.is_spurious_dragon_active_at_block(header.number),
        low_s: chain.is_homestead_active_at_block(header.number),
        blobs: blobs.as_ref(),
    };
    let fork = chain.fork(header.number, header.timestamp);
    let transactions = &block.body.transactions;
    let outcome = transactions
        .iter()
        .enumerate()
        .try_for_each(|(index, transaction)| {
            check_transaction(&rules, transaction)
                .map_err(|error| InvalidReason::Transaction { index, error })
        });
    checks.outcome(
        Rule::Transactions,
        format_args!("{} by the rules of {fork}", transactions.len()),
        outcome,
    )?;

    if let (Some(params), Some(claimed)) = (&blobs, header.blob_gas_used) {
        let used = transactions
            .iter()
            .map(|transaction| transaction.blob_gas_used().unwrap_or(0))
            .sum::<u64>();
        let maximum = params.max_blob_gas_per_block();
        checks.equal(Rule::BlobGasUsed, used, claimed, InvalidReason::BlobGasUsed)?;
        checks.at_most(
            Rule::BlobGasUsed,
            maximum,
            used,
            InvalidReason::BlobGasAboveMaximum,
        )?;
    }
    Ok(())
}

/// The newest EIP-2718 type the block's fork knows: EIP-2930, EIP-1559, EIP-4844, EIP-7702.
fn newest_type(chain: &ChainSpec, number: u64, timestamp: u64) -> u8 {
    if chain.is_prague_active_at_timestamp(timestamp) {
        4
    } else if chain.is_cancun_active_at_timestamp(timestamp) {
        3
    } else if chain.is_london_active_at_block(number) {
        2
    } else {
        u8::from(chain.is_berlin_active_at_block(number))
    }
}

fn check_transaction(rules: &ForkRules<'_>, transaction: &Transaction) -> Result<(), TransactionError> {
    let transaction_type = transaction.ty();
    if transaction_type > rules.newest_type {
        return Err(TransactionError::Type(Mismatch {
            expected: rules.newest_type,
            got: transaction_type,
        }));
    }
    if let Some(chain_id) = transaction.chain_id() {
        if !rules.replay_protection {
            let mismatch = Mismatch {
                expected: false.into(),
                got: true.into(),
            };
            return Err(TransactionError::ChainIdPresence(mismatch));
        }
        if chain_id != rules.chain_id {
            return Err(TransactionError::ChainId(Mismatch {
                expected: rules.chain_id,
                got: chain_id,
            }));
        }
    }
    let s = transaction.signature().s();
    if rules.low_s && s > SECP256K1N_HALF {
        return Err(TransactionError::HighS(Mismatch {
            expected: SECP256K1N_HALF,
            got: s,
        }));
    }
    check_blobs(rules, transaction)
}

/// EIP-4844: at least one blob, at most the transaction's maximum (EIP-7594), every hash of version 1.
fn check_blobs(rules: &ForkRules<'_>, transaction: &Transaction) -> Result<(), TransactionError> {
    let (Some(hashes), Some(params)) = (transaction.blob_versioned_hashes(), rules.blobs) else {
        return Ok(());
    };
    let (count, most) = (
        hashes.len() as u64,
        params.max_blobs_per_tx.min(params.max_blob_count),
    );
    if count == 0 {
        return Err(TransactionError::NoBlobs(Mismatch { expected: 1, got: 0 }));
    }
    if count > most {
        return Err(TransactionError::TooManyBlobs(Mismatch {
            expected: most,
            got: count,
        }));
    }
    match hashes.iter().find(|hash| hash[0] != VERSIONED_HASH_VERSION_KZG) {
        Some(hash) => {
            let mismatch = Mismatch {
                expected: VERSIONED_HASH_VERSION_KZG,
                got: hash[0],
            };
            Err(TransactionError::BlobVersion {
                hash: *hash,
                mismatch,
            })
        }
        None => Ok(()),
    }
}
