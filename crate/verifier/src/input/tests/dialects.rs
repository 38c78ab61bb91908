//! Every dialect is recognised, named, and says the same as the others.

use super::{BUSY, SMALL, VARIED, block_file, decoded, rpc_block, unpacked, witness_rlp};
use crate::{
    BlockDialect, Dialects, Error, HashTrust, Input, InputError, Limits, WitnessDialect, input::Part,
};
use alloy_consensus::Header;
use alloy_eips::Typed2718;
use alloy_primitives::{hex, keccak256};
use alloy_rlp::Decodable as _;
use serde_json::{Value, json};
use std::{
    collections::{BTreeSet, HashMap},
    path::PathBuf,
};

fn pair(block: &Value, witness: &Value) -> Result<Input, crate::Error> {
    Input::decode_pair(
        block.to_string().as_bytes(),
        witness.to_string().as_bytes(),
        &Limits::default(),
    )
}

fn input_error(result: Result<Input, crate::Error>) -> InputError {
    match result {
        Err(crate::Error::Input(error)) => error,
        other => panic!("expected an input error, got {other:?}"),
    }
}

#[test]
fn a_file_of_block_and_witness_gives_what_it_says_of_itself() {
    let Some((json, input)) = decoded(BUSY) else {
        return;
    };
    assert_eq!(
        input.dialects,
        Dialects {
            block: BlockDialect::Rlp,
            witness: WitnessDialect::RethLists
        }
    );
    assert_eq!(input.chain_id, Some(1));
    let hash = input.block.header.hash_slow();
    assert_eq!(input.hash, Some((hash, HashTrust::GivenByFile)));
    assert_eq!(json["hash"], json!(hash));
    assert_eq!(input.block.body.transactions.len(), 146);
    assert_eq!(
        (
            input.witness.state.len(),
            input.witness.codes.len(),
            input.witness.headers.len()
        ),
        (5347, 117, 1)
    );
    assert_eq!(json["witness"]["state"][5346], json!(input.witness.state[5346]));
}

#[test]
fn every_real_file_decodes_to_the_block_with_its_hash() {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/blocks");
    let Ok(entries) = std::fs::read_dir(directory) else {
        println!("skipped: ../shared is not here");
        return;
    };
    let mut files = 0;
    for entry in entries {
        let file = entry.expect("listed").file_name().into_string().expect("ASCII");
        let Some(name) = file.strip_suffix(".json.gz") else {
            continue;
        };
        let Some((_, input)) = decoded(name) else { return };
        assert_eq!(
            input.hash.map(|(hash, _)| hash),
            Some(input.block.header.hash_slow()),
            "{name}"
        );
        files += 1;
    }
    assert!(files >= 54, "only {files} files");
}

#[test]
fn older_reth_maps_give_the_same_witness_in_another_order() {
    let Some((json, input)) = decoded(SMALL) else {
        return;
    };
    let map = |list: &Value| -> Value {
        let entries = list.as_array().expect("a list").iter();
        entries
            .map(|item| {
                (
                    keccak256(hex::decode(item.as_str().unwrap()).unwrap()).to_string(),
                    item.clone(),
                )
            })
            .collect()
    };
    let witness = &json["witness"];
    let maps =
        json!({"state": map(&witness["state"]), "codes": map(&witness["codes"]), "keys": {"0x00": "0x11"}});
    let got = pair(&json["block"], &maps).expect("decodes");
    assert_eq!(got.dialects.witness, WitnessDialect::RethMaps);
    let sorted = |mut items: Vec<alloy_primitives::Bytes>| {
        items.sort();
        items
    };
    assert_eq!(sorted(got.witness.state), sorted(input.witness.state));
    assert_eq!(sorted(got.witness.codes), sorted(input.witness.codes));
    assert!(got.witness.headers.is_empty(), "older reth leaves headers out");
    assert_eq!(got.hash, None);

    let mut maps = maps;
    maps["headers"] = witness["headers"].clone();
    assert_eq!(
        pair(&json["block"], &maps).expect("decodes").witness.headers,
        input.witness.headers
    );
}

#[test]
fn geth_header_objects_become_the_rlp_that_hashes_right_on_every_fork() {
    for name in VARIED {
        let Some((json, input)) = decoded(name) else {
            return;
        };
        let headers: Vec<Value> = (input.witness.headers.iter())
            .map(|rlp| {
                let header = Header::decode(&mut &rlp[..]).expect("a header");
                let mut object = serde_json::to_value(&header).expect("serialises");
                object["hash"] = json!(header.hash_slow());
                // geth writes what a fork does not have yet as null.
                for field in ["withdrawalsRoot", "requestsHash", "blobGasUsed", "slotNumber"] {
                    if object.get(field).is_none() {
                        object[field] = Value::Null;
                    }
                }
                object
            })
            .collect();
        for keys in [Some(Value::Null), None, Some(json!(["0x11"]))] {
            let mut witness = json["witness"].clone();
            witness["headers"] = json!(headers);
            if let Some(keys) = keys {
                witness["keys"] = keys;
            }
            let got = pair(&json["block"], &witness).expect("decodes");
            assert_eq!(got.dialects.witness, WitnessDialect::Geth, "{name}");
            assert_eq!(got.witness, input.witness, "{name}");
        }
    }
}

#[test]
fn rlp_witnesses_are_read_as_bytes_as_hex_and_as_a_json_string() {
    for name in [SMALL, "mainnet-23879620-rsp"] {
        let Some((json, input)) = decoded(name) else {
            return;
        };
        let block = hex::decode(json["block"].as_str().unwrap()).unwrap();
        for headers_as_lists in [true, false] {
            for keys in [None, Some(&[&b"key"[..], b""][..])] {
                let rlp = witness_rlp(&input.witness, headers_as_lists, keys);
                let text = hex::encode_prefixed(&rlp);
                let forms = [
                    rlp,
                    format!(" {text}\n").into_bytes(),
                    json!(text).to_string().into_bytes(),
                    json!({"jsonrpc": "2.0", "id": 1, "result": text})
                        .to_string()
                        .into_bytes(),
                ];
                for form in forms {
                    let got = Input::decode_pair(&block, &form, &Limits::default()).expect("decodes");
                    assert_eq!(got.dialects.witness, WitnessDialect::Rlp);
                    assert_eq!(got.witness, input.witness);
                }
            }
        }
    }
}

#[test]
fn blocks_are_read_as_bytes_as_hex_as_a_json_string_and_from_a_response() {
    let Some((json, input)) = decoded(BUSY) else {
        return;
    };
    let text = json["block"].as_str().unwrap();
    let bytes = hex::decode(text).unwrap();
    let witness = json["witness"].to_string().into_bytes();
    let forms = [
        bytes.clone(),
        text.as_bytes().to_vec(),
        format!("{}\n", &text[2..]).into_bytes(),
        [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        json["block"].to_string().into_bytes(),
        json!({"id": 1, "jsonrpc": "2.0", "result": text})
            .to_string()
            .into_bytes(),
    ];
    for form in forms {
        let got = Input::decode_pair(&form, &witness, &Limits::default()).expect("decodes");
        assert_eq!(got.dialects.block, BlockDialect::Rlp);
        assert_eq!(got.block, input.block);
        assert_eq!(alloy_rlp::encode(&got.block), bytes);
    }
}

#[test]
fn json_rpc_blocks_encode_to_the_same_rlp_on_every_fork() {
    for name in VARIED {
        let Some((json, input)) = decoded(name) else {
            return;
        };
        if !input.block.body.ommers.is_empty() {
            continue;
        }
        let got = pair(&rpc_block(&input), &json["witness"]).expect("decodes");
        assert_eq!(got.dialects.block, BlockDialect::JsonRpc, "{name}");
        assert_eq!(
            got.hash,
            Some((input.block.header.hash_slow(), HashTrust::GivenByFile)),
            "{name}"
        );
        assert_eq!(
            hex::encode_prefixed(alloy_rlp::encode(&got.block)),
            json["block"].as_str().unwrap(),
            "{name}"
        );
    }
}

#[test]
fn transaction_hashes_of_a_json_rpc_block_are_computed_not_believed() {
    let Some((json, input)) = decoded(BUSY) else {
        return;
    };
    let mut block = rpc_block(&input);
    for transaction in block["transactions"].as_array_mut().unwrap() {
        transaction["hash"] = json!(keccak256(b"a lie"));
    }
    let got = pair(&block, &json["witness"]).expect("decodes");
    let hashes = |input: &Input| {
        input
            .block
            .body
            .transactions
            .iter()
            .map(|tx| *tx.tx_hash())
            .collect::<Vec<_>>()
    };
    assert_eq!(hashes(&got), hashes(&input));
}

#[test]
fn a_response_may_wrap_the_file_the_block_or_the_witness() {
    let Some((json, input)) = decoded(SMALL) else {
        return;
    };
    let wrap = |result: &Value| json!({"jsonrpc": "2.0", "id": 7, "error": null, "result": result});
    let whole = Input::decode(wrap(&json).to_string().as_bytes(), &Limits::default()).expect("decodes");
    assert_eq!(
        (&whole.block, &whole.witness, whole.hash),
        (&input.block, &input.witness, input.hash)
    );

    let parts =
        json!({"block": wrap(&rpc_block(&input)), "witness": wrap(&json["witness"]), "chainId": "0x88bb0"});
    let parts = Input::decode(parts.to_string().as_bytes(), &Limits::default()).expect("decodes");
    assert_eq!(parts.chain_id, Some(560_048));
    assert_eq!(
        (parts.block, parts.witness),
        (input.block.clone(), input.witness.clone())
    );

    let got = pair(&wrap(&rpc_block(&input)), &wrap(&json["witness"])).expect("decodes");
    assert_eq!((got.block, got.witness), (input.block, input.witness));
}

#[test]
fn a_servers_error_is_told_with_its_code_and_a_bounded_message() {
    let Some((json, _)) = decoded(SMALL) else { return };
    let message = "header not found ".repeat(1000);
    let error = json!({"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": message, "data": {}}});
    let whole = Input::decode(error.to_string().as_bytes(), &Limits::default());
    let cases = [
        (Part::File, whole),
        (Part::Block, pair(&error, &json["witness"])),
        (Part::Witness, pair(&json["block"], &error)),
    ];
    for (expected, result) in cases {
        let InputError::Rpc { part, code, message } = input_error(result) else {
            panic!("not a server's error")
        };
        assert_eq!((part, code), (expected, Some(-32000)));
        assert!(message.as_str().starts_with("header not found") && message.as_str().len() <= 200);
    }
    let null = json!({"jsonrpc": "2.0", "id": 1, "result": null});
    assert_eq!(
        input_error(pair(&null, &json["witness"])),
        InputError::RpcNull { part: Part::Block }
    );
    assert_eq!(
        input_error(pair(&json["block"], &null)),
        InputError::RpcNull { part: Part::Witness }
    );
}

#[test]
fn json_rpc_blocks_that_leave_something_out_are_refused_by_name() {
    let Some((json, input)) = decoded(BUSY) else {
        return;
    };
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut block = rpc_block(&input);
        change(&mut block);
        input_error(pair(&block, &json["witness"]))
    };
    let hashes_only = refused(&|block| block["transactions"] = json!([block["transactions"][0]["hash"]]));
    assert_eq!(hashes_only, InputError::TransactionHashOnly { index: 0 });
    let ommers = refused(&|block| block["uncles"] = json!([block["hash"], block["hash"]]));
    assert_eq!(ommers, InputError::OmmersLeftOut { count: 2 });
    let no_transactions = refused(&|block| drop(block.as_object_mut().unwrap().remove("transactions")));
    assert_eq!(
        no_transactions,
        InputError::MissingField {
            part: Part::Block,
            field: "transactions"
        }
    );
    let no_withdrawals = refused(&|block| block["withdrawals"] = Value::Null);
    assert_eq!(
        no_withdrawals,
        InputError::MissingField {
            part: Part::Block,
            field: "withdrawals"
        }
    );
    let gap = refused(&|block| block["blobGasUsed"] = Value::Null);
    assert_eq!(
        gap,
        InputError::HeaderGap {
            part: Part::Block,
            index: None
        }
    );
    let unknown_type = refused(&|block| block["transactions"][3]["type"] = json!("0x7e"));
    assert!(
        matches!(unknown_type, InputError::Transaction { index: 3, .. }),
        "{unknown_type}"
    );
    let no_state_root = refused(&|block| drop(block.as_object_mut().unwrap().remove("stateRoot")));
    assert!(no_state_root.to_string().contains("stateRoot"), "{no_state_root}");
}

#[test]
fn a_header_with_a_field_we_do_not_know_is_not_said_to_have_a_wrong_hash() {
    let Some((json, input)) = decoded(SMALL) else {
        return;
    };
    let mut block = rpc_block(&input);
    // Nodes add fields of their own, which a block whose hash is right cannot have in its header.
    block["author"] = json!("0x00000000000000000000000000000000000000ff");
    let got = pair(&block, &json["witness"]).expect("decodes");
    assert_eq!(got.block, input.block);

    let hash = keccak256(b"the hash of a header with one field more");
    block["hash"] = json!(hash);
    let refused = pair(&block, &json["witness"]).expect_err("cannot be told");
    let Error::Input(InputError::UnknownField { field }) = &refused else {
        panic!("{refused}");
    };
    assert_eq!(field.as_str(), "author");

    // With known fields alone a wrong hash is a wrong hash, which the verifier says.
    block.as_object_mut().expect("an object").remove("author");
    let got = pair(&block, &json["witness"]).expect("decodes");
    assert_eq!(got.hash, Some((hash, HashTrust::GivenByFile)));
}

#[test]
fn two_hashes_that_differ_are_refused() {
    let Some((json, input)) = decoded(SMALL) else {
        return;
    };
    let lie = keccak256(b"another block");
    let file = json!({"block": rpc_block(&input), "witness": json["witness"], "hash": lie});
    let error = input_error(Input::decode(file.to_string().as_bytes(), &Limits::default()));
    assert_eq!(
        error,
        InputError::HashesDiffer {
            file: lie,
            block: input.block.header.hash_slow()
        }
    );
}

#[test]
fn the_fields_of_a_file_may_come_in_any_order_but_once() {
    let Some((json, input)) = decoded(SMALL) else {
        return;
    };
    let (block, witness) = (json["block"].to_string(), json["witness"].to_string());
    let reversed = format!(r#"{{"witness":{witness},"junk":[[{{"block":1}}]],"block":{block}}}"#);
    let got = Input::decode(reversed.as_bytes(), &Limits::default()).expect("decodes");
    assert_eq!(
        (got.block, got.witness, got.hash, got.chain_id),
        (input.block, input.witness, None, None)
    );
    for (field, file) in [
        (
            "block",
            format!(r#"{{"block":{block},"witness":{witness},"block":{block}}}"#),
        ),
        (
            "witness",
            format!(r#"{{"block":{block},"witness":{witness},"witness":{witness}}}"#),
        ),
        (
            "hash",
            format!(r#"{{"block":{block},"hash":{h},"hash":{h}}}"#, h = json["hash"]),
        ),
    ] {
        let error = input_error(Input::decode(file.as_bytes(), &Limits::default()));
        assert_eq!(
            error,
            InputError::DuplicateField {
                part: Part::File,
                field
            }
        );
    }
}

/// What geth 1.17.8 answered for a block with every transaction type, as it came.
fn geth() -> Value {
    let file = "../../tests/fixtures/dialects/geth-debug_executionWitness.json.gz";
    let bytes = unpacked(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file));
    serde_json::from_slice(&bytes).expect("JSON")
}

#[test]
fn a_real_block_of_geth_with_every_transaction_type_is_the_same_as_json_and_as_rlp() {
    let geth = geth();
    let (block, raw, witness) = (
        &geth["eth_getBlockByNumber"],
        &geth["debug_getRawBlock"],
        &geth["debug_executionWitness"],
    );
    let from_json = pair(block, witness).expect("decodes");
    assert_eq!(
        from_json.dialects,
        Dialects {
            block: BlockDialect::JsonRpc,
            witness: WitnessDialect::Geth
        }
    );
    let types: BTreeSet<u8> = from_json
        .block
        .body
        .transactions
        .iter()
        .map(Typed2718::ty)
        .collect();
    assert_eq!(types, BTreeSet::from([0, 1, 2, 3, 4]));
    assert_eq!(
        from_json.hash,
        Some((from_json.block.header.hash_slow(), HashTrust::GivenByFile))
    );
    assert_eq!(
        hex::encode_prefixed(alloy_rlp::encode(&from_json.block)),
        raw.as_str().unwrap()
    );
    assert_eq!(pair(raw, witness).expect("decodes").block, from_json.block);
    for (transaction, said) in from_json
        .block
        .body
        .transactions
        .iter()
        .zip(block["transactions"].as_array().unwrap())
    {
        assert_eq!(json!(transaction.tx_hash()), said["hash"]);
    }
}

#[test]
fn a_real_witness_of_geth_has_headers_that_hash_to_the_chain_before_the_block() {
    let geth = geth();
    let input = pair(&geth["debug_getRawBlock"], &geth["debug_executionWitness"]).expect("decodes");
    assert_eq!(geth["debug_executionWitness"]["keys"], Value::Null);
    assert_eq!(
        (
            input.witness.state.len(),
            input.witness.codes.len(),
            input.witness.headers.len()
        ),
        (80, 8, 3)
    );
    let headers: HashMap<_, _> = input
        .witness
        .headers
        .iter()
        .map(|rlp| (keccak256(rlp), rlp))
        .collect();
    let mut hash = input.block.header.parent_hash;
    for _ in &input.witness.headers {
        hash = Header::decode(&mut &headers[&hash][..])
            .expect("a header")
            .parent_hash;
    }
}

#[test]
fn a_gzip_file_is_named_as_such() {
    let Some(bytes) = block_file(SMALL) else { return };
    let packed = [b"\x1f\x8b\x08", &bytes[..10]].concat();
    let witness = Input::decode_pair(b"\xc0", &packed, &Limits::default());
    assert!(matches!(
        input_error(witness),
        InputError::Rlp {
            part: Part::Block,
            ..
        }
    ));
    let error = input_error(Input::decode(&packed, &Limits::default()));
    assert_eq!(error, InputError::Compressed { part: Part::File });
}
