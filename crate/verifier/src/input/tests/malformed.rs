//! Broken and hostile input: a typed error, never a panic, whatever the bytes.

use super::{SMALL, VARIED, block_file, decoded, rpc_block, witness_rlp};
use crate::input::{HexFault, JsonFault, Part};
use crate::{Error, Input, InputError, Limits};
use alloy_primitives::hex;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::OnceLock;

fn input_error(result: Result<Input, Error>) -> InputError {
    match result {
        Err(Error::Input(error)) => error,
        other => panic!("expected an input error, got {other:?}"),
    }
}

fn decode(bytes: &[u8]) -> Result<Input, Error> {
    Input::decode(bytes, &Limits::default())
}

#[test]
fn nothing_white_space_and_unknown_first_bytes_are_told_apart() {
    assert_eq!(input_error(decode(b"")), InputError::Empty { part: Part::File });
    assert_eq!(
        input_error(decode(b" \n\t")),
        InputError::Empty { part: Part::File }
    );
    assert_eq!(
        input_error(decode(b"[1]")),
        InputError::Unrecognised {
            part: Part::File,
            first: b'['
        }
    );
    assert_eq!(
        input_error(decode(b"<html>")),
        InputError::Unrecognised {
            part: Part::File,
            first: b'<'
        }
    );
    assert_eq!(
        input_error(decode(b"{}")),
        InputError::MissingField {
            part: Part::File,
            field: "block"
        }
    );
    let error = input_error(Input::decode_pair(b"\xc0", b"", &Limits::default()));
    assert!(
        matches!(
            error,
            InputError::Rlp {
                part: Part::Block,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_file_cut_off_anywhere_is_an_error() {
    let Some(bytes) = block_file(SMALL) else { return };
    let step = bytes.len() / 500;
    let ends = (0..bytes.len())
        .step_by(step)
        .chain(0..200)
        .chain(bytes.len() - 200..bytes.len());
    for end in ends {
        match input_error(decode(&bytes[..end])) {
            InputError::Empty { .. } => assert_eq!(end, 0),
            error => assert!(
                matches!(
                    error,
                    InputError::Json {
                        fault: JsonFault::CutOff,
                        ..
                    }
                ),
                "{end}: {error}"
            ),
        }
    }
}

#[test]
fn rlp_cut_off_anywhere_is_an_error() {
    let Some((json, input)) = decoded(SMALL) else {
        return;
    };
    let block = hex::decode(json["block"].as_str().unwrap()).unwrap();
    let witness = witness_rlp(&input.witness, true, Some(&[b"key"]));
    let limits = Limits::default();
    for end in 0..block.len() {
        input_error(Input::decode_pair(&block[..end], &witness, &limits));
    }
    for end in (0..witness.len()).step_by(37) {
        input_error(Input::decode_pair(&block, &witness[..end], &limits));
    }
}

#[test]
fn bytes_after_the_end_are_an_error() {
    let Some((json, input)) = decoded(SMALL) else {
        return;
    };
    let bytes = json.to_string();
    let error = input_error(decode(format!("{bytes} x").as_bytes()));
    assert!(
        matches!(
            error,
            InputError::Json {
                fault: JsonFault::Syntax,
                ..
            }
        ),
        "{error}"
    );

    let mut block = hex::decode(json["block"].as_str().unwrap()).unwrap();
    let mut witness = witness_rlp(&input.witness, true, None);
    witness.extend(b"ab");
    let error = input_error(Input::decode_pair(&block, &witness, &Limits::default()));
    assert_eq!(
        error,
        InputError::TrailingBytes {
            part: Part::Witness,
            count: 2
        }
    );
    block.push(0);
    let error = input_error(Input::decode_pair(&block, b"{}", &Limits::default()));
    assert_eq!(
        error,
        InputError::TrailingBytes {
            part: Part::Block,
            count: 1
        }
    );
    let block = format!("{}0 ", json["block"]);
    let error = input_error(Input::decode_pair(block.as_bytes(), b"{}", &Limits::default()));
    assert!(
        matches!(
            error,
            InputError::Json {
                part: Part::Block,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn faults_in_hex_are_told_with_list_and_place() {
    let Some((json, _)) = decoded(SMALL) else { return };
    let broken = |change: &dyn Fn(&mut Value)| {
        let mut json = json.clone();
        change(&mut json);
        input_error(decode(json.to_string().as_bytes()))
    };
    let odd = broken(&|json| json["witness"]["state"][5] = json!("0x123"));
    let fault = HexFault::OddLength { digits: 3 };
    assert_eq!(
        odd,
        InputError::Hex {
            part: Part::Node,
            index: Some(5),
            fault
        }
    );
    let digit = broken(&|json| json["witness"]["codes"][1] = json!("0x60_0"));
    assert_eq!(
        digit,
        InputError::Hex {
            part: Part::Code,
            index: Some(1),
            fault: HexFault::Digit { at: 2 }
        }
    );
    let twice = broken(&|json| json["witness"]["headers"][0] = json!("0x0x12"));
    assert!(
        matches!(
            twice,
            InputError::Hex {
                part: Part::Header,
                index: Some(0),
                ..
            }
        ),
        "{twice}"
    );
    let block = broken(&|json| json["block"] = json!("0xf9é"));
    assert!(
        matches!(
            block,
            InputError::Hex {
                part: Part::Block,
                ..
            } | InputError::Rlp { .. }
        ),
        "{block}"
    );
    assert_eq!(odd.to_string(), "witness node 5: an odd number of hex digits, 3");
}

#[test]
fn values_of_the_wrong_type_are_errors_with_line_and_column() {
    let Some((json, _)) = decoded(SMALL) else { return };
    let wrong = [
        json!(1),
        json!(true),
        json!([[]]),
        json!({"a": 1}),
        json!(null),
        json!("x"),
        json!(-1.5),
    ];
    for field in [
        "/block",
        "/witness",
        "/witness/state",
        "/witness/codes/0",
        "/witness/headers/0",
        "/hash",
        "/chainId",
    ] {
        for value in &wrong {
            let mut json = json.clone();
            *json.pointer_mut(field).unwrap() = value.clone();
            match decode(json.to_string().as_bytes()) {
                Ok(_) => assert!(value.is_null() || value == &json!(1), "{field} {value}"),
                Err(Error::Input(error)) => assert!(error.to_string().len() < 500, "{error}"),
                Err(error) => panic!("{error}"),
            }
        }
    }
}

#[test]
fn deep_nesting_is_refused_or_skipped_without_recursion() {
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(200_000), close.repeat(200_000));
    for nested in [
        deep("[", "]"),
        deep(r#"{"a":"#, "}"),
        deep(r#"{"result":"#, "}"),
        "[".repeat(200_000),
    ] {
        for file in [
            format!(r#"{{"junk":{nested},"block":"0x","witness":{{}}}}"#),
            format!(r#"{{"block":{nested},"witness":{{"state":[]}}}}"#),
            format!(r#"{{"block":"0x","witness":{nested}}}"#),
            format!(
                r#"{{"block":{{"transactions":[{nested}],"uncles":[{nested}]}},"witness":{{"state":{nested}}}}}"#
            ),
        ] {
            input_error(decode(file.as_bytes()));
        }
    }
    // RLP lists in lists, as deep as the bytes allow.
    let rlp = vec![0xf9; 300_000];
    input_error(Input::decode_pair(&rlp, &rlp, &Limits::default()));
}

#[test]
fn deep_nesting_inside_transactions_and_headers_is_an_error() {
    let Some((json, input)) = decoded(SMALL) else {
        return;
    };
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let mut block = rpc_block(&input);
    block["transactions"] = json!([{"type": "0x2", "accessList": "HERE", "hash": "0x"}]);
    let block = block.to_string().replace("\"HERE\"", &nested);
    let error = input_error(Input::decode_pair(block.as_bytes(), b"{}", &Limits::default()));
    assert!(
        matches!(error, InputError::Transaction { index: 0, .. }),
        "{error}"
    );
    let witness = format!(r#"{{"state":[],"headers":[{{"number":{nested}}}]}}"#);
    input_error(Input::decode_pair(
        json["block"].to_string().as_bytes(),
        witness.as_bytes(),
        &Limits::default(),
    ));
}

#[test]
fn lengths_in_rlp_that_nothing_stands_behind_are_errors() {
    let Some((json, _)) = decoded(SMALL) else { return };
    let block = json["block"].to_string();
    for rlp in [
        &b"\xff\x7f\xff\xff\xff\xff\xff\xff\xff"[..],
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xc9\xc0\xc0\xbf\x7f\xff\xff\xff\xff\xff",
        b"\xc4\xc0\xc0\xc1\xc0",
        b"\xc3\xc0\xc0\x80",
        b"\xc2\xc0\xc0",
        b"\xc5\xc0\xc0\xc0\xc0\xc0",
        b"\xc0",
    ] {
        let error = input_error(Input::decode_pair(block.as_bytes(), rlp, &Limits::default()));
        assert!(error.to_string().starts_with("witness"), "{error}");
        input_error(Input::decode_pair(rlp, b"{}", &Limits::default()));
    }
}

#[test]
fn rlp_with_a_needlessly_wrapped_transaction_is_not_the_block() {
    let Some((json, input)) = decoded("mainnet-46147-nimbus") else {
        return;
    };
    let block = hex::decode(json["block"].as_str().unwrap()).unwrap();
    let transaction = alloy_rlp::encode(&input.block.body.transactions[0]);
    let at = block
        .windows(transaction.len())
        .position(|window| window == transaction)
        .unwrap();
    // A legacy transaction as a byte string: some decoders take it, but it has another root.
    let wrapped = alloy_rlp::encode(&transaction[..]);
    assert_eq!(wrapped.len(), transaction.len() + 2);
    let mut body = Vec::new();
    alloy_rlp::Header {
        list: true,
        payload_length: wrapped.len(),
    }
    .encode(&mut body);
    body.extend(&wrapped);
    let header = alloy_rlp::encode(&input.block.header);
    let mut out = Vec::new();
    alloy_rlp::Header {
        list: true,
        payload_length: header.len() + body.len() + 1,
    }
    .encode(&mut out);
    out.extend([header, body, vec![0xc0]].concat());
    assert!(at > 0);
    let error = input_error(Input::decode_pair(
        &out,
        json["witness"].to_string().as_bytes(),
        &Limits::default(),
    ));
    assert!(
        matches!(error, InputError::Rlp { .. } | InputError::NotCanonical { .. }),
        "{error}"
    );
}

/// Samples to break: every dialect of one small real block, or of a made-up file where `../shared` is missing.
fn samples() -> &'static [Vec<u8>] {
    static SAMPLES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    SAMPLES.get_or_init(|| {
        let Some((json, input)) = decoded(SMALL).and_then(|_| decoded(VARIED[0])) else {
            return vec![br#"{"block":"0xc0","witness":{"state":["0x80"],"headers":[{"number":"0x1"}]}}"#.to_vec()];
        };
        let headers: Vec<alloy_consensus::Header> =
            input.witness.headers.iter().map(|rlp| alloy_rlp::decode_exact(rlp).unwrap()).collect();
        let small = |items: &[alloy_primitives::Bytes]| json!(items[..items.len().min(4)]);
        let geth = json!({"headers": headers, "state": small(&input.witness.state), "codes": [], "keys": null});
        vec![
            json!({"block": json["block"], "witness": {"state": small(&input.witness.state)}, "hash": json["hash"]})
                .to_string()
                .into_bytes(),
            json!({"block": rpc_block(&input), "witness": geth, "chainId": "1"}).to_string().into_bytes(),
            json!({"jsonrpc": "2.0", "result": {"block": {"result": json["block"]}, "witness": {"result": geth}}})
                .to_string()
                .into_bytes(),
            hex::decode(json["block"].as_str().unwrap()).unwrap(),
            witness_rlp(&input.witness, true, None),
        ]
    })
}

fn decode_every_way(bytes: &[u8]) {
    let limits = Limits::default();
    let _ = Input::decode(bytes, &limits);
    let _ = Input::decode_pair(bytes, bytes, &limits);
    // A sound block first, so that the witness is reached.
    if let Some(block) = samples().get(3) {
        let _ = Input::decode_pair(block, bytes, &limits);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), first in 0usize..8) {
        let start: &[u8] = [&b""[..], b"{", b"\"", b"0x", b"\xf9", b"\xc8", b"{\"block\":", b"{\"state\":["][first];
        decode_every_way(&[start, &bytes].concat());
    }

    #[test]
    fn random_changes_to_real_files_never_panic(
        sample in any::<prop::sample::Index>(),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..6), 1..6),
    ) {
        let mut bytes = sample.get(samples()).clone();
        for (at, byte, kind) in edits {
            let at = at.index(bytes.len().max(1));
            match kind {
                _ if bytes.is_empty() => bytes.push(byte),
                0 => bytes[at] = byte,
                1 => bytes[at] ^= 1 << (byte % 8),
                2 => { bytes.remove(at); }
                3 => bytes.insert(at, b"{}[]\",:0xnf-.e\\"[usize::from(byte % 15)]),
                4 => { bytes.drain(at..(at + usize::from(byte)).min(bytes.len())); }
                _ => {
                    let piece = bytes[at..(at + usize::from(byte)).min(bytes.len())].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        decode_every_way(&bytes);
    }
}
