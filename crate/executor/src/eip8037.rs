//! EIP-8037, state gas, as the development network of `bal@v5.7.0` had it where revm has it as it was settled.
//!
//! There a transaction pays for the accounts it may create before it runs: a contract creation for its contract, a set-code
//! transaction for each authorization, which gets the account back where the authority exists. What state gas a
//! transaction that fails has spent is given back to its reservoir, whichever pool it came from, and so is that of contracts
//! that are gone when the transaction ends. A byte of state costs what the block's gas limit makes it cost.
//!
//! Invariant: but for that this is revm's own handler. What a call within a transaction gives back when it fails is revm's
//! alone: there the two differ still.

use crate::{
    eip7610::{CollidesWithStorage, HasStorage},
    system_call::EthereumEvm,
};
use alloy_evm::{Database, EvmEnv, eth::EthEvmBuilder};
use revm::{
    ExecuteEvm,
    bytecode::opcode::{EXTCODECOPY, EXTCODESIZE},
    context::{ContextSetters, TxEnv},
    context_interface::{
        Cfg, ContextTr, Transaction,
        cfg::{
            gas::{GasTracker, InitialAndFloorGas},
            gas_params::{GasId, GasParams},
        },
        result::{EVMError, HaltReason, InvalidTransaction, ResultAndState},
        transaction::TransactionType,
    },
    handler::{
        EvmTr, FrameResult, Handler, pre_execution::apply_auth_list,
        validation::validate_initial_tx_gas_with_gas_params,
    },
    primitives::hardfork::SpecId,
    state::EvmState,
};
use std::marker::PhantomData;

/// Gas of looking at an account that is warm (EIP-2929).
const WARM_ACCOUNT_ACCESS: u16 = 100;

/// Runs a transaction; the changes are not committed.
///
/// # Errors
/// When it is invalid, or the database cannot be read.
pub(crate) fn transact<DB: Database + HasStorage>(
    database: DB,
    env: EvmEnv<SpecId>,
    transaction: TxEnv,
) -> Result<ResultAndState, EVMError<DB::Error>> {
    let mut evm = EthEvmBuilder::new(database, env).build().into_inner();
    // EIP-8038, which came later, has these look at the account twice.
    for opcode in [EXTCODESIZE, EXTCODECOPY] {
        evm.instruction.insert_gas(opcode, WARM_ACCOUNT_ACCESS);
    }
    evm.ctx.set_tx(transaction);
    let result = IntrinsicStateGas(PhantomData).run(&mut CollidesWithStorage(&mut evm))?;
    let state = evm.finalize();
    Ok(ResultAndState { result, state })
}

/// State gas of the contracts that the transaction has made and destroyed: for themselves, their code, their slots.
fn destroyed_state_gas(state: &EvmState, params: &GasParams) -> u64 {
    state
        .values()
        .filter(|account| account.is_created_locally() && account.is_selfdestructed_locally())
        .map(|account| {
            let code = account.info.code.as_ref().map_or(0, |code| code.len() as u64);
            let slots = account
                .storage
                .values()
                .filter(|slot| !slot.present_value.is_zero());
            params
                .create_state_gas()
                .saturating_add(code.saturating_mul(params.get(GasId::code_deposit_state_gas())))
                .saturating_add(
                    (slots.count() as u64).saturating_mul(params.get(GasId::sstore_set_state_gas())),
                )
        })
        .fold(0, u64::saturating_add)
}

/// Gas of a byte of state in a block of this gas limit: what lets the state grow by 100 GiB a year if half of each block's gas
/// went there, rounded to five significant bits.
pub(crate) fn cost_per_state_byte(gas_limit: u64) -> u64 {
    const BLOCKS_PER_YEAR: u128 = 2_628_000;
    const TARGET_BYTES_PER_YEAR: u128 = 100 << 30;
    const OFFSET: u128 = 9_578;
    const SIGNIFICANT_BITS: u32 = 5;
    let exact = (u128::from(gas_limit) * BLOCKS_PER_YEAR).div_ceil(2 * TARGET_BYTES_PER_YEAR);
    let shifted = exact.saturating_add(OFFSET);
    let cut = (u128::BITS - shifted.leading_zeros()).saturating_sub(SIGNIFICANT_BITS);
    let rounded = ((shifted >> cut) << cut).saturating_sub(OFFSET).max(1);
    u64::try_from(rounded).unwrap_or(u64::MAX)
}

/// See the module.
struct IntrinsicStateGas<'e, DB>(PhantomData<fn() -> (&'e (), DB)>);

impl<'e, DB: Database + HasStorage + 'e> Handler for IntrinsicStateGas<'e, DB> {
    type Evm = CollidesWithStorage<'e, EthereumEvm<DB>>;
    type Error = EVMError<DB::Error>;
    type HaltReason = HaltReason;

    fn validate_initial_tx_gas(&self, evm: &mut Self::Evm) -> Result<InitialAndFloorGas, Self::Error> {
        let context = evm.ctx_ref();
        let (transaction, config) = (context.tx(), context.cfg());
        let params = config.gas_params();
        let gas = validate_initial_tx_gas_with_gas_params(
            transaction,
            *config.spec(),
            params,
            config.is_eip7623_disabled(),
            true,
            config.tx_gas_limit_cap(),
            None,
        )?;
        let authorizations = transaction.authorization_list_len() as u64;
        let authorization = params
            .new_account_state_gas()
            .saturating_add(params.tx_eip7702_state_gas_bytecode());
        let creation = if transaction.kind().is_create() {
            params.create_state_gas()
        } else {
            0
        };
        let gas = gas.with_initial_state_gas(
            authorizations
                .saturating_mul(authorization)
                .saturating_add(creation),
        );
        let (initial_gas, gas_limit) = (gas.initial_total_gas(), transaction.gas_limit());
        if initial_gas > gas_limit {
            let reason = InvalidTransaction::CallGasCostMoreThanGasLimit {
                initial_gas,
                gas_limit,
            };
            return Err(reason.into());
        }
        Ok(gas)
    }

    fn apply_eip7702_auth_list(
        &self,
        evm: &mut Self::Evm,
        gas: &mut GasTracker,
    ) -> Result<Option<u64>, Self::Error> {
        let context = evm.ctx_mut();
        if context.tx().tx_type() != TransactionType::Eip7702 {
            return Ok(Some(0));
        }
        let chain_id = context.cfg().chain_id();
        let account = context.cfg().gas_params().new_account_state_gas();
        let (transaction, journal) = context.tx_journal_mut();
        let existing =
            apply_auth_list::<_, Self::Error>(chain_id, transaction.authorization_list(), journal)?;
        let refund = existing.saturating_mul(account);
        gas.set_reservoir(gas.reservoir().saturating_add(refund));
        Ok(Some(0))
    }

    fn last_frame_result(
        &mut self,
        evm: &mut Self::Evm,
        frame: &mut FrameResult,
        transaction_gas: &mut GasTracker,
    ) -> Result<(), Self::Error> {
        let result = frame.instruction_result();
        let gas = frame.gas_mut().tracker_mut();
        if result.is_ok() {
            let state = &evm.ctx_ref().journaled_state.state;
            let refund = destroyed_state_gas(state, evm.ctx_ref().cfg().gas_params());
            gas.set_reservoir(gas.reservoir().saturating_add(refund));
            gas.set_state_gas_spent(gas.state_gas_spent().saturating_sub_unsigned(refund));
        } else {
            gas.set_reservoir(gas.reservoir().saturating_add_signed(gas.state_gas_spent()));
            gas.set_state_gas_spent(0);
            gas.set_refunded(0);
        }
        transaction_gas.set_remaining(if result.is_ok_or_revert() {
            gas.remaining()
        } else {
            0
        });
        transaction_gas.set_reservoir(gas.reservoir());
        transaction_gas.set_state_gas_spent(gas.state_gas_spent());
        transaction_gas.set_refunded(gas.refunded());
        *gas = *transaction_gas;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::cost_per_state_byte;

    #[test]
    fn a_byte_of_state_costs_what_the_gas_limit_makes_it_cost() {
        assert_eq!(cost_per_state_byte(120_000_000), 1_174);
        assert_eq!(cost_per_state_byte(0), 1, "never nothing");
        assert_eq!(cost_per_state_byte(1_000_000_000), 11_926);
        assert!(cost_per_state_byte(u64::MAX) > 11_926);
    }
}
