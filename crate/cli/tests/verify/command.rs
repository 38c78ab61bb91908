//! The command, run as its users run it, and files for it.

use flate2::read::GzDecoder;
use serde_json::{Value, json};
use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::atomic::{AtomicU32, Ordering},
};

pub(crate) const VALID: &str = "mainnet-2675002-nimbus";
pub(crate) const INCOMPLETE: &str = "mainnet-2675000-zeth";
pub(crate) const HOODI: &str = "hoodi-1041734-ethrex";

/// The file of a block of `../shared/blocks`, or `None`, said aloud, where that is missing.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/blocks");
    if !directory.is_dir() {
        println!("skipped: ../shared is not here");
        return None;
    }
    Some(directory.join(format!("{name}.json.gz")))
}

/// A file of `tests/fixtures`, always here.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/fixtures")
        .join(name)
}

pub(crate) fn unpacked(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(fs::File::open(path).unwrap())
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}

pub(crate) fn parsed(path: &Path) -> Value {
    serde_json::from_slice(&unpacked(path)).unwrap()
}

/// A file that is gone when the test is.
pub(crate) struct Temporary(pub(crate) PathBuf);

impl Temporary {
    pub(crate) fn new(bytes: impl AsRef<[u8]>) -> Self {
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

    pub(crate) fn json(value: &Value) -> Self {
        Self::new(value.to_string())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_blocklight"));
    command.arg("verify").env_remove("CLICOLOR_FORCE");
    command
}

pub(crate) fn verify<A: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = A>) -> Output {
    command().args(arguments).output().unwrap()
}

pub(crate) fn status(output: &Output) -> i32 {
    output.status.code().expect("not killed by a signal")
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn json_lines(output: &Output) -> Vec<Value> {
    stdout(output)
        .lines()
        .map(|line| serde_json::from_str(line).expect("every line is JSON"))
        .collect()
}

/// The only JSON line for `path`.
pub(crate) fn json_of(path: &Path) -> (i32, Value) {
    let output = verify([Path::new("--json"), path]);
    let mut lines = json_lines(&output);
    assert_eq!(lines.len(), 1);
    (status(&output), lines.remove(0))
}

/// The block with another post-state root, and no hash beside it to give it away.
pub(crate) fn with_wrong_state_root(path: &Path) -> (Temporary, String) {
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
