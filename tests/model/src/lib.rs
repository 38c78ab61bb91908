//! The speculative schedule under a model checker: the executor's own scheduler, memory, read sets and committed state, with
//! [`shuttle`]'s locks and atomics, around scripts in place of the EVM.
//!
//! Invariant: what stands between the threads is the executor's own source, included by path. Only what is the same for
//! any interleaving (the EVM, alloy-evm's block rules, recordings) is replaced.
#![forbid(unsafe_code)]

#[expect(
    dead_code,
    reason = "only the parts that the memory and read sets need are used here"
)]
#[path = "../../../crate/executor/src/block_state.rs"]
mod block_state;
#[path = "../../../crate/executor/src/speculative/cell.rs"]
mod cell;
#[allow(
    dead_code,
    unreachable_pub,
    reason = "in the executor more of it is used, from outside too"
)]
#[path = "../../../crate/executor/src/changes.rs"]
mod changes;
#[allow(unreachable_pub, reason = "in the executor it is used from outside too")]
#[path = "../../../crate/executor/src/keyed_hasher.rs"]
mod keyed_hasher;
#[allow(
    dead_code,
    reason = "there are no system calls here, so nothing is known at the beginning"
)]
#[path = "../../../crate/executor/src/speculative/memory.rs"]
mod memory;
#[path = "../../../crate/executor/src/speculative/parking.rs"]
mod parking;
#[allow(dead_code, reason = "no recording is made here")]
#[path = "../../../crate/executor/src/speculative/read_set.rs"]
mod read_set;
#[allow(dead_code, reason = "weights are the block's here")]
#[path = "../../../crate/executor/src/speculative/scheduler.rs"]
mod scheduler;
#[path = "../../../crate/executor/src/speculative/work.rs"]
mod work;

mod block;
mod check;
mod few_preemptions;
mod model;
mod prospect;
pub mod races;
mod recording;
mod script;
mod sync;

pub use block::{Block, Death, Transaction};
pub use check::{Explored, check, full};
pub use script::{Account, Slot, Step};

use alloy_primitives::{Address, U256};
use changes::{AccountChange, AccountFacts, StateChanges};
use keyed_hasher::KeyedHasher;

/// As in the executor.
#[allow(dead_code, reason = "here all is run ahead that can be")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ahead {
    Nothing,
    Everything,
    Listed,
}

/// As in the executor.
#[allow(dead_code, reason = "nobody asks here where a read did not hold")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Location {
    Account { address: Address },
    Slot { address: Address, slot: U256 },
}
