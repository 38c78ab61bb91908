//! Nodes and codes dropped or with a bit flipped: missing where they were needed, no difference where not.

use crate::case::Case;
use alloy_primitives::{Bytes, keccak256};
use blocklight_tests::{Seeded, swept};
use blocklight_verifier::{Input, Missing};
use rayon::prelude::*;

/// Blocks whose every node is dropped in turn, and how many of a hundred nodes must be missed at least.
const WHOLE_SWEEPS: [(&str, usize); 5] = [
    ("mainnet-22615247-keth", 90),
    ("mainnet-21688509-keth", 90),
    ("mainnet-1150000-zeth", 50),
    ("hoodi-690403-ethrex", 90),
    ("mainnet-146675-nimbus", 10),
];
/// A big block and how many of its nodes are dropped, unless whole sweeps are asked for.
const BIG: (&str, usize) = ("mainnet-24628608-zisk", 50);

/// Which list of the witness.
#[derive(Clone, Copy)]
enum List {
    Nodes,
    Codes,
}

impl List {
    fn of(self, input: &mut Input) -> &mut Vec<Bytes> {
        match self {
            Self::Nodes => &mut input.witness.state,
            Self::Codes => &mut input.witness.codes,
        }
    }

    fn len(self, case: &Case) -> usize {
        match self {
            Self::Nodes => case.input.witness.state.len(),
            Self::Codes => case.input.witness.codes.len(),
        }
    }
}

/// Tampers with each of `places` in turn; gives how many were missed. What is missed must be what was taken.
fn sweep(case: &Case, list: List, places: &[usize], tamper: impl Fn(&mut Vec<Bytes>, usize) + Sync) -> usize {
    let missed = |&place: &usize| {
        let mut taken = None;
        let what = format!("item {place}");
        let missing = case.lacks(&what, |input| {
            let items = list.of(input);
            taken = items.get(place).map(keccak256);
            tamper(items, place);
        });
        let Some(missing) = missing else { return false };
        let named = match (list, &missing) {
            (List::Nodes, Missing::Node { hash, .. }) | (List::Codes, Missing::Code { hash }) => Some(*hash),
            _ => panic!("{}: {what}: {missing}", case.name),
        };
        assert_eq!(named, taken, "{}: {what}: another was named", case.name);
        true
    };
    places.par_iter().filter(|place| missed(place)).count()
}

fn drop_item(items: &mut Vec<Bytes>, place: usize) {
    items.remove(place);
}

/// Flips one bit, chosen by the item's place.
fn flip_bit(items: &mut [Bytes], place: usize) {
    let mut bytes = items[place].to_vec();
    if bytes.is_empty() {
        return;
    }
    let mut seeded = Seeded::new(place as u64);
    let at = seeded.below(bytes.len());
    bytes[at] ^= 1 << seeded.below(8);
    items[place] = bytes.into();
}

#[test]
fn every_node_dropped_in_turn_is_named_or_was_not_needed() {
    for (name, least) in WHOLE_SWEEPS {
        let Some(case) = Case::shared(name) else { return };
        let all = List::Nodes.len(&case);
        let places = Seeded::new(5).sample(all, swept(all, all, 100));
        let missed = sweep(&case, List::Nodes, &places, drop_item);
        println!(
            "{name}: {missed} of {} nodes missed, there are {all}",
            places.len()
        );
        assert!(
            missed * 100 >= places.len() * least,
            "{name}: only {missed} of {} nodes were missed",
            places.len()
        );
    }
}

#[test]
fn nodes_of_a_big_block_dropped_are_named_or_were_not_needed() {
    let (name, sample) = BIG;
    let Some(case) = Case::shared(name) else { return };
    let all = List::Nodes.len(&case);
    let count = swept(1_000, sample, sample / 3).min(all);
    println!("{name}: {count} of {all} nodes are dropped (1,000 with BLOCKLIGHT_FULL=1)");
    let places = Seeded::new(1).sample(all, count);
    let missed = sweep(&case, List::Nodes, &places, drop_item);
    assert!(
        missed * 10 >= count * 9,
        "only {missed} of {count} nodes were missed"
    );
}

#[test]
fn every_code_dropped_in_turn_is_named_or_was_not_needed() {
    let (mut missed, mut all) = (0, 0);
    for (name, _) in WHOLE_SWEEPS.into_iter().chain([("mainnet-24628608-zisk", 0)]) {
        let Some(case) = Case::shared(name) else { return };
        let codes = List::Codes.len(&case);
        let places = Seeded::new(5).sample(codes, swept(codes, codes, 40));
        all += places.len();
        missed += sweep(&case, List::Codes, &places, drop_item);
    }
    println!("{missed} of {all} codes missed");
    assert!(missed * 2 >= all, "only {missed} of {all} codes were missed");
}

#[test]
fn a_bit_flipped_in_a_node_or_code_makes_it_a_missing_one() {
    for (name, _) in WHOLE_SWEEPS {
        let Some(case) = Case::shared(name) else { return };
        for list in [List::Nodes, List::Codes] {
            let all = list.len(&case);
            let places = Seeded::new(2).sample(all, swept(all, 60, 30));
            let flipped = sweep(&case, list, &places, |items, place| flip_bit(items, place));
            let dropped = sweep(&case, list, &places, drop_item);
            // A node that is there twice is missed neither way.
            assert_eq!(
                flipped, dropped,
                "{name}: flipped and dropped items are not missed alike"
            );
        }
    }
}

#[test]
fn an_item_cut_short_emptied_or_drawn_out_is_a_missing_one() {
    let Some(case) = Case::shared("hoodi-690403-ethrex") else {
        return;
    };
    let edits: [fn(&mut Vec<u8>); 3] = [
        |bytes| {
            bytes.pop();
        },
        Vec::clear,
        |bytes| bytes.push(0),
    ];
    for list in [List::Nodes, List::Codes] {
        let all = list.len(&case);
        let places = Seeded::new(3).sample(all, swept(all, 30, 30));
        let dropped = sweep(&case, list, &places, drop_item);
        assert!(dropped > 0);
        for edit in edits {
            let changed = sweep(&case, list, &places, |items, place| {
                let mut bytes = items[place].to_vec();
                edit(&mut bytes);
                items[place] = bytes.into();
            });
            assert_eq!(changed, dropped);
        }
    }
}

#[test]
fn no_nodes_or_no_codes_at_all_is_incomplete() {
    let Some(case) = Case::shared("mainnet-22615247-keth") else {
        return;
    };
    let root = case.facts().pre_state_root;
    let missing = case
        .lacks("no nodes", |input| input.witness.state.clear())
        .expect("incomplete");
    assert!(
        matches!(missing, Missing::Node { hash, .. } if hash == root),
        "{missing}"
    );
    let missing = case
        .lacks("no codes", |input| input.witness.codes.clear())
        .expect("incomplete");
    assert!(matches!(missing, Missing::Code { .. }), "{missing}");
}
