//! Transactions edited, removed, repeated and moved, with and without the header's root changed to match.

use crate::case::Case;
use alloy_consensus::{Signed, TxLegacy, proofs::calculate_transaction_root};
use alloy_primitives::{Address, Signature, U256, uint};
use alloy_rlp::Encodable as _;
use blocklight_tests::{Seeded, swept};
use blocklight_verifier::{
    CheckStatus, Input, InvalidReason, Mismatch, Missing, Presence, Rule, Transaction, TransactionError,
    Verdict,
};
use rayon::prelude::*;

const PRAGUE: &str = "mainnet-22615247-keth";
const FRONTIER: &str = "mainnet-46402-nimbus";
const BLOCKS: [&str; 4] = [
    PRAGUE,
    "mainnet-1150000-zeth",
    "mainnet-21688509-keth",
    "hoodi-690403-ethrex",
];
const SECP256K1_ORDER: U256 = uint!(0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141_U256);

/// Places of the transactions that are changed in turn, of so many: all of them in whole sweeps, else some, always the same.
fn changed_in_turn(count: usize) -> Vec<usize> {
    Seeded::new(6).sample(count, swept(count, 20, 6))
}

/// A transaction with its fields and signature changed, hashed anew.
macro_rules! changed {
    ($transaction:expr, |$fields:ident, $signature:ident| $change:expr) => {
        match $transaction.clone() {
            Transaction::Legacy(signed) => changed!(@ Legacy, signed, $fields, $signature, $change),
            Transaction::Eip2930(signed) => changed!(@ Eip2930, signed, $fields, $signature, $change),
            Transaction::Eip1559(signed) => changed!(@ Eip1559, signed, $fields, $signature, $change),
            Transaction::Eip4844(signed) => changed!(@ Eip4844, signed, $fields, $signature, $change),
            Transaction::Eip7702(signed) => changed!(@ Eip7702, signed, $fields, $signature, $change),
        }
    };
    (@ $variant:ident, $signed:ident, $fields:ident, $signature:ident, $change:expr) => {{
        #[allow(
            unused_mut,
            unused_variables,
            unused_assignments,
            reason = "a change may be to the fields alone or to the signature alone"
        )]
        let (mut $fields, mut $signature, _) = $signed.into_parts();
        $change;
        Transaction::$variant(Signed::new_unhashed($fields, $signature))
    }};
}
pub(crate) use changed;

/// Makes the header's transactions root that of the body.
pub(crate) fn fix_transactions_root(input: &mut Input) {
    input.block.header.transactions_root = calculate_transaction_root(&input.block.body.transactions);
}

/// Edits of transaction `index`, each of which makes its signature that of somebody else.
#[allow(
    clippy::useless_conversion,
    reason = "a recipient is not of the same type in every kind of transaction"
)]
fn edits(transaction: &Transaction) -> Vec<(&'static str, Transaction)> {
    vec![
        (
            "value",
            changed!(transaction, |fields, signature| fields.value += U256::from(1)),
        ),
        (
            "gas limit",
            changed!(transaction, |fields, signature| fields.gas_limit += 1),
        ),
        (
            "nonce",
            changed!(transaction, |fields, signature| fields.nonce += 1),
        ),
        (
            "data",
            changed!(transaction, |fields, signature| fields.input =
                [&fields.input[..], &[1]].concat().into()),
        ),
        (
            "recipient",
            changed!(transaction, |fields, signature| fields.to =
                Address::repeat_byte(9).into()),
        ),
        (
            "signature's parity",
            changed!(transaction, |fields, signature| {
                signature = Signature::new(signature.r(), signature.s(), !signature.v());
            }),
        ),
        (
            "signature's r",
            changed!(transaction, |fields, signature| {
                signature = Signature::new(signature.r() ^ U256::from(1), signature.s(), signature.v());
            }),
        ),
        (
            "signature of nobody",
            changed!(transaction, |fields, signature| {
                signature = Signature::new(U256::ZERO, signature.s(), signature.v());
            }),
        ),
    ]
}

#[test]
fn an_edited_transaction_is_never_valid() {
    for name in BLOCKS {
        let Some(case) = Case::shared(name) else { return };
        let count = case.input.block.body.transactions.len();
        changed_in_turn(count).into_par_iter().for_each(|index| {
            for (field, edited) in edits(&case.input.block.body.transactions[index]) {
                let what = format!("{field} of transaction {index}");
                let edit = |input: &mut Input| input.block.body.transactions[index] = edited.clone();
                case.assert_breaks(Rule::TransactionsRoot, &what, edit);
                let fixed = |input: &mut Input| {
                    edit(input);
                    fix_transactions_root(input);
                };
                match case.assert_not_valid(&what, fixed) {
                    Verdict::Invalid { reason, .. } => {
                        assert!(
                            matches!(reason.rule(), Rule::Transactions),
                            "{name}: {what}: {reason}"
                        );
                    }
                    // Whoever the signature is of now, the witness need not show that account.
                    Verdict::Incomplete { missing, .. } => {
                        assert!(
                            matches!(missing, Missing::Node { .. }),
                            "{name}: {what}: {missing}"
                        );
                    }
                    Verdict::Valid { .. } => unreachable!("asserted"),
                }
                case.assert_held_to_hash(&what, fixed);
            }
        });
    }
}

#[test]
fn a_signature_of_nobody_is_named() {
    let Some(case) = Case::shared(PRAGUE) else { return };
    let reason = case.assert_breaks(Rule::Transactions, "signature of nobody", |input| {
        let transaction = &mut input.block.body.transactions[3];
        *transaction = changed!(transaction, |fields, signature| {
            signature = Signature::new(U256::ZERO, signature.s(), signature.v());
        });
        fix_transactions_root(input);
    });
    assert_eq!(
        reason,
        InvalidReason::Transaction {
            index: 3,
            error: TransactionError::Signature
        }
    );
}

/// Makes the first transaction one for the chain with this id. Chain ids are looked at before signatures, so that it makes no
/// difference whose signature it has now.
#[allow(
    clippy::useless_conversion,
    reason = "in some kinds of transaction the chain id may be left out, in others not"
)]
fn name_chain(input: &mut Input, chain_id: u64) {
    let transaction = &mut input.block.body.transactions[0];
    *transaction = changed!(transaction, |fields, signature| fields.chain_id = chain_id.into());
    fix_transactions_root(input);
}

#[test]
fn a_transaction_for_another_chain_is_named() {
    for name in [PRAGUE, "mainnet-21688509-keth", "hoodi-690403-ethrex"] {
        let Some(case) = Case::shared(name) else { return };
        let expected = case.chain.id();
        for got in [0, 2, 17_000, u64::from(u32::MAX)] {
            let what = format!("for chain {got}");
            let reason = case.assert_breaks(Rule::Transactions, &what, |input| name_chain(input, got));
            assert_eq!(
                reason,
                InvalidReason::Transaction {
                    index: 0,
                    error: TransactionError::ChainId(Mismatch { expected, got })
                },
                "{name}"
            );
        }
    }
}

/// Spurious Dragon was the first fork whose signatures could name a chain (EIP-155).
#[test]
fn a_transaction_that_names_its_chain_is_refused_before_spurious_dragon() {
    for name in [FRONTIER, "mainnet-1150000-zeth"] {
        let Some(case) = Case::shared(name) else { return };
        let chain_id = case.chain.id();
        let reason = case.assert_breaks(Rule::Transactions, "names its chain", |input| {
            name_chain(input, chain_id);
        });
        let mismatch = Mismatch {
            expected: Presence::Absent,
            got: Presence::Present,
        };
        assert_eq!(
            reason,
            InvalidReason::Transaction {
                index: 0,
                error: TransactionError::ChainIdPresence(mismatch)
            },
            "{name}"
        );
    }
}

/// The other of the two signatures that everybody can make of one: same sender, same effects, other hash.
#[test]
fn a_mirrored_signature_is_refused_from_homestead_on() {
    let mirror = |input: &mut Input| {
        let transaction = &mut input.block.body.transactions[0];
        *transaction = changed!(transaction, |fields, signature| {
            signature = Signature::new(signature.r(), SECP256K1_ORDER - signature.s(), !signature.v());
        });
        fix_transactions_root(input);
    };
    for name in BLOCKS {
        let Some(case) = Case::shared(name) else { return };
        let reason = case.assert_breaks(Rule::Transactions, "mirrored", mirror);
        assert!(
            matches!(
                reason,
                InvalidReason::Transaction {
                    index: 0,
                    error: TransactionError::HighS(_)
                }
            ),
            "{name}: {reason}"
        );
    }
    let Some(case) = Case::shared(FRONTIER) else {
        return;
    };
    let verdict = case.verdict("mirrored", mirror);
    assert!(verdict.is_valid(), "{verdict:?}");
    assert_ne!(
        verdict.report().hash,
        case.hash(),
        "another transaction, another block"
    );
    case.assert_held_to_hash("mirrored", mirror);
}

#[test]
fn a_transaction_removed_repeated_or_moved_is_found_out() {
    for name in BLOCKS {
        let Some(case) = Case::shared(name) else { return };
        let count = case.input.block.body.transactions.len();
        for index in changed_in_turn(count) {
            let remove = |input: &mut Input| {
                input.block.body.transactions.remove(index);
            };
            case.assert_breaks(Rule::TransactionsRoot, "removed", remove);
            case.assert_not_valid("removed, root fixed", |input| {
                remove(input);
                fix_transactions_root(input);
            });
            let repeat = |input: &mut Input| {
                let copy = input.block.body.transactions[index].clone();
                input.block.body.transactions.insert(index, copy);
            };
            case.assert_breaks(Rule::TransactionsRoot, "repeated", repeat);
            let verdict = case.assert_not_valid("repeated, root fixed", |input| {
                repeat(input);
                fix_transactions_root(input);
            });
            let is_blob = matches!(case.input.block.body.transactions[index], Transaction::Eip4844(_));
            match verdict {
                Verdict::Invalid {
                    reason: InvalidReason::BlobGasUsed(_),
                    ..
                } if is_blob => {}
                Verdict::Invalid {
                    reason:
                        InvalidReason::Transaction {
                            index: at,
                            error: TransactionError::Nonce(nonce),
                        },
                    ..
                } => {
                    assert_eq!(
                        (at, nonce.expected),
                        (index + 1, nonce.got + 1),
                        "{name}: repeated {index}"
                    );
                }
                verdict => panic!("{name}: repeated {index}: {verdict:?}"),
            }
        }
        for index in 1..count {
            let swap = |input: &mut Input| input.block.body.transactions.swap(index - 1, index);
            case.assert_breaks(Rule::TransactionsRoot, "swapped", swap);
            let reports = &case.facts().transaction_reports;
            // Two that use the same gas and do not meet may change places: another block, as valid.
            if reports[index - 1].gas_used != reports[index].gas_used {
                case.assert_not_valid("swapped, root fixed", |input| {
                    swap(input);
                    fix_transactions_root(input);
                });
            }
        }
        case.assert_breaks(Rule::TransactionsRoot, "all removed", |input| {
            input.block.body.transactions.clear();
        });
        let verdict = case.assert_not_valid("all removed, root fixed", |input| {
            input.block.body.transactions.clear();
            fix_transactions_root(input);
        });
        assert!(
            matches!(
                &verdict,
                Verdict::Invalid {
                    reason: InvalidReason::GasUsed(_) | InvalidReason::BlobGasUsed(_),
                    ..
                }
            ),
            "{name}: {verdict:?}"
        );
    }
}

#[test]
fn transactions_of_another_block_are_found_out() {
    let (Some(case), Some(other)) = (Case::shared(PRAGUE), Case::shared("mainnet-21688509-keth")) else {
        return;
    };
    for place in [0, case.input.block.body.transactions.len()] {
        let add = |input: &mut Input| {
            let transaction = other.input.block.body.transactions[0].clone();
            input.block.body.transactions.insert(place, transaction);
        };
        case.assert_breaks(Rule::TransactionsRoot, "added", add);
        case.assert_not_valid("added, root fixed", |input| {
            add(input);
            fix_transactions_root(input);
        });
    }
}

/// The sample, a block of Osaka, with a transaction whose data makes it `bytes` long.
fn drawn_out_to(bytes: usize, input: &mut Input) {
    let signature = Signature::new(U256::ONE, U256::ONE, false);
    input.hash = None;
    let with = |length: usize| {
        let transaction = TxLegacy {
            input: vec![0; length].into(),
            ..TxLegacy::default()
        };
        Transaction::Legacy(Signed::new_unhashed(transaction, signature))
    };
    input.block.body.transactions.push(with(bytes / 2));
    // Lengths of as many bytes as these take four to write down, from here on.
    let more = bytes - input.block.length();
    let last = input.block.body.transactions.len() - 1;
    input.block.body.transactions[last] = with(bytes / 2 + more);
    assert_eq!(input.block.length(), bytes);
    fix_transactions_root(input);
}

/// EIP-7934: 10 MiB less 2 MiB for the rest of the message.
#[test]
fn a_block_of_osaka_may_have_8_mebibytes_and_not_a_byte_more() {
    const MAX_RLP_BLOCK_SIZE: usize = 8 << 20;
    let case = Case::sample();
    let reason = case.assert_breaks(Rule::BlockSize, "a byte too long", |input| {
        drawn_out_to(MAX_RLP_BLOCK_SIZE + 1, input);
    });
    let (expected, got) = (MAX_RLP_BLOCK_SIZE as u64, MAX_RLP_BLOCK_SIZE as u64 + 1);
    assert_eq!(reason, InvalidReason::BlockSize(Mismatch { expected, got }));
    let verdict = case.verdict("as long as it may be", |input| {
        drawn_out_to(MAX_RLP_BLOCK_SIZE, input);
    });
    let size = verdict
        .report()
        .checks
        .iter()
        .find(|check| check.rule == Rule::BlockSize)
        .expect("checked");
    assert_eq!(size.status, CheckStatus::Passed, "{verdict:?}");
    // Nobody has signed what makes it so long.
    assert!(!verdict.is_valid());
}
