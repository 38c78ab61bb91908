//! Empty accounts that are touched: EIP-158 has them removed, and none made; before it they stay, and are made.

use super::assert_executes_alike;
use alloy_primitives::{Address, U256};
use blocklight_executor::AccountFacts;
use blocklight_tests::{CALLER, EMPTY, FORKS, Making, account_after};
use revm::primitives::KECCAK_EMPTY;

/// The first block with EIP-158's rules.
const SPURIOUS_DRAGON: u64 = 2_675_000;
/// Not there before the block.
const NOBODY: Address = Address::repeat_byte(0x99);

#[test]
fn a_touch_removes_an_empty_account_after_eip_158_and_makes_one_before() {
    for fork in FORKS {
        let mut making = Making::new(1, fork);
        for place in 0..8 {
            let [sender, caller, other] = [1000, 2000, 3000].map(|first| Making::account(first + place));
            making.push(sender, EMPTY.into(), 0, vec![]);
            making.push(caller, CALLER.into(), 0, Making::word(EMPTY));
            making.push(other, CALLER.into(), 0, Making::word(NOBODY));
        }
        let output = assert_executes_alike(&format!("touches, {fork:?}"), &making.finish());
        assert!(output.reports.iter().all(|report| report.success), "{fork:?}");
        let empty = account_after(&output, EMPTY).map(|it| it.account);
        let nobody = account_after(&output, NOBODY).map(|it| it.account);
        let nothing = AccountFacts {
            nonce: 0,
            balance: U256::ZERO,
            code_hash: KECCAK_EMPTY,
        };
        if fork.0 < SPURIOUS_DRAGON {
            assert_eq!((empty, nobody), (None, Some(Some(nothing))), "{fork:?}: it stays");
        } else {
            assert_eq!((empty, nobody), (Some(None), None), "{fork:?}: it goes");
        }
    }
}
