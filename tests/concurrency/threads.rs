//! The schedule, the number of threads and chance change nothing in a report but times, whatever the verdict.

use blocklight_executor::BlockAccessList;
use blocklight_tests::{
    PARALLEL, SendersHeldUp, THREADS, mutation::honest_list, pool, sample_input, shared_blocks, shared_input,
    swept,
};
use blocklight_verifier::{
    ChainSpec, Input, Limits, Missing, Phase, Quiet, Schedule, Timing, Verdict, Verifier,
};
use rayon::prelude::*;
use std::sync::Arc;

const SCHEDULES: [Schedule; 3] = [Schedule::Sequential, Schedule::Speculative, Schedule::AccessList];

/// What the block of an untampered input changes; nothing where the witness does not suffice for that, which is a wrong
/// list as any other.
fn list(chain: &ChainSpec, input: &Input) -> Arc<BlockAccessList> {
    honest_list(chain, input).unwrap_or_default()
}

fn verify(chain: &ChainSpec, input: &Input, schedule: Schedule, hint: &Arc<BlockAccessList>) -> Verdict {
    let mut verdict = Verifier::new(chain.clone())
        .with_access_list_hint(Arc::clone(hint))
        .with_schedule(schedule)
        .verify_input(input, &Quiet)
        .expect("a verdict");
    verdict.report_mut().timing = Timing::default();
    verdict
}

/// How often a block is verified in each pool, where chance is to have its say.
fn rounds() -> usize {
    swept(20, 4, 1)
}

/// Holds all verdicts on `input` to be the first one, under every schedule and over every number of threads, `rounds`
/// times.
fn assert_always_the_same(
    what: &str,
    chain: &ChainSpec,
    input: &Input,
    hint: &Arc<BlockAccessList>,
    rounds: usize,
) -> Verdict {
    let first = pool(1).install(|| verify(chain, input, Schedule::Sequential, hint));
    for threads in THREADS {
        let pool = pool(threads);
        for round in 0..rounds {
            for schedule in SCHEDULES {
                let verdict = pool.install(|| verify(chain, input, schedule, hint));
                assert_eq!(
                    verdict, first,
                    "{what}: {schedule:?}, {threads} threads, round {round}"
                );
            }
        }
    }
    first
}

#[test]
fn valid_blocks_give_equal_reports_on_any_number_of_threads() {
    let blocks = [
        "mainnet-46402-nimbus",
        "mainnet-1150000-zeth",
        "mainnet-21688509-keth",
        "mainnet-22615247-keth",
        "hoodi-1265656-ethrex",
        "mainnet-24628608-zisk",
    ];
    for name in blocks {
        let Some((chain, input)) = shared_input(name).expect("readable") else {
            return;
        };
        let hint = list(&chain, &input);
        assert!(!hint.is_empty(), "{name}: no access list");
        assert!(assert_always_the_same(name, &chain, &input, &hint, rounds()).is_valid());
    }
}

#[test]
fn every_real_block_gives_equal_reports_on_any_number_of_threads() {
    let Some(files) = shared_blocks().expect("readable") else {
        return;
    };
    for file in files.iter().step_by(swept(1, 1, 3)) {
        let input = Input::decode(&file.read().expect("readable"), &Limits::default()).expect("decodable");
        let chain = input.chain_id.and_then(ChainSpec::by_id).expect("a chain");
        let hint = list(&chain, &input);
        assert_always_the_same(&file.name, &chain, &input, &hint, 1);
    }
}

#[test]
fn the_sample_gives_equal_reports_on_any_number_of_threads() {
    let (chain, input) = sample_input().expect("readable");
    let hint = list(&chain, &input);
    assert!(!hint.is_empty(), "no access list");
    assert!(assert_always_the_same("the sample", &chain, &input, &hint, 3).is_valid());
}

/// Signatures are the cheapest way to make others work: a block of 16 MiB has room for a hundred thousand.
#[test]
fn a_block_refused_before_execution_has_no_further_signatures_recovered() {
    let (chain, mut input) = sample_input().expect("readable");
    input.hash = None;
    input.block.header.base_fee_per_gas = Some(1);
    let all = input.block.body.transactions.len();
    let host = SendersHeldUp::until(Phase::PreChecks);
    let verdict = pool(3)
        .install(|| Verifier::new(chain).verify_input(&input, &host))
        .expect("a verdict");
    assert!(matches!(verdict, Verdict::Invalid { .. }), "{verdict:?}");
    let recovered = host.recovered();
    assert!(host.is_over() && all > 300);
    assert!(recovered < 100, "{recovered} of {all} senders were recovered");
}

#[test]
fn several_blocks_at_once_in_one_pool_do_not_disturb_each_other() {
    let names = [
        "mainnet-46402-nimbus",
        "mainnet-21688509-keth",
        "mainnet-22615247-keth",
        "hoodi-690403-ethrex",
    ];
    let mut blocks = Vec::new();
    for name in names {
        let Some((chain, input)) = shared_input(name).expect("readable") else {
            return;
        };
        let hint = list(&chain, &input);
        let alone = pool(1).install(|| verify(&chain, &input, Schedule::Sequential, &hint));
        blocks.push((chain, input, hint, alone));
    }
    for threads in [2, 4] {
        pool(threads).install(|| {
            (0..60).into_par_iter().for_each(|round| {
                let (chain, input, hint, alone) = &blocks[round % blocks.len()];
                for schedule in PARALLEL {
                    assert_eq!(&verify(chain, input, schedule, hint), alone, "{schedule:?}");
                }
            });
        });
    }
}

/// With many things missing at once it is still always the same one that is named.
#[test]
fn what_is_named_missing_does_not_depend_on_threads() {
    {
        let name = "mainnet-22615247-keth";
        let Some((chain, input)) = shared_input(name).expect("readable") else {
            return;
        };
        let hint = list(&chain, &input);
        // Only the root of the post-state needs these: they are missed after execution has passed its checks.
        let late: Vec<usize> = (0..input.witness.state.len())
            .into_par_iter()
            .filter(|&place| {
                let mut without = input.clone();
                without.witness.state.remove(place);
                let verdict = verify(&chain, &without, Schedule::Sequential, &hint);
                let executed = !verdict.report().transaction_reports.is_empty();
                matches!(verdict, Verdict::Incomplete { missing: Missing::Node { .. }, .. } if executed)
            })
            .collect();
        println!(
            "{name}: {} nodes are needed for the post-state root alone",
            late.len()
        );
        let mut without = input.clone();
        let mut place = 0;
        without.witness.state.retain(|_| {
            place += 1;
            late.binary_search(&(place - 1)).is_err()
        });
        let verdict = assert_always_the_same(
            &format!("{name}, late nodes dropped"),
            &chain,
            &without,
            &hint,
            rounds(),
        );
        assert_eq!(verdict.is_valid(), late.is_empty());

        let mut halved = input.clone();
        let mut even = false;
        halved.witness.codes.retain(|_| {
            even = !even;
            even
        });
        let verdict =
            assert_always_the_same(&format!("{name}, codes halved"), &chain, &halved, &hint, rounds());
        assert!(matches!(verdict, Verdict::Incomplete { .. }), "{verdict:?}");
    }
}

#[test]
fn the_rule_found_broken_does_not_depend_on_threads() {
    let Some((chain, mut input)) = shared_input("mainnet-22615247-keth").expect("readable") else {
        return;
    };
    let hint = list(&chain, &input);
    input.hash = None;
    let header = &mut input.block.header;
    header.receipts_root.0[0] ^= 1;
    header.state_root.0[0] ^= 1;
    let verdict = assert_always_the_same("two roots wrong", &chain, &input, &hint, rounds());
    assert!(matches!(verdict, Verdict::Invalid { .. }), "{verdict:?}");
    // A wrong claim in the header and a hole in the witness: whichever comes first in the pipeline.
    input.block.header.transactions_root.0[0] ^= 1;
    input.witness.codes.clear();
    assert_always_the_same("a root wrong and codes missing", &chain, &input, &hint, rounds());
    input.witness.state.clear();
    assert_always_the_same("a root wrong and no nodes", &chain, &input, &hint, rounds());
}
