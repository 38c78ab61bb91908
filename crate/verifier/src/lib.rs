//! Block and execution witness in, verdict out.
//!
//! [`Verifier::verify`] authenticates an execution witness against the parent's state root, re-executes the
//! block and compares every result with the block's header. It does no I/O, reads no clock and knows no
//! JavaScript: clock, hash seed and progress sink come in through [`Host`].
//!
//! Invariant of the crate: [`Verdict::Valid`] is returned only when every check a full node makes of the block
//! was made on data authenticated by hash, but for those that [`CheckStatus::Unchecked`] names. What could not be
//! checked is never passed over: it is [`Verdict::Incomplete`], or an [`Error`] where the cause is ours.
#![forbid(unsafe_code)]

mod ancestors;
pub mod chain;
mod checks;
mod encoded_input;
mod error;
mod execution;
mod fork_order;
mod host;
pub mod input;
mod limits;
mod merge;
mod missing;
mod phases;
mod post_state;
mod reason;
mod receipts;
pub mod recorder;
mod report;
mod rules;
mod senders;
mod transaction_error;
mod verdict;
mod verifier;
mod witness_database;

pub use blocklight_executor::{
    BlockAccessList, Dependencies, Dependency, HotLocation, Incarnation, IncarnationEnd, Location, Schedule,
    ScheduleChoice, ScheduleReason, Timeline,
};
pub use chain::ChainSpec;
pub use encoded_input::EncodedInput;
pub use error::Error;
pub use host::{Host, Quiet};
pub use input::{Block, Input, InputError, Transaction, Witness};
pub use limits::{Limit, Limits};
pub use reason::{ForkField, GarbledCause, InvalidReason, Mismatch, Missing, OmmerFault, Presence, Trie};
pub use report::{
    BlockDialect, Check, CheckStatus, Dialects, HashTrust, Phase, PhaseTime, ProgressUnit, Report, Rule,
    Timing, WitnessDialect, WitnessFacts,
};
pub use rules::{AccessListFault, AccessListPart};
pub use transaction_error::TransactionError;
pub use verdict::Verdict;
pub use verifier::Verifier;
