//! What a transaction of the model does, in the place of bytecode.
//!
//! Invariant: what a script does is fixed by the values it observes.

use crate::scheduler::Blocked;
use alloy_primitives::{Address, U256, map::hash_map::Entry};
use revm::state::{AccountInfo, EvmState, EvmStorage, EvmStorageSlot, TransactionId};
use std::sync::LazyLock;

/// A slot of the one contract.
pub type Slot = u8;
/// An account, of a sender or of a payee.
pub type Account = u8;

/// What the first slot holds before the block.
const SLOTS_BEFORE: u64 = 100;
/// How much more each slot holds than the one before: so much that no script happens to write what is there.
const SLOTS_APART: u64 = 1_000;
/// What every account has before the block, in wei.
const BALANCE_BEFORE: u64 = 1000;

/// One step. All that is read is summed up.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// Reads a slot.
    Read(Slot),
    /// Writes the sum, and one more, to a slot.
    Write(Slot),
    /// Writes the sum, and one more, to the first slot if the sum is even, else to the second.
    WriteEither(Slot, Slot),
    /// Gives an account a wei, whatever it has.
    Pay(Account),
    /// Reads the balance of an account.
    Balance(Account),
    /// The contract begins anew: no slot holds anything.
    Recreate,
    /// Only at its turn can be told what is asked for.
    AtTurn,
    /// It is invalid if the sum is this.
    InvalidIf(u64),
}

/// Why a script ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A read cannot be answered.
    Blocked(Blocked),
    /// The transaction is invalid.
    Invalid,
}

/// What a script reads through.
pub(crate) trait Reads {
    /// Whether it is the transaction's turn.
    const AT_TURN: bool;
    fn account(&mut self, address: Address) -> Result<AccountInfo, Stop>;
    fn slot(&mut self, slot: U256) -> Result<U256, Stop>;
    fn observe_balance(&mut self, address: Address);
}

/// The contract whose slots are read and written.
pub(crate) const CONTRACT: Address = Address::repeat_byte(0xcc);

/// The address of an account.
pub(crate) const fn address(account: Account) -> Address {
    Address::repeat_byte(account)
}

/// What is at an address before the block. Nonces are not 0, so that no account is empty whatever its balance.
pub(crate) fn account_before(_address: Address) -> AccountInfo {
    AccountInfo {
        balance: U256::from(BALANCE_BEFORE),
        nonce: 1,
        ..AccountInfo::default()
    }
}

/// What a slot of the contract holds before the block.
pub(crate) fn slot_before(slot: U256) -> U256 {
    slot * U256::from(SLOTS_APART) + U256::from(SLOTS_BEFORE)
}

/// Clones of one map, for each map made anew has its own order, and the checker needs a block to do the same each time.
static NO_CHANGES: LazyLock<EvmState> = LazyLock::new(EvmState::default);
static NO_SLOTS: LazyLock<EvmStorage> = LazyLock::new(EvmStorage::default);

/// Runs the `nonce`th transaction of `sender`: the sum of what it read, and its changes.
pub(crate) fn run<R: Reads>(
    reads: &mut R,
    sender: Account,
    nonce: u64,
    steps: &[Step],
) -> Result<(U256, EvmState), Stop> {
    let (mut sum, mut state) = (U256::ZERO, NO_CHANGES.clone());
    reads.observe_balance(address(sender));
    let from = account(reads, &mut state, address(sender))?;
    if from.info.nonce != nonce {
        return Err(Stop::Invalid);
    }
    from.info.nonce += 1;
    from.mark_touch();
    for step in steps {
        match *step {
            Step::Read(slot) => sum += read(reads, &mut state, U256::from(slot))?,
            Step::Write(slot) => write(reads, &mut state, slot, sum)?,
            Step::WriteEither(even, odd) => {
                let slot = if sum.bit(0) { odd } else { even };
                write(reads, &mut state, slot, sum)?;
            }
            Step::Pay(to) => {
                let to = account(reads, &mut state, address(to))?;
                to.info.balance += U256::ONE;
                to.mark_touch();
            }
            Step::Balance(of) => {
                reads.observe_balance(address(of));
                sum += account(reads, &mut state, address(of))?.info.balance;
            }
            Step::Recreate => {
                let contract = account(reads, &mut state, CONTRACT)?;
                contract.storage.clear();
                contract.mark_created();
                contract.mark_touch();
            }
            Step::AtTurn if R::AT_TURN => {}
            Step::AtTurn => return Err(Stop::Blocked(Blocked::UntilTurn)),
            Step::InvalidIf(that) if sum == U256::from(that) => return Err(Stop::Invalid),
            Step::InvalidIf(_) => {}
        }
    }
    Ok((sum, state))
}

fn account<'s>(
    reads: &mut impl Reads,
    state: &'s mut EvmState,
    address: Address,
) -> Result<&'s mut revm::state::Account, Stop> {
    match state.entry(address) {
        Entry::Occupied(entry) => Ok(entry.into_mut()),
        Entry::Vacant(entry) => {
            let info = reads.account(address)?;
            let mut account = revm::state::Account::from(info);
            account.storage.clone_from(&NO_SLOTS);
            Ok(entry.insert(account))
        }
    }
}

fn read(reads: &mut impl Reads, state: &mut EvmState, slot: U256) -> Result<U256, Stop> {
    let contract = account(reads, state, CONTRACT)?;
    if let Some(it) = contract.storage.get(&slot) {
        return Ok(it.present_value);
    }
    let value = if contract.is_created() {
        U256::ZERO
    } else {
        reads.slot(slot)?
    };
    contract
        .storage
        .insert(slot, EvmStorageSlot::new(value, TransactionId::ZERO));
    Ok(value)
}

fn write(reads: &mut impl Reads, state: &mut EvmState, slot: Slot, sum: U256) -> Result<(), Stop> {
    let slot = U256::from(slot);
    read(reads, state, slot)?;
    let contract = account(reads, state, CONTRACT)?;
    if let Some(it) = contract.storage.get_mut(&slot) {
        it.present_value = sum + U256::ONE;
    }
    contract.mark_touch();
    Ok(())
}
