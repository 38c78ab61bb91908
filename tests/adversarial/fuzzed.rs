//! Every fuzz target on its kept corpus and on seeded changes of it: what libFuzzer does for hours, in a few seconds and always
//! the same. `BLOCKLIGHT_FULL=1` changes ten times as much; a slice a quarter, since CI runs libFuzzer besides.

use blocklight_tests::{
    Seeded,
    fuzzed::{TARGETS, Target},
    swept,
};
use blocklight_verifier::{Input, Limits};
use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

/// Changed inputs of a target in a slice.
const CHANGED: u64 = 500;
/// Of the whole verification, each of which takes some milliseconds.
const CHANGED_VERIFICATIONS: u64 = 25;

/// The kept inputs of a target, in order of their names.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut paths: Vec<_> = fs::read_dir(&folder)
        .expect("a corpus")
        .map(|entry| entry.expect("readable").path())
        .collect();
    paths.sort();
    let inputs: Vec<_> = paths
        .iter()
        .map(|path| fs::read(path).expect("readable"))
        .collect();
    assert!(!inputs.is_empty(), "{}: empty", folder.display());
    inputs
}

/// One of `corpus`, changed in a few places.
fn changed(corpus: &[Vec<u8>], random: &mut Seeded) -> Vec<u8> {
    let mut bytes = corpus[random.below(corpus.len())].clone();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(32)).min(bytes.len());
        match random.below(7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            // Lengths, and the bytes at which RLP and JSON turn.
            1 if at < bytes.len() => {
                let turns = b"\x00\x01\x7f\x80\xb7\xb8\xbf\xc0\xf7\xf8\xff\"{}[]0x";
                bytes[at] = turns[random.below(turns.len())];
            }
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let piece = bytes[at..end].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, piece);
            }
            5 => {
                let other = &corpus[random.below(corpus.len())];
                let from = random.below(other.len() + 1);
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            _ => {
                let length = random.below(9);
                bytes.splice(at..at, random.bytes(length));
            }
        }
    }
    bytes
}

fn run(name: &str, target: Target, bytes: &[u8], what: &str) {
    let result = catch_unwind(AssertUnwindSafe(|| target(bytes)));
    assert!(
        result.is_ok(),
        "{name}, {what}, {} bytes: {}",
        bytes.len(),
        alloy_primitives::hex::encode(&bytes[..bytes.len().min(2_000)])
    );
}

#[test]
fn no_target_finds_a_fault_in_its_corpus_or_near_it() {
    for (name, target) in TARGETS {
        let corpus = corpus(name);
        for (place, bytes) in corpus.iter().enumerate() {
            run(name, target, bytes, &format!("input {place} of the corpus"));
        }
        let count = if name == "verify" {
            CHANGED_VERIFICATIONS
        } else {
            CHANGED
        };
        for seed in 0..count * swept(40, 4, 1) {
            let bytes = changed(&corpus, &mut Seeded::new(seed));
            run(name, target, &bytes, &format!("seed {seed}"));
        }
    }
}

/// Changes of what is refused at its first byte lead nowhere.
#[test]
fn the_corpus_is_sound_where_a_fault_is_not_the_point() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let limits = Limits::default();
    for name in ["file", "response", "ssz", "ssz-hex", "with-list"] {
        let bytes = fs::read(folder.join("file").join(name)).expect("readable");
        let input = Input::decode(&bytes, &limits);
        assert!(input.is_ok(), "file/{name}: {input:?}");
    }
    for (name, accounts) in [("rlp", Some(1)), ("accounts", Some(1)), ("null", None)] {
        let json = fs::read_to_string(folder.join("access_list").join(name)).expect("readable");
        let list = Input::decode_access_list(&json, &limits).expect(name);
        assert_eq!(list.map(|list| list.len()), accounts, "access_list/{name}");
    }
}
