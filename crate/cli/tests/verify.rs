//! `blocklight verify` on real files: exit statuses, lines, JSON, and what is refused.
#![allow(missing_docs, reason = "a test has no public items")]

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde_json::{Value, json};
use std::{
    fs,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

const VALID: &str = "mainnet-2675002-nimbus";
const INCOMPLETE: &str = "mainnet-2675000-zeth";
const HOODI: &str = "hoodi-1041734-ethrex";

/// The file of a block of `../shared/blocks`, or `None`, said aloud, where that is missing.
fn shared(name: &str) -> Option<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/blocks");
    if !directory.is_dir() {
        println!("skipped: ../shared is not here");
        return None;
    }
    Some(directory.join(format!("{name}.json.gz")))
}

/// A file of `tests/fixtures`, always here.
fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/fixtures")
        .join(name)
}

fn unpacked(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(fs::File::open(path).unwrap())
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}

fn parsed(path: &Path) -> Value {
    serde_json::from_slice(&unpacked(path)).unwrap()
}

/// A file that is gone when the test is.
struct Temporary(PathBuf);

impl Temporary {
    fn new(bytes: impl AsRef<[u8]>) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "blocklight-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        fs::write(&path, bytes).unwrap();
        Self(path)
    }

    fn json(value: &Value) -> Self {
        Self::new(value.to_string())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_blocklight"));
    command.arg("verify").env_remove("CLICOLOR_FORCE");
    command
}

fn verify<A: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = A>) -> Output {
    command().args(arguments).output().unwrap()
}

fn status(output: &Output) -> i32 {
    output.status.code().expect("not killed by a signal")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json_lines(output: &Output) -> Vec<Value> {
    stdout(output)
        .lines()
        .map(|line| serde_json::from_str(line).expect("every line is JSON"))
        .collect()
}

/// The only JSON line for `path`.
fn json_of(path: &Path) -> (i32, Value) {
    let output = verify([Path::new("--json"), path]);
    let mut lines = json_lines(&output);
    assert_eq!(lines.len(), 1);
    (status(&output), lines.remove(0))
}

/// The block with another post-state root, and no hash beside it to give it away.
fn with_wrong_state_root(path: &Path) -> (Temporary, String) {
    let mut file = parsed(path);
    let output = verify([Path::new("--json"), path]);
    let root = json_lines(&output)[0]["stateRoot"].as_str().unwrap().to_owned();
    let wrong = format!("0x{}", "ab".repeat(32));
    let block = file["block"]
        .as_str()
        .unwrap()
        .replacen(&root[2..], &wrong[2..], 1);
    file["block"] = json!(block);
    file.as_object_mut().unwrap().remove("hash");
    (Temporary::json(&file), root)
}

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
fn files_that_cannot_be_read_are_errors_by_name_and_status_3() {
    let Some(path) = shared(VALID) else { return };
    let packed = fs::read(&path).unwrap();
    let bytes = unpacked(&path);
    let gz_cut = Temporary::new(&packed[..packed.len() / 2]);
    let json_cut = Temporary::new(&bytes[..bytes.len() / 2]);
    let empty = Temporary::new("");
    let rpc_error = Temporary::json(
        &json!({"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "no such\u{1b}[2J"}}),
    );
    let cases = [
        (Path::new("no-such-file"), "read", "cannot read no-such-file: "),
        (Path::new(env!("CARGO_MANIFEST_DIR")), "read", "is a directory"),
        (&gz_cut.0, "gzip", "cannot unpack "),
        (&json_cut.0, "input", "cut off at line"),
        (&empty.0, "input", "file: empty"),
        (
            &rpc_error.0,
            "input",
            "the server answered with an error -32601: no such",
        ),
    ];
    for (path, reason, message) in cases {
        let (code, line) = json_of(path);
        assert_eq!(code, 3, "{line}");
        assert_eq!(
            (&line["verdict"], &line["reason"]),
            (&json!("error"), &json!(reason)),
            "{line}"
        );
        assert!(line["message"].as_str().unwrap().contains(message), "{line}");
        assert_eq!(
            (&line["hash"], &line["number"], &line["totalMs"]),
            (&Value::Null, &Value::Null, &Value::Null)
        );
        let text = stdout(&verify([path]));
        assert!(
            text.starts_with("! ") && text.contains(" error\n    ") && !text.contains('\u{1b}'),
            "{text}"
        );
    }
}

#[test]
fn limits_stop_files_and_zip_bombs() {
    let Some(path) = shared(VALID) else { return };
    let limited = |limits: &str, path: &Path| {
        let output = verify(["--json", "--limits", limits, path.to_str().unwrap()]);
        assert_eq!(status(&output), 3);
        json_lines(&output).remove(0)
    };
    let line = limited(r#"{"nodes": 3}"#, &path);
    assert_eq!(
        (&line["reason"], &line["expected"], &line["got"]),
        (&json!("limit"), &json!(3), &json!(4))
    );
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![b' '; 32 << 20]).unwrap();
    let line = limited(
        r#"{"inputBytes": 1000000}"#,
        &Temporary::new(bomb.finish().unwrap()).0,
    );
    assert_eq!(
        (&line["reason"], &line["got"]),
        (&json!("limit"), &json!(1_000_001))
    );
    assert_eq!(
        status(&verify(["--limits", r#"{"node": 3}"#, path.to_str().unwrap()])),
        3
    );
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

/// Variables and their values.
type Environment<'a> = &'a [(&'a str, &'a str)];

/// What `verify` prints of the sample, asked for with `options`, in an environment that says of colours what `variables` say.
fn printed(variables: Environment<'_>, options: &[&str]) -> String {
    let mut command = command();
    command.env_remove("NO_COLOR").env_remove("CLICOLOR");
    command.envs(variables.iter().copied()).args(options);
    command.arg("--chain").arg(fixture("sample-chain.json"));
    command.arg(fixture("sample-block.json.gz"));
    let output = command.output().unwrap();
    assert_eq!(status(&output), 0, "{}", stdout(&output));
    stdout(&output)
}

#[test]
fn colours_are_there_where_they_are_forced_and_never_in_json() {
    let forced = ("CLICOLOR_FORCE", "1");
    let text = printed(&[forced], &[]);
    assert!(text.contains("\u{1b}[32m✓ "), "green: {text:?}");
    let without: [(Environment<'_>, &[&str]); 3] = [
        (&[], &[]),
        (&[forced, ("NO_COLOR", "1")], &[]),
        (&[forced], &["--json"]),
    ];
    for (variables, options) in without {
        let text = printed(variables, options);
        assert!(!text.contains('\u{1b}'), "{variables:?} {options:?}: {text:?}");
    }
}

/// `script` of util-linux, which runs a shell's command on a terminal of its own and gives what appears there and the
/// command's status; `None`, said aloud, where there is no such program or it gets no terminal.
fn on_a_terminal(line: &str) -> Option<Output> {
    let script = |line: &str| {
        let mut script = Command::new("script");
        script.args(["-qec", line, "/dev/null"]).stdin(Stdio::null());
        script.env("SHELL", "/bin/sh").env("TERM", "xterm-256color");
        for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            script.env_remove(variable);
        }
        script.output()
    };
    if !script("true").is_ok_and(|output| output.status.success()) {
        println!("skipped: there is no script of util-linux here, which makes a terminal");
        return None;
    }
    Some(script(line).unwrap())
}

#[test]
fn on_a_terminal_there_are_colours_and_for_several_files_a_progress_bar() {
    let quoted = |path: &Path| format!("'{}'", path.to_str().unwrap().replace('\'', r"'\''"));
    let command = [
        quoted(Path::new(env!("CARGO_BIN_EXE_blocklight"))),
        "verify --chain".to_owned(),
        quoted(&fixture("sample-chain.json")),
    ]
    .join(" ");
    let block = quoted(&fixture("sample-block.json.gz"));

    let Some(one) = on_a_terminal(&format!("{command} {block}")) else {
        return;
    };
    let text = stdout(&one);
    assert_eq!(status(&one), 0, "{text:?}");
    assert!(text.contains("\u{1b}[32m✓ "), "green: {text:?}");
    assert!(!text.contains("blocks, "), "one file needs no bar: {text:?}");

    let Some(two) = on_a_terminal(&format!("{command} {block} {block}")) else {
        return;
    };
    let text = stdout(&two);
    assert_eq!(status(&two), 0, "{text:?}");
    assert_eq!(text.matches("\u{1b}[32m✓ ").count(), 2, "{text:?}");
    assert!(
        text.contains("0/2 blocks, ") && text.contains("1/2 blocks, "),
        "{text:?}"
    );
    let (_, after) = text.rsplit_once(" left").unwrap();
    assert!(after.contains("\u{1b}[2K"), "the bar is cleared: {text:?}");
}

#[test]
fn wrong_usage_is_status_3_and_help_is_0() {
    let wrong: [&[&str]; 6] = [
        &[],
        &["--threads", "0", "x"],
        &["--block", "x"],
        &["--hash", "0x12", "x"],
        &["--no-such", "x"],
        &["--block", "x", "--witness", "y", "z"],
    ];
    for arguments in wrong {
        let output = verify(arguments);
        assert_eq!(status(&output), 3, "{arguments:?}");
        assert!(!output.stderr.is_empty() && output.stdout.is_empty());
    }
    assert_eq!(status(&verify(["-", "-"])), 3);
    let help = verify(["--help"]);
    assert_eq!(status(&help), 0);
    for taught in [
        "Exit status:",
        "Examples:",
        "--chain genesis.json",
        "eth_getBlockByNumber",
    ] {
        assert!(stdout(&help).contains(taught), "{taught}");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_130_and_whole_lines() {
    let Some(path) = shared(HOODI) else { return };
    // The second file never ends, so that the run is sure to be under way.
    let mut child = command()
        .args([&path, Path::new("-")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Held open to the end: waiting for a child closes what it still has of its pipes.
    let endless = child.stdin.take();
    let mut first = Vec::new();
    let mut out = child.stdout.take().unwrap();
    while !first.ends_with(b"\n") {
        let mut byte = [0];
        out.read_exact(&mut byte).unwrap();
        first.extend(byte);
    }
    assert!(
        Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
    drop(endless);
}
