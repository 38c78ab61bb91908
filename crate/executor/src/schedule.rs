//! Schedules, and which of them suits a block.
//!
//! Invariant: the choice changes how long an execution takes, never what comes out.

use crate::{Block, BlockExecution};
use serde::{Deserialize, Serialize};

/// How the transactions are got executed before their turn to commit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[non_exhaustive]
pub enum Schedule {
    /// Whichever is likely to be the fastest for the block and the pool.
    #[default]
    Auto,
    /// Each transaction is executed at its turn, on the state that all before it have left.
    Sequential,
    /// Transactions are run ahead on a multi-version memory and committed in order (Block-STM).
    Speculative,
    /// Transactions are run ahead, all at once, on the state that an access list says each begins on (EIP-7928), and
    /// committed in order.
    AccessList,
}

impl core::str::FromStr for Schedule {
    type Err = UnknownSchedule;

    fn from_str(name: &str) -> Result<Self, UnknownSchedule> {
        match name {
            "auto" => Ok(Self::Auto),
            "sequential" => Ok(Self::Sequential),
            "speculative" => Ok(Self::Speculative),
            "access-list" => Ok(Self::AccessList),
            _ => Err(UnknownSchedule),
        }
    }
}

/// A name that is no schedule's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such schedule: auto, sequential, speculative, access-list")]
pub struct UnknownSchedule;

/// The schedule taken, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct ScheduleChoice {
    /// The schedule; never that which leaves the choice.
    pub schedule: Schedule,
    /// Why this one.
    pub reason: ScheduleReason,
}

/// Why a schedule was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[non_exhaustive]
pub enum ScheduleReason {
    /// The caller asked for it.
    Asked,
    /// The pool has one thread.
    OneThread,
    /// The changes after each transaction were asked for, which takes most of the time and is done in order; and who
    /// asks may use the pool for what it does with them.
    ChangesAfterEach,
    /// The chain's Amsterdam is a development network's, whose rules only the sequential schedule has.
    DevelopmentRules,
    /// There is a list of what the block changes (EIP-7928).
    AccessList,
    /// There is no access list to run by.
    NoAccessList,
    /// Its transactions are too few or too small to gain from other threads.
    LittleWork,
    /// The other threads are kept busy by the senders that are still to be recovered.
    SendersOutstanding,
    /// There is enough work to share.
    EnoughWork,
}

/// Gas of a transaction that does nothing (Yellow Paper, `G_transaction`).
const INTRINSIC_GAS: u64 = 21_000;
/// Nanoseconds that a block must seem to take on one thread to be shared: below, waking the others was measured to take
/// about what they save (`tests/benches/execute`).
const WORTH_SHARING: u64 = 2_000_000;
/// What a transaction is worth besides its gas beyond the intrinsic, in nanoseconds: a plain transfer takes five times as
/// long, but running it ahead takes almost as long again.
const TRANSACTION_TIME: u64 = 300;
/// Gas beyond the intrinsic that is used up in a nanosecond, about: real blocks of 4 Mgas and more use up 0.7 to 1.5 since the
/// merge, 2 to 4 before. Gas that a failing transaction loses is in no such measure: it takes no time at all.
const fn gas_a_nanosecond(merged: bool) -> u64 {
    if merged { 1 } else { 2 }
}
/// Nanoseconds that it takes to recover a sender, about. On wasm this and execution take longer alike.
const RECOVERY_TIME: u64 = 130_000;

impl Schedule {
    /// The schedule that [`crate::execute`] takes in the current pool. `changes_after_each` is what
    /// [`crate::CommitObserver::wants_changes`] says; then even a block to be executed speculatively is not.
    pub fn choose(self, block: &BlockExecution<'_>, changes_after_each: bool) -> ScheduleChoice {
        use {Schedule as Take, ScheduleReason as Why};
        let listed = block.access_list.is_some();
        let (schedule, reason) = match self {
            Self::Sequential => (self, Why::Asked),
            _ if block.amsterdam.is_development(&block.env.cfg_env) => {
                (Take::Sequential, Why::DevelopmentRules)
            }
            _ if changes_after_each => (Take::Sequential, Why::ChangesAfterEach),
            Self::Speculative => (self, Why::Asked),
            Self::AccessList if listed => (self, Why::Asked),
            Self::AccessList => (Take::Speculative, Why::NoAccessList),
            Self::Auto if rayon::current_num_threads() < 2 => (Take::Sequential, Why::OneThread),
            Self::Auto if !is_worth_sharing(block.block) => (Take::Sequential, Why::LittleWork),
            Self::Auto if are_others_busy(block) => (Take::Sequential, Why::SendersOutstanding),
            Self::Auto if listed => (Take::AccessList, Why::AccessList),
            Self::Auto => (Take::Speculative, Why::EnoughWork),
        };
        ScheduleChoice { schedule, reason }
    }
}

/// Nanoseconds that the block takes on one thread, about. The header's word on gas is yet to be checked, but it is only time
/// that hangs on it.
fn execution_time(block: &Block) -> u64 {
    let transactions = block.body.transactions.len() as u64;
    let intrinsic = transactions.saturating_mul(INTRINSIC_GAS);
    // EIP-3675.
    let merged = block.header.difficulty.is_zero();
    let work = block.header.gas_used.saturating_sub(intrinsic) / gas_a_nanosecond(merged);
    work.saturating_add(transactions.saturating_mul(TRANSACTION_TIME))
}

/// Whether the block has enough work for several threads.
fn is_worth_sharing(block: &Block) -> bool {
    block.body.transactions.len() > 1 && execution_time(block) >= WORTH_SHARING
}

/// Whether it is better to recover senders beside the transactions than to run these ahead. All are to be known before anything
/// is run ahead, which takes what they take on all threads together; it saves about three eighths of the execution, by
/// the mean over real blocks (`docs/speed.md`).
fn are_others_busy(block: &BlockExecution<'_>) -> bool {
    let threads = rayon::current_num_threads() as u64;
    let recovering = (block.senders.outstanding() as u64).saturating_mul(RECOVERY_TIME) / threads;
    recovering >= execution_time(block.block) / 8 * 3
}
