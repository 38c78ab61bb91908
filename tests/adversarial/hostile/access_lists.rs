//! Block-level access lists (EIP-7928) with as much in them as their bytes can hold.

use super::measured::{MIB, alone, measured, sample, verify};
use alloy_eips::eip7928::{AccountChanges, BlockAccessIndex, CodeChange};
use alloy_primitives::{Address, B256, Bytes, U256, hex};
use blocklight_verifier::{Error, Input, Limit, Limits};

/// JSON of a list of one account that reads a slot `reads` times, in as few bytes as will do.
fn json_of_reads(reads: usize) -> String {
    let address = Address::ZERO;
    let mut json = format!(
        r#"[{{"address":"{address}","storageChanges":[],"balanceChanges":[],"nonceChanges":[],"codeChanges":[],"storageReads":["#
    );
    json.push_str(&"0,".repeat(reads - 1));
    json.push_str("0]}]");
    json
}

/// The same as RLP, in hex as JSON has it.
fn hex_of_reads(reads: usize) -> String {
    let mut account = AccountChanges::new(Address::ZERO);
    account.storage_reads = vec![U256::ZERO; reads];
    format!("\"{}\"", hex::encode_prefixed(alloy_rlp::encode(vec![account])))
}

#[test]
fn more_values_than_the_limit_are_refused_before_any_is_decoded() {
    let _alone = alone();
    let limits = Limits::default();
    let reads = limits.access_list_values;
    for (what, json) in [
        ("JSON", json_of_reads(reads)),
        ("RLP", hex_of_reads(reads)),
        ("as many as JSON's bytes allow", json_of_reads(100 * MIB)),
    ] {
        let (result, bytes) = measured(what, || Input::decode_access_list(&json, &limits));
        assert!(
            matches!(
                result,
                Err(Error::Limit { limit: Limit::AccessListValues, expected, got })
                    if expected == reads as u64 && got > expected
            ),
            "{what}: {result:?}"
        );
        // Of hex the bytes that it stands for.
        assert!(bytes < reads + MIB, "{what}: {bytes} bytes");
    }
}

#[test]
fn as_many_values_as_the_limit_allows_take_bounded_memory() {
    let _alone = alone();
    let limits = Limits::default();
    // An account's own strings and lists, or values and names, are some as well.
    let reads = limits.access_list_values - 32;
    for (what, json) in [("JSON", json_of_reads(reads)), ("RLP", hex_of_reads(reads))] {
        let (result, bytes) = measured(what, || Input::decode_access_list(&json, &limits));
        let list = result.expect("within the limits").expect("a list");
        assert_eq!(
            list.first().map(|account| account.storage_reads.len()),
            Some(reads)
        );
        assert!(bytes < 100 * reads, "{what}: {bytes} bytes");
    }
}

/// `accounts` that are each given another code `codes` times.
fn list_of_codes(accounts: u64, codes: u64) -> Vec<AccountChanges> {
    (0..accounts)
        .map(|account| {
            let changes = (1..=codes).map(|index| {
                let code = Bytes::from_static(&[1]);
                CodeChange::new(BlockAccessIndex::new(index), code)
            });
            let mut it = AccountChanges::new(Address::from_word(B256::from(U256::from(account))));
            it.code_changes = changes.collect();
            it
        })
        .collect()
}

#[test]
fn a_list_that_nobody_has_committed_to_costs_little_beside_the_block() {
    let _alone = alone();
    let (chain, mut input) = sample();
    let honest = measured("without", || verify(&chain, &input)).1;
    for (what, list) in [
        // In order, and within what the block's gas limit pays for.
        ("many codes", list_of_codes(2000, 400)),
        ("many accounts", list_of_codes(25_000, 8)),
        // Not within it.
        ("more accounts", list_of_codes(200_000, 2)),
    ] {
        input.access_list = Some(list);
        let (verdict, bytes) = measured(what, || verify(&chain, &input));
        assert!(verdict.is_valid(), "{what}: {verdict:?}");
        assert!(
            bytes < honest + 16 * MIB,
            "{what}: {bytes} bytes, {honest} without"
        );
    }
}
