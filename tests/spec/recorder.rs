//! What the recorder makes is enough, and every node of it is needed.

use blocklight_tests::{
    spec::{Case, FixtureError, chain_of, fixture_cache, fixture_files, read_fixture},
    swept,
};
use blocklight_verifier::{
    Block, Input, Limits, Missing, Quiet, Verdict, Verifier, Witness,
    recorder::{FullState, Recorder, Recording},
};

/// The recorder of a case's first block.
fn recorder(case: &Case) -> (Verifier, Recorder) {
    let chain = chain_of(&case.network, &case.config).expect("a network in the table");
    let state = FullState::from_alloc_json(case.pre.get().as_bytes()).expect("a state");
    let genesis: Block = alloy_rlp::decode_exact(&case.genesis_rlp).expect("a genesis");
    let recorder = Recorder::new(chain.clone(), state, genesis.header).expect("the genesis's state");
    (Verifier::new(chain), recorder)
}

fn decoded(rlp: &[u8], witness: &Witness) -> Input {
    Input::decode_pair(rlp, witness.to_json().as_bytes(), &Limits::default()).expect("decodable")
}

fn without(list: &[alloy_primitives::Bytes], index: usize) -> Vec<alloy_primitives::Bytes> {
    let mut list = list.to_vec();
    list.remove(index);
    list
}

/// Drops each item in turn; gives how many there were.
fn drop_each(verifier: &Verifier, rlp: &[u8], Recording { witness, .. }: &Recording, name: &str) -> usize {
    let mut dropped = 0;
    let mut expect_incomplete = |less: &Witness, what: &str, fits: fn(&Missing) -> bool| {
        dropped += 1;
        let verdict = verifier
            .verify_input(&decoded(rlp, less), &Quiet)
            .expect("a verdict");
        assert!(
            matches!(&verdict, Verdict::Incomplete { missing, .. } if fits(missing)),
            "{name}, without {what}: {}",
            verdict.name()
        );
    };
    for index in 0..witness.state.len() {
        let state = without(&witness.state, index);
        let less = Witness {
            state,
            ..witness.clone()
        };
        expect_incomplete(&less, &format!("node {index}"), |missing| {
            matches!(missing, Missing::Node { .. })
        });
    }
    for index in 0..witness.codes.len() {
        let codes = without(&witness.codes, index);
        let less = Witness {
            codes,
            ..witness.clone()
        };
        expect_incomplete(&less, &format!("code {index}"), |missing| {
            matches!(missing, Missing::Code { .. })
        });
    }
    for index in 0..witness.headers.len() {
        let headers = without(&witness.headers, index);
        let less = Witness {
            headers,
            ..witness.clone()
        };
        expect_incomplete(&less, &format!("header {index}"), |missing| {
            matches!(missing, Missing::Parent { .. } | Missing::Ancestor { .. })
        });
    }
    dropped
}

fn assert_canonical(witness: &Witness) {
    for list in [&witness.state, &witness.codes] {
        assert!(list.is_sorted_by(|a, b| a < b), "sorted, nothing twice");
    }
}

#[test]
fn every_node_code_and_header_of_a_recorded_witness_is_needed() {
    let Ok(files) = fixture_files(&fixture_cache().join("eest-v5.4.0")) else {
        println!("skipped: eest-v5.4.0 is not unpacked: run scripts/set-up fixtures");
        return;
    };
    let (mut blocks, mut dropped) = (0, 0);
    for file in files.iter().step_by(swept(2, 3, 6)) {
        let cases = match read_fixture(file) {
            Ok(cases) => cases,
            Err(FixtureError::Elsewhere) => continue,
            Err(error) => panic!("{}: {error}", file.display()),
        };
        for (name, case) in cases.iter().step_by(swept(31, 47, 97)) {
            let (verifier, mut recorder) = recorder(case);
            for fixture in case.blocks.iter().take(3) {
                if fixture.expect_exception.is_some() {
                    break;
                }
                let empty = Witness::default();
                let block = decoded(&fixture.rlp, &empty).block;
                let recording = recorder.record(&block).expect("recordable");
                assert_canonical(&recording.witness);
                let whole = decoded(&fixture.rlp, &recording.witness);
                let verdict = verifier.verify_input(&whole, &Quiet).expect("a verdict");
                assert!(verdict.is_valid(), "{name}: {verdict:?}");
                dropped += drop_each(&verifier, &fixture.rlp, &recording, name);
                recorder.advance(&block.header, &recording).expect("valid");
                blocks += 1;
            }
        }
    }
    println!("{blocks} blocks, {dropped} witnesses that lack one item");
    assert!(blocks > swept(200, 100, 50), "{blocks}");
}
