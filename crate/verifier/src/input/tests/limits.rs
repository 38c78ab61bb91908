//! Every limit is held, named, and holds exactly at its value.

use super::{SMALL, decoded, rpc_block, witness_rlp};
use crate::{Error, Input, Limit, Limits};
use alloy_primitives::{Address, Bytes, U256, hex};
use serde_json::json;

/// Picks one limit.
type Field = fn(&mut Limits) -> &mut usize;

fn refused(result: Result<Input, Error>) -> (Limit, u64, u64) {
    match result {
        Err(Error::Limit { limit, expected, got }) => (limit, expected, got),
        other => panic!("expected a limit, got {other:?}"),
    }
}

#[test]
fn each_limit_is_hit_one_below_and_not_at_the_files_own_sizes() {
    let Some((json, input)) = decoded(SMALL) else {
        return;
    };
    let longest = |items: &[Bytes]| items.iter().map(|item| item.len()).max().unwrap();
    let witness = &input.witness;
    let block = hex::decode(json["block"].as_str().unwrap()).unwrap();
    let exact = |input_bytes: usize| Limits {
        input_bytes,
        block_bytes: block.len(),
        access_list_bytes: 0,
        node_bytes: longest(&witness.state),
        nodes: witness.state.len(),
        code_bytes: longest(&witness.codes),
        codes: witness.codes.len(),
        header_bytes: longest(&witness.headers),
        headers: witness.headers.len(),
        witness_bytes: [&witness.state, &witness.codes, &witness.headers]
            .into_iter()
            .flatten()
            .map(|item| item.len())
            .sum(),
        ..Limits::default()
    };
    // Every way in: lists, maps, header objects, RLP; RLP and JSON-RPC blocks.
    let list = json["witness"].to_string().into_bytes();
    let map = |items: &[Bytes]| -> serde_json::Map<_, _> {
        items
            .iter()
            .enumerate()
            .map(|(index, item)| (index.to_string(), json!(item)))
            .collect()
    };
    let maps = json!({
        "state": map(&witness.state), "codes": map(&witness.codes), "headers": map(&witness.headers),
    });
    let objects: Vec<alloy_consensus::Header> = witness
        .headers
        .iter()
        .map(|rlp| alloy_rlp::decode_exact(rlp).unwrap())
        .collect();
    let objects = json!({"headers": objects, "state": witness.state, "codes": witness.codes});
    let witnesses = [
        list,
        maps.to_string().into_bytes(),
        objects.to_string().into_bytes(),
        witness_rlp(witness, true, None),
        hex::encode_prefixed(witness_rlp(witness, false, None)).into_bytes(),
    ];
    for block in [
        block.clone(),
        json["block"].to_string().into_bytes(),
        rpc_block(&input).to_string().into_bytes(),
    ] {
        for form in &witnesses {
            let exact = exact(block.len() + form.len());
            let decode = |limits: &Limits| Input::decode_pair(&block, form, limits);
            decode(&exact).expect("within its own sizes");
            let one_less: [(Limit, Field); 9] = [
                (Limit::InputBytes, |limits| &mut limits.input_bytes),
                (Limit::BlockBytes, |limits| &mut limits.block_bytes),
                (Limit::NodeBytes, |limits| &mut limits.node_bytes),
                (Limit::Nodes, |limits| &mut limits.nodes),
                (Limit::CodeBytes, |limits| &mut limits.code_bytes),
                (Limit::Codes, |limits| &mut limits.codes),
                (Limit::HeaderBytes, |limits| &mut limits.header_bytes),
                (Limit::Headers, |limits| &mut limits.headers),
                (Limit::WitnessBytes, |limits| &mut limits.witness_bytes),
            ];
            for (expected, field) in one_less {
                let mut limits = exact;
                *field(&mut limits) -= 1;
                let value = *field(&mut limits) as u64;
                let (limit, at, got) = refused(decode(&limits));
                assert_eq!((limit, at), (expected, value));
                assert!(got > at);
            }
        }
    }
}

#[test]
fn a_container_is_held_to_the_same_limits() {
    let Some((json, input)) = decoded(SMALL) else {
        return;
    };
    let bytes = json.to_string().into_bytes();
    let limits = Limits {
        input_bytes: bytes.len() - 1,
        ..Limits::default()
    };
    assert_eq!(
        refused(Input::decode(&bytes, &limits)),
        (Limit::InputBytes, bytes.len() as u64 - 1, bytes.len() as u64)
    );
    let nodes = input.witness.state.len() as u64;
    let limits = Limits {
        nodes: 3,
        ..Limits::default()
    };
    assert_eq!(
        refused(Input::decode(&bytes, &limits)),
        (Limit::Nodes, 3, 4),
        "stops at the fourth of {nodes}"
    );
    let limits = Limits {
        block_bytes: 9,
        ..Limits::default()
    };
    assert_eq!(refused(Input::decode(&bytes, &limits)).0, Limit::BlockBytes);
}

#[test]
fn an_access_list_is_held_to_its_values_exactly() {
    use alloy_eips::eip7928::{AccountChanges, BalanceChange, BlockAccessIndex};
    let change = BalanceChange::new(BlockAccessIndex::new(1), U256::from(5));
    let list = vec![AccountChanges::new(Address::repeat_byte(7)).with_balance_change(change)];
    // The list; the account, its address and five lists; the change and its two values.
    let rlp = hex::encode_prefixed(alloy_rlp::encode(&list));
    // Names, too, six of the account, two of the change; and what could be in each list that is empty. What
    // stands first in the text is not counted.
    let text = serde_json::to_string(&list).unwrap();
    for (json, values) in [(json!(rlp).to_string(), 11), (text, 22)] {
        let held_to = |access_list_values| {
            let limits = Limits {
                access_list_values,
                ..Limits::default()
            };
            Input::decode_access_list(&json, &limits)
        };
        assert_eq!(held_to(values).expect("within").as_ref(), Some(&list), "{json}");
        assert!(
            matches!(
                held_to(values - 1),
                Err(Error::Limit { limit: Limit::AccessListValues, expected, got })
                    if (expected, got) == (values as u64 - 1, values as u64)
            ),
            "{json}"
        );
    }
}

#[test]
fn json_rpc_transactions_stop_at_the_block_limit_before_the_rest_is_read() {
    let Some((_, input)) = decoded(super::BUSY) else {
        return;
    };
    let mut block = rpc_block(&input);
    let transactions = block["transactions"].as_array_mut().unwrap();
    transactions.push(json!("not read any more"));
    let limits = Limits {
        block_bytes: 2_000,
        ..Limits::default()
    };
    let result = Input::decode_pair(block.to_string().as_bytes(), b"{}", &limits);
    assert_eq!(refused(result).0, Limit::BlockBytes);
}

#[test]
fn json_transactions_are_held_to_their_limits_before_they_are_decoded() {
    let Some((_, input)) = decoded(super::BUSY) else {
        return;
    };
    let block = rpc_block(&input);
    let texts: Vec<usize> = (block["transactions"].as_array().unwrap().iter())
        .map(|transaction| transaction.to_string().len())
        .collect();
    let decode = |limits: Limits| Input::decode_pair(block.to_string().as_bytes(), b"{}", &limits);
    let exact = Limits {
        transactions: texts.len(),
        transaction_text: texts.iter().copied().max().unwrap(),
        transactions_text: texts.iter().sum(),
        ..Limits::default()
    };
    // The block passes, and then the witness is missing.
    assert!(matches!(decode(exact), Err(Error::Input(_))));
    let one_less: [(Limit, Field); 3] = [
        (Limit::Transactions, |limits| &mut limits.transactions),
        (Limit::TransactionText, |limits| &mut limits.transaction_text),
        (Limit::TransactionsText, |limits| &mut limits.transactions_text),
    ];
    for (expected, field) in one_less {
        let mut limits = exact;
        *field(&mut limits) -= 1;
        let value = *field(&mut limits) as u64;
        assert_eq!(refused(decode(limits)), (expected, value, value + 1));
    }
}

#[test]
fn a_transaction_crammed_with_values_is_refused_unread() {
    let Some((_, input)) = decoded(SMALL) else {
        return;
    };
    // Two bytes of text each, a hundred in the reader's memory.
    let crammed = |count: usize| {
        let mut block = rpc_block(&input);
        block["transactions"] = json!(["HERE"]);
        let junk = vec!["0"; count].join(",");
        let text = block.to_string();
        text.replace(
            "\"HERE\"",
            &format!(r#"{{"type":"0x2","text":"[,,,\\\",,","junk":[{junk}]}}"#),
        )
    };
    let decode = |count| {
        let text = crammed(count);
        Input::decode_pair(text.as_bytes(), b"{}", &Limits::default())
    };
    let most = Limits::default().transaction_values;
    // Three names and the values of two, and the object itself.
    let others = 6;
    assert_eq!(
        refused(decode(most - others + 1)),
        (Limit::TransactionValues, most as u64, most as u64 + 1)
    );
    assert!(matches!(decode(most - others), Err(Error::Input(_))));
}
