//! A block's transactions into receipts and state changes, over any pre-state ([`HasStorageRef`]).
//!
//! [`execute`] is the one entry. It knows nothing of tries or witnesses: what the database cannot read is the
//! database's own error, handed back as it was ([`ExecutionError::Database`]).
//!
//! Invariant of the crate: the output depends on the [`BlockExecution`] and the database alone; the
//! [`Schedule`] and the number of threads change only how long it takes.
#![forbid(unsafe_code)]

mod access_list;
mod amsterdam;
mod block_state;
mod changes;
mod database;
mod eip4895;
mod eip7610;
mod eip7702;
mod eip779;
mod eip7928;
mod eip8037;
mod eip8282;
mod error;
mod execution;
mod keyed_hasher;
mod payment;
mod receipt;
mod recording;
mod report;
mod requests;
mod schedule;
mod sequential;
mod sequential_state;
mod speculative;
mod system_call;
mod transaction_changes;

pub use amsterdam::AmsterdamRules;
pub use changes::{AccountChange, AccountFacts, StateChanges};
pub use eip7610::HasStorageRef;
pub use eip7702::code_at;
pub use error::{ExecutionError, SystemContract};
pub use execution::{AnySpec, BlockExecution, CommitObserver, ExecutionOutput, Senders, Unobserved, execute};
pub use keyed_hasher::KeyedHasher;
pub use receipt::Receipt;
pub use recording::{
    Clock, Dependencies, Dependency, HotLocation, Incarnation, IncarnationEnd, Location, Recording, Timeline,
};
pub use report::TransactionReport;
pub use schedule::{Schedule, ScheduleChoice, ScheduleReason, UnknownSchedule};

pub use alloy_eips::eip7928::BlockAccessList;

/// A signed transaction as a block's body holds it (EIP-2718; blob transactions without their sidecar).
pub type Transaction = alloy_consensus::EthereumTxEnvelope<alloy_consensus::TxEip4844>;

/// A whole block: header, transactions, ommers, withdrawals.
pub type Block = alloy_consensus::Block<Transaction>;
