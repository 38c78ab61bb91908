//! Contracts that are destroyed, by a later transaction or within the one that has created them (EIP-6780), and created again
//! at the same address (CREATE2).

use super::assert_executes_alike;
use alloy_primitives::{Address, TxKind, U256, keccak256};
use blocklight_executor::ExecutionOutput;
use blocklight_tests::{
    CANCUN, FORKS, Generated, MAYFLY, Making, account_after, child_code, child_init_code, child_of,
    slot_after,
};
use revm::{bytecode::Bytecode, state::AccountInfo};

/// Slots of a child that was called so often since it was created.
fn slots(calls: u64) -> Vec<(U256, U256)> {
    vec![(U256::ZERO, U256::from(calls)), (U256::from(2), U256::from(5))]
}

/// Holds each of these to have created the child: nobody can where it stands.
fn assert_created(what: &str, output: &ExecutionOutput, creators: &[Address]) {
    let child: U256 = child_of(MAYFLY).into_word().into();
    for creator in creators {
        let slot = creator.into_word().into();
        assert_eq!(slot_after(output, MAYFLY, slot), Some(child), "{what}: {creator}");
    }
}

/// Holds the child to stand with so many calls counted, and nothing else in its storage.
fn assert_stands(what: &str, output: &ExecutionOutput, calls: u64, storage_cleared: bool) {
    let child = account_after(output, child_of(MAYFLY)).unwrap_or_else(|| panic!("{what}: no child"));
    let account = child.account.unwrap_or_else(|| panic!("{what}: it is gone"));
    assert_eq!(account.code_hash, keccak256(child_code()), "{what}");
    assert_eq!(child.storage, slots(calls), "{what}");
    assert_eq!(child.storage_cleared, storage_cleared, "{what}");
}

#[test]
fn a_contract_created_and_destroyed_within_a_transaction_is_created_again() {
    // CREATE2 came with Constantinople.
    for fork in &FORKS[1..] {
        let what = format!("created and destroyed at once, {fork:?}");
        let mut making = Making::new(1, *fork);
        let mut creators = Vec::new();
        for round in 0..6 {
            let creator = Making::account(1000 + round);
            creators.push(creator);
            making.push(creator, MAYFLY.into(), 3, vec![1]);
        }
        // Even by Cancun's rules nothing is left of any of them.
        let gone = assert_executes_alike(&what, &making.clone().finish());
        assert_created(&what, &gone, &creators);
        assert_eq!(account_after(&gone, child_of(MAYFLY)), None, "{what}");

        for round in 0..6 {
            let (payer, creator) = (Making::account(2000 + round), Making::account(3000 + round));
            creators.push(creator);
            making.push(payer, child_of(MAYFLY).into(), 2, vec![]);
            making.push(creator, MAYFLY.into(), 3, vec![1]);
        }
        let last = Making::account(4000);
        creators.push(last);
        making.push(last, MAYFLY.into(), 3, vec![]);
        for caller in 0..4 {
            making.push(Making::account(5000 + caller), child_of(MAYFLY).into(), 1, vec![]);
        }
        let output = assert_executes_alike(&what, &making.finish());
        assert_created(&what, &output, &creators);
        // Its creator calls it, too.
        assert_stands(&what, &output, 5, false);
    }
}

/// Adds a child that was there before the block, with a balance, and a slot that no child has of itself.
fn put_child(it: &mut Generated) {
    let (address, code) = (child_of(MAYFLY), Bytecode::new_raw(child_code().into()));
    let info = AccountInfo {
        nonce: 1,
        balance: U256::from(9),
        code_hash: code.hash_slow(),
        code: None,
        ..AccountInfo::default()
    };
    it.pre_state.codes.insert(info.code_hash, code);
    it.pre_state.accounts.insert(address, info);
    for (slot, value) in [(0, 30), (2, 5), (7, 7)] {
        it.pre_state
            .slots
            .insert((address, U256::from(slot)), U256::from(value));
    }
}

#[test]
fn a_contract_destroyed_in_the_block_is_created_again_with_nothing_of_what_it_had() {
    // From Constantinople until Cancun.
    for fork in FORKS[1..].iter().filter(|fork| fork.1 < CANCUN.1) {
        for stood_before in [false, true] {
            let what = format!("destroyed and created again, {fork:?}, there before: {stood_before}");
            let mut making = Making::new(1, *fork);
            let mut creators = Vec::new();
            if !stood_before {
                creators.push(Making::account(999));
                making.push(creators[0], MAYFLY.into(), 3, vec![]);
            }
            let child = TxKind::Call(child_of(MAYFLY));
            for round in 0..6 {
                let [caller, destroyer, payer, creator, last] =
                    [1, 2, 3, 4, 5].map(|place| Making::account(1000 * place + round));
                making.push(caller, child, 1, vec![]);
                making.push(destroyer, child, 0, vec![1]);
                // In every other round an account without code is there in between.
                if round % 2 == 0 {
                    making.push(payer, child, 2, vec![]);
                }
                creators.push(creator);
                making.push(creator, MAYFLY.into(), 3, vec![]);
                making.push(last, child, 1, vec![]);
            }
            let mut it = making.finish();
            if stood_before {
                put_child(&mut it);
            }
            let output = assert_executes_alike(&what, &it);
            assert_created(&what, &output, &creators);
            assert_stands(&what, &output, 2, stood_before);
        }
    }
}

#[test]
fn from_cancun_on_a_contract_older_than_the_transaction_that_destroys_it_stands_without_its_balance() {
    for fork in FORKS.iter().filter(|fork| fork.1 >= CANCUN.1) {
        for stood_before in [false, true] {
            let what = format!("destroyed in vain, {fork:?}, there before: {stood_before}");
            let mut making = Making::new(1, *fork);
            if !stood_before {
                making.push(Making::account(999), MAYFLY.into(), 3, vec![]);
            }
            let child = TxKind::Call(child_of(MAYFLY));
            let mut creators = Vec::new();
            for round in 0..6 {
                let [caller, destroyer, creator, last] =
                    [1, 2, 3, 4].map(|place| Making::account(1000 * place + round));
                making.push(caller, child, 1, vec![]);
                making.push(destroyer, child, 0, vec![1]);
                creators.push(creator);
                making.push(creator, MAYFLY.into(), 3, vec![]);
                making.push(last, child, 1, vec![]);
            }
            let mut it = making.finish();
            if stood_before {
                put_child(&mut it);
            }
            let output = assert_executes_alike(&what, &it);
            // Nobody creates anything where it stands.
            for creator in creators {
                assert_eq!(
                    slot_after(&output, MAYFLY, creator.into_word().into()),
                    None,
                    "{what}"
                );
            }
            let child =
                account_after(&output, child_of(MAYFLY)).unwrap_or_else(|| panic!("{what}: no child"));
            let account = child.account.unwrap_or_else(|| panic!("{what}: it is gone"));
            let stands = (1, U256::from(1), keccak256(child_code()));
            assert_eq!(
                (account.nonce, account.balance, account.code_hash),
                stands,
                "{what}"
            );
            // Its storage is what it was, and counts on.
            let storage = if stood_before {
                vec![(U256::ZERO, U256::from(30 + 12))]
            } else {
                slots(1 + 12)
            };
            assert_eq!(
                (&child.storage, child.storage_cleared),
                (&storage, false),
                "{what}"
            );
        }
    }
}

#[test]
fn a_contract_is_called_by_those_after_its_creation() {
    for fork in FORKS {
        let what = format!("created, then called, {fork:?}");
        let mut making = Making::new(1, fork);
        let creators = [1, 2, 3].map(Making::account);
        for creator in creators {
            making.push(creator, TxKind::Create, 3, child_init_code());
        }
        for call in 0..5 {
            for (place, creator) in creators.into_iter().enumerate() {
                let caller = Making::account(1000 + 100 * call + place);
                making.push(caller, creator.create(0).into(), 1, vec![]);
            }
        }
        let output = assert_executes_alike(&what, &making.finish());
        for creator in creators {
            let created = account_after(&output, creator.create(0));
            assert_eq!(created.map(|it| &it.storage), Some(&slots(5)), "{what}");
        }
    }
}
