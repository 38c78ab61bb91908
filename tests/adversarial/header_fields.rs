//! Every field of the header changed in turn: the rule that holds it, or, for the few fields that a proposer
//! chooses freely, another block with another hash.

use crate::case::Case;
use alloy_consensus::Header;
use alloy_primitives::{Address, B64, B256, Bytes, U256};
use blocklight_verifier::{Missing, Rule, Verdict};

/// What becomes of a block with a changed field.
#[derive(Debug, Clone, Copy)]
enum Outcome {
    /// It breaks this rule.
    Breaks(Rule),
    /// The witness lacks the parent that it names now.
    NoParent,
    /// It runs otherwise, on state the witness may or may not show: not valid.
    NotValid,
    /// The field is the proposer's choice and nothing in the block looks at it: a valid block, but another one.
    OtherBlock,
}
use Outcome::{Breaks, NoParent, NotValid, OtherBlock};

type Change = (&'static str, fn(&mut Header), Outcome);

const OTHER: B256 = B256::repeat_byte(0x5a);
const PARENT_GAP: u64 = 1 << 40;

/// Changes that mean the same under every fork.
#[rustfmt::skip] // a table
const ALWAYS: [Change; 28] = [
    ("parent hash", |h| h.parent_hash = OTHER, NoParent),
    ("ommers hash", |h| h.ommers_hash = OTHER, Breaks(Rule::OmmersHash)),
    ("beneficiary", |h| h.beneficiary = Address::repeat_byte(0x5a), NotValid),
    ("state root", |h| h.state_root = OTHER, Breaks(Rule::StateRoot)),
    ("state root flipped", |h| h.state_root.0[31] ^= 1, Breaks(Rule::StateRoot)),
    ("transactions root", |h| h.transactions_root = OTHER, Breaks(Rule::TransactionsRoot)),
    ("receipts root", |h| h.receipts_root = OTHER, Breaks(Rule::ReceiptsRoot)),
    ("receipts root flipped", |h| h.receipts_root.0[0] ^= 0x80, Breaks(Rule::ReceiptsRoot)),
    ("logs bloom flipped", |h| h.logs_bloom.0[100] ^= 1, Breaks(Rule::LogsBloom)),
    ("logs bloom full", |h| h.logs_bloom.0 = [0xff; 256].into(), Breaks(Rule::LogsBloom)),
    ("difficulty up", |h| h.difficulty += U256::from(1), Breaks(Rule::Difficulty)),
    ("difficulty absurd", |h| h.difficulty = U256::MAX, Breaks(Rule::Difficulty)),
    ("number up", |h| h.number += 1, Breaks(Rule::Number)),
    ("number down", |h| h.number -= 1, Breaks(Rule::Number)),
    ("number 0", |h| h.number = 0, Breaks(Rule::Number)),
    ("number absurd", |h| h.number = u64::MAX, Breaks(Rule::Number)),
    ("gas limit 0", |h| h.gas_limit = 0, Breaks(Rule::GasLimit)),
    ("gas limit doubled", |h| h.gas_limit *= 2, Breaks(Rule::GasLimit)),
    ("gas limit absurd", |h| h.gas_limit = u64::MAX, Breaks(Rule::GasLimit)),
    ("gas used up", |h| h.gas_used += 1, Breaks(Rule::GasUsed)),
    ("gas used down", |h| h.gas_used -= 1, Breaks(Rule::GasUsed)),
    ("gas used above the limit", |h| h.gas_used = h.gas_limit + 1, Breaks(Rule::GasUsed)),
    ("gas used absurd", |h| h.gas_used = u64::MAX, Breaks(Rule::GasUsed)),
    ("timestamp 0", |h| h.timestamp = 0, Breaks(Rule::Timestamp)),
    ("timestamp before the parent's", |h| h.timestamp = h.timestamp.saturating_sub(1000), Breaks(Rule::Timestamp)),
    ("timestamp absurd", |h| h.timestamp = u64::MAX, NotValid),
    ("extra data too long", |h| h.extra_data = Bytes::from_static(&[7; 33]), Breaks(Rule::ExtraData)),
    ("access list hash added", |h| h.block_access_list_hash = Some(OTHER), Breaks(Rule::HeaderFields)),
];

/// Changes to a block of Prague or Osaka.
#[rustfmt::skip] // a table
const AFTER_PRAGUE: [Change; 27] = [
    ("nonce", |h| h.nonce = B64::with_last_byte(1), Breaks(Rule::Nonce)),
    ("timestamp up", |h| h.timestamp += 12, NotValid),
    ("timestamp far ahead", |h| h.timestamp += PARENT_GAP, NotValid),
    ("base fee up", |h| h.base_fee_per_gas = h.base_fee_per_gas.map(|fee| fee + 1), Breaks(Rule::BaseFee)),
    ("base fee down", |h| h.base_fee_per_gas = h.base_fee_per_gas.map(|fee| fee - 1), Breaks(Rule::BaseFee)),
    ("base fee 0", |h| h.base_fee_per_gas = Some(0), Breaks(Rule::BaseFee)),
    ("base fee absurd", |h| h.base_fee_per_gas = Some(u64::MAX), Breaks(Rule::BaseFee)),
    ("base fee removed", |h| h.base_fee_per_gas = None, Breaks(Rule::HeaderFields)),
    ("withdrawals root", |h| h.withdrawals_root = Some(OTHER), Breaks(Rule::WithdrawalsRoot)),
    ("withdrawals root removed", |h| h.withdrawals_root = None, Breaks(Rule::HeaderFields)),
    ("blob gas used up by a blob", |h| h.blob_gas_used = h.blob_gas_used.map(|gas| gas + 131_072), Breaks(Rule::BlobGasUsed)),
    ("blob gas used up", |h| h.blob_gas_used = h.blob_gas_used.map(|gas| gas + 1), Breaks(Rule::BlobGasUsed)),
    ("blob gas used absurd", |h| h.blob_gas_used = Some(u64::MAX), Breaks(Rule::BlobGasUsed)),
    ("blob gas used removed", |h| h.blob_gas_used = None, Breaks(Rule::HeaderFields)),
    ("excess blob gas up", |h| h.excess_blob_gas = h.excess_blob_gas.map(|gas| gas + 1), Breaks(Rule::ExcessBlobGas)),
    ("excess blob gas absurd", |h| h.excess_blob_gas = Some(u64::MAX), Breaks(Rule::ExcessBlobGas)),
    ("excess blob gas removed", |h| h.excess_blob_gas = None, Breaks(Rule::HeaderFields)),
    ("beacon root", |h| h.parent_beacon_block_root = Some(OTHER), Breaks(Rule::StateRoot)),
    ("beacon root removed", |h| h.parent_beacon_block_root = None, Breaks(Rule::HeaderFields)),
    ("requests hash", |h| h.requests_hash = Some(OTHER), Breaks(Rule::RequestsHash)),
    ("requests hash removed", |h| h.requests_hash = None, Breaks(Rule::HeaderFields)),
    ("slot number added", |h| h.slot_number = Some(1), Breaks(Rule::HeaderFields)),
    ("ommers hash 0", |h| h.ommers_hash = B256::ZERO, Breaks(Rule::OmmersHash)),
    ("difficulty 1", |h| h.difficulty = U256::from(1), Breaks(Rule::Difficulty)),
    (
        "all optional fields removed",
        |h| {
            (
                h.base_fee_per_gas,
                h.withdrawals_root,
                h.blob_gas_used,
                h.excess_blob_gas,
            ) = (None, None, None, None);
            (h.parent_beacon_block_root, h.requests_hash) = (None, None);
        },
        Breaks(Rule::HeaderFields),
    ),
    ("prevrandao", |h| h.mix_hash = OTHER, OtherBlock),
    ("extra data", |h| h.extra_data = Bytes::from_static(b"other"), OtherBlock),
];

/// Changes to a block of Homestead.
#[rustfmt::skip] // a table
const HOMESTEAD: [Change; 15] = [
    ("nonce", |h| h.nonce = B64::with_last_byte(1), OtherBlock),
    ("mix hash", |h| h.mix_hash = OTHER, OtherBlock),
    ("extra data", |h| h.extra_data = Bytes::from_static(b"other"), OtherBlock),
    ("gas limit up within bounds", |h| h.gas_limit += 1, OtherBlock),
    ("difficulty down", |h| h.difficulty -= U256::from(1), Breaks(Rule::Difficulty)),
    ("difficulty 0", |h| h.difficulty = U256::ZERO, Breaks(Rule::Difficulty)),
    ("timestamp up", |h| h.timestamp += 100, Breaks(Rule::Difficulty)),
    ("base fee added", |h| h.base_fee_per_gas = Some(7), Breaks(Rule::HeaderFields)),
    ("withdrawals root added", |h| h.withdrawals_root = Some(OTHER), Breaks(Rule::HeaderFields)),
    ("blob gas used added", |h| h.blob_gas_used = Some(0), Breaks(Rule::HeaderFields)),
    ("excess blob gas added", |h| h.excess_blob_gas = Some(0), Breaks(Rule::HeaderFields)),
    ("beacon root added", |h| h.parent_beacon_block_root = Some(OTHER), Breaks(Rule::HeaderFields)),
    ("requests hash added", |h| h.requests_hash = Some(OTHER), Breaks(Rule::HeaderFields)),
    ("slot number added", |h| h.slot_number = Some(1), Breaks(Rule::HeaderFields)),
    ("difficulty doubled", |h| h.difficulty *= U256::from(2), Breaks(Rule::Difficulty)),
];

fn hold(case: &Case, changes: &[Change]) {
    for (what, change, outcome) in changes {
        let tamper = |input: &mut blocklight_verifier::Input| change(&mut input.block.header);
        match outcome {
            Breaks(rule) => {
                case.assert_breaks(*rule, what, tamper);
            }
            NoParent => {
                let verdict = case.assert_not_valid(what, tamper);
                assert!(
                    matches!(&verdict, Verdict::Incomplete { missing: Missing::Parent { hash }, .. } if *hash == OTHER),
                    "{what}: {verdict:?}"
                );
            }
            NotValid => {
                case.assert_not_valid(what, tamper);
            }
            OtherBlock => {
                let verdict = case.verdict(what, tamper);
                assert!(verdict.is_valid(), "{}: {what}: {verdict:?}", case.name);
                assert_ne!(verdict.report().hash, case.hash(), "{}: {what}", case.name);
            }
        }
        case.assert_held_to_hash(what, tamper);
    }
}

#[test]
fn a_block_of_prague_with_a_field_changed() {
    let Some(case) = Case::shared("mainnet-22615247-keth") else {
        return;
    };
    hold(&case, &ALWAYS);
    hold(&case, &AFTER_PRAGUE);
    hold(
        &case,
        &[("gas limit up within bounds", |h| h.gas_limit += 1, OtherBlock)],
    );
}

#[test]
fn a_block_of_hoodi_with_a_field_changed() {
    let Some(case) = Case::shared("hoodi-690403-ethrex") else {
        return;
    };
    hold(&case, &ALWAYS);
    hold(&case, &AFTER_PRAGUE);
    // This one went down by as much as it may.
    hold(
        &case,
        &[
            ("gas limit up within bounds", |h| h.gas_limit += 1, OtherBlock),
            (
                "gas limit down out of bounds",
                |h| h.gas_limit -= 1,
                Breaks(Rule::GasLimit),
            ),
        ],
    );
}

#[test]
fn a_block_of_homestead_with_a_field_changed() {
    let Some(case) = Case::shared("mainnet-1150000-zeth") else {
        return;
    };
    hold(&case, &ALWAYS);
    hold(&case, &HOMESTEAD);
}

#[test]
fn the_sample_under_osaka_with_a_field_changed() {
    let case = Case::sample();
    let early = |change: &&Change| matches!(change.2, Breaks(rule) if !matches!(rule, Rule::GasUsed | Rule::StateRoot));
    let changes: Vec<Change> = ALWAYS
        .iter()
        .chain(&AFTER_PRAGUE)
        .filter(early)
        .copied()
        .collect();
    hold(&case, &changes);
}

/// Changes to a block of Amsterdam.
#[rustfmt::skip] // a table
const AMSTERDAM: [Change; 7] = [
    ("beacon root", |h| h.parent_beacon_block_root = Some(OTHER), Breaks(Rule::AccessList)),
    ("access list hash removed", |h| h.block_access_list_hash = None, Breaks(Rule::HeaderFields)),
    ("slot number removed", |h| h.slot_number = None, Breaks(Rule::HeaderFields)),
    ("slot number", |h| h.slot_number = h.slot_number.map(|slot| slot + 1), OtherBlock),
    ("slot number absurd", |h| h.slot_number = Some(u64::MAX), OtherBlock),
    ("gas limit up within bounds", |h| h.gas_limit += 1, OtherBlock),
    ("gas limit down within bounds", |h| h.gas_limit -= 1, OtherBlock),
];

#[test]
fn a_block_of_amsterdam_with_a_field_changed() {
    let case = Case::amsterdam();
    // These mean something else here.
    let others = ["access list hash added", "slot number added", "beacon root"];
    let shared = |change: &&Change| !others.contains(&change.0);
    for changes in [&ALWAYS[..], &AFTER_PRAGUE] {
        let changes: Vec<Change> = changes.iter().filter(shared).copied().collect();
        hold(&case, &changes);
    }
    hold(&case, &AMSTERDAM);
}

#[test]
fn another_hash_of_the_access_list_is_of_a_list_that_is_not_there() {
    let verdict = Case::amsterdam().assert_not_valid("another hash", |input| {
        input.block.header.block_access_list_hash = Some(OTHER);
    });
    assert!(
        matches!(
            &verdict,
            Verdict::Incomplete { missing: Missing::AccessList { expected, .. }, .. } if *expected == OTHER
        ),
        "{verdict:?}"
    );
}

#[test]
fn the_dao_forks_block_needs_its_mark() {
    let Some(case) = Case::shared("mainnet-1920000-zeth") else {
        return;
    };
    case.assert_breaks(Rule::ExtraData, "no mark", |input| {
        input.block.header.extra_data = Bytes::new();
    });
    case.assert_breaks(Rule::ExtraData, "another", |input| {
        input.block.header.extra_data = Bytes::from_static(b"dao-hard-forl");
    });
}
