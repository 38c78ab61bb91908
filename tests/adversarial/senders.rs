//! What a server says of senders: nothing that counts.

use crate::case::Case;
use alloy_primitives::{Address, keccak256};
use blocklight_verifier::{Input, Limits};
use serde_json::{Value, json};

/// The sample as a JSON-RPC server gives it, each transaction said to be from `from`.
fn as_json_rpc(case: &Case, from: impl Fn(usize) -> Value) -> String {
    let block = &case.input.block;
    let mut json = serde_json::to_value(&block.header).expect("JSON");
    let transactions = block
        .body
        .transactions
        .iter()
        .enumerate()
        .map(|(index, transaction)| {
            let mut transaction = serde_json::to_value(transaction).expect("JSON");
            transaction["from"] = from(index);
            transaction
        });
    json["transactions"] = transactions.collect();
    json["uncles"] = json!([]);
    json["withdrawals"] = serde_json::to_value(&block.body.withdrawals).expect("JSON");
    json.to_string()
}

#[test]
fn senders_that_the_server_makes_up_are_not_believed() {
    let case = Case::sample();
    let witness = case.input.witness.to_json();
    let true_sender = |index: usize| json!(case.facts().transaction_reports[index].sender);
    let lies: [(&str, &dyn Fn(usize) -> Value); 4] = [
        ("one address for all", &|_| json!(Address::repeat_byte(0xaa))),
        ("another address for each", &|index| {
            json!(Address::from_word(keccak256(index.to_be_bytes())))
        }),
        ("those of the next transactions", &|index| {
            true_sender((index + 1) % case.facts().transaction_reports.len())
        }),
        ("none", &|_| Value::Null),
    ];
    for (what, from) in lies {
        let json = as_json_rpc(&case, from);
        let input =
            Input::decode_pair(json.as_bytes(), witness.as_bytes(), &Limits::default()).expect("decodable");
        assert_eq!(input.block, case.input.block, "{what}");
        case.assert_unaffected(what, |tampered| tampered.block = input.block);
    }
}
