//! From a node, which is a small JSON-RPC server here: what is written verifies, and whatever the server gets wrong ends in an
//! error that says what to do.

use super::{
    Folder,
    server::{Answer, Server},
};
use blocklight_tests::{
    ProvingState,
    cancun_chain::{self, CALLED},
};
use blocklight_verifier::{Block, recorder::Genesis};
use serde_json::{Value, json};
use std::{
    fs,
    process::Output,
    time::{Duration, Instant},
};

/// BLOCKHASH(NUMBER - 3), SSTORE(NUMBER, 0). Block 3 deletes the last slot but one, and asks for the genesis's hash.
const CODE: &str = "0x6003430340505f435500";

fn genesis() -> Value {
    cancun_chain::genesis(&json!({
        CALLED: {
            "nonce": "0x1", "balance": "0x0", "code": CODE,
            "storage": {"0x01": "0x05", "0x02": "0x05", "0x03": "0x05", "0x04": "0x05"}
        },
        "0x00000000000000000000000000000000000000aa": {"balance": "0x1", "storage": {"0x01": "0x02"}},
        "0x00000000000000000000000000000000000000bb": {"balance": "0x2"}
    }))
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
        let mut block = cancun_chain::child(recorder.head(), base_fee);
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

/// A folder with the genesis.
fn folder(name: &str) -> Folder {
    Folder::new(&format!("rpc-{name}"), &genesis())
}

fn record(folder: &Folder, address: &str, block: &str) -> Output {
    folder.run(&[
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

fn server(change: impl Fn(&str, &Value, Answer) -> Answer + Send + 'static) -> Server {
    let (mut blocks, state) = chain();
    Server::new(blocks.pop().expect("three blocks"), state, change)
}

#[test]
fn a_nodes_block_is_recorded_as_from_the_genesis_and_verifies() {
    let folder = folder("verifies");
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
        let recorded = record(&folder, &server.address, block);
        assert!(recorded.status.success(), "{recorded:?}");
        let proved = fs::read_to_string(folder.0.join("out.json")).expect("written");
        assert_eq!(proved, whole, "{block}");
        let verified = folder.verify("out.json");
        assert_eq!(verified.status.code(), Some(0), "{verified:?}");
    }

    let file: Value = serde_json::from_str(&whole).expect("JSON");
    assert_eq!(file["witness"]["headers"].as_array().expect("a list").len(), 2);
    folder.assert_lacks_nothing_to_spare(&file);
}

#[test]
fn credentials_are_sent_and_never_printed() {
    let folder = folder("credentials");
    let server = server(|_, _, answer| answer);
    let address = server.address.replace("http://", "http://ada:geheim@") + "/geheim?key=geheim";
    let recorded = record(&folder, &address, "3");
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
        let refused = record(&folder, address, "3");
        assert_eq!(refused.status.code(), Some(3));
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(!said.contains("geheim") && !said.is_empty(), "{said}");
    }
}

/// The server's answers to one method, changed, end in an error that says this.
fn refused(method: &'static str, said: &str, change: impl Fn(Answer) -> Answer + Send + 'static) {
    let folder = folder(&format!("{method}-{}", said.len()));
    let server = server(move |asked, _, answer| if asked == method { change(answer) } else { answer });
    let output = record(&folder, &server.address, "3");
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
    let folder = folder("not-there");
    let address = server(|_, _, answer| answer).address.clone();
    let start = Instant::now();
    for (address, block, said) in [
        (&*address, "3", "does a node run there"),
        (&*address, "pending", "a number, a hash, or one of latest"),
        ("https://localhost", "3", "ssh -L"),
    ] {
        let output = record(&folder, address, block);
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
