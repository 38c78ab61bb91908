//! EIP-7610: a contract is not made where storage is, whatever the account's nonce and code.
//!
//! revm looks at nonce and code alone. Here it makes the contract's frame, and where the account has storage the frame is
//! undone before its first instruction and the creation fails as any other collision does: with all of its gas.
//!
//! Invariant: but for that, the EVM within is the one that runs. Storage of the pre-state is all there is to ask for: what a
//! block writes goes to accounts that have a nonce by then, or, before EIP-161, to addresses that only one creation leads to.

use crate::block_state::BlockState;
use alloy_primitives::{Address, Bytes};
use revm::{
    Database, DatabaseRef,
    context_interface::{ContextTr, FrameStack, JournalTr, context::ContextError},
    database::WrapDatabaseRef,
    handler::{
        EthFrame, EvmTr, FrameData, FrameInitOrResult, FrameResult, FrameTr, ItemOrResult,
        evm::{ContextDbError, FrameInitResult},
    },
    interpreter::{
        CreateOutcome, FrameInput, Gas, InstructionResult, InterpreterResult, interpreter_action::FrameInit,
    },
};

/// A pre-state that also tells which accounts have storage.
pub trait HasStorageRef: DatabaseRef {
    /// Whether any slot of the account at `address` is not zero; `false` where there is no account.
    ///
    /// # Errors
    /// When the account cannot be read.
    fn has_storage_ref(&self, address: Address) -> Result<bool, Self::Error>;
}

impl<DB: HasStorageRef + ?Sized> HasStorageRef for &DB {
    fn has_storage_ref(&self, address: Address) -> Result<bool, Self::Error> {
        (**self).has_storage_ref(address)
    }
}

/// A state, as the EVM runs on it, that tells the same.
pub(crate) trait HasStorage: Database {
    /// Whether the account at `address`, which has neither nonce nor code, has storage.
    fn has_storage(&mut self, address: Address) -> Result<bool, Self::Error>;
}

impl<DB: HasStorage> HasStorage for &mut DB {
    fn has_storage(&mut self, address: Address) -> Result<bool, Self::Error> {
        (**self).has_storage(address)
    }
}

impl<DB: HasStorage> HasStorage for Box<DB> {
    fn has_storage(&mut self, address: Address) -> Result<bool, Self::Error> {
        (**self).has_storage(address)
    }
}

impl<DB: HasStorageRef> HasStorage for BlockState<WrapDatabaseRef<DB>> {
    fn has_storage(&mut self, address: Address) -> Result<bool, DB::Error> {
        if self.is_emptied(address) {
            return Ok(false);
        }
        self.database.0.has_storage_ref(address)
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct CollidesWithStorage<'e, EVM>(pub(crate) &'e mut EVM);

impl<EVM> CollidesWithStorage<'_, EVM>
where
    EVM: EvmTr<Frame = EthFrame, Context: ContextTr<Db: HasStorage>>,
{
    /// Undoes the creation whose frame was made last, if it is where storage is.
    fn collide(&mut self) -> Result<Option<FrameResult>, ContextDbError<EVM::Context>> {
        let (context, _, _, frames) = self.0.all_mut();
        let frame = frames.get();
        let (FrameData::Create(creation), FrameInput::Create(inputs)) = (&frame.data, &frame.input) else {
            return Ok(None);
        };
        let has_storage = context.db_mut().has_storage(creation.created_address);
        if !has_storage.map_err(ContextError::Db)? {
            return Ok(None);
        }
        context.journal_mut().checkpoint_revert(frame.checkpoint);
        let collision = FrameResult::Create(CreateOutcome {
            result: InterpreterResult {
                result: InstructionResult::CreateCollision,
                gas: Gas::new_with_regular_gas_and_reservoir(inputs.gas_limit(), inputs.reservoir()),
                output: Bytes::new(),
            },
            address: None,
            charged_create_state_gas: inputs.charged_create_state_gas(),
        });
        frames.pop();
        Ok(Some(collision))
    }
}

impl<EVM> EvmTr for CollidesWithStorage<'_, EVM>
where
    EVM: EvmTr<Frame = EthFrame, Context: ContextTr<Db: HasStorage>>,
{
    type Context = EVM::Context;
    type Instructions = EVM::Instructions;
    type Precompiles = EVM::Precompiles;
    type Frame = EthFrame;

    fn all(
        &self,
    ) -> (
        &Self::Context,
        &Self::Instructions,
        &Self::Precompiles,
        &FrameStack<EthFrame>,
    ) {
        self.0.all()
    }

    fn all_mut(
        &mut self,
    ) -> (
        &mut Self::Context,
        &mut Self::Instructions,
        &mut Self::Precompiles,
        &mut FrameStack<EthFrame>,
    ) {
        self.0.all_mut()
    }

    fn frame_init(
        &mut self,
        input: FrameInit,
    ) -> Result<FrameInitResult<'_, EthFrame>, ContextDbError<Self::Context>> {
        let is_creation = matches!(input.frame_input, FrameInput::Create(_));
        if let ItemOrResult::Result(result) = self.0.frame_init(input)? {
            return Ok(ItemOrResult::Result(result));
        }
        if is_creation && let Some(collision) = self.collide()? {
            return Ok(ItemOrResult::Result(collision));
        }
        Ok(ItemOrResult::Item(self.0.frame_stack().get()))
    }

    fn frame_run(&mut self) -> Result<FrameInitOrResult<EthFrame>, ContextDbError<Self::Context>> {
        self.0.frame_run()
    }

    fn frame_return_result(
        &mut self,
        result: <EthFrame as FrameTr>::FrameResult,
    ) -> Result<Option<FrameResult>, ContextDbError<Self::Context>> {
        self.0.frame_return_result(result)
    }
}
