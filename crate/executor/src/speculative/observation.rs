//! Which balances a transaction observes. Most it only adds to, and additions commute.
//!
//! A balance is observed by BALANCE and SELFBALANCE, and by whatever moves value out of an account, which asks
//! whether there is enough: CALL, CALLCODE, CREATE and CREATE2 with a value, SELFDESTRUCT. These instructions tell the
//! [`View`] before they do as ever. A sender's balance is always observed; so is that of an account without nonce and
//! code, which decides whether the account is empty (EIP-161).
//!
//! Invariant: if an account is not told of here, has a nonce or code and did not send the transaction, then another
//! balance at its start, unless it is so large that a transfer to it may overflow ([`may_overflow`]), changes nothing but its
//! balance at the end, by the same amount.
//!
//! [`may_overflow`]: super::read_set::may_overflow

use super::view::View;
use alloy_evm::eth::EthEvmContext;
use alloy_primitives::{Address, B256, U256};
use revm::{
    bytecode::opcode,
    handler::instructions::EthInstructions,
    interpreter::{
        Instruction, InstructionContext, InstructionExecResult,
        instructions::{contract, host},
        interpreter::EthInterpreter,
    },
};

type Context<'c, 'a> = InstructionContext<'c, EthEvmContext<View<'a>>, EthInterpreter>;

/// Puts the observing instructions in their places; gas stays as it is.
pub(super) fn observe(instructions: &mut EthInstructions<EthInterpreter, EthEvmContext<View<'_>>>) {
    let table = instructions.instruction_table_mut();
    table[usize::from(opcode::BALANCE)] = Instruction::new(balance);
    table[usize::from(opcode::SELFBALANCE)] = Instruction::new(selfbalance);
    table[usize::from(opcode::CALL)] = Instruction::new(call::<{ opcode::CALL }>);
    table[usize::from(opcode::CALLCODE)] = Instruction::new(call::<{ opcode::CALLCODE }>);
    table[usize::from(opcode::CREATE)] = Instruction::new(create::<false>);
    table[usize::from(opcode::CREATE2)] = Instruction::new(create::<true>);
    table[usize::from(opcode::SELFDESTRUCT)] = Instruction::new(selfdestruct);
}

/// The stack's item `place` from the top; an instruction that lacks one fails by itself.
fn peek(context: &Context<'_, '_>, place: usize) -> U256 {
    context.interpreter.stack.peek(place).unwrap_or_default()
}

fn observe_own(context: &mut Context<'_, '_>) {
    let own = context.interpreter.input.target_address;
    context.host.journaled_state.database.observe_balance(own);
}

fn balance(context: Context<'_, '_>) -> InstructionExecResult {
    let address = Address::from_word(B256::from(peek(&context, 0)));
    context.host.journaled_state.database.observe_balance(address);
    host::balance(context)
}

fn selfbalance(mut context: Context<'_, '_>) -> InstructionExecResult {
    observe_own(&mut context);
    host::selfbalance(context)
}

fn call<const KIND: u8>(mut context: Context<'_, '_>) -> InstructionExecResult {
    // Gas, address, value.
    if !peek(&context, 2).is_zero() {
        observe_own(&mut context);
    }
    contract::call::<KIND, _, _>(context)
}

fn create<const IS_CREATE2: bool>(mut context: Context<'_, '_>) -> InstructionExecResult {
    if !peek(&context, 0).is_zero() {
        observe_own(&mut context);
    }
    contract::create::<IS_CREATE2, _, _>(context)
}

fn selfdestruct(mut context: Context<'_, '_>) -> InstructionExecResult {
    observe_own(&mut context);
    host::selfdestruct(context)
}
