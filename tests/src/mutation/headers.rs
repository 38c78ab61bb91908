//! Forged ancestors and changed header fields.
//!
//! Invariant: a header that is changed has another hash; what verifies after that is another block.

use super::original::{Original, Place};
use crate::Seeded;
use alloy_consensus::Header;
use alloy_primitives::{Address, B64, B256, Bloom, Bytes, U256};
use blocklight_verifier::Input;

/// Another value for a number: near, or absurd.
fn number(now: u64, random: &mut Seeded) -> u64 {
    match random.below(8) {
        0 => 0,
        1 => u64::MAX,
        2 => 1 << random.below(64),
        3 => now.wrapping_sub(1),
        4 => now.wrapping_mul(2),
        5 => random.next(),
        _ => now.wrapping_add(1),
    }
}

fn hash(now: B256, random: &mut Seeded) -> B256 {
    match random.below(4) {
        0 => B256::ZERO,
        1 => B256::from_slice(&random.bytes(32)),
        _ => {
            let mut bytes = now;
            bytes.0[random.below(32)] ^= 1 << random.below(8);
            bytes
        }
    }
}

fn optional<T>(
    now: Option<T>,
    random: &mut Seeded,
    otherwise: impl FnOnce(T, &mut Seeded) -> T,
    fresh: T,
) -> Option<T> {
    match (now, random.below(5)) {
        (Some(_), 0) => None,
        (Some(now), _) => Some(otherwise(now, random)),
        (None, _) => Some(fresh),
    }
}

/// The names of the fields that [`change_field`] knows, one a number: every field of the header.
pub const FIELDS: [&str; 23] = [
    "parent hash",
    "ommers hash",
    "beneficiary",
    "state root",
    "transactions root",
    "receipts root",
    "logs bloom",
    "difficulty",
    "number",
    "gas limit",
    "gas used",
    "timestamp",
    "extra data",
    "mix hash",
    "nonce",
    "base fee",
    "withdrawals root",
    "blob gas used",
    "excess blob gas",
    "parent beacon block root",
    "requests hash",
    "block access list hash",
    "slot number",
];

/// Gives field `field` another value.
pub fn change_field(header: &mut Header, field: usize, random: &mut Seeded) {
    match field {
        0 => header.parent_hash = hash(header.parent_hash, random),
        1 => header.ommers_hash = hash(header.ommers_hash, random),
        2 => header.beneficiary = Address::from_slice(&random.bytes(20)),
        3 => header.state_root = hash(header.state_root, random),
        4 => header.transactions_root = hash(header.transactions_root, random),
        5 => header.receipts_root = hash(header.receipts_root, random),
        6 => {
            let at = random.below(Bloom::len_bytes());
            header.logs_bloom.0[at] ^= 1 << random.below(8);
        }
        7 => header.difficulty = U256::from(random.next()) << (8 * random.below(25)),
        8 => header.number = number(header.number, random),
        9 => header.gas_limit = number(header.gas_limit, random),
        10 => header.gas_used = number(header.gas_used, random),
        11 => header.timestamp = number(header.timestamp, random),
        12 => {
            let length = random.below(40);
            header.extra_data = Bytes::from(random.bytes(length));
        }
        13 => header.mix_hash = hash(header.mix_hash, random),
        14 => header.nonce = B64::from(random.next()),
        15 => header.base_fee_per_gas = optional(header.base_fee_per_gas, random, number, 7),
        16 => header.withdrawals_root = optional(header.withdrawals_root, random, hash, B256::ZERO),
        17 => header.blob_gas_used = optional(header.blob_gas_used, random, number, 0),
        18 => header.excess_blob_gas = optional(header.excess_blob_gas, random, number, 0),
        19 => {
            header.parent_beacon_block_root =
                optional(header.parent_beacon_block_root, random, hash, B256::ZERO);
        }
        20 => header.requests_hash = optional(header.requests_hash, random, hash, B256::ZERO),
        21 => {
            header.block_access_list_hash = optional(header.block_access_list_hash, random, hash, B256::ZERO);
        }
        _ => header.slot_number = optional(header.slot_number, random, number, 0),
    }
}

/// The fields that differ, by their names.
pub(super) fn differing(one: &Header, other: &Header) -> Vec<&'static str> {
    let differs = [
        one.parent_hash != other.parent_hash,
        one.ommers_hash != other.ommers_hash,
        one.beneficiary != other.beneficiary,
        one.state_root != other.state_root,
        one.transactions_root != other.transactions_root,
        one.receipts_root != other.receipts_root,
        one.logs_bloom != other.logs_bloom,
        one.difficulty != other.difficulty,
        one.number != other.number,
        one.gas_limit != other.gas_limit,
        one.gas_used != other.gas_used,
        one.timestamp != other.timestamp,
        one.extra_data != other.extra_data,
        one.mix_hash != other.mix_hash,
        one.nonce != other.nonce,
        one.base_fee_per_gas != other.base_fee_per_gas,
        one.withdrawals_root != other.withdrawals_root,
        one.blob_gas_used != other.blob_gas_used,
        one.excess_blob_gas != other.excess_blob_gas,
        one.parent_beacon_block_root != other.parent_beacon_block_root,
        one.requests_hash != other.requests_hash,
        one.block_access_list_hash != other.block_access_list_hash,
        one.slot_number != other.slot_number,
    ];
    FIELDS
        .into_iter()
        .zip(differs)
        .filter_map(|(field, differs)| differs.then_some(field))
        .collect()
}

/// Changes a field of the block's own header.
pub(super) fn change_own(input: &mut Input, random: &mut Seeded) -> String {
    let field = random.below(FIELDS.len());
    change_field(&mut input.block.header, field, random);
    FIELDS[field].to_owned()
}

/// Changes a field of an ancestor, and makes the headers after it and the block's parent hash fit.
pub(super) fn forge_ancestor(original: &Original, input: &mut Input, random: &mut Seeded) -> Option<String> {
    let index = random.below(input.witness.headers.len().max(1));
    let mut rlp = &input.witness.headers.get(index)?[..];
    let mut header = <Header as alloy_rlp::Decodable>::decode(&mut rlp).ok()?;
    let field = random.below(FIELDS.len());
    change_field(&mut header, field, random);
    original.forge(input, Place::Header(index), alloy_rlp::encode(&header));
    Some(format!("{} of header {index}", FIELDS[field]))
}

/// Makes another header of the witness the parent.
pub(super) fn reparent(donor: &Original, input: &mut Input, random: &mut Seeded) -> Option<String> {
    let from = if random.below(2) == 0 {
        &donor.input
    } else {
        &*input
    };
    let index = random.below(from.witness.headers.len().max(1));
    let header = from.witness.headers.get(index)?.clone();
    input.block.header.parent_hash = alloy_primitives::keccak256(&header);
    input.witness.headers.push(header);
    Some(format!("header {index}"))
}
