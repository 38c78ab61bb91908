//! What gas and blobs may cost is held to the sender's balance whole, where it passes 128 bits as well.

use alloy_consensus::{BlockBody, Header, SignableTransaction, TxEip1559, TxEip4844};
use alloy_eips::eip7840::BlobParams;
use alloy_evm::{EvmEnv, eth::spec::EthSpec};
use alloy_primitives::{Address, B256, Signature, TxKind, U256};
use blocklight_executor::{
    AmsterdamRules, Block, BlockExecution, ExecutionError, HasStorageRef, Schedule, Transaction, Unobserved,
    execute,
};
use revm::{
    DatabaseRef, bytecode::Bytecode, context_interface::result::InvalidTransaction, state::AccountInfo,
};
use std::convert::Infallible;

const SENDER: Address = Address::repeat_byte(0xaa);
/// A block of mainnet between Cancun and Prague.
const CANCUN: (u64, u64) = (19_500_000, 1_711_000_000);

/// A state of one account, which has this much.
#[derive(Debug)]
struct OneRichAccount(U256);

impl DatabaseRef for OneRichAccount {
    type Error = Infallible;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        Ok((address == SENDER).then(|| AccountInfo::from_balance(self.0)))
    }

    fn code_by_hash_ref(&self, _: B256) -> Result<Bytecode, Infallible> {
        Ok(Bytecode::new())
    }

    fn storage_ref(&self, _: Address, _: U256) -> Result<U256, Infallible> {
        Ok(U256::ZERO)
    }

    fn block_hash_ref(&self, _: u64) -> Result<B256, Infallible> {
        Ok(B256::ZERO)
    }
}

impl HasStorageRef for OneRichAccount {
    fn has_storage_ref(&self, _: Address) -> Result<bool, Infallible> {
        Ok(false)
    }
}

/// Executes a block of this transaction alone, whose sender has `balance` wei.
fn run(
    transaction: &Transaction,
    balance: U256,
    schedule: Schedule,
) -> Result<(), ExecutionError<Infallible>> {
    let header = Header {
        number: CANCUN.0,
        timestamp: CANCUN.1,
        gas_limit: 30_000_000,
        base_fee_per_gas: Some(7),
        excess_blob_gas: Some(0),
        parent_beacon_block_root: Some(B256::ZERO),
        ..Header::default()
    };
    let body = BlockBody {
        transactions: vec![transaction.clone()],
        ..BlockBody::default()
    };
    let block = Block { header, body };
    let spec = EthSpec::mainnet();
    let env = EvmEnv::for_eth_block(&block.header, &spec, 1, Some(BlobParams::cancun()));
    let senders: &[Address] = &[SENDER];
    let execution = BlockExecution {
        spec: &spec,
        env,
        block: &block,
        senders: &senders,
        amsterdam: AmsterdamRules::default(),
        seed: 0,
        access_list: None,
        wants_access_list: false,
        recording: None,
    };
    execute(&execution, &OneRichAccount(balance), schedule, &mut Unobserved).map(drop)
}

/// A transfer of 1 wei with one blob, at these highest prices in wei for each gas.
fn with_blob(max_fee_per_gas: u128, max_fee_per_blob_gas: u128) -> Transaction {
    let transaction = TxEip4844 {
        chain_id: 1,
        gas_limit: 21_000,
        max_fee_per_gas,
        max_fee_per_blob_gas,
        to: Address::ZERO,
        value: U256::ONE,
        blob_versioned_hashes: vec![B256::with_last_byte(1) | B256::right_padding_from(&[1])],
        ..TxEip4844::default()
    };
    transaction.into_signed(Signature::test_signature()).into()
}

/// A transfer of 1 wei at this highest price.
fn transfer(max_fee_per_gas: u128) -> Transaction {
    let transaction = TxEip1559 {
        chain_id: 1,
        gas_limit: 21_000,
        max_fee_per_gas,
        to: TxKind::Call(Address::ZERO),
        value: U256::ONE,
        ..TxEip1559::default()
    };
    transaction.into_signed(Signature::test_signature()).into()
}

const SCHEDULES: [Schedule; 2] = [Schedule::Sequential, Schedule::Speculative];

#[test]
fn a_payment_of_less_than_2_to_the_128_wei_is_held_to_the_balance() {
    for schedule in SCHEDULES {
        for transaction in [with_blob(100, 100), transfer(100)] {
            assert!(
                run(&transaction, U256::MAX >> 1, schedule).is_ok(),
                "{schedule:?}"
            );
            let poor = run(&transaction, U256::from(1_000), schedule).expect_err("cannot pay");
            assert!(
                matches!(
                    poor,
                    ExecutionError::Transaction {
                        index: 0,
                        reason: InvalidTransaction::LackOfFundForMaxFee { .. }
                    }
                ),
                "{schedule:?}: {poor:?}"
            );
        }
    }
}

#[test]
fn more_than_that_for_blobs_is_not_cut_to_what_the_sender_has() {
    // One blob is of 2^17 gas.
    let payment = (U256::from(u128::MAX) << 17) + U256::from(21_000 * 100 + 1);
    for schedule in SCHEDULES {
        for balance in [U256::ONE << 129, payment - U256::ONE] {
            let error = run(&with_blob(100, u128::MAX), balance, schedule).expect_err("cannot pay");
            let ExecutionError::Transaction {
                index: 0,
                reason: InvalidTransaction::LackOfFundForMaxFee { fee, balance: got },
            } = error
            else {
                panic!("{schedule:?}: {error:?}");
            };
            assert_eq!((*fee, *got), (payment, balance), "{schedule:?}");
        }
    }
}

#[test]
fn more_than_that_for_gas_is_invalid_only_where_the_sender_cannot_pay() {
    let payment = U256::from(u128::MAX) * U256::from(21_000) + U256::ONE;
    for schedule in SCHEDULES {
        let error = run(&transfer(u128::MAX), payment - U256::ONE, schedule).expect_err("cannot pay");
        assert!(
            matches!(
                error,
                ExecutionError::Transaction {
                    index: 0,
                    reason: InvalidTransaction::OverflowPaymentInTransaction
                }
            ),
            "{schedule:?}: {error:?}"
        );
    }
}

#[test]
fn a_sender_that_can_pay_more_than_2_to_the_128_wei_gets_no_verdict() {
    let payment = U256::from(u128::MAX) << 18;
    for schedule in SCHEDULES {
        for transaction in [transfer(u128::MAX), with_blob(100, u128::MAX)] {
            let error = run(&transaction, payment, schedule).expect_err("not counted so far");
            assert!(
                matches!(error, ExecutionError::Internal(_)),
                "{schedule:?}: {error:?}"
            );
            assert!(error.to_string().contains("2^128 wei"), "{error}");
        }
    }
}
