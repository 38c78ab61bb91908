//! Order, duplicates and junk in a witness make no difference.

use crate::case::Case;
use alloy_primitives::{Bytes, keccak256};
use blocklight_tests::{Seeded, shared_input};
use blocklight_verifier::{Input, Witness};

const BLOCKS: [&str; 6] = [
    "mainnet-46402-nimbus",
    "mainnet-1150000-zeth",
    "mainnet-21688509-keth",
    "mainnet-22615247-keth",
    "hoodi-690403-ethrex",
    "hoodi-1265656-ethrex",
];

fn lists(witness: &mut Witness) -> [&mut Vec<Bytes>; 3] {
    [&mut witness.state, &mut witness.codes, &mut witness.headers]
}

/// Runs a change to the witness over the blocks, with three seeds each.
fn unaffected(what: &str, tamper: impl Fn(&mut Input, &mut Seeded)) {
    for name in BLOCKS {
        let Some(case) = Case::shared(name) else { return };
        for seed in 0..3 {
            case.assert_unaffected(&format!("{what}, seed {seed}"), |input| {
                tamper(input, &mut Seeded::new(seed));
            });
        }
    }
}

/// Adds `junk` at random places.
fn scatter(list: &mut Vec<Bytes>, junk: Vec<Bytes>, seeded: &mut Seeded) {
    for item in junk {
        let place = seeded.below(list.len() + 1);
        list.insert(place, item);
    }
}

#[test]
fn another_order_changes_nothing() {
    unaffected("shuffled", |input, seeded| {
        for list in lists(&mut input.witness) {
            seeded.shuffle(list);
        }
    });
    unaffected("reversed", |input, _| {
        for list in lists(&mut input.witness) {
            list.reverse();
        }
    });
}

#[test]
fn duplicates_change_nothing() {
    unaffected("all twice", |input, seeded| {
        for list in lists(&mut input.witness) {
            let copies = list.clone();
            scatter(list, copies, seeded);
        }
    });
}

#[test]
fn random_bytes_change_nothing() {
    unaffected("random bytes", |input, seeded| {
        for list in lists(&mut input.witness) {
            let junk = (0..100).map(|_| {
                let length = seeded.below(700);
                seeded.bytes(length).into()
            });
            let junk = junk.collect();
            scatter(list, junk, seeded);
        }
    });
}

#[test]
fn rlp_that_is_none_changes_nothing() {
    let nasty: Vec<Bytes> = [
        &[][..],
        &[0x80],
        &[0xc0],
        &[0xff; 9],
        &[0xf9, 0xff, 0xff],
        &[0xfb, 0x7f, 0xff, 0xff, 0xff, 0x80],
        &[0xbf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0xc1; 2000],
        &[0xc2, 0x00, 0x80],
        &[0xc2, 0x20, 0x80],
    ]
    .map(Bytes::copy_from_slice)
    .to_vec();
    unaffected("undecodable RLP", |input, seeded| {
        for list in lists(&mut input.witness) {
            scatter(list, nasty.clone(), seeded);
        }
    });
}

#[test]
fn nodes_codes_and_headers_of_other_blocks_change_nothing() {
    let Some((_, other)) = shared_input("mainnet-2675000-nimbus").expect("readable") else {
        return;
    };
    unaffected("another block's witness", |input, seeded| {
        scatter(&mut input.witness.state, other.witness.state.clone(), seeded);
        scatter(&mut input.witness.codes, other.witness.codes.clone(), seeded);
        scatter(&mut input.witness.headers, other.witness.headers.clone(), seeded);
    });
}

#[test]
fn near_copies_change_nothing() {
    unaffected("a flipped copy of each", |input, seeded| {
        for list in lists(&mut input.witness) {
            let mut copies: Vec<Vec<u8>> = list
                .iter()
                .map(|item| item.to_vec())
                .filter(|item| !item.is_empty())
                .collect();
            copies.truncate(if list.len() > 100 { usize::MAX } else { 50 });
            for copy in &mut copies {
                let at = seeded.below(copy.len());
                copy[at] ^= 1 << seeded.below(8);
            }
            scatter(list, copies.into_iter().map(Bytes::from).collect(), seeded);
        }
    });
}

#[test]
fn items_in_the_wrong_list_are_junk_there_and_missing_here() {
    let Some(case) = Case::shared("hoodi-690403-ethrex") else {
        return;
    };
    case.assert_unaffected("codes among the nodes too", |input| {
        let codes = input.witness.codes.clone();
        input.witness.state.extend(codes);
    });
    let missing = case.lacks("codes among the nodes only", |input| {
        let codes = std::mem::take(&mut input.witness.codes);
        input.witness.state.extend(codes);
    });
    assert!(missing.is_some());
    let root = case.facts().pre_state_root;
    let missing = case.lacks("the root among the codes", |input| {
        let place = input
            .witness
            .state
            .iter()
            .position(|node| keccak256(node) == root)
            .expect("the root");
        let node = input.witness.state.remove(place);
        input.witness.codes.push(node);
    });
    assert!(missing.is_some());
}
