//! Requests that transactions leave for the consensus layer: deposits by logs, withdrawals and consolidations by calls.

use super::{assert_executes_alike, assert_generated};
use alloy_eips::{
    eip6110::MAINNET_DEPOSIT_CONTRACT_ADDRESS,
    eip7002::{MAX_WITHDRAWAL_REQUESTS_PER_BLOCK, WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS},
    eip7251::{CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS, MAX_CONSOLIDATION_REQUESTS_PER_BLOCK},
};
use blocklight_tests::{Generated, Mix, OSAKA, PRAGUE};

/// Bytes of a deposit, a withdrawal request and a consolidation request.
const BYTES: [usize; 3] = [192, 76, 116];

#[test]
fn requests_of_every_type() {
    let mix = Mix {
        requests: 4,
        among_few: 1,
        own_slot: 1,
        ..Mix::default()
    };
    assert_generated(mix, 60);
    for (number, timestamp) in [PRAGUE, OSAKA] {
        let it = Generated::new(1, mix, 60, number, timestamp);
        let output = assert_executes_alike(&format!("requests, timestamp {timestamp}"), &it);
        let made = |contract| {
            let reports = output.reports.iter();
            reports
                .filter(|report| report.to == Some(contract) && report.success)
                .count()
        };
        let made = [
            made(MAINNET_DEPOSIT_CONTRACT_ADDRESS),
            made(WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS).min(MAX_WITHDRAWAL_REQUESTS_PER_BLOCK),
            made(CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS).min(MAX_CONSOLIDATION_REQUESTS_PER_BLOCK),
        ];
        assert!(made.iter().all(|count| *count > 1), "{made:?}");
        let types = output.requests.iter().map(|request| usize::from(request[0]));
        assert!(types.eq(0..3), "{:?}", output.requests);
        for ((request, count), bytes) in output.requests.iter().zip(made).zip(BYTES) {
            assert_eq!(request.len(), 1 + count * bytes, "type {}", request[0]);
        }
        // The contract numbers its deposits, and they are told in its order.
        let deposits = output.requests[0][1..].chunks(BYTES[0]);
        for (deposit, number) in deposits.zip(1_u64..) {
            assert!(deposit.ends_with(&number.to_be_bytes()));
        }
    }
}
