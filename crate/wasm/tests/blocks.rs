//! Whole verifications through the exported functions: each real block gets its expected verdict and under every schedule the
//! same report, on a pool of two threads in the bundle `threads` and on one thread in `base`.
#![cfg(target_arch = "wasm32")]

use blocklight_tests::FlatBlock;
use blocklight_verifier::{ChainSpec, Input, Limits};
use blocklight_wasm::{VerdictValue, shared_table, verify_file, verify_pair};
use flate2::read::GzDecoder;
use js_sys::{Array, Function, JSON, Object, Reflect};
use std::io::Read;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

include!(concat!(env!("OUT_DIR"), "/blocks.rs"));

const SAMPLE_CHAIN: &str = include_str!("../../../tests/fixtures/sample-chain.json");

/// Starts the pool, once for all tests. Nothing may ask rayon anything before: it would start a pool of its own.
#[cfg(target_feature = "atomics")]
async fn pool() {
    use std::sync::atomic::{AtomicBool, Ordering};
    static STARTED: AtomicBool = AtomicBool::new(false);
    if !STARTED.swap(true, Ordering::Relaxed) {
        wasm_bindgen_futures::JsFuture::from(blocklight_wasm::init_thread_pool(2))
            .await
            .expect("the pool starts");
    }
    assert_eq!(blocklight_wasm::threads(), 2);
}

/// One thread needs no start.
#[cfg(not(target_feature = "atomics"))]
fn pool() -> std::future::Ready<()> {
    std::future::ready(())
}

fn unzip(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    GzDecoder::new(bytes)
        .read_to_end(&mut plain)
        .expect("a whole gzip file");
    plain
}

fn options(fields: &[(&str, &str)]) -> blocklight_wasm::OptionsValue {
    let object = Object::new();
    for (field, value) in fields {
        Reflect::set(&object, &(*field).into(), &(*value).into()).expect("an object takes fields");
    }
    object.unchecked_into()
}

/// The value at a path of field names.
fn at(value: &JsValue, path: &[&str]) -> JsValue {
    path.iter().fold(value.clone(), |value, field| {
        Reflect::get(&value, &(*field).into()).expect("an object")
    })
}

fn text(value: &JsValue, path: &[&str]) -> String {
    at(value, path)
        .as_string()
        .unwrap_or_else(|| format!("no text: {}", json(value)))
}

fn json(value: &JsValue) -> String {
    JSON::stringify(value).map_or_else(|_| "?".into(), String::from)
}

/// What a block accesses and changes, as the option `accessList` takes it: the list that executing the block on its witness,
/// one transaction after the other, rebuilds. Where that does not come to its end no list is right, and this is the empty one.
fn access_list(name: &str, expected: &str, file: &[u8]) -> String {
    if expected != "valid" {
        return "\"0xc0\"".into();
    }
    let input = Input::decode(file, &Limits::default()).expect("a block with its witness");
    let chain = ChainSpec::by_id(input.chain_id_hint().unwrap_or(1)).expect("a built-in chain");
    let block = FlatBlock::of_witness(name, chain, input).expect("executed");
    let list = block.execution().list();
    assert!(!list.is_empty(), "{name}: its sender at least is accessed");
    format!(
        "\"{}\"",
        alloy_primitives::hex::encode_prefixed(alloy_rlp::encode(&list))
    )
}

fn sample() -> Vec<u8> {
    unzip(SAMPLE.expect("the sample is part of the repository"))
}

fn verify_sample(file: Vec<u8>) -> VerdictValue {
    verify_file(file.into(), options(&[("chain", SAMPLE_CHAIN)]), None).expect("a verdict")
}

/// The last block of mainnet before Byzantium, from which on receipts hold no state roots.
const BEFORE_BYZANTIUM: f64 = 4_369_999.0;

/// Holds a verdict to have come about as it was asked for, and takes out of it all that may differ.
fn timeless(what: &str, schedule: &str, verdict: &JsValue) -> String {
    let report = at(verdict, &["report"]);
    let timing = at(&report, &["timing"]);
    let number = |value: &JsValue, field| at(value, &[field]).as_f64();
    assert!(
        number(&timing, "totalMs").is_some_and(|ms| ms > 0.0),
        "the clock runs"
    );
    let threads = if cfg!(target_feature = "atomics") {
        2.0
    } else {
        1.0
    };
    assert_eq!(number(&timing, "threads"), Some(threads));
    // Hoodi had every fork from its beginning on.
    let has_state_roots =
        what.starts_with("mainnet") && number(&report, "number").is_some_and(|it| it <= BEFORE_BYZANTIUM);
    let ran = text(&timing, &["schedule", "schedule"]);
    match schedule {
        _ if has_state_roots => assert_eq!(ran, "sequential", "{what}, {schedule}"),
        "auto" if threads > 1.0 => assert_ne!(ran, "auto", "{what}"),
        "auto" => assert_eq!(ran, "sequential", "{what}, {schedule}"),
        asked => assert_eq!(ran, asked, "{what}"),
    }
    Reflect::delete_property(report.unchecked_ref::<Object>(), &"timing".into()).expect("a plain object");
    let text = json(verdict);
    assert_ne!(text, "?", "{what}: not to be compared");
    text
}

#[wasm_bindgen_test]
async fn real_blocks_get_their_expected_verdicts() {
    pool().await;
    if BLOCKS.is_empty() {
        console_log!("skipped: ../shared is not here");
        return;
    }
    assert!(BLOCKS.len() >= 11, "only {} blocks", BLOCKS.len());
    for (name, expected, bytes) in BLOCKS {
        let file = unzip(bytes);
        let list = access_list(name, expected, &file);
        let verdicts = ["sequential", "speculative", "auto", "accessList"].map(|schedule| {
            let mut fields = vec![("schedule", schedule)];
            // `auto` would run by the list too, and is to choose without one here.
            if schedule == "accessList" {
                fields.push(("accessList", &list));
            }
            let verdict: JsValue = verify_file(file.clone().into(), options(&fields), None)
                .expect("a verdict")
                .into();
            console_log!(
                "{name}, {schedule}: {} in {:.1} ms, {}",
                text(&verdict, &["status"]),
                at(&verdict, &["report", "timing", "totalMs"])
                    .as_f64()
                    .unwrap_or_default(),
                text(&verdict, &["report", "timing", "schedule", "schedule"])
            );
            assert_eq!(
                text(&verdict, &["status"]),
                *expected,
                "{name}: {}",
                json(&verdict)
            );
            (schedule, timeless(name, schedule, &verdict))
        });
        let [(_, sequential), others @ ..] = &verdicts;
        for (schedule, verdict) in others {
            assert!(
                verdict == sequential,
                "{name}: {schedule} gave {verdict}, and sequential {sequential}"
            );
        }
    }
}

#[wasm_bindgen_test]
async fn the_sample_is_valid_on_its_own_chain() {
    pool().await;
    let verdict: JsValue = verify_sample(sample()).into();
    assert_eq!(text(&verdict, &["status"]), "valid", "{}", json(&verdict));
    let report = at(&verdict, &["report"]);
    assert_eq!(text(&report, &["hashTrust"]), "givenByFile");
    assert_eq!(text(&report, &["hash"]).len(), 66, "hashes are 0x-hex");
    assert_eq!(at(&report, &["transactions"]).as_f64(), Some(433.0));
    let phases: Vec<_> = Array::from(&at(&report, &["timing", "phases"]))
        .iter()
        .map(|time| text(&time, &["phase"]))
        .collect();
    for phase in [
        "decode",
        "ancestors",
        "reveal",
        "senders",
        "preChecks",
        "execute",
        "postChecks",
        "root",
    ] {
        assert!(
            phases.iter().any(|ran| ran == phase),
            "{phase} is not among {phases:?}"
        );
    }
    for check in Array::from(&at(&report, &["checks"])).iter() {
        assert_eq!(text(&check, &["status"]), "passed", "{}", json(&check));
    }
}

#[wasm_bindgen_test]
async fn a_hash_that_is_vouched_for_is_held_against_the_block() {
    pool().await;
    let wrong = format!("0x{}", "11".repeat(32));
    let options = options(&[("chain", SAMPLE_CHAIN), ("trustedHash", &wrong)]);
    let verdict: JsValue = verify_file(sample().into(), options, None)
        .expect("a verdict")
        .into();
    assert_eq!(text(&verdict, &["status"]), "invalid");
    assert_eq!(text(&verdict, &["reason", "kind"]), "blockHash");
    assert_eq!(text(&verdict, &["reason", "expected"]), wrong);
    assert_eq!(text(&verdict, &["report", "hashTrust"]), "givenByCaller");
}

#[wasm_bindgen_test]
async fn a_witness_without_one_of_its_nodes_is_incomplete() {
    pool().await;
    let file: serde_json::Value = serde_json::from_slice(&sample()).expect("JSON");
    let root = file["parentStateRoot"].as_str().expect("a hash").to_owned();
    let mut cut = file.clone();
    let nodes = cut["witness"]["state"].as_array_mut().expect("a list");
    let hash = |node: &serde_json::Value| {
        let bytes = alloy_primitives::hex::decode(node.as_str().expect("hex")).expect("hex");
        alloy_primitives::keccak256(bytes).to_string()
    };
    nodes.retain(|node| hash(node) != root);
    let verdict: JsValue = verify_sample(cut.to_string().into_bytes()).into();
    assert_eq!(text(&verdict, &["status"]), "incomplete", "{}", json(&verdict));
    assert_eq!(text(&verdict, &["missing", "kind"]), "node");
    assert_eq!(text(&verdict, &["missing", "hash"]), root);
}

#[wasm_bindgen_test]
async fn block_and_witness_may_come_apart() {
    pool().await;
    let file: serde_json::Value = serde_json::from_slice(&sample()).expect("JSON");
    let [block, witness] = ["block", "witness"].map(|part| file[part].to_string().into_bytes());
    let verdict: JsValue = verify_pair(
        block.into(),
        witness.into(),
        options(&[("chain", SAMPLE_CHAIN)]),
        None,
    )
    .expect("a verdict")
    .into();
    assert_eq!(text(&verdict, &["status"]), "valid", "{}", json(&verdict));
    assert_eq!(text(&verdict, &["report", "hashTrust"]), "nothing");
}

#[wasm_bindgen_test]
async fn what_is_our_sides_fault_is_thrown_as_a_typed_failure() {
    pool().await;
    let failure = |file: &[u8], fields: &[(&str, &str)]| -> JsValue {
        verify_file(file.to_vec().into(), options(fields), None)
            .expect_err("no verdict")
            .into()
    };
    let file = sample();
    for (failure, code) in [
        (failure(b"no JSON", &[]), "input"),
        (failure(b"", &[]), "input"),
        (failure(&file, &[]), "unknownChain"),
        (failure(&file, &[("chain", "atlantis")]), "unknownChain"),
        (failure(&file, &[("chain", "mainnet")]), "chainMismatch"),
        (
            failure(&file, &[("chain", "{\"no\": \"genesis\"}")]),
            "chainConfiguration",
        ),
        (failure(&file, &[("trustedHash", "0x12")]), "options"),
        (failure(&file, &[("speed", "high")]), "options"),
        (failure(&file, &[("schedule", "random")]), "options"),
    ] {
        assert_eq!(text(&failure, &["status"]), "error", "{}", json(&failure));
        assert_eq!(text(&failure, &["code"]), code, "{}", json(&failure));
        assert!(!text(&failure, &["message"]).is_empty());
    }
}

#[wasm_bindgen_test]
async fn a_number_too_large_for_javascript_arrives_whole() {
    pool().await;
    let mut file: serde_json::Value = serde_json::from_slice(&sample()).expect("JSON");
    let block = alloy_primitives::hex::decode(file["block"].as_str().expect("hex")).expect("hex");
    let mut block: blocklight_verifier::Block = alloy_rlp::decode_exact(block).expect("a block");
    block.header.number = u64::MAX;
    file["block"] = alloy_primitives::hex::encode_prefixed(alloy_rlp::encode(&block)).into();
    file["hash"] = serde_json::Value::Null;
    let verdict: JsValue = verify_sample(file.to_string().into_bytes()).into();
    assert_eq!(
        text(&verdict, &["status"]),
        "invalid",
        "{}",
        text(&verdict, &["message"])
    );
    assert_eq!(text(&verdict, &["reason", "kind"]), "number");
    assert_eq!(at(&verdict, &["reason", "got"]), JsValue::from(u64::MAX));
    assert_eq!(at(&verdict, &["report", "number"]), JsValue::from(u64::MAX));
    assert!(
        at(&verdict, &["report", "transactions"]).as_f64().is_some(),
        "others stay numbers"
    );
    assert!(
        at(&verdict, &["report", "timing", "schedule"]).is_undefined(),
        "as otherwise"
    );
}

#[wasm_bindgen_test]
async fn limits_may_be_given_and_none_is_misspelt() {
    pool().await;
    let failure = |field: &str, value: f64| -> JsValue {
        let limits = Object::new();
        Reflect::set(&limits, &field.into(), &value.into()).expect("an object takes fields");
        let options = options(&[("chain", SAMPLE_CHAIN)]);
        Reflect::set(&options, &"limits".into(), &limits).expect("an object takes fields");
        verify_file(sample().into(), options, None)
            .expect_err("no verdict")
            .into()
    };
    let over = failure("nodes", 3.0);
    assert_eq!(text(&over, &["code"]), "limit", "{}", json(&over));
    assert_eq!(text(&over, &["limit"]), "nodes");
    assert_eq!(at(&over, &["expected"]).as_f64(), Some(3.0));
    assert_eq!(text(&failure("noeds", 3.0), &["code"]), "options");
}

/// Phases that every valid block of today goes through; each is told of at its start and at its end.
const PHASES_AT_LEAST: usize = 7;

#[wasm_bindgen_test]
async fn progress_is_told_and_ends_with_every_phase_finished() {
    pool().await;
    let calls = std::rc::Rc::new(std::cell::Cell::new(0));
    let count = calls.clone();
    let callback = Closure::<dyn FnMut()>::new(move || count.set(count.get() + 1));
    let callback_function: Function = callback.as_ref().unchecked_ref::<Function>().clone();
    let options = options(&[("chain", SAMPLE_CHAIN)]);
    let file = sample();
    let bytes = file.len();
    let verdict: JsValue = verify_file(file.into(), options, Some(callback_function))
        .expect("a verdict")
        .into();
    assert_eq!(text(&verdict, &["status"]), "valid");
    if cfg!(target_feature = "atomics") {
        assert_eq!(
            calls.get(),
            0,
            "on a pool it is the shared table that the page reads"
        );
    } else {
        assert!(calls.get() >= 2 * PHASES_AT_LEAST, "only {} calls", calls.get());
    }

    let table: JsValue = shared_table().expect("a table").into();
    let address = |field| at(&table, &[field]).as_f64().expect("an address");
    let rows = Array::from(&at(&table, &["phases"])).length();
    let memory = wasm_bindgen::memory();
    let words = js_sys::Uint32Array::new(&at(&memory, &["buffer"]));
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let word = |index: u32| words.get_index(address("rows") as u32 / 4 + index);
    for row in 0..rows {
        assert_eq!(word(3 * row), 2, "phase {row} has finished");
        assert_eq!(word(3 * row + 1), word(3 * row + 2), "phase {row} is done");
    }
    let total = |row: u32| word(3 * row + 2);
    assert_eq!(total(0) as usize, bytes, "the whole file was decoded");
    assert_eq!(total(5), 433, "every transaction was counted");
    let witness = |field| at(&verdict, &["report", "witness", field]).as_f64();
    assert!(
        witness("bytes").is_some_and(|bytes| bytes > f64::from(total(2)) && total(2) > 100_000),
        "the bytes of nodes and codes were counted, and not those of headers"
    );
    let units = Array::from(&at(&table, &["units"]));
    assert_eq!(units.length(), rows);
    assert_eq!(units.get(0).as_string().as_deref(), Some("bytes"));
    assert_eq!(units.get(5).as_string().as_deref(), Some("transactions"));
    assert!(units.get(4).is_undefined(), "checks are not counted");
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let gas = |index: u32| f64::from(words.get_index(address("gas") as u32 / 4 + index));
    let gas_used = at(&verdict, &["report", "gasUsed"]).as_f64().expect("a number");
    assert_eq!((gas(0), gas(1)), (gas_used, gas_used));
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let fault = words.get_index(address("fault") as u32 / 4);
    assert_eq!(fault, 0);
}
