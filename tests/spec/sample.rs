//! The sample block and the small block of the same chain, both made by a real geth: see `tests/fixtures/README.md`.

use alloy_consensus::Transaction as _;
use alloy_primitives::{BloomInput, Bytes, keccak256};
use blocklight_tests::{read_gz, repository};
use blocklight_verifier::{
    BlockDialect, ChainSpec, Error, HashTrust, Input, Limits, Quiet, Verdict, Verifier, WitnessDialect,
};
use serde_json::Value;
use std::fs;

fn chain() -> ChainSpec {
    let json = fs::read(repository().join("tests/fixtures/sample-chain.json")).expect("readable");
    ChainSpec::from_json(&json).expect("a chain")
}

fn sample() -> Input {
    let bytes = read_gz(&repository().join("tests/fixtures/sample-block.json.gz")).expect("readable");
    Input::decode(&bytes, &Limits::default()).expect("decodable")
}

#[test]
fn the_sample_is_valid_and_as_busy_as_promised() {
    let input = sample();
    let verdict = Verifier::new(chain())
        .verify_input(&input, &Quiet)
        .expect("a verdict");
    assert!(matches!(verdict, Verdict::Valid { .. }), "{verdict:?}");
    let report = verdict.report();
    assert_eq!(report.hash_trust, HashTrust::GivenByFile);
    assert!(report.gas_used >= 30_000_000, "{}", report.gas_used);
    assert!(report.transactions >= 200, "{}", report.transactions);
    for transaction_type in 0..=4 {
        let of_type = report
            .transaction_reports
            .iter()
            .filter(|tx| tx.transaction_type == transaction_type)
            .count();
        assert!(of_type > 0, "no transaction of type {transaction_type}");
    }
    assert!(
        report.transaction_reports.iter().any(|tx| !tx.success),
        "nothing reverts"
    );
    assert!(
        report.transaction_reports.iter().any(|tx| tx.to.is_none()),
        "nothing is created"
    );

    let mut successful: Vec<&Bytes> = Vec::new();
    for (transaction, report) in input
        .block
        .body
        .transactions
        .iter()
        .zip(&report.transaction_reports)
    {
        if report.success && report.to.is_some() {
            successful.push(transaction.input());
        }
    }
    let transfers = successful.iter().filter(|input| input.is_empty()).count();
    assert!(transfers >= 20, "{transfers} transfers of ether");
    for (kind, function) in [
        ("ERC-20 transfers", "transfer(address,uint256)"),
        (
            "swaps of an automated market maker",
            "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)",
        ),
        ("mints of an NFT", "mint(address)"),
    ] {
        let selector = &keccak256(function)[..4];
        let calls = successful
            .iter()
            .filter(|input| input.starts_with(selector))
            .count();
        assert!(calls >= 10, "{calls} {kind}");
    }
    // That the calls did something is in the bloom, which the verdict rests on.
    for event in [
        "Transfer(address,address,uint256)",
        "Swap(address,uint256,uint256,uint256,uint256,address)",
    ] {
        let topic = keccak256(event);
        let bloom = input.block.header.logs_bloom;
        assert!(
            bloom.contains_input(BloomInput::Raw(topic.as_slice())),
            "no {event}"
        );
    }
}

#[test]
fn the_sample_is_refused_by_the_verifier_of_another_chain() {
    let error = Verifier::new(ChainSpec::mainnet())
        .verify_input(&sample(), &Quiet)
        .expect_err("another chain");
    assert!(
        matches!(
            error,
            Error::ChainMismatch {
                expected: 1,
                got: 1337
            }
        ),
        "{error:?}"
    );
}

#[test]
fn what_geth_answers_is_read_as_it_is() {
    let path = repository().join("tests/fixtures/dialects/geth-debug_executionWitness.json.gz");
    let file: Value = serde_json::from_slice(&read_gz(&path).expect("readable")).expect("JSON");
    let witness = file["debug_executionWitness"].to_string();
    let blocks = [
        (BlockDialect::JsonRpc, file["eth_getBlockByNumber"].to_string()),
        (BlockDialect::Rlp, file["debug_getRawBlock"].to_string()),
    ];
    let mut reports = Vec::new();
    for (dialect, block) in blocks {
        let input =
            Input::decode_pair(block.as_bytes(), witness.as_bytes(), &Limits::default()).expect("decodable");
        assert_eq!(input.dialects.block, dialect);
        assert_eq!(input.dialects.witness, WitnessDialect::Geth);
        let verdict = Verifier::new(chain())
            .verify_input(&input, &Quiet)
            .expect("a verdict");
        assert!(matches!(verdict, Verdict::Valid { .. }), "{verdict:?}");
        reports.push((
            verdict.report().hash,
            verdict.report().transaction_reports.clone(),
        ));
    }
    assert_eq!(reports[0], reports[1], "both dialects are the same block");
}
