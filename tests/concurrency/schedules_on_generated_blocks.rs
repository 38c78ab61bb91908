//! On generated blocks, with any kind and measure of conflict, every schedule gives what the sequential one gives: on
//! whole states with readers held up, on states with holes, and with too little gas in the block; so it does where what it
//! predicts leads to what cannot be read, or to who cannot pay.
//!
//! Where a case is rare, a block is made for it, and the sequential outcome is held to show that it came up.
//!
//! `BLOCKLIGHT_FULL=1` runs 12 seeds of each mix instead of 2.

mod beneficiary;
mod conflicts;
mod delegations;
mod destructions;
mod empty_accounts;
mod pointer;
mod requests;
mod storage_alone;
mod unfunded;

use alloy_primitives::{B256, U256};
use blocklight_executor::{ExecutionOutput, Schedule};
use blocklight_tests::{
    ASKER, BEACON_ROOT, BENEFICIARY, CANCUN, Execution, FORKS, Generated, Mix, OSAKA, PARENT_HASH, PRAGUE,
    Seeded, Torn, assert_same, pools, swept,
};
use blocklight_verifier::ChainSpec;
use std::collections::BTreeSet;

/// Holds generated blocks of `mix` to the sequential outcome.
fn assert_generated(mix: Mix, transactions: usize) {
    let (chain, pools) = (ChainSpec::mainnet(), pools());
    let seeds = swept(12, 2, 2);
    let (mut succeeded, mut out_of_gas) = (0, 0);
    for (number, timestamp) in FORKS {
        for seed in 0..seeds {
            let it = Generated::new(seed, mix, transactions, number, timestamp);
            let what = format!("{mix:?}, seed {seed}, timestamp {timestamp}");
            let mut short = it.block.clone();
            short.header.gas_limit = 400_000 + 30_000 * transactions as u64 / 2;
            for (block, what) in [
                (&it.block, what.clone()),
                (&short, format!("{what}, short of gas")),
            ] {
                let mut execution = Execution::new(&chain, block, &it.senders, &it.pre_state);
                let list = execution.list();
                execution.access_list = Some(&list);
                let expected = execution.outcome(Schedule::Sequential);
                succeeded += usize::from(expected.is_ok());
                out_of_gas += usize::from(
                    expected
                        .as_ref()
                        .is_err_and(|error| error.starts_with("BlockGas")),
                );
                assert_same(&what, &pools, 1, &expected, |schedule, round| {
                    execution.held_up(seed + round, schedule)
                });
            }
            for holes in [40, 400] {
                let torn = Torn {
                    state: &it.pre_state,
                    seed,
                    holes,
                };
                let list = Execution::new(&chain, &it.block, &it.senders, &it.pre_state).list();
                let mut execution = Execution::new(&chain, &it.block, &it.senders, &torn);
                execution.access_list = Some(&list);
                let expected = execution.outcome(Schedule::Sequential);
                let what = format!("{what}, one of {holes} torn out");
                assert_same(&what, &pools, 1, &expected, |schedule, _| {
                    execution.outcome(schedule)
                });
            }
        }
    }
    assert!(succeeded > 0, "{mix:?}: no block executes");
    assert!(out_of_gas > 0, "{mix:?}: no block runs out of gas");
}

/// Holds one block to the sequential outcome, with its access list rebuilt and not, its readers held up by several seeds;
/// gives that outcome, which must be a success.
fn assert_executes_alike(what: &str, it: &Generated) -> ExecutionOutput {
    let (chain, pools) = (ChainSpec::mainnet(), pools());
    let mut execution = Execution::new(&chain, &it.block, &it.senders, &it.pre_state);
    let list = execution.list();
    execution.access_list = Some(&list);
    let output = execution
        .outcome(Schedule::Sequential)
        .unwrap_or_else(|error| panic!("{what}: {error}"));
    let seeds = swept(12, 2, 2);
    for wants_access_list in [false, true] {
        execution.wants_access_list = wants_access_list;
        let expected = execution.outcome(Schedule::Sequential);
        assert_same(what, &pools, seeds, &expected, |schedule, seed| {
            execution.held_up(seed, schedule)
        });
    }
    output
}

#[test]
fn transfers_apart() {
    assert_generated(
        Mix {
            apart: 1,
            ..Mix::default()
        },
        60,
    );
}

/// The first transaction that the gas left does not suffice for is the one that is named.
#[test]
fn a_block_that_runs_out_of_gas() {
    let mix = Mix {
        apart: 1,
        ..Mix::default()
    };
    let (chain, pools) = (ChainSpec::mainnet(), pools());
    for (number, timestamp) in FORKS {
        let mut it = Generated::new(1, mix, 40, number, timestamp);
        // Each asks for 400,000 and uses 21,000.
        it.block.header.gas_limit = 10 * 21_000 + 399_999;
        let mut execution = Execution::new(&chain, &it.block, &it.senders, &it.pre_state);
        // What the block would change, had it the gas.
        let with_gas = Generated::new(1, mix, 40, number, timestamp).block;
        let list = Execution::new(&chain, &with_gas, &it.senders, &it.pre_state).list();
        assert!(!list.is_empty());
        execution.access_list = Some(&list);
        let expected = execution.outcome(Schedule::Sequential);
        let error = "BlockGas { index: 10, expected: 399999, got: 400000 }";
        assert_eq!(expected.as_ref().err().map(String::as_str), Some(error));
        assert_same(error, &pools, 3, &expected, |schedule, seed| {
            execution.held_up(seed, schedule)
        });
    }
}

#[test]
fn transfers_among_few() {
    assert_generated(
        Mix {
            among_few: 1,
            ..Mix::default()
        },
        60,
    );
}

#[test]
fn calls_of_one_hot_slot() {
    assert_generated(
        Mix {
            hot_slot: 1,
            ..Mix::default()
        },
        60,
    );
}

#[test]
fn deposits_in_own_slots() {
    assert_generated(
        Mix {
            own_slot: 1,
            ..Mix::default()
        },
        60,
    );
}

#[test]
fn reads_of_balances() {
    let mix = Mix {
        balances: 3,
        own_slot: 2,
        among_few: 2,
        beneficiary: 1,
        ..Mix::default()
    };
    assert_generated(mix, 60);
}

#[test]
fn dealings_with_the_beneficiary() {
    let mix = Mix {
        beneficiary: 3,
        balances: 1,
        among_few: 2,
        ..Mix::default()
    };
    assert_generated(mix, 60);
}

#[test]
fn balances_about_to_overflow() {
    let mix = Mix {
        beneficiary: 3,
        balances: 1,
        among_few: 4,
        ..Mix::default()
    };
    let (chain, pools) = (ChainSpec::mainnet(), pools());
    let (number, timestamp) = CANCUN;
    let mut failed = 0;
    for seed in 0..swept(400, 10, 10) {
        let mut it = Generated::new(seed, mix, 60, number, timestamp);
        let mut random = Seeded::new(seed);
        let rich: BTreeSet<_> = it.senders.iter().copied().chain([BENEFICIARY]).collect();
        for address in rich {
            let balance = match random.below(3) {
                // So near that one receipt more is one too many, or a dozen.
                0 => U256::MAX - U256::from(random.below(2_000)),
                1 => U256::MAX - U256::from(200_000_000_000_000 + random.next() % 1_000_000_000_000_000),
                _ => continue,
            };
            it.pre_state.accounts.entry(address).or_default().balance = balance;
        }
        let mut execution = Execution::new(&chain, &it.block, &it.senders, &it.pre_state);
        let list = execution.list();
        execution.access_list = Some(&list);
        let expected = execution.outcome(Schedule::Sequential);
        if let Ok(output) = &expected {
            failed += output.reports.iter().filter(|report| !report.success).count();
        }
        assert_same(
            &format!("seed {seed}"),
            &pools,
            1,
            &expected,
            |schedule, round| execution.held_up(seed + round, schedule),
        );
    }
    assert!(failed > 0, "no transfer overflows");
}

#[test]
fn creations_and_destructions() {
    let mix = Mix {
        destroy: 4,
        create: 2,
        among_few: 1,
        ..Mix::default()
    };
    assert_generated(mix, 60);
}

#[test]
fn delegations() {
    let mix = Mix {
        delegate: 3,
        hot_slot: 1,
        among_few: 1,
        ..Mix::default()
    };
    assert_generated(mix, 60);
}

#[test]
fn touches_of_empty_accounts() {
    assert_generated(
        Mix {
            touch: 2,
            among_few: 1,
            ..Mix::default()
        },
        60,
    );
}

/// The contract that asks keeps the answers: what was written by the very block's system calls is among them.
#[test]
fn questions_to_what_system_calls_wrote() {
    let mix = Mix {
        system: 3,
        among_few: 1,
        ..Mix::default()
    };
    assert_generated(mix, 60);
    let chain = ChainSpec::mainnet();
    for ((number, timestamp), answers) in [
        (CANCUN, &[BEACON_ROOT][..]),
        (PRAGUE, &[BEACON_ROOT, PARENT_HASH]),
        (OSAKA, &[BEACON_ROOT, PARENT_HASH]),
    ] {
        let it = Generated::new(1, mix, 60, number, timestamp);
        let execution = Execution::new(&chain, &it.block, &it.senders, &it.pre_state);
        let output = execution.outcome(Schedule::Sequential).expect("executes");
        let mut accounts = output.changes.accounts.iter();
        let (_, asker) = accounts.find(|(address, _)| *address == ASKER).expect("asked");
        for answer in answers {
            let kept = asker
                .storage
                .iter()
                .filter(|(_, value)| B256::from(*value) == *answer);
            assert!(
                kept.count() > 3,
                "timestamp {timestamp}: {answer} is not among the answers"
            );
        }
    }
}

#[test]
fn transactions_with_blobs() {
    let mix = Mix {
        blobs: 3,
        balances: 1,
        among_few: 1,
        ..Mix::default()
    };
    assert_generated(mix, 60);
    let (number, timestamp) = CANCUN;
    let chain = ChainSpec::mainnet();
    let it = Generated::new(1, mix, 60, number, timestamp);
    let output = Execution::new(&chain, &it.block, &it.senders, &it.pre_state).outcome(Schedule::Sequential);
    let limit = chain
        .blob_params(timestamp)
        .expect("blobs")
        .max_blob_gas_per_block();
    assert!(
        output.expect("executes").blob_gas_used > limit,
        "within the block's limit"
    );
}

#[test]
fn transactions_with_too_many_blobs() {
    let mix = Mix {
        blobs: 20,
        hot_slot: 20,
        too_many_blobs: 1,
        ..Mix::default()
    };
    assert_generated(mix, 60);
    let chain = ChainSpec::mainnet();
    let refused = (0..4).filter(|seed| {
        let it = Generated::new(*seed, mix, 60, CANCUN.0, CANCUN.1);
        let outcome =
            Execution::new(&chain, &it.block, &it.senders, &it.pre_state).outcome(Schedule::Sequential);
        outcome.is_err_and(|error| error.contains("TooManyBlobs"))
    });
    assert!(refused.count() > 0, "no transaction is refused for its blobs");
}

#[test]
fn blocks_of_everything() {
    let mix = Mix {
        apart: 2,
        among_few: 2,
        hot_slot: 1,
        own_slot: 2,
        balances: 1,
        beneficiary: 1,
        destroy: 2,
        create: 1,
        delegate: 1,
        system: 1,
        blobs: 1,
        too_many_blobs: 0,
        touch: 1,
        requests: 1,
        mixed: 1,
        links: 1,
    };
    assert_generated(mix, 120);
}
