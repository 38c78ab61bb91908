//! The beneficiary is a contract that keeps its own balance: with the fees of all transactions before, and with none to come.

use super::assert_executes_alike;
use alloy_consensus::Transaction as _;
use alloy_primitives::U256;
use blocklight_executor::ExecutionOutput;
use blocklight_tests::{FORKS, Generated, Mix, TIPPER, WATCHER, slot_after};

/// What the beneficiary's balance is while the last call of it runs: what it was paid until then, as fees and by calls. Gives
/// the fees, too.
fn balance_at_last_call(it: &Generated, output: &ExecutionOutput) -> (U256, U256) {
    let base_fee = it.block.header.base_fee_per_gas;
    let (mut fees, mut paid, mut at_last_call) = (U256::ZERO, U256::ZERO, None);
    for (transaction, report) in it.block.body.transactions.iter().zip(&output.reports) {
        let calls = report.to == Some(WATCHER) || report.to == Some(TIPPER);
        if calls && report.success {
            paid += transaction.value();
            at_last_call = Some((paid + fees, fees));
        }
        let tip = transaction.effective_gas_price(base_fee) - u128::from(base_fee.unwrap_or(0));
        fees += U256::from(tip) * U256::from(report.gas_used);
    }
    at_last_call.expect("it is called")
}

#[test]
fn a_beneficiary_that_keeps_its_own_balance() {
    let mix = Mix {
        balances: 2,
        beneficiary: 1,
        apart: 1,
        own_slot: 1,
        among_few: 1,
        ..Mix::default()
    };
    // SELFBALANCE came with Istanbul.
    for (number, timestamp) in &FORKS[1..] {
        for seed in 0..3 {
            let mut it = Generated::new(seed, mix, 60, *number, *timestamp);
            it.block.header.beneficiary = WATCHER;
            let what = format!("a beneficiary that watches itself, seed {seed}, timestamp {timestamp}");
            let output = assert_executes_alike(&what, &it);
            let (balance, fees) = balance_at_last_call(&it, &output);
            assert!(fees > U256::from(500_000), "{what}: few fees");
            assert_eq!(
                slot_after(&output, WATCHER, U256::from(1)),
                Some(balance),
                "{what}"
            );
        }
    }
}
