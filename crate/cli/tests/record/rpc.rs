//! `blocklight record --rpc` against a small JSON-RPC server: what it writes verifies, and whatever the server gets wrong
//! ends in an error that says what to do.
#![allow(missing_docs, reason = "a test has no public items")]

#[path = "../../../../tests/spec/proofs/proving_state.rs"]
mod proving_state;
mod server;

use alloy_primitives::{Address, B256};
use blocklight_verifier::{Block, recorder::Genesis};
use proving_state::ProvingState;
use serde_json::{Value, json};
use server::{Answer, Server};
use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
    time::{Duration, Instant},
};

/// Where a block without transactions runs code at Cancun: the beacon roots contract (EIP-4788).
const CALLED: &str = "0x000f3df6d732807ef1319fb7b8bb8522d0beac02";
/// BLOCKHASH(NUMBER - 3), SSTORE(NUMBER, 0). Block 3 deletes the last slot but one, and asks for the genesis's hash.
const CODE: &str = "0x6003430340505f435500";

fn genesis() -> Value {
    json!({
        "config": {
            "chainId": 4788, "homesteadBlock": 0, "eip150Block": 0, "eip155Block": 0, "eip158Block": 0,
            "byzantiumBlock": 0, "constantinopleBlock": 0, "petersburgBlock": 0, "istanbulBlock": 0,
            "berlinBlock": 0, "londonBlock": 0, "terminalTotalDifficulty": 0, "shanghaiTime": 0, "cancunTime": 0,
            "blobSchedule": {"cancun": {"target": 3, "max": 6, "baseFeeUpdateFraction": 3_338_477}}
        },
        "nonce": "0x0", "timestamp": "0x64", "extraData": "0x", "gasLimit": "0x1c9c380", "difficulty": "0x0",
        "mixHash": B256::ZERO, "coinbase": Address::ZERO,
        "alloc": {
            CALLED: {
                "nonce": "0x1", "balance": "0x0", "code": CODE,
                "storage": {"0x01": "0x05", "0x02": "0x05", "0x03": "0x05", "0x04": "0x05"}
            },
            "0x00000000000000000000000000000000000000aa": {"balance": "0x1", "storage": {"0x01": "0x02"}},
            "0x00000000000000000000000000000000000000bb": {"balance": "0x2"}
        }
    })
}

/// Three blocks without transactions on top of the genesis, and the state after the second.
fn chain() -> (Vec<Block>, ProvingState) {
    let json = genesis();
    let genesis = Genesis::from_json(json.to_string().as_bytes()).expect("a genesis");
    let mut state = ProvingState::from_alloc_json(&json["alloc"].to_string()).expect("a state");
    state.add_header(genesis.header.clone());
    let mut recorder = genesis.recorder().expect("its own state");
    let mut blocks = Vec::new();
    for base_fee in [875_000_000, 765_625_000, 669_921_875] {
        let mut block = Block {
            header: recorder.head().clone(),
            ..Block::default()
        };
        block.header.parent_hash = recorder.head().hash_slow();
        block.header.number += 1;
        block.header.timestamp += 12;
        block.header.base_fee_per_gas = Some(base_fee);
        block.body.withdrawals = Some(Vec::new().into());
        let recording = recorder.record(&block).expect("recordable");
        let changes = recording.changes.as_ref().expect("executed");
        let mut after = recorder.state().clone();
        after.apply(changes);
        block.header.state_root = after.root();
        recorder.advance(&block.header, &recording).expect("its state");
        if block.header.number < 3 {
            state.apply(changes);
            state.add_header(block.header.clone());
        }
        blocks.push(block);
    }
    (blocks, state)
}

/// A folder that is gone when the test is.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("blocklight-rpc-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("genesis.json"), genesis().to_string()).expect("writable");
        Self(folder)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_blocklight"))
            .current_dir(&self.0)
            .args(arguments)
            .output()
            .expect("runs")
    }

    fn record(&self, address: &str, block: &str) -> Output {
        self.run(&[
            "record",
            "--rpc",
            address,
            "--chain",
            "genesis.json",
            "--block",
            block,
            "-o",
            "out.json",
        ])
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn server(change: impl Fn(&str, &Value, Answer) -> Answer + Send + 'static) -> Server {
    let (mut blocks, state) = chain();
    Server::new(blocks.pop().expect("three blocks"), state, change)
}

#[test]
fn a_nodes_block_is_recorded_as_from_the_genesis_and_verifies() {
    let folder = Folder::new("verifies");
    let (blocks, _) = chain();
    let mut arguments = vec!["record", "--genesis", "genesis.json", "-o", "whole.json"];
    for (name, block) in ["1.rlp", "2.rlp", "3.rlp"].into_iter().zip(&blocks) {
        fs::write(folder.0.join(name), alloy_rlp::encode(block)).expect("writable");
        arguments.extend(["--block", name]);
    }
    assert!(folder.run(&arguments).status.success());
    let whole = fs::read_to_string(folder.0.join("whole.json")).expect("written");

    let server = server(|_, _, answer| answer);
    let hash = blocks[2].header.hash_slow().to_string();
    for block in ["3", "0x3", "latest", &hash] {
        let recorded = folder.record(&server.address, block);
        assert!(recorded.status.success(), "{recorded:?}");
        let proved = fs::read_to_string(folder.0.join("out.json")).expect("written");
        assert_eq!(proved, whole, "{block}");
        let verified = folder.run(&["verify", "--chain", "genesis.json", "out.json"]);
        assert_eq!(verified.status.code(), Some(0), "{verified:?}");
    }

    let file: Value = serde_json::from_str(&whole).expect("JSON");
    assert_eq!(file["witness"]["headers"].as_array().expect("a list").len(), 2);
    let nodes = file["witness"]["state"].as_array().expect("a list").len();
    for index in 0..nodes {
        let mut less = file.clone();
        less["witness"]["state"]
            .as_array_mut()
            .expect("a list")
            .remove(index);
        fs::write(folder.0.join("less.json"), less.to_string()).expect("writable");
        let verified = folder.run(&["verify", "--chain", "genesis.json", "less.json"]);
        assert_eq!(
            verified.status.code(),
            Some(2),
            "without node {index}: {verified:?}"
        );
    }
}

#[test]
fn credentials_are_sent_and_never_printed() {
    let folder = Folder::new("credentials");
    let server = server(|_, _, answer| answer);
    let address = server.address.replace("http://", "http://ada:geheim@") + "/geheim?key=geheim";
    let recorded = folder.record(&address, "3");
    assert!(recorded.status.success(), "{recorded:?}");
    let heads = server.heads();
    // RFC 7617: base64 of `ada:geheim`.
    assert!(
        heads.iter().all(|head| head.contains("Basic YWRhOmdlaGVpbQ==")),
        "{heads:?}"
    );
    assert!(
        heads
            .iter()
            .all(|head| head.starts_with("POST /geheim?key=geheim ")),
        "{heads:?}"
    );
    drop(server);
    for address in [
        &*address,
        "https://ada:geheim@localhost",
        "geheim",
        "http://ada:geheim@",
    ] {
        let refused = folder.record(address, "3");
        assert_eq!(refused.status.code(), Some(3));
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(!said.contains("geheim") && !said.is_empty(), "{said}");
    }
}

/// The server's answers to one method, changed, end in an error that says this.
fn refused(method: &'static str, said: &str, change: impl Fn(Answer) -> Answer + Send + 'static) {
    let folder = Folder::new(&format!("{method}-{}", said.len()));
    let server = server(move |asked, _, answer| if asked == method { change(answer) } else { answer });
    let output = folder.record(&server.address, "3");
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{method}: {error}");
    assert!(error.contains(said), "{method}: {error}");
    assert!(!folder.0.join("out.json").exists(), "nothing is written");
}

fn error(code: i64, message: &str) -> Answer {
    Answer::Json(json!({"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": message}}))
}

/// Changes the result of a call.
fn result(change: impl Fn(&mut Value)) -> impl Fn(Answer) -> Answer {
    move |answer| match answer {
        Answer::Json(mut response) => {
            change(&mut response["result"]);
            Answer::Json(response)
        }
        other => other,
    }
}

#[test]
fn refusals_say_what_to_do() {
    refused("eth_getProof", "turn its API on", |_| {
        error(-32601, "the method eth_getProof does not exist")
    });
    refused("eth_getProof", "ask an archive node", |_| {
        error(-32000, "missing trie node abc (path )")
    });
    refused(
        "eth_getBlockByNumber",
        "is it synchronised",
        result(|result| *result = Value::Null),
    );
    refused(
        "eth_chainId",
        "--chain is chain 4788, the node is on chain 1",
        result(|result| *result = json!("0x1")),
    );
    refused("eth_chainId", "wants credentials", |_| {
        Answer::Raw(401, b"no".to_vec())
    });
    refused("eth_chainId", "takes no more calls", |_| {
        Answer::Raw(429, b"".to_vec())
    });
    refused("eth_chainId", "something else than was asked for", |_| {
        Answer::Raw(200, b"<html>".to_vec())
    });
    refused("eth_getCode", "did not answer eth_getCode", |_| Answer::Closed);
}

#[test]
fn lies_are_errors() {
    refused(
        "eth_getBlockByNumber",
        "the node's block is number 4, asked for was 3",
        result(|block| {
            block["number"] = json!("0x4");
        }),
    );
    refused(
        "eth_getBlockByNumber",
        "the node's block has the hash",
        result(|block| {
            block["gasUsed"] = json!("0x1");
        }),
    );
    refused(
        "eth_getProof",
        "the balance of account",
        result(|proof| proof["balance"] = json!("0x99")),
    );
    refused(
        "eth_getProof",
        "the proof of account",
        result(|proof| {
            proof["accountProof"].as_array_mut().expect("a list").pop();
        }),
    );
    refused(
        "eth_getProof",
        "something else than was asked for",
        result(|proof| {
            proof["accountProof"] = json!(["0xz"]);
        }),
    );
    refused(
        "eth_getProof",
        "the proof of slot",
        result(|proof| {
            for slot in proof["storageProof"].as_array_mut().expect("a list") {
                slot["proof"] = json!([]);
            }
        }),
    );
    refused(
        "eth_getCode",
        "the code of account",
        result(|code| *code = json!("0x00")),
    );
    refused(
        "eth_getBlockByHash",
        "the header of block 2",
        result(|block| block["gasUsed"] = json!("0x1")),
    );
}

#[test]
fn a_node_that_is_not_there_or_a_block_that_is_none_is_an_error_at_once() {
    let folder = Folder::new("not-there");
    let address = server(|_, _, answer| answer).address.clone();
    let start = Instant::now();
    for (address, block, said) in [
        (&*address, "3", "does a node run there"),
        (&*address, "pending", "a number, a hash, or one of latest"),
        ("https://localhost", "3", "ssh -L"),
    ] {
        let output = folder.record(address, block);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{error}");
        assert!(error.contains(said), "{error}");
    }
    assert!(start.elapsed() < Duration::from_secs(30));
    let both = folder.run(&[
        "record",
        "--rpc",
        &address,
        "--genesis",
        "genesis.json",
        "--block",
        "3",
        "-o",
        "x",
    ]);
    assert_eq!(both.status.code(), Some(3));
}
