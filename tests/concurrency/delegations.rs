//! Authorities (EIP-7702) that take code, are called, take other code, are called, and give it back, all in one block; and
//! that send transactions meanwhile. Or that have had it since an earlier block.

use super::assert_executes_alike;
use alloy_primitives::{Address, B256, U256};
use blocklight_tests::{
    Authority, COUNTER, Generated, KEEPER, Making, OSAKA, PRAGUE, account_after, slot_after,
};
use revm::{bytecode::Bytecode, primitives::KECCAK_EMPTY};

/// How many authorities there are; what happens, happens to each in turn.
const AUTHORITIES: usize = 4;
/// The one that changes its code in a transaction of its own.
const ON_ITS_OWN: usize = 2;
/// The one that keeps its last code.
const KEEPS: usize = 3;
/// The slot that calls of the second code name.
const NAMED: u64 = 9;

fn block(fork: (u64, u64)) -> Generated {
    let mut making = Making::new(1, fork);
    let input = B256::from(U256::from(NAMED)).to_vec();
    for (step, value) in (0..10).zip(0_u64..) {
        for number in 0..AUTHORITIES {
            let authority = Authority::new(number);
            let address = authority.address();
            let own = Making::account(1000 + 100 * step + number);
            let takes = |code: Address| [(&authority, code)];
            match step {
                0 => making.push_set_code(own, address, 0, vec![], &takes(COUNTER)),
                1 | 2 => making.push(own, address.into(), 0, vec![]),
                4 => {
                    let sender = if number == ON_ITS_OWN { address } else { own };
                    making.push_set_code(sender, Making::account(1), value, vec![], &takes(KEEPER));
                }
                7 if number != KEEPS => {
                    making.push_set_code(own, address, value, input.clone(), &takes(Address::ZERO));
                }
                5..=8 => making.push(own, address.into(), value, input.clone()),
                // It sends a transaction itself, with code and without.
                _ => making.push(address, own.into(), value, vec![]),
            }
        }
    }
    making.finish()
}

/// What an account's code is while it has that of `code`.
fn delegation(code: Address) -> Bytecode {
    Bytecode::new_raw([&[0xef, 0x01, 0x00][..], code.as_slice()].concat().into())
}

#[test]
fn delegations_set_used_changed_and_cleared_in_one_block() {
    for fork in [PRAGUE, OSAKA] {
        let it = block(fork);
        let output = assert_executes_alike(&format!("delegations, {fork:?}"), &it);
        assert!(output.reports.iter().all(|report| report.success), "{fork:?}");
        for number in 0..AUTHORITIES {
            let address = Authority::new(number).address();
            let what = format!("{fork:?}, authority {number}");
            let slot = |slot: u64| slot_after(&output, address, U256::from(slot));
            // The transaction that set the first code called it, too.
            assert_eq!(slot(0), Some(U256::from(3)), "{what}: calls counted");
            // The second code was given 5 and 6; and 7 and 8, where it was still there.
            let kept = if number == KEEPS { 26 } else { 11 };
            assert_eq!(slot(NAMED), Some(U256::from(kept)), "{what}: values kept");
            let after = account_after(&output, address).and_then(|it| it.account);
            let after = after.unwrap_or_else(|| panic!("{what}: no account"));
            let (code, nonce) = match number {
                KEEPS => (delegation(KEEPER).hash_slow(), 4),
                ON_ITS_OWN => (KECCAK_EMPTY, 6),
                _ => (KECCAK_EMPTY, 5),
            };
            assert_eq!((after.code_hash, after.nonce), (code, nonce), "{what}");
        }
    }
}

/// As after an earlier block: each authority has the counter's code, has called it ten times, and has a nonce of 1.
fn block_on_delegations(fork: (u64, u64)) -> Generated {
    let mut making = Making::new(1, fork);
    let input = B256::from(U256::from(NAMED)).to_vec();
    let authorities = [0, 1, 2, 3].map(Authority::new);
    for authority in &authorities {
        making.begin_at(authority.address(), 1);
    }
    for (step, value) in (0..7).zip(0_u64..) {
        for (number, authority) in authorities.iter().enumerate() {
            let address = authority.address();
            let own = Making::account(1000 + 100 * step + number);
            let takes = |code: Address| [(authority, code)];
            match step {
                0 | 1 => making.push(own, address.into(), 0, vec![]),
                2 => {
                    let sender = if number == ON_ITS_OWN { address } else { own };
                    making.push_set_code(sender, Making::account(1), value, vec![], &takes(KEEPER));
                }
                4 if number != KEEPS => {
                    making.push_set_code(own, address, value, input.clone(), &takes(Address::ZERO));
                }
                3..=5 => making.push(own, address.into(), value, input.clone()),
                _ => making.push(address, own.into(), value, vec![]),
            }
        }
    }
    let mut it = making.finish();
    let code = delegation(COUNTER);
    for authority in &authorities {
        let address = authority.address();
        let account = it.pre_state.accounts.entry(address).or_default();
        (account.nonce, account.code_hash) = (1, code.hash_slow());
        it.pre_state.slots.insert((address, U256::ZERO), U256::from(10));
    }
    it.pre_state.codes.insert(code.hash_slow(), code);
    it
}

#[test]
fn delegations_of_earlier_blocks_used_changed_and_cleared() {
    for fork in [PRAGUE, OSAKA] {
        let output = assert_executes_alike(
            &format!("older delegations, {fork:?}"),
            &block_on_delegations(fork),
        );
        assert!(output.reports.iter().all(|report| report.success), "{fork:?}");
        for number in 0..AUTHORITIES {
            let address = Authority::new(number).address();
            let what = format!("{fork:?}, authority {number}");
            let slot = |slot: u64| slot_after(&output, address, U256::from(slot));
            assert_eq!(slot(0), Some(U256::from(12)), "{what}: calls counted");
            // The second code was given 3; and 4 and 5, where it was still there.
            let kept = if number == KEEPS { 12 } else { 3 };
            assert_eq!(slot(NAMED), Some(U256::from(kept)), "{what}: values kept");
            let after = account_after(&output, address).and_then(|it| it.account);
            let after = after.unwrap_or_else(|| panic!("{what}: no account"));
            let (code, nonce) = match number {
                KEEPS => (delegation(KEEPER).hash_slow(), 3),
                ON_ITS_OWN => (KECCAK_EMPTY, 5),
                _ => (KECCAK_EMPTY, 4),
            };
            assert_eq!((after.code_hash, after.nonce), (code, nonce), "{what}");
        }
    }
}
