//! What is no verdict: another chain, a fork not implemented, a limit passed.

use crate::case::Case;
use alloy_consensus::Header;
use alloy_primitives::B256;
use blocklight_verifier::{ChainSpec, Error, Input, Limit, Limits, Quiet, Rule, Verifier};

/// One of the limits.
type Field = fn(&mut Limits) -> &mut usize;

const BLOCK: &str = "mainnet-22615247-keth";

#[test]
fn a_block_of_another_chain_is_an_error() {
    let Some(case) = Case::shared(BLOCK) else { return };
    let result = case.result("another chain", |input| input.chain_id = Some(560_048));
    assert!(
        matches!(
            result,
            Err(Error::ChainMismatch {
                expected: 1,
                got: 560_048
            })
        ),
        "{result:?}"
    );
    // Where the input names no chain, the rules of the wrong one must not let it pass.
    for chain in [ChainSpec::hoodi(), ChainSpec::sepolia(), ChainSpec::holesky()] {
        let verdict = Verifier::new(chain)
            .verify(&case.input.block, &case.input.witness)
            .expect("a verdict");
        assert!(!verdict.is_valid());
    }
}

#[test]
fn a_fork_not_implemented_is_an_error() {
    let case = Case::sample();
    let path = blocklight_tests::repository().join("tests/fixtures/sample-chain.json");
    let text = std::fs::read_to_string(path).expect("readable");
    let mut json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let config = if json.get("config").is_some() {
        &mut json["config"]
    } else {
        &mut json
    };
    config["bogotaTime"] = 1.into();
    let chain = ChainSpec::from_json(json.to_string().as_bytes()).expect("a chain");
    let result = Verifier::new(chain).verify(&case.input.block, &case.input.witness);
    assert!(
        matches!(result, Err(Error::UnsupportedFork { fork: "Bogota" })),
        "{result:?}"
    );
}

/// A public chain may have set a date for the fork that the block has fields of after this was written.
#[test]
fn a_fork_that_the_chain_has_no_date_for_is_an_error() {
    type Field = fn(&mut Header);
    let fields: [Field; 2] = [
        |header| header.slot_number = Some(1),
        |header| header.block_access_list_hash = Some(B256::ZERO),
    ];
    for field in fields {
        // Of Osaka on mainnet; of Prague, which is known to be before any later fork; of Osaka on a chain of its own.
        let Some(osaka) = Case::shared("mainnet-24628608-zisk") else {
            return;
        };
        let result = osaka.result("a field of Amsterdam", |input| field(&mut input.block.header));
        assert!(
            matches!(result, Err(Error::UnsupportedFork { fork: "Amsterdam" })),
            "{result:?}"
        );
        let Some(prague) = Case::shared(BLOCK) else { return };
        for known in [prague, Case::sample()] {
            known.assert_breaks(Rule::HeaderFields, "a field of Amsterdam", |input| {
                field(&mut input.block.header);
            });
        }
    }
}

#[test]
fn a_witness_just_at_its_limits_passes_and_one_over_is_an_error() {
    let Some(case) = Case::shared(BLOCK) else { return };
    let Input { block, witness, .. } = &case.input;
    let longest = |list: &[alloy_primitives::Bytes]| list.iter().map(|item| item.len()).max().unwrap_or(0);
    let total = |list: &[alloy_primitives::Bytes]| list.iter().map(|item| item.len()).sum::<usize>();
    let exact = Limits {
        nodes: witness.state.len(),
        node_bytes: longest(&witness.state),
        codes: witness.codes.len(),
        code_bytes: longest(&witness.codes),
        headers: witness.headers.len(),
        header_bytes: longest(&witness.headers),
        witness_bytes: total(&witness.state) + total(&witness.codes) + total(&witness.headers),
        ..Limits::default()
    };
    let verify = |limits| {
        Verifier::new(case.chain.clone())
            .with_limits(limits)
            .verify(block, witness)
    };
    assert!(verify(exact).expect("a verdict").is_valid());
    let lowered: [(Limit, Field); 7] = [
        (Limit::Nodes, |limits| &mut limits.nodes),
        (Limit::NodeBytes, |limits| &mut limits.node_bytes),
        (Limit::Codes, |limits| &mut limits.codes),
        (Limit::CodeBytes, |limits| &mut limits.code_bytes),
        (Limit::Headers, |limits| &mut limits.headers),
        (Limit::HeaderBytes, |limits| &mut limits.header_bytes),
        (Limit::WitnessBytes, |limits| &mut limits.witness_bytes),
    ];
    for (passed, lower) in lowered {
        let mut limits = exact;
        *lower(&mut limits) -= 1;
        let allowed = *lower(&mut limits) as u64;
        let result = verify(limits);
        let Err(Error::Limit { limit, expected, got }) = result else {
            panic!("{passed:?}: {result:?}")
        };
        assert_eq!((limit, expected, got), (passed, allowed, allowed + 1));
    }
}

#[test]
fn more_than_256_ancestor_headers_are_an_error() {
    let Some(case) = Case::shared(BLOCK) else { return };
    let result = case.result("257 headers", |input| {
        let header = input.witness.headers[0].clone();
        input.witness.headers.resize(257, header);
    });
    assert!(
        matches!(
            result,
            Err(Error::Limit {
                limit: Limit::Headers,
                expected: 256,
                got: 257
            })
        ),
        "{result:?}"
    );
    case.assert_unaffected("256 headers", |input| {
        let header = input.witness.headers[0].clone();
        input.witness.headers.resize(256, header);
    });
}

#[test]
fn a_file_over_its_limits_is_an_error_before_it_is_a_block() {
    let Some(file) = blocklight_tests::shared_block(BLOCK).expect("readable") else {
        return;
    };
    let bytes = file.read().expect("readable");
    let decode = |limits| Input::decode(&bytes, &limits);
    assert!(decode(Limits::default()).is_ok());
    let lowered = [
        (
            Limit::InputBytes,
            Limits {
                input_bytes: bytes.len() - 1,
                ..Limits::default()
            },
        ),
        (
            Limit::BlockBytes,
            Limits {
                block_bytes: 1000,
                ..Limits::default()
            },
        ),
        (
            Limit::Nodes,
            Limits {
                nodes: 10,
                ..Limits::default()
            },
        ),
        (
            Limit::NodeBytes,
            Limits {
                node_bytes: 100,
                ..Limits::default()
            },
        ),
        (
            Limit::Codes,
            Limits {
                codes: 1,
                ..Limits::default()
            },
        ),
        (
            Limit::CodeBytes,
            Limits {
                code_bytes: 100,
                ..Limits::default()
            },
        ),
        (
            Limit::Headers,
            Limits {
                headers: 0,
                ..Limits::default()
            },
        ),
        (
            Limit::HeaderBytes,
            Limits {
                header_bytes: 100,
                ..Limits::default()
            },
        ),
        (
            Limit::WitnessBytes,
            Limits {
                witness_bytes: 10_000,
                ..Limits::default()
            },
        ),
    ];
    for (passed, limits) in lowered {
        let result = decode(limits);
        assert!(
            matches!(result, Err(Error::Limit { limit, .. }) if limit == passed),
            "{passed:?}: {result:?}"
        );
    }
}

#[test]
fn a_file_cut_short_or_flipped_never_panics_and_never_verifies_another_block() {
    let Some(file) = blocklight_tests::shared_block("mainnet-46402-nimbus").expect("readable") else {
        return;
    };
    let bytes = file.read().expect("readable");
    let whole = Input::decode(&bytes, &Limits::default()).expect("decodable");
    let hash = whole.block.header.hash_slow();
    let mut seeded = blocklight_tests::Seeded::new(5);
    let mut decoded = 0;
    for round in 0..600 {
        let mut tampered = bytes.clone();
        let at = seeded.below(tampered.len());
        if round % 3 == 0 {
            tampered.truncate(at);
        } else {
            tampered[at] ^= 1 << seeded.below(8);
        }
        let Ok(input) = Input::decode(&tampered, &Limits::default()) else {
            continue;
        };
        decoded += 1;
        let Some(chain) = input.chain_id.and_then(ChainSpec::by_id) else {
            continue;
        };
        if let Ok(verdict) = Verifier::new(chain).verify_input(&input, &Quiet)
            && verdict.is_valid()
        {
            assert_eq!(verdict.report().hash, hash, "another block was valid");
        }
    }
    assert!(decoded > 20, "only {decoded} of the files decoded");
}

#[test]
fn a_block_with_more_gas_than_allowed_is_an_error_and_no_verdict() {
    let case = Case::sample();
    let gas = case.input.block.header.gas_limit;
    let verify = |block_gas| {
        let limits = Limits {
            block_gas,
            ..Limits::default()
        };
        let verifier = Verifier::new(case.chain.clone()).with_limits(limits);
        verifier.verify(&case.input.block, &case.input.witness)
    };
    assert!(verify(gas).expect("within the limit").is_valid());
    let result = verify(gas - 1);
    assert!(
        matches!(result, Err(Error::Limit { limit: Limit::BlockGas, expected, got }) if (expected, got) == (gas - 1, gas)),
        "{result:?}"
    );
}

#[test]
fn a_typed_block_is_held_to_its_size() {
    let case = Case::sample();
    let bytes = alloy_rlp::Encodable::length(&case.input.block);
    let verify = |block_bytes| {
        let limits = Limits {
            block_bytes,
            ..Limits::default()
        };
        let verifier = Verifier::new(case.chain.clone()).with_limits(limits);
        verifier.verify(&case.input.block, &case.input.witness)
    };
    assert!(verify(bytes).expect("within the limit").is_valid());
    assert!(matches!(
        verify(bytes - 1),
        Err(Error::Limit {
            limit: Limit::BlockBytes,
            ..
        })
    ));
}
