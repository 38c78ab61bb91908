//! The input module against real files in every dialect, and against broken ones.
#![allow(
    clippy::disallowed_methods,
    reason = "tests read their files; the crate itself is pure"
)]

mod dialects;
mod limits;
mod malformed;
mod ssz;

use super::{Input, Witness};
use crate::Limits;
use serde_json::{Value, json};
use std::{
    io::Read as _,
    path::{Path, PathBuf},
};

/// A busy block of today, 146 transactions.
const BUSY: &str = "mainnet-24628608-zisk";
/// A small block of today's form.
const SMALL: &str = "hoodi-1041734-ethrex";
/// Blocks from Frontier to Prague.
const VARIED: [&str; 8] = [
    "mainnet-116524-nimbus",
    "mainnet-2675002-nimbus",
    "mainnet-15050000-zeth",
    "mainnet-18884864-zeth",
    "mainnet-20852412-rsp",
    "mainnet-22615247-keth",
    "mainnet-23879620-rsp",
    "hoodi-1219705-ethrex",
];

/// The unpacked file of a block of `../shared/blocks`, or `None`, said aloud, where that is missing.
fn block_file(name: &str) -> Option<Vec<u8>> {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/blocks");
    if !directory.is_dir() {
        println!("skipped: ../shared is not here");
        return None;
    }
    Some(unpacked(&directory.join(format!("{name}.json.gz"))))
}

fn unpacked(file: &Path) -> Vec<u8> {
    let packed = std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice())
        .read_to_end(&mut bytes)
        .expect("a sound gzip file");
    bytes
}

/// The file as JSON, and decoded as it is.
fn decoded(name: &str) -> Option<(Value, Input)> {
    let bytes = block_file(name)?;
    let input = Input::decode(&bytes, &Limits::default()).expect("a sound file");
    Some((serde_json::from_slice(&bytes).expect("JSON"), input))
}

/// The JSON-RPC form of a decoded block, as a node would serve it.
fn rpc_block(input: &Input) -> Value {
    let hash = input.block.header.hash_slow();
    let mut block = serde_json::to_value(&input.block.header).expect("serialises");
    let transactions: Vec<Value> = (input.block.body.transactions.iter().zip(0u64..))
        .map(|(transaction, index)| {
            let mut json = serde_json::to_value(transaction).expect("serialises");
            json["blockHash"] = json!(hash);
            json["blockNumber"] = block["number"].clone();
            json["transactionIndex"] = json!(format!("{index:#x}"));
            json["from"] = json!("0x00000000000000000000000000000000000000ff");
            json
        })
        .collect();
    block["hash"] = json!(hash);
    block["size"] = json!("0x1");
    block["transactions"] = json!(transactions);
    block["uncles"] = json!([]);
    if let Some(withdrawals) = &input.block.body.withdrawals {
        block["withdrawals"] = json!(withdrawals);
    }
    block
}

/// `witness` as RLP `[headers, codes, state, keys]`, headers as lists or as strings holding them.
fn witness_rlp(witness: &Witness, headers_as_lists: bool, keys: Option<&[&[u8]]>) -> Vec<u8> {
    use alloy_rlp::{Encodable as _, Header};
    let list = |payload: Vec<u8>| {
        let mut out = Vec::new();
        Header {
            list: true,
            payload_length: payload.len(),
        }
        .encode(&mut out);
        out.extend(payload);
        out
    };
    let strings = |items: Vec<&[u8]>| {
        let mut payload = Vec::new();
        for item in &items {
            item.encode(&mut payload);
        }
        list(payload)
    };
    let slices = |items: &'_ [alloy_primitives::Bytes]| strings(items.iter().map(|item| &item[..]).collect());
    let headers = if headers_as_lists {
        list(witness.headers.concat())
    } else {
        slices(&witness.headers)
    };
    let mut fields = [headers, slices(&witness.codes), slices(&witness.state)].concat();
    if let Some(keys) = keys {
        fields.extend(strings(keys.to_vec()));
    }
    list(fields)
}
