//! `blocklight record` on a chain made here: what it writes is what `blocklight verify` reads, and lacks nothing to spare.
#![allow(missing_docs, reason = "a test has no public items")]

mod genesis;
mod rpc;
mod server;

use serde_json::Value;
use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

/// A folder with a `genesis.json`, that is gone when the test is.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, genesis: &Value) -> Self {
        let folder = std::env::temp_dir().join(format!("blocklight-record-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("genesis.json"), genesis.to_string()).expect("writable");
        Self(folder)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_blocklight"))
            .current_dir(&self.0)
            .args(arguments)
            .output()
            .expect("runs")
    }

    /// What a file that was recorded comes to.
    fn verify(&self, file: &str) -> Output {
        self.run(&["verify", "--chain", "genesis.json", file])
    }

    /// Holds `file` to be incomplete without any one node. Gives how many there are.
    fn assert_lacks_nothing_to_spare(&self, file: &Value) -> usize {
        let nodes = file["witness"]["state"].as_array().expect("a list").len();
        for index in 0..nodes {
            let mut less = file.clone();
            less["witness"]["state"]
                .as_array_mut()
                .expect("a list")
                .remove(index);
            fs::write(self.0.join("less.json"), less.to_string()).expect("writable");
            let verified = self.verify("less.json");
            assert_eq!(
                verified.status.code(),
                Some(2),
                "without node {index}: {verified:?}"
            );
        }
        nodes
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
