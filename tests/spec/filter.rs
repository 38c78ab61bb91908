//! `make spec FILTER=…`: a run whose filter matches no case has shown nothing, so it fails and says so.

use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A file with one case, which cannot be run to its end: its genesis is none.
fn fixture() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("filter");
    fs::create_dir_all(&folder).expect("a folder");
    let case = json!({
        "network": "Shanghai", "config": {"chainid": "0x01"}, "genesisRLP": "0x", "pre": {}, "postState": {},
        "lastblockhash": format!("0x{}", "00".repeat(32)), "blocks": []
    });
    let file = folder.join("blocks.json");
    fs::write(&file, json!({"a_case": case}).to_string()).expect("writable");
    file
}

/// What the binary comes to on this file.
fn spec(file: &Path, filter: &str) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_spec"))
        .args(["--jobs", "1", "--filter", filter])
        .arg(file)
        .output()
        .expect("runs");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn a_filter_that_matches_no_case_fails_by_its_name() {
    let file = fixture();
    let (status, stdout, stderr) = spec(&file, "no such case");
    assert_eq!(status, Some(3), "{stdout}{stderr}");
    assert!(
        stderr.contains("no case matches the filter `no such case` (files read: 1)"),
        "{stderr}"
    );

    // One that matches, by the case's name or by the file's, or that is empty, as make gives it, is run.
    for filter in ["a_case", "blocks.json", ""] {
        let (status, stdout, stderr) = spec(&file, filter);
        assert_eq!(status, Some(1), "{filter}: {stdout}{stderr}");
        assert!(
            stdout.contains("expected a genesis block")
                && stdout.ends_with("0 passed, 1 failed, 0 skipped\n"),
            "{filter}: {stdout}"
        );
    }
}
