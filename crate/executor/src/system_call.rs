//! The EVM of the sequential schedule, and the gas that a system call gets (EIP-2935, EIP-4788, EIP-7002, EIP-7251).
//!
//! Invariant: before Amsterdam a system call has 30,000,000 gas and not one more. revm 43 gives every fork what Amsterdam
//! does, which adds a reserve for state gas (EIP-8037): a contract that runs out of gas would then succeed.

use crate::{
    AmsterdamRules,
    eip7610::{CollidesWithStorage, HasStorage},
    eip8037, payment,
};
use alloy_evm::{
    Database, Evm, EvmEnv,
    eth::{EthEvmBuilder, EthEvmContext},
    precompiles::PrecompilesMap,
};
use alloy_primitives::{Address, Bytes};
use revm::{
    ExecuteEvm,
    context::{BlockEnv, CfgEnv, Context, ContextSetters, Evm as RevmEvm, TxEnv},
    context_interface::result::{EVMError, HaltReason, ResultAndState},
    handler::{EthFrame, Handler, MainnetHandler, SystemCallTx, instructions::EthInstructions},
    inspector::NoOpInspector,
    interpreter::interpreter::EthInterpreter,
    primitives::hardfork::SpecId,
};

/// Gas of a system call (EIP-7002, and the other three alike).
const SYSTEM_CALL_GAS: u64 = 30_000_000;

/// Calls `contract` as the protocol does; the changes are not committed.
///
/// # Errors
/// When the database cannot be read.
pub(crate) fn transact<DB: Database + HasStorage>(
    database: DB,
    env: EvmEnv<SpecId>,
    caller: Address,
    contract: Address,
    data: Bytes,
) -> Result<ResultAndState, EVMError<DB::Error>> {
    let amsterdam = env.cfg_env.spec.is_enabled_in(SpecId::AMSTERDAM);
    let mut evm = EthEvmBuilder::new(database, env).build().into_inner();
    let mut transaction = TxEnv::new_system_tx_with_caller(caller, contract, data);
    if !amsterdam {
        transaction.gas_limit = SYSTEM_CALL_GAS;
    }
    evm.ctx.set_tx(transaction);
    let result = MainnetHandler::<_, EVMError<DB::Error>, EthFrame>::default()
        .run_system_call(&mut CollidesWithStorage(&mut evm))?;
    let state = evm.finalize();
    Ok(ResultAndState { result, state })
}

/// revm's EVM as alloy-evm builds it, which every schedule runs on.
pub(crate) type EthereumEvm<DB> = RevmEvm<
    EthEvmContext<DB>,
    NoOpInspector,
    EthInstructions<EthInterpreter, EthEvmContext<DB>>,
    PrecompilesMap,
    EthFrame,
>;

/// That, with [`transact`] for its system calls and EIP-7610 for all that it runs.
pub(crate) struct BlockEvm<DB: Database> {
    evm: EthereumEvm<DB>,
    amsterdam: AmsterdamRules,
}

impl<DB: Database + HasStorage> BlockEvm<DB> {
    pub(crate) fn new(database: DB, env: EvmEnv<SpecId>, amsterdam: AmsterdamRules) -> Self {
        Self {
            evm: EthEvmBuilder::new(database, amsterdam.configured(env))
                .build()
                .into_inner(),
            amsterdam,
        }
    }

    fn env(&self) -> EvmEnv<SpecId> {
        EvmEnv {
            block_env: self.evm.ctx.block.clone(),
            cfg_env: self.evm.ctx.cfg.clone(),
        }
    }
}

impl<DB: Database + HasStorage> Evm for BlockEvm<DB> {
    type DB = DB;
    type Tx = TxEnv;
    type Error = EVMError<DB::Error>;
    type HaltReason = HaltReason;
    type Spec = SpecId;
    type BlockEnv = BlockEnv;
    type Precompiles = PrecompilesMap;
    type Inspector = NoOpInspector;

    fn block(&self) -> &BlockEnv {
        &self.evm.ctx.block
    }

    fn cfg_env(&self) -> &CfgEnv<SpecId> {
        &self.evm.ctx.cfg
    }

    fn chain_id(&self) -> u64 {
        self.evm.ctx.cfg.chain_id
    }

    fn transact_raw(&mut self, transaction: TxEnv) -> Result<ResultAndState, Self::Error> {
        payment::check(self.db_mut(), &transaction)?;
        if self.amsterdam.is_development(self.cfg_env()) {
            let env = self.env();
            return eip8037::transact(self.db_mut(), env, transaction);
        }
        self.evm.ctx.set_tx(transaction);
        let result = MainnetHandler::<_, EVMError<DB::Error>, EthFrame>::default()
            .run(&mut CollidesWithStorage(&mut self.evm))?;
        let state = self.evm.finalize();
        Ok(ResultAndState { result, state })
    }

    fn transact_system_call(
        &mut self,
        caller: Address,
        contract: Address,
        data: Bytes,
    ) -> Result<ResultAndState, Self::Error> {
        let env = self.env();
        transact(self.db_mut(), env, caller, contract, data)
    }

    fn finish(self) -> (DB, EvmEnv<SpecId>) {
        let Context {
            block: block_env,
            cfg: cfg_env,
            journaled_state,
            ..
        } = self.evm.ctx;
        (journaled_state.database, EvmEnv { block_env, cfg_env })
    }

    fn set_inspector_enabled(&mut self, _enabled: bool) {}

    fn components(&self) -> (&DB, &NoOpInspector, &PrecompilesMap) {
        let evm = &self.evm;
        (
            &evm.ctx.journaled_state.database,
            &evm.inspector,
            &evm.precompiles,
        )
    }

    fn components_mut(&mut self) -> (&mut DB, &mut NoOpInspector, &mut PrecompilesMap) {
        let evm = &mut self.evm;
        (
            &mut evm.ctx.journaled_state.database,
            &mut evm.inspector,
            &mut evm.precompiles,
        )
    }
}
