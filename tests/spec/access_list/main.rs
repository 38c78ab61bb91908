//! Block-level access lists (EIP-7928) on blocks made here: what comes with a block is held to its header, and the header to
//! what execution rebuilds.

mod case;
mod lies;

use alloy_eips::eip7928::{
    AccountChanges, BalanceChange, BlockAccessIndex, compute_block_access_list_hash, total_bal_items,
};
use alloy_primitives::U256;
use blocklight_verifier::{
    Input, InvalidReason, Limits, Missing, Quiet, Schedule, Verdict, Verifier, recorder::Genesis,
};
use case::{Case, PAID, SCHEDULES, genesis};
use serde_json::json;

#[test]
fn a_block_is_valid_with_its_list_and_without() {
    let case = Case::new();
    let list = case.list();
    // The recorded list says what happened, at the index of what did it: withdrawals come after the last transaction.
    let paid = list
        .iter()
        .find(|account| account.address == PAID)
        .expect("listed");
    let gwei = U256::from(3_000_000_000_u64);
    let expected =
        AccountChanges::new(PAID).with_balance_change(BalanceChange::new(BlockAccessIndex::new(1), gwei));
    assert_eq!(*paid, expected);
    for given in [None, Some(list)] {
        let verdict = case.verdict(given);
        assert!(verdict.is_valid(), "{verdict:?}");
    }
    case.recorder
        .clone()
        .advance(&case.block.header, &case.recording)
        .expect("the state that the header names");
}

#[test]
fn a_list_is_read_from_rlp_and_from_json_beside_the_block_and_within_it() {
    let case = Case::new();
    let list = case.list();
    let rlp = json!(alloy_primitives::Bytes::from(alloy_rlp::encode(list)));
    for form in [&rlp, &json!(list)] {
        assert_eq!(case.input(Some(form)).access_list.as_ref(), Some(list));
        let mut block = json!(case.block.header);
        block["transactions"] = json!([]);
        block["withdrawals"] = json!(case.block.body.withdrawals);
        block["blockAccessList"] = form.clone();
        let witness = case.recording.witness.to_json();
        let input = Input::decode_pair(
            block.to_string().as_bytes(),
            witness.as_bytes(),
            &Limits::default(),
        )
        .expect("decodable");
        assert_eq!(input.access_list.as_ref(), Some(list));
        assert_eq!(input.block, case.block);
    }
    assert_eq!(case.input(None).access_list, None);
}

#[test]
fn a_list_that_is_not_the_headers_tells_nothing_of_the_block() {
    let case = Case::new();
    let mut other = case.list().clone();
    other.pop();
    let verdict = case.verdict(Some(&other));
    let expected = case.block.header.block_access_list_hash.expect("a hash");
    let got = compute_block_access_list_hash(&other);
    assert!(
        matches!(&verdict, Verdict::Incomplete { missing, .. } if *missing == Missing::AccessList { expected, got }),
        "{verdict:?}"
    );
}

#[test]
fn before_the_fork_a_list_beside_a_block_changes_nothing() {
    let (chain, mut input) = blocklight_tests::sample_input().expect("readable");
    assert_eq!(input.block.header.block_access_list_hash, None);
    let beneficiary = input.block.header.beneficiary;
    let richest = BalanceChange::new(BlockAccessIndex::new(1), U256::MAX);
    input.access_list = Some(vec![
        AccountChanges::new(beneficiary).with_balance_change(richest),
        AccountChanges::new(PAID),
    ]);
    for schedule in SCHEDULES {
        let verdict = Verifier::new(chain.clone())
            .with_schedule(schedule)
            .verify_input(&input, &Quiet)
            .expect("a verdict");
        assert!(verdict.is_valid(), "{schedule:?}: {verdict:?}");
    }
}

#[test]
fn a_list_may_have_so_many_items_as_the_gas_limit_pays_for() {
    let case = Case::new();
    let items = total_bal_items(case.list());
    for (gas_limit, fits) in [(items * 2_000, true), (items * 2_000 - 1, false)] {
        // The parent's gas limit is out of reach from there, so a genesis is made with it.
        let mut json = genesis();
        json["gasLimit"] = json!(format!("{gas_limit:#x}"));
        let genesis = Genesis::from_json(json.to_string().as_bytes()).expect("a genesis");
        let recorder = genesis.recorder().expect("its own state");
        let mut small = Case::new();
        small.block.header.gas_limit = gas_limit;
        small.block.header.parent_hash = recorder.head().hash_slow();
        small.recording = recorder.record(&small.block).expect("recordable");
        let list = small.list().clone();
        small.commit_to(&list);
        let mut state = recorder.state().clone();
        state.apply(small.recording.changes.as_ref().expect("executed"));
        small.block.header.state_root = state.root();
        for given in [None, Some(&list)] {
            let verdict = small.verdict(given);
            assert_eq!(verdict.is_valid(), fits, "{gas_limit}: {verdict:?}");
            if let Verdict::Invalid { reason, .. } = &verdict {
                assert!(matches!(reason, InvalidReason::AccessListItems(mismatch) if mismatch.got == items));
            }
        }
    }
}

#[test]
fn every_schedule_judges_a_block_with_a_list_alike() {
    let case = Case::new();
    let list = json!(case.list());
    for (schedule, given, taken) in [
        (Schedule::Auto, Some(&list), Schedule::Sequential),
        (Schedule::Sequential, Some(&list), Schedule::Sequential),
        (Schedule::Speculative, Some(&list), Schedule::Speculative),
        (Schedule::AccessList, Some(&list), Schedule::AccessList),
        (Schedule::AccessList, None, Schedule::Speculative),
    ] {
        let verdict = Verifier::new(case.chain.clone())
            .with_schedule(schedule)
            .verify_input(&case.input(given), &Quiet)
            .expect("a verdict");
        assert!(verdict.is_valid(), "{schedule:?}: {verdict:?}");
        let choice = verdict.report().timing.schedule.expect("executed");
        assert_eq!(choice.schedule, taken, "{schedule:?}: {:?}", choice.reason);
    }
}
