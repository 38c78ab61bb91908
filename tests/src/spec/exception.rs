//! The fixtures' names of exceptions, and the verifier's reasons that they stand for.
//!
//! Invariant: no catch-all. A name that is not in the table accepts nothing, and a name in it accepts the reasons that
//! mean the same rule and no other.

use blocklight_verifier::{
    InputError, InvalidReason as Reason, Missing, TransactionError as Tx, input::Part,
};

/// How a block was refused.
#[derive(Debug)]
pub enum Refusal<'a> {
    /// Its bytes are no block.
    Undecodable(&'a InputError),
    /// It breaks a rule.
    Invalid(&'a Reason),
    /// What came with it is not its own.
    Incomplete(&'a Missing),
}

/// Whether the refusal is for one of the `expected` reasons: names with `|` between them.
pub fn is_refusal_for(expected: &str, refusal: &Refusal<'_>) -> bool {
    expected.split('|').any(|name| match refusal {
        Refusal::Undecodable(error) => is_of_encoding(name, error),
        // The header has another hash than the list that came along.
        Refusal::Incomplete(missing) => {
            name == "BlockException.INVALID_BAL_HASH" && matches!(missing, Missing::AccessList { .. })
        }
        Refusal::Invalid(Reason::Transaction { error, .. }) => is_of_transaction(name, error),
        Refusal::Invalid(reason) => is_of_block(name, reason),
    })
}

/// Exceptions that the block's encoding cannot even express, or breaks. Of what an RLP reader can say, the one thing that it says
/// of this rule; but for the name that means any fault of the encoding.
fn is_of_encoding(name: &str, error: &InputError) -> bool {
    use alloy_rlp::Error as Rlp;
    let fault = match error {
        InputError::Rlp {
            part: Part::Block,
            source,
            ..
        } => Some(source),
        _ => None,
    };
    match name {
        "BlockException.RLP_STRUCTURES_ENCODING" => {
            fault.is_some()
                || matches!(
                    error,
                    InputError::NotCanonical {
                        part: Part::Block,
                        ..
                    } | InputError::TrailingBytes {
                        part: Part::Block,
                        ..
                    }
                )
        }
        // A number that does not fit into its type.
        "BlockException.INCORRECT_BLOCK_FORMAT" => fault == Some(&Rlp::Overflow),
        // A blob transaction with its sidecar begins with a list, and no type of transaction in a block does (EIP-4844).
        "TransactionException.TYPE_3_TX_WITH_FULL_BLOBS" => fault == Some(&Rlp::UnexpectedList),
        // Both types have an address, 20 bytes, where others may have none (EIP-4844, EIP-7702).
        "TransactionException.TYPE_3_TX_CONTRACT_CREATION"
        | "TransactionException.TYPE_4_TX_CONTRACT_CREATION" => fault == Some(&Rlp::UnexpectedLength),
        // A price per gas past 128 bits is no number that a transaction is decoded with: nobody could pay it. What is no
        // legacy transaction is taken for one of a type, and its first byte is of none.
        "TransactionException.GASLIMIT_PRICE_PRODUCT_OVERFLOW" => {
            fault == Some(&Rlp::Custom("Unexpected type flag"))
        }
        _ => false,
    }
}

fn is_of_block(name: &str, reason: &Reason) -> bool {
    let Some(name) = name.strip_prefix("BlockException.") else {
        // Limits on a block's blobs are said of the transaction that goes past them.
        return name == "TransactionException.TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED"
            && matches!(reason, Reason::BlobGasAboveMaximum(_));
    };
    match name {
        // A header without its fork's fields, or with another's; or with the hash of an access list that is out of order.
        "INCORRECT_BLOCK_FORMAT" => matches!(
            reason,
            Reason::ForkField { .. } | Reason::AccessListHash { .. } | Reason::AccessListOrder { .. }
        ),
        "INCORRECT_EXCESS_BLOB_GAS" => matches!(reason, Reason::ExcessBlobGas(_)),
        "INCORRECT_BLOB_GAS_USED" => matches!(reason, Reason::BlobGasUsed(_)),
        "BLOB_GAS_USED_ABOVE_LIMIT" => matches!(reason, Reason::BlobGasAboveMaximum(_)),
        "INVALID_BASEFEE_PER_GAS" => matches!(reason, Reason::BaseFee(_)),
        "INVALID_GASLIMIT" => matches!(reason, Reason::GasLimitTooHigh(_) | Reason::GasLimitTooLow(_)),
        "INVALID_GAS_USED" => matches!(reason, Reason::GasUsed(_)),
        "INVALID_GAS_USED_ABOVE_LIMIT" | "GAS_USED_OVERFLOW" => {
            matches!(reason, Reason::GasUsedAboveLimit(_))
        }
        "INVALID_DEPOSIT_EVENT_LAYOUT" => matches!(reason, Reason::DepositLog),
        // The header's hash is not the list's that execution rebuilds, or the list that came along breaks its own order.
        "INVALID_BLOCK_ACCESS_LIST" | "INVALID_BAL_HASH" => {
            matches!(
                reason,
                Reason::AccessListHash { .. } | Reason::AccessListOrder { .. }
            )
        }
        "BLOCK_ACCESS_LIST_GAS_LIMIT_EXCEEDED" => matches!(reason, Reason::AccessListItems(_)),
        "INVALID_REQUESTS" => matches!(reason, Reason::RequestsHash(_)),
        "INVALID_WITHDRAWALS_ROOT" => matches!(reason, Reason::WithdrawalsRoot(_)),
        "INVALID_STATE_ROOT" => matches!(reason, Reason::StateRoot(_)),
        "INVALID_RECEIPTS_ROOT" => matches!(reason, Reason::ReceiptsRoot(_)),
        "INVALID_TRANSACTIONS_ROOT" => matches!(reason, Reason::TransactionsRoot(_)),
        "INVALID_LOG_BLOOM" => matches!(reason, Reason::LogsBloom(_)),
        "INVALID_BLOCK_HASH" => matches!(reason, Reason::BlockHash(_)),
        "INVALID_BLOCK_NUMBER" => matches!(reason, Reason::Number(_)),
        "INVALID_BLOCK_TIMESTAMP_OLDER_THAN_PARENT" => matches!(reason, Reason::Timestamp(_)),
        "IMPORT_IMPOSSIBLE_DIFFICULTY_OVER_PARIS" | "INVALID_DIFFICULTY" => {
            matches!(reason, Reason::Difficulty(_))
        }
        "IMPORT_IMPOSSIBLE_UNCLES_OVER_PARIS" => matches!(reason, Reason::OmmersHash(_)),
        "EXTRA_DATA_TOO_BIG" => matches!(reason, Reason::ExtraDataLength(_)),
        "RLP_BLOCK_LIMIT_EXCEEDED" => matches!(reason, Reason::BlockSize(_)),
        // A system contract without code fails the block as one that reverts does (EIP-7002, EIP-7251).
        "SYSTEM_CONTRACT_CALL_FAILED" | "SYSTEM_CONTRACT_EMPTY" => {
            matches!(reason, Reason::SystemCall { .. })
        }
        _ => false,
    }
}

fn is_of_transaction(name: &str, error: &Tx) -> bool {
    let Some(name) = name.strip_prefix("TransactionException.") else {
        // What a block uses too much is said of the transaction that finds too little left.
        return name == "BlockException.GAS_USED_OVERFLOW" && matches!(error, Tx::BlockGas(_));
    };
    match name {
        "TYPE_1_TX_PRE_FORK" => matches!(error, Tx::Type(mismatch) if mismatch.got == 1),
        "TYPE_2_TX_PRE_FORK" => matches!(error, Tx::Type(mismatch) if mismatch.got == 2),
        "TYPE_3_TX_PRE_FORK" => matches!(error, Tx::Type(mismatch) if mismatch.got == 3),
        "TYPE_4_TX_PRE_FORK" => matches!(error, Tx::Type(mismatch) if mismatch.got == 4),
        "TYPE_3_TX_ZERO_BLOBS" => matches!(error, Tx::NoBlobs(_)),
        // A transaction with more blobs than a block may have is past the block's limit by itself.
        "TYPE_3_TX_BLOB_COUNT_EXCEEDED" | "TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED" => {
            matches!(error, Tx::TooManyBlobs(_))
        }
        "TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH" => matches!(error, Tx::BlobVersion { .. }),
        "TYPE_3_TX_CONTRACT_CREATION" => matches!(error, Tx::BlobCreate),
        "TYPE_4_EMPTY_AUTHORIZATION_LIST" => matches!(error, Tx::NoAuthorizations),
        "TYPE_4_TX_CONTRACT_CREATION" => matches!(error, Tx::SetCodeCreate),
        "INSUFFICIENT_MAX_FEE_PER_BLOB_GAS" => matches!(error, Tx::BlobFeeCap(_)),
        "INSUFFICIENT_MAX_FEE_PER_GAS" => matches!(error, Tx::FeeCap(_)),
        "PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS" => matches!(error, Tx::PriorityFee(_)),
        "INSUFFICIENT_ACCOUNT_FUNDS" => matches!(error, Tx::Balance(_)),
        "GASLIMIT_PRICE_PRODUCT_OVERFLOW" => matches!(error, Tx::PaymentOverflow),
        "INTRINSIC_GAS_TOO_LOW" | "INTRINSIC_GAS_BELOW_FLOOR_GAS_COST" => {
            matches!(error, Tx::IntrinsicGas(_))
        }
        "GAS_ALLOWANCE_EXCEEDED" => matches!(error, Tx::BlockGas(_)),
        "GAS_LIMIT_EXCEEDS_MAXIMUM" => matches!(error, Tx::GasLimitCap(_)),
        "INITCODE_SIZE_EXCEEDED" => matches!(error, Tx::InitCodeSize(_)),
        "NONCE_IS_MAX" => matches!(error, Tx::NonceOverflow),
        "NONCE_MISMATCH_TOO_HIGH" => matches!(error, Tx::Nonce(mismatch) if mismatch.got > mismatch.expected),
        "NONCE_MISMATCH_TOO_LOW" => matches!(error, Tx::Nonce(mismatch) if mismatch.got < mismatch.expected),
        "SENDER_NOT_EOA" => matches!(error, Tx::SenderIsContract),
        "INVALID_CHAINID" => matches!(error, Tx::ChainId(_)),
        "INVALID_SIGNATURE_VRS" => matches!(error, Tx::HighS(_) | Tx::Signature),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use blocklight_verifier::Mismatch;

    const fn mismatch(expected: u64, got: u64) -> Mismatch<u64> {
        Mismatch { expected, got }
    }

    fn invalid(reason: Reason) -> impl Fn(&str) -> bool {
        move |expected| is_refusal_for(expected, &Refusal::Invalid(&reason))
    }

    #[test]
    fn a_reason_is_taken_for_its_own_exception_and_for_no_other() {
        let gas_used = invalid(Reason::GasUsed(mismatch(1, 2)));
        assert!(gas_used("BlockException.INVALID_GAS_USED"));
        assert!(gas_used(
            "BlockException.INVALID_STATE_ROOT|BlockException.INVALID_GAS_USED"
        ));
        for other in [
            "BlockException.INVALID_GAS_USED_ABOVE_LIMIT",
            "BlockException.INVALID_STATE_ROOT",
            "BlockException.NO_SUCH_EXCEPTION",
            "TransactionException.INVALID_GAS_USED",
            "INVALID_GAS_USED",
            "",
        ] {
            assert!(!gas_used(other), "{other}");
        }
        let nonce = Reason::Transaction {
            index: 0,
            error: Tx::BlockGas(mismatch(1, 2)),
        };
        let block_gas = invalid(nonce);
        assert!(block_gas("BlockException.GAS_USED_OVERFLOW"));
        assert!(!block_gas("TransactionException.NONCE_MISMATCH_TOO_LOW"));
        assert!(!block_gas("TransactionException.TYPE_1_TX_PRE_FORK"));
    }

    #[test]
    fn a_fault_of_the_encoding_is_taken_for_no_rule_and_another_fault_for_no_encoding() {
        let refused =
            |error: InputError| move |expected: &str| is_refusal_for(expected, &Refusal::Undecodable(&error));
        let canonical = refused(InputError::NotCanonical {
            part: Part::Block,
            at: 3,
        });
        assert!(canonical("BlockException.RLP_STRUCTURES_ENCODING"));
        assert!(!canonical("TransactionException.TYPE_3_TX_WITH_FULL_BLOBS"));
        assert!(!canonical("BlockException.INVALID_GAS_USED"));
        assert!(!canonical("BlockException.INCORRECT_BLOCK_FORMAT"));
        let rlp = |source| {
            refused(InputError::Rlp {
                part: Part::Block,
                index: None,
                source,
            })
        };
        let names = [
            "BlockException.INCORRECT_BLOCK_FORMAT",
            "TransactionException.TYPE_3_TX_WITH_FULL_BLOBS",
            "TransactionException.TYPE_3_TX_CONTRACT_CREATION",
            "TransactionException.TYPE_4_TX_CONTRACT_CREATION",
            "TransactionException.GASLIMIT_PRICE_PRODUCT_OVERFLOW",
        ];
        for (source, of) in [
            (alloy_rlp::Error::Overflow, &names[..1]),
            (alloy_rlp::Error::UnexpectedList, &names[1..2]),
            (alloy_rlp::Error::UnexpectedLength, &names[2..4]),
            (alloy_rlp::Error::Custom("Unexpected type flag"), &names[4..]),
            (alloy_rlp::Error::InputTooShort, &[]),
            (alloy_rlp::Error::LeadingZero, &[]),
        ] {
            let fault = rlp(source);
            assert!(fault("BlockException.RLP_STRUCTURES_ENCODING"));
            for name in names {
                assert_eq!(fault(name), of.contains(&name), "{name}");
            }
        }
        let witness = refused(InputError::TrailingBytes {
            part: Part::Witness,
            count: 1,
        });
        assert!(!witness("BlockException.RLP_STRUCTURES_ENCODING"));
        let empty = refused(InputError::Empty { part: Part::Block });
        assert!(!empty("BlockException.INCORRECT_BLOCK_FORMAT"));
    }
}
