//! Amsterdam: which of its states of development a chain runs.
//!
//! The fork was run on development networks before its rules were settled, and the consensus tests that are to be had of it
//! are of one of these. What revm has are the settled rules; where a development network's differ by what revm lets one set,
//! they are set here.
//!
//! Invariant: nothing here touches a block of another fork.

use crate::eip8037::cost_per_state_byte;
use alloy_evm::EvmEnv;
use revm::{
    context::CfgEnv,
    context_interface::cfg::gas_params::GasId,
    primitives::{eip8037, hardfork::SpecId},
};
use serde::Deserialize;

/// The rules that a chain's Amsterdam has, as `amsterdamRules` of its configuration names them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub enum AmsterdamRules {
    /// As the public networks have it.
    #[default]
    #[serde(rename = "public")]
    Public,
    /// As the development network of block-level access lists had it that the tests `bal@v5.7.0` were made for: EIP-7708,
    /// EIP-7778, EIP-7843, EIP-7928, EIP-7954, EIP-7976, EIP-7981, EIP-8024 and an earlier EIP-8037; without EIP-2780,
    /// EIP-8038, EIP-8246 and EIP-8282.
    #[serde(rename = "bal@v5.7.0")]
    Bal570,
}

/// Bytes of state that a slot stands for there.
const SLOT_BYTES: u64 = 32;
/// Bytes of state that an account stands for there.
const ACCOUNT_BYTES: u64 = 112;

impl AmsterdamRules {
    /// Whether the builder requests of EIP-8282 are among the rules.
    pub(crate) const fn has_builder_requests(self) -> bool {
        matches!(self, Self::Public)
    }

    /// Whether `evm` runs a block of the development network's Amsterdam.
    pub(crate) fn is_development(self, evm: &CfgEnv<SpecId>) -> bool {
        self == Self::Bal570 && evm.spec.is_enabled_in(SpecId::AMSTERDAM)
    }

    /// The EVM's environment with these rules.
    pub(crate) fn configured(self, mut env: EvmEnv<SpecId>) -> EvmEnv<SpecId> {
        let gas_limit = env.block_env.gas_limit;
        let evm = &mut env.cfg_env;
        if self.is_development(evm) {
            evm.enable_amsterdam_eip2780 = false;
            // EIP-7954 allowed half as much.
            evm.limit_contract_code_size = Some(0x8000);
            evm.limit_contract_initcode_size = Some(0x1_0000);
            evm.gas_params
                .override_gas(bal_570_gas(cost_per_state_byte(gas_limit)));
        }
        env
    }
}

/// Where the development network's gas is not what revm's table has for Amsterdam: what EIP-8038 and EIP-2780 have changed
/// is as before Amsterdam, and EIP-8037 has other numbers. `state_byte` is the gas of a byte of state.
fn bal_570_gas(state_byte: u64) -> [(GasId, u64); 25] {
    // Gas of EIP-2929, EIP-2930 and EIP-3529.
    const WARM: u64 = 100;
    const SLOT_WRITE: u64 = 2_900 - WARM;
    [
        (GasId::cold_account_additional_cost(), 2_600 - WARM),
        (GasId::cold_storage_additional_cost(), 2_100 - WARM),
        (GasId::cold_storage_cost(), 2_100),
        (GasId::warm_storage_read_cost(), WARM),
        (GasId::sstore_static(), WARM),
        (GasId::sstore_set_without_load_cost(), SLOT_WRITE),
        (GasId::sstore_reset_without_cold_load_cost(), SLOT_WRITE),
        (GasId::sstore_set_refund(), SLOT_WRITE),
        (GasId::sstore_reset_refund(), SLOT_WRITE),
        (GasId::sstore_clearing_slot_refund(), 4_800),
        (GasId::transfer_value_cost(), 9_000),
        (GasId::new_account_cost(), 0),
        (GasId::new_account_cost_for_selfdestruct(), 0),
        (GasId::tx_floor_cost_base_gas(), 21_000),
        // EIP-7981 on top of EIP-2930.
        (GasId::tx_access_list_address_cost(), 2_400 + 20 * 64),
        (GasId::tx_access_list_storage_key_cost(), 1_900 + 32 * 64),
        // EIP-8037.
        (GasId::create(), 9_000),
        (GasId::tx_create_cost(), 9_000),
        (GasId::tx_eip7702_regular_gas(), 7_500),
        (GasId::tx_eip7702_regular_refund(), 0),
        (
            GasId::sstore_set_state_gas(),
            state_byte.saturating_mul(SLOT_BYTES),
        ),
        (
            GasId::new_account_state_gas(),
            state_byte.saturating_mul(ACCOUNT_BYTES),
        ),
        (
            GasId::create_state_gas(),
            state_byte.saturating_mul(ACCOUNT_BYTES),
        ),
        (
            GasId::code_deposit_state_gas(),
            state_byte.saturating_mul(eip8037::CODE_DEPOSIT_PER_BYTE),
        ),
        (
            GasId::tx_eip7702_state_gas_bytecode(),
            state_byte.saturating_mul(eip8037::AUTH_BASE_BYTES),
        ),
    ]
}
