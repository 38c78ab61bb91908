//! From a whole state.

use super::Folder;
use blocklight_tests::cancun_chain::{self, CALLED};
use blocklight_verifier::recorder;
use serde_json::{Value, json};
use std::{fs, process::Output};

/// The beacon roots contract, as EIP-4788 gives it: the one thing that a block without transactions runs at Cancun.
const BEACON_ROOTS: &str = "0x3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f35801560495762001fff810690815414603c575f5ffd5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff015500";

fn genesis() -> Value {
    cancun_chain::genesis(&json!({
        CALLED: {"nonce": "0x1", "balance": "0x0", "code": BEACON_ROOTS},
        "0x00000000000000000000000000000000000000aa": {"balance": "0x1", "storage": {"0x01": "0x02"}},
        "0x00000000000000000000000000000000000000bb": {"balance": "0x2"}
    }))
}

/// Two blocks without transactions on top of the genesis, in RLP.
fn blocks() -> Vec<Vec<u8>> {
    let mut recorder = recorder::Genesis::from_json(genesis().to_string().as_bytes())
        .expect("a genesis")
        .recorder()
        .expect("its own state");
    let mut blocks = Vec::new();
    for base_fee in [875_000_000, 765_625_000] {
        let mut block = cancun_chain::child(recorder.head(), base_fee);
        let recording = recorder.record(&block).expect("recordable");
        let mut state = recorder.state().clone();
        state.apply(recording.changes.as_ref().expect("executed"));
        block.header.state_root = state.root();
        recorder.advance(&block.header, &recording).expect("its state");
        blocks.push(alloy_rlp::encode(&block));
    }
    blocks
}

/// A folder with the genesis and the blocks.
fn folder(name: &str) -> Folder {
    let folder = Folder::new(name, &genesis());
    for (number, block) in (1..).zip(blocks()) {
        fs::write(folder.0.join(format!("{number}.rlp")), block).expect("writable");
    }
    folder
}

/// Records from the folder's genesis.
fn record(folder: &Folder, arguments: &[&str]) -> Output {
    folder.run(&[&["record", "--genesis", "genesis.json"], arguments].concat())
}

#[test]
fn what_is_recorded_verifies_and_lacks_nothing_to_spare() {
    let folder = folder("verifies");
    let recorded = record(&folder, &["--block", "1.rlp", "--block", "2.rlp", "-o", "2.json"]);
    assert!(recorded.status.success(), "{recorded:?}");
    let verified = folder.verify("2.json");
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");

    let file: Value =
        serde_json::from_slice(&fs::read(folder.0.join("2.json")).expect("written")).expect("JSON");
    let nodes = folder.assert_lacks_nothing_to_spare(&file);
    assert!(nodes >= 3, "{nodes}");
}

/// A node's `debug_executionWitness` has lists by these names and nothing else (keys may be left out).
#[test]
fn the_witness_alone_is_what_a_node_would_answer_and_verifies_beside_its_block() {
    let folder = folder("alone");
    let recorded = record(
        &folder,
        &["--block", "1.rlp", "--witness-only", "-o", "witness.json"],
    );
    assert!(recorded.status.success(), "{recorded:?}");
    let bytes = fs::read(folder.0.join("witness.json")).expect("written");
    let witness: Value = serde_json::from_slice(&bytes).expect("JSON");
    let lists = witness.as_object().expect("an object");
    assert!(lists.values().all(Value::is_array), "{lists:?}");
    for name in ["state", "codes", "headers"] {
        let items = lists[name].as_array().expect("a list");
        assert!(!items.is_empty(), "{name}");
    }
    let verified = folder.run(&[
        "verify",
        "--chain",
        "genesis.json",
        "--block",
        "1.rlp",
        "--witness",
        "witness.json",
    ]);
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
}

#[test]
fn a_block_that_is_no_child_of_the_last_is_refused_and_nothing_is_written() {
    let folder = folder("refuses");
    let recorded = record(&folder, &["--block", "2.rlp", "-o", "2.json"]);
    assert_eq!(recorded.status.code(), Some(3));
    let said = String::from_utf8_lossy(&recorded.stderr);
    assert!(said.contains("2.rlp: the block's parent is 0x"), "{said}");
    assert!(!folder.0.join("2.json").exists());
}
