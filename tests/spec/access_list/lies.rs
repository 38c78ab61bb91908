//! Lists that a header commits to and that are not what the block accesses and changes, or not in order.

use super::case::{Case, PAID, PAYERS, SCHEDULES};
use alloy_eips::eip7928::{
    AccountChanges, BlockAccessIndex, BlockAccessList, NonceChange, SlotChanges, StorageChange,
    compute_block_access_list_hash,
};
use alloy_primitives::{Address, U256};
use blocklight_tests::pool;
use blocklight_verifier::{AccessListFault, AccessListPart, InvalidReason, Schedule, Verdict};

/// Lies that a header may commit to, each with the account that it is about.
fn lies(list: &BlockAccessList) -> Vec<(&'static str, BlockAccessList, Address)> {
    let place = list
        .iter()
        .position(|account| account.address == PAID)
        .expect("listed");
    let changed = |change: fn(&mut AccountChanges)| {
        let mut list = list.clone();
        change(&mut list[place]);
        list
    };
    let one = BlockAccessIndex::new(1);
    let slot = |index| {
        SlotChanges::new(
            U256::from(5),
            vec![StorageChange::new(BlockAccessIndex::new(index), U256::ONE)],
        )
    };
    let mut under = list.clone();
    let missing = under.remove(0).address;
    let mut over = list.clone();
    let extra = Address::with_last_byte(1);
    over.insert(0, AccountChanges::new(extra));
    let mut storage = list.clone();
    let written = storage
        .iter()
        .position(|account| !account.storage_changes.is_empty())
        .expect("a write");
    let writer = storage[written].address;
    storage[written].storage_changes.pop();
    let mut read_only = list.clone();
    let slots = std::mem::take(&mut read_only[written].storage_changes);
    read_only[written].storage_reads = slots.iter().map(|slot| slot.slot).collect();
    assert_eq!(slot(1).slot, U256::from(5));
    vec![
        ("an account too many", over, extra),
        ("an account too few", under, missing),
        ("a write too few", storage, writer),
        ("writes as reads", read_only, writer),
        ("no balance", changed(|paid| paid.balance_changes.clear()), PAID),
        (
            "another balance",
            changed(|paid| paid.balance_changes[0].post_balance += U256::ONE),
            PAID,
        ),
        (
            "another index",
            changed(|paid| paid.balance_changes[0].block_access_index = BlockAccessIndex::new(0)),
            PAID,
        ),
        (
            "a nonce",
            changed(|paid| {
                paid.nonce_changes
                    .push(NonceChange::new(BlockAccessIndex::new(1), 1));
            }),
            PAID,
        ),
        (
            "a read too many",
            changed(|paid| paid.storage_reads.push(U256::ZERO)),
            PAID,
        ),
        (
            "a write too many",
            {
                let mut list = list.clone();
                list[place].storage_changes.push(slot(one.get()));
                list
            },
            PAID,
        ),
    ]
}

/// The schedule that each comes to on several threads, where a list came with the block or not.
fn taken(schedule: Schedule, listed: bool) -> Schedule {
    match schedule {
        // These blocks are small.
        Schedule::Auto => Schedule::Sequential,
        Schedule::AccessList if !listed => Schedule::Speculative,
        schedule => schedule,
    }
}

/// Where there are transactions, they are run ahead by the lie.
#[test]
fn a_header_that_commits_to_a_lie_is_invalid_and_the_account_is_named_where_the_list_came_along() {
    let pool = pool(2);
    for count in [0, PAYERS] {
        let mut case = Case::with_payments(count);
        let verdict = case.verdict(None);
        let paid = verdict.report().transaction_reports.iter();
        assert_eq!(paid.filter(|report| report.success).count(), count);
        let honest = case.list().clone();
        let got = compute_block_access_list_hash(&honest);
        for (what, lie, liar) in lies(&honest) {
            case.commit_to(&lie);
            let expected = compute_block_access_list_hash(&lie);
            for schedule in SCHEDULES {
                for (given, named) in [(None, None), (Some(&lie), Some(liar))] {
                    let what = format!("{what}, {count} transactions, {schedule:?}");
                    let verdict = case.verdict_by(schedule, &pool, given);
                    let Verdict::Invalid { reason, report } = &verdict else {
                        panic!("{what}: {verdict:?}");
                    };
                    let InvalidReason::AccessListHash { mismatch, account } = reason else {
                        panic!("{what}: {reason:?}");
                    };
                    assert_eq!(
                        (mismatch.expected, mismatch.got, *account),
                        (expected, got, named),
                        "{what}"
                    );
                    let choice = report.timing.schedule.expect("executed");
                    assert_eq!(choice.schedule, taken(schedule, given.is_some()), "{what}");
                }
            }
        }
    }
}

#[test]
fn a_header_that_commits_to_a_list_out_of_order_is_invalid() {
    let mut case = Case::new();
    let honest = case.list().clone();
    let place = honest
        .iter()
        .position(|account| account.address == PAID)
        .expect("listed");
    let with = |change: &dyn Fn(&mut BlockAccessList)| {
        let mut list = honest.clone();
        change(&mut list);
        list
    };
    let slot = U256::from(9);
    let empty = SlotChanges::new(slot, Vec::new());
    let full = SlotChanges::new(
        slot,
        vec![StorageChange::new(BlockAccessIndex::new(1), U256::ONE)],
    );
    let faults: Vec<(BlockAccessList, Address, AccessListFault)> = vec![
        (
            with(&|list| list.swap(0, 1)),
            honest[0].address,
            AccessListFault::AccountOrder,
        ),
        (
            with(&|list| list.insert(0, honest[0].clone())),
            honest[0].address,
            AccessListFault::AccountOrder,
        ),
        (
            with(&|list| list[place].storage_reads = vec![slot, slot]),
            PAID,
            AccessListFault::SlotOrder { slot },
        ),
        (
            with(&|list| list[place].storage_reads = vec![slot, U256::ONE]),
            PAID,
            AccessListFault::SlotOrder { slot: U256::ONE },
        ),
        (
            with(&|list| {
                list[place].storage_changes = vec![full.clone()];
                list[place].storage_reads = vec![slot];
            }),
            PAID,
            AccessListFault::SlotOrder { slot },
        ),
        (
            with(&|list| list[place].storage_changes = vec![empty.clone()]),
            PAID,
            AccessListFault::EmptySlot { slot },
        ),
        (
            with(&|list| {
                let change = list[place].balance_changes[0].clone();
                list[place].balance_changes.push(change);
            }),
            PAID,
            AccessListFault::IndexOrder {
                index: 1,
                list: AccessListPart::Balance,
            },
        ),
        (
            with(&|list| {
                list[place].nonce_changes = vec![NonceChange::new(BlockAccessIndex::new(2), 1)];
            }),
            PAID,
            AccessListFault::IndexPastEnd {
                expected: 1,
                got: 2,
                list: AccessListPart::Nonce,
            },
        ),
    ];
    for (list, at, expected) in faults {
        case.commit_to(&list);
        let verdict = case.verdict(Some(&list));
        assert!(
            matches!(
                &verdict,
                Verdict::Invalid { reason: InvalidReason::AccessListOrder { account, fault }, .. }
                    if *account == at && *fault == expected
            ),
            "{expected}: {verdict:?}"
        );
        // Without it the same block is as invalid, for what execution rebuilds is in order.
        let verdict = case.verdict(None);
        assert!(
            matches!(
                &verdict,
                Verdict::Invalid {
                    reason: InvalidReason::AccessListHash { .. },
                    ..
                }
            ),
            "{expected}: {verdict:?}"
        );
    }
}
