//! The trie vectors of ethereum/tests.
//!
//! `trietestnextprev.json` asks for the keys before and after a key: this trie finds keys but does not list them, so
//! those vectors do not apply.

#![allow(
    clippy::disallowed_types,
    reason = "the crate does no I/O; its tests and benches read their inputs"
)]

use alloy_primitives::{B256, Bytes, hex, keccak256};
use blocklight_trie::{EMPTY_ROOT_HASH, KeyLength, PartialTrie, WitnessNodes};
use serde::Deserialize;
use std::{collections::BTreeMap, fs::File, io::Read, path::Path};

#[derive(Deserialize)]
struct Vector {
    r#in: Input,
    root: B256,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
    /// In this order, a missing value deletes.
    Ordered(Vec<(String, Option<String>)>),
    /// In any order.
    AnyOrder(BTreeMap<String, Option<String>>),
}

/// The archive's JSON files by name, or none where the shared data is not.
fn archive() -> Option<BTreeMap<String, String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/trie-tests.tar.xz");
    let Ok(file) = File::open(path) else {
        println!("skipped: ../shared is not here");
        return None;
    };
    let mut archive = tar::Archive::new(lzma_rust2::XzReader::new(file, true));
    let mut files = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry
            .path()
            .unwrap()
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        if let Some(name) = name.filter(|name| Path::new(name).extension().is_some_and(|end| end == "json")) {
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            files.insert(name, text);
        }
    }
    Some(files)
}

fn bytes(text: &str) -> Vec<u8> {
    text.strip_prefix("0x")
        .map_or_else(|| text.into(), |digits| hex::decode(digits).unwrap())
}

fn root(entries: impl Iterator<Item = (String, Option<String>)>, secure: bool) -> B256 {
    let keys = if secure { KeyLength::Hashed } else { KeyLength::Any };
    let mut trie = PartialTrie::reveal(EMPTY_ROOT_HASH, &WitnessNodes::new(Vec::new(), 0), keys).unwrap();
    for (key, value) in entries {
        let key = if secure {
            keccak256(bytes(&key)).to_vec()
        } else {
            bytes(&key)
        };
        match value.map(|value| bytes(&value)) {
            Some(value) if !value.is_empty() => trie.insert(&key, Bytes::from(value)).unwrap(),
            _ => trie.remove(&key).unwrap(),
        }
    }
    trie.root().hash
}

#[test]
fn roots_of_ethereum_tests() {
    let Some(files) = archive() else { return };
    let mut checked = 0;
    for (file, text) in &files {
        if file == "trietestnextprev.json" {
            continue;
        }
        let secure = file.to_lowercase().contains("secure");
        let vectors: BTreeMap<String, Vector> = serde_json::from_str(text).unwrap();
        for (name, vector) in vectors {
            match vector.r#in {
                Input::Ordered(entries) => {
                    assert_eq!(root(entries.into_iter(), secure), vector.root, "{file}: {name}");
                }
                Input::AnyOrder(entries) => {
                    let forwards = root(entries.clone().into_iter(), secure);
                    assert_eq!(forwards, vector.root, "{file}: {name}");
                    let backwards = root(entries.into_iter().rev(), secure);
                    assert_eq!(backwards, vector.root, "{file}: {name}, last key first");
                }
            }
            checked += 1;
        }
    }
    assert_eq!(
        (files.len(), checked),
        (6, 25),
        "files and vectors in the archive"
    );
}
