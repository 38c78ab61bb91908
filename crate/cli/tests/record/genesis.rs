//! `blocklight record` on a chain made here: what it writes is what `blocklight verify` reads.
#![allow(missing_docs, reason = "a test has no public items")]

use blocklight_verifier::{Block, recorder::Genesis};
use serde_json::{Value, json};
use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

/// The beacon roots contract, as EIP-4788 gives it: the one thing that a block without transactions runs at Cancun.
const BEACON_ROOTS: &str = "0x3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f35801560495762001fff810690815414603c575f5ffd5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff015500";

fn genesis() -> Value {
    json!({
        "config": {
            "chainId": 4788, "homesteadBlock": 0, "eip150Block": 0, "eip155Block": 0, "eip158Block": 0,
            "byzantiumBlock": 0, "constantinopleBlock": 0, "petersburgBlock": 0, "istanbulBlock": 0,
            "berlinBlock": 0, "londonBlock": 0, "terminalTotalDifficulty": 0, "shanghaiTime": 0, "cancunTime": 0,
            "blobSchedule": {"cancun": {"target": 3, "max": 6, "baseFeeUpdateFraction": 3_338_477}}
        },
        "nonce": "0x0", "timestamp": "0x64", "extraData": "0x", "gasLimit": "0x1c9c380", "difficulty": "0x0",
        "mixHash": format!("0x{}", "00".repeat(32)), "coinbase": format!("0x{}", "00".repeat(20)),
        "alloc": {
            "0x000f3df6d732807ef1319fb7b8bb8522d0beac02": {"nonce": "0x1", "balance": "0x0", "code": BEACON_ROOTS},
            "0x00000000000000000000000000000000000000aa": {"balance": "0x1", "storage": {"0x01": "0x02"}},
            "0x00000000000000000000000000000000000000bb": {"balance": "0x2"}
        }
    })
}

/// Two blocks without transactions on top of the genesis, in RLP.
fn blocks() -> Vec<Vec<u8>> {
    let mut recorder = Genesis::from_json(genesis().to_string().as_bytes())
        .expect("a genesis")
        .recorder()
        .expect("its own state");
    let mut blocks = Vec::new();
    for base_fee in [875_000_000, 765_625_000] {
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
        let mut state = recorder.state().clone();
        state.apply(recording.changes.as_ref().expect("executed"));
        block.header.state_root = state.root();
        recorder.advance(&block.header, &recording).expect("its state");
        blocks.push(alloy_rlp::encode(&block));
    }
    blocks
}

/// A folder that is gone when the test is.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("blocklight-record-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("genesis.json"), genesis().to_string()).expect("writable");
        for (number, block) in (1..).zip(blocks()) {
            fs::write(folder.join(format!("{number}.rlp")), block).expect("writable");
        }
        Self(folder)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_blocklight"))
            .current_dir(&self.0)
            .args(arguments)
            .output()
            .expect("runs")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn what_is_recorded_verifies_and_lacks_nothing_to_spare() {
    let folder = Folder::new("verifies");
    let recorded = folder.run(&[
        "record",
        "--genesis",
        "genesis.json",
        "--block",
        "1.rlp",
        "--block",
        "2.rlp",
        "-o",
        "2.json",
    ]);
    assert!(recorded.status.success(), "{recorded:?}");
    let verified = folder.run(&["verify", "--chain", "genesis.json", "2.json"]);
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");

    let file: Value =
        serde_json::from_slice(&fs::read(folder.0.join("2.json")).expect("written")).expect("JSON");
    let nodes = file["witness"]["state"].as_array().expect("a list").len();
    assert!(nodes >= 3, "{nodes}");
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
fn a_block_that_is_no_child_of_the_last_is_refused_and_nothing_is_written() {
    let folder = Folder::new("refuses");
    let recorded = folder.run(&[
        "record",
        "--genesis",
        "genesis.json",
        "--block",
        "2.rlp",
        "-o",
        "2.json",
    ]);
    assert_eq!(recorded.status.code(), Some(3));
    let said = String::from_utf8_lossy(&recorded.stderr);
    assert!(said.contains("2.rlp: the block's parent is 0x"), "{said}");
    assert!(!folder.0.join("2.json").exists());
}
