//! Accounts that have storage, and neither nonce nor code. A few of mainnet have; a genesis can give one to anybody.

use super::assert_executes_alike;
use alloy_primitives::{Address, TxKind, U256};
use blocklight_tests::{
    Authority, COUNTER, FORKS, GAS_LIMIT, Generated, MAYFLY, Making, OSAKA, PRAGUE, account_after,
    child_init_code, child_of, slot_after,
};
use revm::state::AccountInfo;

/// What the first slot holds before the block.
const BEFORE: u64 = 41;

/// Gives `address` storage and a balance in wei, and nothing else.
fn put_storage(it: &mut Generated, address: Address, balance: u64) {
    let info = AccountInfo::from_balance(U256::from(balance));
    it.pre_state.accounts.insert(address, info);
    it.pre_state
        .slots
        .insert((address, U256::ZERO), U256::from(BEFORE));
}

#[test]
fn an_authority_finds_the_storage_that_was_there_before_its_code() {
    for fork in [PRAGUE, OSAKA] {
        for paid_first in [false, true] {
            let what = format!("{fork:?}, paid first: {paid_first}");
            let authority = Authority::new(1);
            let address = authority.address();
            let mut making = Making::new(1, fork);
            if paid_first {
                making.push(Making::account(1000), address.into(), 3, vec![]);
            }
            making.push_set_code(
                Making::account(2000),
                address,
                0,
                vec![],
                &[(&authority, COUNTER)],
            );
            for caller in 0..5 {
                making.push(Making::account(3000 + caller), address.into(), 0, vec![]);
            }
            let mut it = making.finish();
            put_storage(&mut it, address, 5);
            let output = assert_executes_alike(&what, &it);
            let counted = slot_after(&output, address, U256::ZERO);
            assert_eq!(counted, Some(U256::from(BEFORE + 6)), "{what}");
        }
    }
}

#[test]
fn no_contract_is_created_where_storage_is() {
    for fork in FORKS {
        let what = format!("{fork:?}");
        let creator = Making::account(1000);
        let mut making = Making::new(1, fork);
        making.push(Making::account(2000), creator.create(0).into(), 1, vec![]);
        making.push(creator, TxKind::Create, 3, child_init_code());
        // Where nothing is, the next one is created.
        making.push(creator, TxKind::Create, 3, child_init_code());
        let mut it = making.finish();
        put_storage(&mut it, creator.create(0), 5);
        let output = assert_executes_alike(&what, &it);
        let [paid, refused, created] = &output.reports[..] else {
            panic!("{what}: {} reports", output.reports.len());
        };
        assert!(paid.success && !refused.success && created.success, "{what}");
        assert_eq!(refused.gas_used, GAS_LIMIT, "{what}: a collision takes all gas");
        let there = account_after(&output, creator.create(0)).expect("it was paid");
        let account = there.account.expect("it is still there");
        assert_eq!((account.nonce, account.balance), (0, U256::from(6)), "{what}");
        assert!(!there.storage_cleared && there.storage.is_empty(), "{what}");
        let sender = account_after(&output, creator).and_then(|it| it.account);
        assert_eq!(sender.map(|it| it.nonce), Some(2), "{what}");
    }
}

#[test]
fn an_empty_account_takes_its_storage_along_when_it_is_touched_and_makes_room() {
    // CREATE2 came with Constantinople.
    for fork in &FORKS[1..] {
        for touched in [false, true] {
            let what = format!("{fork:?}, touched: {touched}");
            let child = child_of(MAYFLY);
            let creator = Making::account(1000);
            let mut making = Making::new(1, *fork);
            if touched {
                making.push(Making::account(2000), child.into(), 0, vec![]);
            }
            making.push(creator, MAYFLY.into(), 0, vec![]);
            let mut it = making.finish();
            put_storage(&mut it, child, 0);
            let output = assert_executes_alike(&what, &it);
            let made = slot_after(&output, MAYFLY, creator.into_word().into());
            let expected = touched.then(|| child.into_word().into());
            assert_eq!(made, expected, "{what}");
            let after = account_after(&output, child);
            assert_eq!(after.is_some_and(|it| it.storage_cleared), touched, "{what}");
        }
    }
}
