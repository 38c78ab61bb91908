//! `blocklight verify` on real files: exit statuses, lines, JSON, and what is refused.
#![allow(missing_docs, reason = "a test has no public items")]

mod command;
mod refused;
mod terminal;

use command::{
    HOODI, INCOMPLETE, Temporary, VALID, command, fixture, json_lines, json_of, parsed, shared, status,
    stdout, unpacked, verify, with_wrong_state_root,
};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::{fs, io::Write as _, path::Path, process::Stdio};

#[test]
fn a_valid_block_is_a_line_and_status_0() {
    let Some(path) = shared(VALID) else { return };
    let output = verify([&path]);
    let text = stdout(&output);
    assert_eq!(status(&output), 0, "{text}");
    assert!(
        text.starts_with("✓ 2675002 valid   4 txs  100.0 kgas  "),
        "{text}"
    );
    assert!(
        text.contains("state root 0x7550…  (hash given by the file)"),
        "{text}"
    );
    assert!(!text.contains('\u{1b}'), "no colour where there is no terminal");
    assert!(
        output.stderr.is_empty(),
        "no progress bar where there is no terminal"
    );
}

#[test]
fn the_embedded_sample_is_valid_by_its_chains_configuration_and_unknown_without() {
    let (chain, block) = (fixture("sample-chain.json"), fixture("sample-block.json.gz"));
    let output = verify([Path::new("--json"), Path::new("--chain"), &chain, &block]);
    let line = json_lines(&output).remove(0);
    assert_eq!(status(&output), 0, "{line}");
    assert_eq!(
        (&line["chainId"], &line["verdict"]),
        (&json!(1337), &json!("valid"))
    );
    assert_eq!(line["hash"], parsed(&block)["hash"]);
    let (code, line) = json_of(&block);
    assert_eq!(
        (code, &line["reason"], &line["got"]),
        (3, &json!("unknownChain"), &json!(1337))
    );
}

#[test]
fn the_answers_of_a_real_geth_are_verified_as_they_came() {
    let geth = parsed(&fixture("dialects/geth-debug_executionWitness.json.gz"));
    let respond = |result: &Value| Temporary::json(&json!({"jsonrpc": "2.0", "id": 1, "result": result}));
    let witness = respond(&geth["debug_executionWitness"]);
    for (method, dialect) in [("eth_getBlockByNumber", "jsonRpc"), ("debug_getRawBlock", "rlp")] {
        let block = respond(&geth[method]);
        let chain = fixture("sample-chain.json");
        let arguments = [Path::new("--json"), Path::new("--chain"), &chain];
        let output = verify(arguments.into_iter().chain([
            Path::new("--block"),
            &block.0,
            Path::new("--witness"),
            &witness.0,
        ]));
        let line = json_lines(&output).remove(0);
        assert_eq!(status(&output), 0, "{line}");
        assert_eq!(line["dialect"], json!({"block": dialect, "witness": "geth"}));
        assert_eq!(line["hash"], geth["eth_getBlockByNumber"]["hash"]);
    }
}

#[test]
fn json_has_every_field_whatever_the_verdict() {
    let (Some(valid), Some(incomplete)) = (shared(VALID), shared(INCOMPLETE)) else {
        return;
    };
    let (invalid, _) = with_wrong_state_root(&valid);
    let broken = Temporary::new("{");
    let output = verify([Path::new("--json"), &valid, &invalid.0, &incomplete, &broken.0]);
    let lines = json_lines(&output);
    let verdicts: Vec<_> = lines
        .iter()
        .map(|line| line["verdict"].as_str().unwrap())
        .collect();
    assert_eq!(verdicts, ["valid", "invalid", "incomplete", "error"]);
    let fields = [
        "file",
        "chainId",
        "number",
        "hash",
        "hashTrust",
        "verdict",
        "reason",
        "message",
        "txs",
        "gasUsed",
        "stateRoot",
        "threads",
        "dialect",
        "phases",
        "totalMs",
    ];
    for line in &lines {
        for field in fields {
            assert!(line.get(field).is_some(), "{field} is not in {line}");
        }
    }
    let line = &lines[0];
    assert_eq!(
        (&line["chainId"], &line["number"], &line["txs"]),
        (&json!(1), &json!(2_675_002), &json!(4))
    );
    assert_eq!(
        (&line["reason"], &line["message"], &line["gasUsed"]),
        (&Value::Null, &Value::Null, &json!(99_987))
    );
    assert_eq!(line["dialect"], json!({"block": "rlp", "witness": "rethLists"}));
    assert_eq!(line["hash"], parsed(&valid)["hash"]);
    for phase in [
        "read",
        "decode",
        "ancestors",
        "reveal",
        "senders",
        "preChecks",
        "execute",
        "postChecks",
        "root",
    ] {
        assert!(line["phases"][phase].is_f64(), "{phase}");
    }
    assert!(line["totalMs"].as_f64().unwrap() >= line["phases"]["decode"].as_f64().unwrap());
    assert!(line.get("expected").is_none() && line.get("checks").is_none());
}

#[test]
fn a_wrong_state_root_is_invalid_with_expected_and_got_and_status_1() {
    let Some(path) = shared(VALID) else { return };
    let (file, root) = with_wrong_state_root(&path);
    let (code, line) = json_of(&file.0);
    assert_eq!(code, 1);
    assert_eq!(
        (&line["verdict"], &line["reason"]),
        (&json!("invalid"), &json!("stateRoot"))
    );
    let wrong = json!(format!("0x{}", "ab".repeat(32)));
    let sides = [&line["expected"], &line["got"]];
    assert!(sides.contains(&&wrong) && sides.contains(&&json!(root)), "{line}");
    assert_eq!(line["hashTrust"], "nothing");

    let text = stdout(&verify([&file.0]));
    assert!(text.starts_with("✗ 2675002 invalid   "), "{text}");
    assert!(
        text.lines()
            .nth(1)
            .unwrap()
            .contains("post-state root: expected 0x"),
        "{text}"
    );
}

#[test]
fn a_missing_node_is_incomplete_by_name_and_status_2() {
    let Some(path) = shared(INCOMPLETE) else { return };
    let (code, line) = json_of(&path);
    assert_eq!(code, 2);
    assert_eq!(
        (&line["verdict"], &line["reason"]),
        (&json!("incomplete"), &json!("node"))
    );
    assert!(
        line["message"].as_str().unwrap().starts_with("trie node 0x"),
        "{line}"
    );
    let output = verify([&path]);
    assert_eq!(status(&output), 2);
    assert!(stdout(&output).starts_with("? 2675000 incomplete   "));
}

#[test]
fn the_worst_outcome_decides_the_status_of_a_mixed_run() {
    let (Some(valid), Some(incomplete)) = (shared(VALID), shared(INCOMPLETE)) else {
        return;
    };
    let (invalid, _) = with_wrong_state_root(&valid);
    let broken = Temporary::new("not a block");
    let run = |files: &[&Path]| {
        let output = verify(files);
        (
            status(&output),
            stdout(&output)
                .lines()
                .filter(|line| !line.starts_with(' '))
                .count(),
        )
    };
    assert_eq!(run(&[&valid, &valid]), (0, 2));
    assert_eq!(run(&[&incomplete, &valid]), (2, 2));
    assert_eq!(run(&[&incomplete, &invalid.0, &valid]), (1, 3));
    assert_eq!(run(&[&broken.0, &incomplete, &invalid.0, &valid]), (3, 4));
}

#[test]
fn facts_are_the_same_with_one_thread_and_two() {
    let Some(path) = shared("mainnet-20852412-rsp") else {
        return;
    };
    let facts = |threads: &str| {
        let output = verify(["--json", "-v", "--threads", threads, path.to_str().unwrap()]);
        let mut line = json_lines(&output).remove(0);
        assert_eq!(line["threads"].to_string(), threads);
        assert!(line["checks"].as_array().unwrap().len() > 20);
        for differing in ["threads", "phases", "totalMs"] {
            line.as_object_mut().unwrap().remove(differing);
        }
        line
    };
    assert_eq!(facts("1"), facts("2"));
}

#[test]
fn a_hash_from_the_caller_is_what_the_block_is_held_to() {
    let Some(path) = shared(VALID) else { return };
    let hash = parsed(&path)["hash"].as_str().unwrap().to_owned();
    let path = path.to_str().unwrap();
    let right = verify(["--hash", &hash, path]);
    assert_eq!(status(&right), 0);
    assert!(stdout(&right).contains("(hash given by you)"));
    let wrong = format!("0x{}", "11".repeat(32));
    let output = verify(["--json", "--hash", &wrong, path]);
    let line = json_lines(&output).remove(0);
    assert_eq!(status(&output), 1);
    assert_eq!(
        (&line["reason"], &line["expected"], &line["got"]),
        (&json!("blockHash"), &json!(wrong), &json!(hash))
    );
    let two = verify(["--hash", &wrong, path, path]);
    assert_eq!(status(&two), 3);
    assert!(String::from_utf8_lossy(&two.stderr).contains("--hash is one block's"));
}

#[test]
fn the_chain_is_the_files_unless_given() {
    let (Some(mainnet), Some(hoodi)) = (shared(VALID), shared(HOODI)) else {
        return;
    };
    let (mainnet, hoodi) = (mainnet.to_str().unwrap(), hoodi.to_str().unwrap());
    assert_eq!(status(&verify([hoodi])), 0);
    assert_eq!(status(&verify(["--chain", "hoodi", hoodi])), 0);
    let output = verify(["--json", "--chain", "hoodi", mainnet]);
    let line = json_lines(&output).remove(0);
    assert_eq!(status(&output), 3);
    assert_eq!(
        (&line["reason"], &line["expected"], &line["got"]),
        (&json!("chainMismatch"), &json!(560_048), &json!(1))
    );
    assert_eq!(
        (&line["chainId"], &line["number"]),
        (&json!(1), &json!(2_675_002))
    );

    let mut unknown = parsed(Path::new(mainnet));
    unknown["chainId"] = json!(4242);
    let line = json_of(&Temporary::json(&unknown).0).1;
    assert_eq!(
        (&line["reason"], &line["got"]),
        (&json!("unknownChain"), &json!(4242))
    );

    for (chain, message) in [
        ("atlantis", "--chain atlantis: no built-in chain"),
        (mainnet, "not a geth genesis"),
    ] {
        let output = verify(["--chain", chain, hoodi]);
        assert_eq!(status(&output), 3);
        assert!(String::from_utf8_lossy(&output.stderr).contains(message));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn standard_input_and_pairs_are_read_packed_or_not() {
    let Some(path) = shared(HOODI) else { return };
    let bytes = unpacked(&path);
    for input in [fs::read(&path).unwrap(), bytes.clone()] {
        let mut child = command()
            .arg("-")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(status(&output), 0, "{}", stdout(&output));
    }
    let file: Value = serde_json::from_slice(&bytes).unwrap();
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(file["witness"].to_string().as_bytes()).unwrap();
    let (block, witness) = (
        Temporary::json(&file["block"]),
        Temporary::new(packed.finish().unwrap()),
    );
    let (block, witness) = (block.0.to_str().unwrap(), witness.0.to_str().unwrap());
    let output = verify(["--chain", "hoodi", "--block", block, "--witness", witness]);
    assert_eq!(status(&output), 0, "{}", stdout(&output));
    assert!(stdout(&output).contains("(hash compared with nothing)"));
}

#[test]
fn verbose_lines_show_phases_and_checks() {
    let Some(path) = shared(VALID) else { return };
    let text = stdout(&verify([Path::new("-v"), &path]));
    assert!(
        text.contains("phases      read ") && text.contains(", execute "),
        "{text}"
    );
    assert!(
        text.contains("✓ stateRoot") && text.contains("✓ gasUsed"),
        "{text}"
    );
    assert!(text.contains(parsed(&path)["hash"].as_str().unwrap()), "{text}");
}
