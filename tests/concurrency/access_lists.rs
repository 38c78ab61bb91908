//! The access-list schedule: with the right list no transaction is run twice, with a wrong one the outcome is the same,
//! and every schedule rebuilds the same list.

use alloy_eips::eip7928::{BalanceChange, BlockAccessIndex, SlotChanges, StorageChange};
use alloy_primitives::{Address, Bytes, U256, address};
use blocklight_executor::{BlockAccessList, Schedule};
use blocklight_tests::{
    BENEFICIARY, CANCUN, Execution, FORKS, Generated, LONDON, Mix, PRAGUE, Seeded, amsterdam_chain,
    assert_same, flat_blocks, pool, pools, swept,
};
use blocklight_verifier::ChainSpec;
use revm::{bytecode::Bytecode, state::AccountInfo};

const BUILDER_DEPOSIT_REQUESTS: Address = address!("0x0000bff46984e3725691fa540a8c7589300d8282");
const BUILDER_EXIT_REQUESTS: Address = address!("0x000064d678505ad48f8ccb093bc65613800e8282");

/// A mix without destructions, which a list cannot tell from emptied balances, and without the beneficiary, whose fees
/// come late.
const TOLD_WHOLE: Mix = Mix {
    apart: 1,
    among_few: 2,
    hot_slot: 2,
    own_slot: 1,
    balances: 0,
    beneficiary: 0,
    destroy: 0,
    create: 1,
    delegate: 0,
    system: 0,
    blobs: 1,
    too_many_blobs: 0,
    touch: 0,
    requests: 0,
    mixed: 1,
    links: 1,
};

const EVERYTHING: Mix = Mix {
    apart: 1,
    among_few: 2,
    hot_slot: 1,
    own_slot: 1,
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

#[test]
fn with_the_right_list_nothing_is_run_in_vain() {
    let chain = ChainSpec::mainnet();
    for seed in 0..4 {
        let it = Generated::new(seed, TOLD_WHOLE, 80, CANCUN.0, CANCUN.1);
        let mut execution = Execution::new(&chain, &it.block, &it.senders, &it.pre_state);
        let list = execution.list();
        assert!(!list.is_empty());
        execution.access_list = Some(&list);
        let expected = execution.outcome(Schedule::Sequential);
        for pool in pools() {
            let (outcome, recording) = pool.install(|| execution.recorded(Schedule::AccessList));
            assert!(outcome == expected);
            assert_eq!(
                recording.expect("recorded").timeline.re_executions,
                0,
                "seed {seed}"
            );
        }
    }
}

#[test]
fn real_blocks_are_run_once_by_their_lists() {
    let Some(blocks) = flat_blocks("mainnet-1").expect("readable") else {
        return;
    };
    let pool = pool(2);
    let (mut incarnations, mut again) = (0, 0);
    let at_most = swept(400, 400, 150);
    for it in blocks.iter().filter(|it| it.senders.len() < at_most) {
        let mut execution = Execution::new(&it.chain, &it.block, &it.senders, &it.pre_state);
        let list = execution.list();
        execution.access_list = Some(&list);
        let expected = execution.outcome(Schedule::Sequential);
        let (outcome, recording) = pool.install(|| execution.recorded(Schedule::AccessList));
        assert!(outcome == expected, "{}", it.name);
        if let Some(recording) = recording {
            incarnations += recording.timeline.incarnations.len();
            again += recording.timeline.re_executions as usize;
        }
    }
    // Who reads the beneficiary's balance, or what was destroyed, is run again.
    assert!(again * 20 < incarnations, "{again} of {incarnations} again");
}

/// Spoils a list here and there.
fn spoil(list: &mut BlockAccessList, random: &mut Seeded) {
    for _ in 0..8 {
        let length = list.len();
        let Some(account) = list.get_mut(random.below(length.max(1))) else {
            return;
        };
        let index = BlockAccessIndex::new(random.next() % 100);
        match random.below(7) {
            0 => account.storage_changes.clear(),
            1 => account.balance_changes.reverse(),
            2 => account
                .balance_changes
                .push(BalanceChange::new(index, U256::from(random.next()))),
            3 => account.nonce_changes.iter_mut().for_each(|it| it.new_nonce += 1),
            4 => account
                .storage_changes
                .iter_mut()
                .flat_map(|slot| &mut slot.changes)
                .for_each(|it| it.new_value = it.new_value.wrapping_add(U256::from(1))),
            5 => account.code_changes.clear(),
            _ => {
                let place = random.below(length);
                list.remove(place);
            }
        }
    }
}

#[test]
fn a_wrong_list_changes_nothing() {
    let (chain, pools) = (ChainSpec::mainnet(), pools());
    for (fork, (number, timestamp)) in FORKS.into_iter().enumerate() {
        for seed in 0..6 {
            let it = Generated::new(seed, EVERYTHING, 60, number, timestamp);
            let mut execution = Execution::new(&chain, &it.block, &it.senders, &it.pre_state);
            let mut list = execution.list();
            spoil(&mut list, &mut Seeded::new(seed + 1));
            execution.access_list = Some(&list);
            let expected = execution.outcome(Schedule::Sequential);
            let what = format!("fork {fork}, seed {seed}");
            assert_same(&what, &pools, 1, &expected, |schedule, round| {
                execution.held_up(seed + round, schedule)
            });
        }
    }
}

/// Says of everything the block accesses that the system calls before its transactions had changed it.
fn forge_system_calls(list: &mut BlockAccessList) {
    let before = BlockAccessIndex::new(0);
    let forged = U256::from(1) << 100;
    for account in list {
        account
            .balance_changes
            .insert(0, BalanceChange::new(before, forged));
        account.nonce_changes.clear();
        for slot in &mut account.storage_changes {
            slot.changes.insert(0, StorageChange::new(before, forged));
        }
        let read = account.storage_reads.iter();
        let read = read.map(|slot| SlotChanges::new(*slot, vec![StorageChange::new(before, forged)]));
        account.storage_changes.extend(read);
    }
}

/// Ends the block with a transaction of somebody who sends no other, and whom nobody pays enough for one; gives who that is.
fn end_with_a_stranger(it: &mut Generated) -> Address {
    loop {
        let last = it.senders.last().copied().expect("somebody sends only once");
        if last != BENEFICIARY && it.senders.iter().filter(|sender| **sender == last).count() == 1 {
            return last;
        }
        it.senders.pop();
        it.block.body.transactions.pop();
    }
}

/// Who is poor, and to be rich only by the list, sends at the end of the block, so that it is run ahead.
#[test]
fn what_a_list_says_of_the_system_calls_is_not_believed() {
    let (chain, pools) = (ChainSpec::mainnet(), pools());
    // Before London a transaction may cost nothing, which the poor can pay.
    let forks = FORKS.into_iter().filter(|(number, _)| *number >= LONDON.0);
    for (fork, (number, timestamp)) in forks.enumerate() {
        for seed in 0..6 {
            let mut it = Generated::new(seed, EVERYTHING, 60, number, timestamp);
            let last = end_with_a_stranger(&mut it);
            let mut execution = Execution::new(&chain, &it.block, &it.senders, &it.pre_state);
            let mut list = execution.list();
            forge_system_calls(&mut list);
            for poor in [false, true] {
                if poor && let Some(sender) = it.pre_state.accounts.get_mut(&last) {
                    sender.balance = U256::ZERO;
                }
                execution = Execution::new(&chain, &it.block, &it.senders, &it.pre_state);
                execution.access_list = Some(&list);
                let expected = execution.outcome(Schedule::Sequential);
                assert_eq!(expected.is_err(), poor, "fork {fork}, seed {seed}");
                let what = format!("forged, fork {fork}, seed {seed}, poor {poor}");
                assert_same(&what, &pools, 1, &expected, |schedule, round| {
                    execution.held_up(seed + round, schedule)
                });
            }
        }
    }
}

#[test]
fn every_schedule_rebuilds_the_same_list() {
    let (chain, pools) = (ChainSpec::mainnet(), pools());
    for (fork, (number, timestamp)) in FORKS.into_iter().enumerate() {
        for seed in 0..6 {
            let it = Generated::new(seed, EVERYTHING, 60, number, timestamp);
            let mut execution = Execution::new(&chain, &it.block, &it.senders, &it.pre_state);
            let list = execution.list();
            execution.access_list = Some(&list);
            execution.wants_access_list = true;
            let expected = execution.outcome(Schedule::Sequential);
            assert!(
                expected
                    .as_ref()
                    .is_ok_and(|output| output.access_list.as_ref() == Some(&list))
            );
            let what = format!("list, fork {fork}, seed {seed}");
            assert_same(&what, &pools, 1, &expected, |schedule, round| {
                execution.held_up(seed + round, schedule)
            });
        }
    }
}

#[test]
fn blocks_of_amsterdam_have_the_same_list_under_every_schedule() {
    let (chain, pools) = (amsterdam_chain(), pools());
    for seed in 0..6 {
        let mut it = Generated::new(seed, EVERYTHING, 60, 20, PRAGUE.1);
        // The contracts that EIP-8282 has called: they ask for nothing.
        let stop = Bytecode::new_raw(Bytes::from_static(&[0]));
        for address in [BUILDER_DEPOSIT_REQUESTS, BUILDER_EXIT_REQUESTS] {
            let info = AccountInfo {
                nonce: 1,
                code_hash: stop.hash_slow(),
                code: None,
                ..AccountInfo::default()
            };
            it.pre_state.codes.insert(info.code_hash, stop.clone());
            it.pre_state.accounts.insert(address, info);
        }
        let mut execution = Execution::new(&chain, &it.block, &it.senders, &it.pre_state);
        let expected = execution.outcome(Schedule::Sequential);
        let list = expected
            .as_ref()
            .ok()
            .and_then(|output| output.access_list.clone());
        let list = list.unwrap_or_else(|| panic!("seed {seed}: {:?}", expected.as_ref().err()));
        execution.access_list = Some(&list);
        assert_same(
            &format!("Amsterdam, seed {seed}"),
            &pools,
            1,
            &expected,
            |schedule, round| execution.held_up(seed + round, schedule),
        );
    }
}

#[test]
fn real_blocks_have_the_same_list_under_every_schedule() {
    let Some(blocks) = flat_blocks("").expect("readable") else {
        return;
    };
    let pools = [pool(2), pool(4)];
    let at_most = swept(250, 250, 120);
    for it in blocks.iter().filter(|it| it.senders.len() < at_most) {
        let mut execution = Execution::new(&it.chain, &it.block, &it.senders, &it.pre_state);
        let list = execution.list();
        execution.access_list = Some(&list);
        execution.wants_access_list = true;
        let expected = execution.outcome(Schedule::Sequential);
        assert_same(&it.name, &pools, 1, &expected, |schedule, _| {
            execution.outcome(schedule)
        });
    }
}
