//! Withdrawals edited, with and without the header's root changed to match.

use crate::case::Case;
use alloy_consensus::proofs::calculate_withdrawals_root;
use alloy_primitives::Address;
use blocklight_verifier::{Input, Rule};

/// A change to an input.
type Edit = fn(&mut Input);

fn fix_withdrawals_root(input: &mut Input) {
    input.block.header.withdrawals_root = input
        .block
        .body
        .withdrawals
        .as_ref()
        .map(|list| calculate_withdrawals_root(list));
}

#[test]
fn edited_withdrawals_are_found_out() {
    for name in [
        "mainnet-22615247-keth",
        "mainnet-18884864-zeth",
        "mainnet-24628607-zisk",
    ] {
        let Some(case) = Case::shared(name) else { return };
        let edits: [(&str, Edit); 5] = [
            ("amount up", |input| {
                if let Some(list) = &mut input.block.body.withdrawals {
                    list[0].amount += 1;
                }
            }),
            ("amount down", |input| {
                if let Some(list) = &mut input.block.body.withdrawals {
                    list[3].amount -= 1;
                }
            }),
            ("last removed", |input| {
                if let Some(list) = &mut input.block.body.withdrawals {
                    list.pop();
                }
            }),
            ("first repeated", |input| {
                if let Some(list) = &mut input.block.body.withdrawals {
                    let copy = list[0];
                    list.push(copy);
                }
            }),
            ("all removed", |input| {
                if let Some(list) = &mut input.block.body.withdrawals {
                    list.clear();
                }
            }),
        ];
        for (what, edit) in edits {
            case.assert_breaks(Rule::WithdrawalsRoot, what, edit);
            case.assert_breaks(Rule::StateRoot, what, |input| {
                edit(input);
                fix_withdrawals_root(input);
            });
        }
        let relabel = |input: &mut Input| {
            if let Some(list) = &mut input.block.body.withdrawals {
                (list[0].index, list[1].validator_index) = (1, 1);
            }
        };
        case.assert_breaks(Rule::WithdrawalsRoot, "relabelled", relabel);
        case.assert_not_valid("another address", |input| {
            if let Some(list) = &mut input.block.body.withdrawals {
                list[0].address = Address::repeat_byte(0x77);
            }
            fix_withdrawals_root(input);
        });
        case.assert_breaks(Rule::WithdrawalsRoot, "no list", |input| {
            input.block.body.withdrawals = None;
        });
        case.assert_breaks(Rule::HeaderFields, "no list and no root", |input| {
            input.block.body.withdrawals = None;
            input.block.header.withdrawals_root = None;
        });
    }
    let Some(case) = Case::shared("mainnet-1150000-zeth") else {
        return;
    };
    case.assert_not_valid("a list before its fork", |input| {
        input.block.body.withdrawals = Some(Vec::new().into());
    });
}
