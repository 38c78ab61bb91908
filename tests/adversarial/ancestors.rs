//! Ancestor headers dropped, garbled or forged.

use crate::case::Case;
use alloy_consensus::Header;
use alloy_primitives::{B256, Bytes, U256};
use alloy_rlp::Decodable;
use blocklight_tests::Seeded;
use blocklight_verifier::{Error, Input, InvalidReason, Limit, Limits, Missing, Rule, Verdict};
use rayon::prelude::*;

/// Blocks that look up ancestors.
const WITH_ANCESTORS: [(&str, usize); 2] = [("mainnet-23879620-rsp", 7), ("hoodi-1265656-ethrex", 6)];
const ONE_HEADER: &str = "mainnet-22615247-keth";

/// A change to a parent.
type Change = fn(&mut Header);

fn decoded(header: &Bytes) -> Header {
    Header::decode(&mut header.as_ref()).expect("a header")
}

fn encoded(header: &Header) -> Bytes {
    alloy_rlp::encode(header).into()
}

fn parent(input: &Input) -> Header {
    let headers = input.witness.headers.iter().map(decoded);
    let mut parents = headers.filter(|header| header.hash_slow() == input.block.header.parent_hash);
    parents.next().expect("the parent")
}

/// Puts a changed parent in the place of the headers, and makes the block its child.
fn forge_parent(input: &mut Input, change: impl FnOnce(&mut Header)) {
    let mut forged = parent(input);
    change(&mut forged);
    input.block.header.parent_hash = forged.hash_slow();
    input.witness.headers = vec![encoded(&forged)];
}

#[test]
fn every_ancestor_dropped_or_flipped_in_turn_is_named_or_was_not_needed() {
    for (name, count) in WITH_ANCESTORS {
        let Some(case) = Case::shared(name) else { return };
        let headers = &case.input.witness.headers;
        assert_eq!(headers.len(), count);
        let needed = (0..count).into_par_iter().filter(|&place| {
            let what = format!("header {place}");
            let number = decoded(&headers[place]).number;
            let dropped = case.lacks(&what, |input| {
                input.witness.headers.remove(place);
            });
            let flipped = case.lacks(&format!("{what} flipped"), |input| {
                let mut bytes = input.witness.headers[place].to_vec();
                let at = Seeded::new(place as u64).below(bytes.len());
                bytes[at] ^= 1;
                input.witness.headers[place] = bytes.into();
            });
            assert_eq!(dropped, flipped, "{name}: {what}");
            match dropped {
                None => false,
                Some(Missing::Parent { hash }) => {
                    assert_eq!(hash, case.input.block.header.parent_hash);
                    assert_eq!(number + 1, case.input.block.header.number);
                    true
                }
                // Its own hash its child names; what is missing is an older one that only it leads to.
                Some(Missing::Ancestor { number: missing }) => {
                    assert!(
                        missing < number,
                        "{name}: {what}: {missing} is missing, {number} was dropped"
                    );
                    true
                }
                Some(other) => panic!("{name}: {what}: {other}"),
            }
        });
        let needed = needed.count();
        println!("{name}: {needed} of {count} headers needed");
        // The parent, and at least one that BLOCKHASH asks through.
        assert!(
            needed >= 2,
            "{name}: only {needed} of {count} headers were needed"
        );
    }
}

#[test]
fn no_headers_at_all_is_incomplete() {
    let Some(case) = Case::shared(ONE_HEADER) else {
        return;
    };
    let missing = case
        .lacks("no headers", |input| input.witness.headers.clear())
        .expect("incomplete");
    assert_eq!(
        missing,
        Missing::Parent {
            hash: case.input.block.header.parent_hash
        }
    );
}

#[test]
fn a_parent_of_another_hash_is_no_parent() {
    let Some(case) = Case::shared(ONE_HEADER) else {
        return;
    };
    let changes: [Change; 4] = [
        |parent| parent.state_root = B256::repeat_byte(7),
        |parent| parent.number -= 1,
        |parent| parent.gas_limit += 1,
        |parent| parent.timestamp -= 12,
    ];
    for change in changes {
        let missing = case.lacks("forged parent", |input| {
            let mut forged = parent(input);
            change(&mut forged);
            input.witness.headers = vec![encoded(&forged)];
        });
        assert_eq!(
            missing,
            Some(Missing::Parent {
                hash: case.input.block.header.parent_hash
            })
        );
        case.assert_unaffected("forged parent beside the right one", |input| {
            let mut forged = parent(input);
            change(&mut forged);
            input.witness.headers.insert(0, encoded(&forged));
        });
    }
}

#[test]
fn a_child_of_a_forged_parent_is_held_to_that_parent() {
    let Some(case) = Case::shared(ONE_HEADER) else {
        return;
    };
    let state_root = B256::repeat_byte(7);
    let forge = |input: &mut Input| forge_parent(input, |parent| parent.state_root = state_root);
    let missing = match case.verdict("forged pre-state", forge) {
        Verdict::Incomplete { missing, .. } => missing,
        verdict => panic!("{verdict:?}"),
    };
    assert!(
        matches!(missing, Missing::Node { hash, .. } if hash == state_root),
        "{missing}"
    );
    case.assert_held_to_hash("forged pre-state", forge);

    let forgeries: [(Rule, Change); 6] = [
        (Rule::Number, |parent| parent.number -= 1),
        (Rule::Timestamp, |parent| parent.timestamp += 12),
        (Rule::GasLimit, |parent| parent.gas_limit *= 2),
        (Rule::BaseFee, |parent| parent.gas_used = parent.gas_limit),
        (Rule::BaseFee, |parent| {
            parent.base_fee_per_gas = parent.base_fee_per_gas.map(|fee| fee * 2);
        }),
        (Rule::ExcessBlobGas, |parent| {
            parent.excess_blob_gas = Some(1 << 27);
        }),
    ];
    for (rule, change) in forgeries {
        case.assert_breaks(rule, "forged parent", |input| forge_parent(input, change));
        case.assert_held_to_hash("forged parent", |input| forge_parent(input, change));
    }
}

/// A forger who may choose parent and block at will writes into the header whatever it is told was expected.
#[test]
fn absurd_parents_never_panic_however_far_a_forger_follows() {
    let Some(case) = Case::shared(ONE_HEADER) else {
        return;
    };
    let absurd: [(&str, Change); 9] = [
        ("number", |parent| parent.number = u64::MAX),
        ("number 0", |parent| parent.number = 0),
        ("timestamp", |parent| parent.timestamp = u64::MAX),
        ("gas limit", |parent| parent.gas_limit = u64::MAX),
        ("gas limit 0", |parent| parent.gas_limit = 0),
        ("gas used", |parent| parent.gas_used = u64::MAX),
        ("base fee", |parent| parent.base_fee_per_gas = Some(u64::MAX)),
        ("blob gas", |parent| {
            (parent.excess_blob_gas, parent.blob_gas_used) = (Some(u64::MAX), Some(u64::MAX));
        }),
        ("difficulty", |parent| parent.difficulty = U256::MAX),
    ];
    for (what, change) in absurd {
        let mut forged = case.input.clone();
        forge_parent(&mut forged, change);
        // Some parents have no legal child at all, and the forger is sent to and fro between two bounds.
        for _told in 0..20 {
            let verdict = match case.result(what, |input| input.clone_from(&forged)) {
                Ok(verdict) => verdict,
                Err(Error::Limit {
                    limit: Limit::BlockGas,
                    ..
                }) => break,
                Err(error) => panic!("{what}: {error}"),
            };
            assert_ne!(
                verdict.report().hash,
                case.hash(),
                "{what}: the right block's hash"
            );
            let Verdict::Invalid { reason, .. } = verdict else {
                break;
            };
            let header = &mut forged.block.header;
            match reason {
                InvalidReason::Number(mismatch) => header.number = mismatch.expected,
                InvalidReason::Timestamp(mismatch) => header.timestamp = mismatch.expected,
                InvalidReason::GasLimitTooHigh(mismatch) | InvalidReason::GasLimitTooLow(mismatch) => {
                    header.gas_limit = mismatch.expected;
                }
                InvalidReason::GasUsed(mismatch) => header.gas_used = mismatch.expected,
                InvalidReason::BaseFee(mismatch) => header.base_fee_per_gas = Some(mismatch.expected),
                InvalidReason::ExcessBlobGas(mismatch) => header.excess_blob_gas = Some(mismatch.expected),
                _ => break,
            }
        }
    }
}

/// Who makes up the parent as well as the block may name any gas limit, and would have us execute for as long as he likes.
#[test]
fn a_gas_limit_forged_with_its_parent_is_an_error_before_anything_is_executed() {
    let Some(case) = Case::shared(ONE_HEADER) else {
        return;
    };
    let allowed = Limits::default().block_gas;
    let forge = |gas_limit: u64| {
        case.result("forged gas limit", |input| {
            forge_parent(input, |parent| parent.gas_limit = gas_limit);
            input.block.header.gas_limit = gas_limit;
            // Above its target, the parent's gas makes the next base fee: keep it as it is.
            input.block.header.base_fee_per_gas = Some(0);
        })
    };
    // Told of the base fee first, the forger follows.
    let with_fee = |gas_limit: u64| {
        let Ok(Verdict::Invalid {
            reason: InvalidReason::BaseFee(fee),
            ..
        }) = forge(gas_limit)
        else {
            panic!("no base fee is named");
        };
        case.result("forged gas limit and fee", |input| {
            forge_parent(input, |parent| parent.gas_limit = gas_limit);
            input.block.header.gas_limit = gas_limit;
            input.block.header.base_fee_per_gas = Some(fee.expected);
        })
    };
    // More than 2⁶³ − 1 is against the rules of headers.
    for got in [allowed + 1, u64::MAX >> 1] {
        let result = with_fee(got);
        assert!(
            matches!(result, Err(Error::Limit { limit: Limit::BlockGas, expected, got: told }) if (expected, told) == (allowed, got)),
            "{result:?}"
        );
    }
    assert!(with_fee(allowed).is_ok(), "the limit itself is allowed");
}
