//! Ommers added, with and without the header's hash of them changed to match.

use crate::case::Case;
use alloy_consensus::{Header, proofs::calculate_ommers_root};
use alloy_rlp::Decodable;
use blocklight_verifier::{Input, Missing, Rule, Verdict};

fn fix_ommers_hash(input: &mut Input) {
    input.block.header.ommers_hash = calculate_ommers_root(&input.block.body.ommers);
}

#[test]
fn added_ommers_are_found_out() {
    let parent =
        |case: &Case| Header::decode(&mut case.input.witness.headers[0].as_ref()).expect("the only header");
    let Some(case) = Case::shared("mainnet-22615247-keth") else {
        return;
    };
    let add = |input: &mut Input| input.block.body.ommers.push(parent(&case));
    case.assert_breaks(Rule::OmmersHash, "an ommer after the merge", add);
    case.assert_breaks(
        Rule::OmmersHash,
        "an ommer after the merge, hash fixed",
        |input| {
            add(input);
            fix_ommers_hash(input);
        },
    );

    let Some(case) = Case::shared("mainnet-1150000-zeth") else {
        return;
    };
    let parent = parent(&case);
    let cases: [(&str, Vec<Header>); 5] = [
        ("the parent", vec![parent.clone()]),
        ("the block itself", vec![case.input.block.header.clone()]),
        ("three", vec![parent.clone(), parent.clone(), parent.clone()]),
        (
            "one too old",
            vec![Header {
                number: parent.number - 10,
                ..parent.clone()
            }],
        ),
        (
            "one of the future",
            vec![Header {
                number: u64::MAX,
                ..parent.clone()
            }],
        ),
    ];
    for (what, ommers) in cases {
        let add = |input: &mut Input| input.block.body.ommers.clone_from(&ommers);
        case.assert_breaks(Rule::OmmersHash, what, add);
        case.assert_breaks(Rule::Ommers, what, |input| {
            add(input);
            fix_ommers_hash(input);
        });
    }
    // Whether the parent's sibling is an uncle depends on the grandparent, whose header the witness lacks.
    let verdict = case.assert_not_valid("the parent's sibling", |input| {
        input.block.body.ommers = vec![Header {
            extra_data: b"sibling".as_slice().to_vec().into(),
            ..parent.clone()
        }];
        fix_ommers_hash(input);
    });
    let number = parent.number - 1;
    assert!(
        matches!(&verdict, Verdict::Incomplete { missing: Missing::Ancestor { number: got }, .. } if *got == number),
        "{verdict:?}"
    );
}
