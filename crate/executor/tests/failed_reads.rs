//! A value that the database cannot read is never taken for one that it could.

use alloy_consensus::{BlockBody, Header};
use alloy_eips::eip4895::{Withdrawal, Withdrawals};
use alloy_evm::{EvmEnv, eth::spec::EthSpec};
use alloy_primitives::{Address, B256, U256, address};
use blocklight_executor::{
    Block, BlockExecution, ExecutionError, ExecutionOutput, HasStorageRef, Schedule, Unobserved, execute,
};
use revm::{DatabaseRef, bytecode::Bytecode, context_interface::DBErrorMarker, state::AccountInfo};

/// A state of absent accounts, but for some that cannot be read.
#[derive(Debug)]
struct AllAbsentBut<'a>(&'a [Address]);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} cannot be read")]
struct CannotRead(Address);

impl DBErrorMarker for CannotRead {}

impl DatabaseRef for AllAbsentBut<'_> {
    type Error = CannotRead;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, CannotRead> {
        if self.0.contains(&address) {
            Err(CannotRead(address))
        } else {
            Ok(None)
        }
    }

    fn code_by_hash_ref(&self, _: B256) -> Result<Bytecode, CannotRead> {
        Ok(Bytecode::new())
    }

    fn storage_ref(&self, _: Address, _: U256) -> Result<U256, CannotRead> {
        Ok(U256::ZERO)
    }

    fn block_hash_ref(&self, _: u64) -> Result<B256, CannotRead> {
        Ok(B256::ZERO)
    }
}

impl HasStorageRef for AllAbsentBut<'_> {
    fn has_storage_ref(&self, address: Address) -> Result<bool, CannotRead> {
        Ok(self.basic_ref(address)?.is_some())
    }
}

const WITHDRAWER: Address = address!("0x00000000000000000000000000000000000000aa");
const BENEFICIARY: Address = address!("0x00000000000000000000000000000000000000bb");

/// Executes a mainnet block without transactions that pays each of these `amount` gwei.
fn pay(
    (number, timestamp): (u64, u64),
    withdrawers: &[Address],
    amount: u64,
    unreadable: &[Address],
    schedule: Schedule,
) -> Result<ExecutionOutput, ExecutionError<CannotRead>> {
    let withdrawals = withdrawers.iter().map(|address| Withdrawal {
        index: 0,
        validator_index: 0,
        address: *address,
        amount,
    });
    let header = Header {
        number,
        timestamp,
        beneficiary: BENEFICIARY,
        gas_limit: 30_000_000,
        ..Header::default()
    };
    let body = BlockBody {
        withdrawals: Some(Withdrawals::new(withdrawals.collect())),
        ..BlockBody::default()
    };
    let block = Block { header, body };
    let spec = EthSpec::mainnet();
    let env = EvmEnv::for_eth_block(&block.header, &spec, 1, None);
    let senders: &[Address] = &[];
    let execution = BlockExecution {
        spec: &spec,
        env,
        block: &block,
        senders: &senders,
        amsterdam: blocklight_executor::AmsterdamRules::default(),
        seed: 0,
        access_list: None,
        wants_access_list: false,
        recording: None,
    };
    execute(&execution, &AllAbsentBut(unreadable), schedule, &mut Unobserved)
}

/// What `WITHDRAWER` has after the only withdrawal, in wei.
fn pay_a_withdrawal(
    number: u64,
    timestamp: u64,
    unreadable: Address,
) -> Result<U256, ExecutionError<CannotRead>> {
    let output = pay(
        (number, timestamp),
        &[WITHDRAWER],
        1,
        &[unreadable],
        Schedule::Sequential,
    )?;
    let paid = output
        .changes
        .accounts
        .into_iter()
        .find(|(address, _)| *address == WITHDRAWER);
    Ok(paid
        .and_then(|(_, change)| change.account)
        .map_or(U256::ZERO, |account| account.balance))
}

/// A block of mainnet between Shanghai and Cancun.
const SHANGHAI: (u64, u64) = (17_034_870, 1_681_338_455);

#[test]
fn a_withdrawal_is_paid_in_wei() {
    let paid = pay_a_withdrawal(SHANGHAI.0, SHANGHAI.1, Address::ZERO).expect("executes");
    assert_eq!(paid, U256::from(1_000_000_000_u64));
}

#[test]
fn a_withdrawal_to_an_account_that_cannot_be_read_gives_the_databases_own_error() {
    let error = pay_a_withdrawal(SHANGHAI.0, SHANGHAI.1, WITHDRAWER).expect_err("cannot be read");
    assert!(
        matches!(error, ExecutionError::Database(CannotRead(WITHDRAWER))),
        "{error:?}"
    );
}

#[test]
fn an_account_that_the_block_does_not_touch_need_not_be_readable() {
    assert!(pay_a_withdrawal(SHANGHAI.0, SHANGHAI.1, BENEFICIARY).is_ok());
}

#[test]
fn of_several_withdrawers_that_cannot_be_read_the_first_is_named_every_time() {
    let withdrawers: Vec<Address> = (1..=8).rev().map(Address::with_last_byte).collect();
    for schedule in [Schedule::Sequential, Schedule::Speculative] {
        // Those that are paid nothing are read as well.
        for amount in (0..2).cycle().take(40) {
            let unreadable = &withdrawers[2..];
            let error =
                pay(SHANGHAI, &withdrawers, amount, unreadable, schedule).expect_err("cannot be read");
            assert!(
                matches!(error, ExecutionError::Database(CannotRead(address)) if address == unreadable[0]),
                "{schedule:?}: {error:?}"
            );
        }
    }
}
