//! What is recorded of an execution, when asked for: who depends on whom, and when each incarnation ran.
//!
//! Invariant: recording changes neither what comes out of an execution nor which schedule is taken.

mod bit_rows;
mod dependencies;
mod location;
mod timeline;
mod widest;
mod writers;

pub use dependencies::{Dependencies, Dependency, HotLocation};
pub use location::Location;
pub use timeline::{Incarnation, IncarnationEnd, Timeline};

use alloy_primitives::{Address, U256};
use dependencies::Graph;
use writers::Writers;

/// A clock, for times in a recording.
pub trait Clock: Sync {
    /// Milliseconds since any fixed moment, the same for all threads.
    fn now_ms(&self) -> f64;
}

/// What was recorded of one execution.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// Who depends on whom: the same under every schedule.
    pub dependencies: Dependencies,
    /// When each incarnation ran: of this run alone.
    pub timeline: Timeline,
}

/// What one committed transaction observed and wrote, told piece by piece: all it observed before anything it wrote.
#[derive(Debug)]
pub(crate) struct Footprint<'a> {
    writers: &'a mut Writers,
    transaction: u32,
    found: Vec<(u32, Location)>,
}

impl Footprint<'_> {
    /// It read an account; whether it observed the balance, too.
    pub(crate) fn read_account(&mut self, address: Address, balance_observed: bool) {
        self.writers
            .of_account(address, balance_observed, &mut self.found);
    }

    /// It read a slot.
    pub(crate) fn read_slot(&mut self, address: Address, slot: U256) {
        self.writers.of_slot(address, slot, &mut self.found);
    }

    /// It set an account's balance and, if `fields`, its nonce, code or existence.
    pub(crate) fn set_account(&mut self, address: Address, fields: bool) {
        self.writers.set_account(address, fields, self.transaction);
    }

    /// It added to an account's balance without observing it.
    pub(crate) fn add_to_balance(&mut self, address: Address) {
        self.writers.add_to_balance(address, self.transaction);
    }

    /// It emptied an account's storage.
    pub(crate) fn clear_storage(&mut self, address: Address) {
        self.writers.clear_storage(address, self.transaction);
    }

    /// It wrote a slot.
    pub(crate) fn set_slot(&mut self, address: Address, slot: U256) {
        self.writers.set_slot(address, slot, self.transaction);
    }
}

/// A recording as it is made, by whoever commits.
#[derive(Debug)]
pub(crate) struct Recorder {
    graph: Graph,
    writers: Writers,
    incarnations: Vec<Incarnation>,
    transactions: usize,
}

impl Recorder {
    /// For a block of so many `transactions`; `None` where they are too many to be recorded.
    pub(crate) fn new(transactions: usize, seed: u64) -> Option<Self> {
        (transactions <= Dependencies::MAX_TRANSACTIONS).then(|| Self {
            graph: Graph::new(transactions),
            writers: Writers::new(seed),
            incarnations: Vec::with_capacity(transactions),
            transactions,
        })
    }

    /// Takes note of an incarnation that has come to its end.
    pub(crate) fn ended(&mut self, incarnation: Incarnation) {
        self.incarnations.push(incarnation);
    }

    /// Who has written `location` last of all committed so far.
    pub(crate) fn last_writer(&self, location: Location) -> Option<u32> {
        let mut found = Vec::new();
        match location {
            Location::Account { address } => self.writers.of_account(address, true, &mut found),
            Location::Slot { address, slot } => self.writers.of_slot(address, slot, &mut found),
            Location::Storage { .. } => {}
        }
        found.into_iter().map(|(by, _)| by).max()
    }

    /// Takes note of the next transaction in block order, which used `gas`; `tell` says what it observed and wrote.
    pub(crate) fn committed(&mut self, transaction: usize, gas: u64, tell: impl FnOnce(&mut Footprint<'_>)) {
        let mut footprint = Footprint {
            writers: &mut self.writers,
            transaction: u32::try_from(transaction).unwrap_or(u32::MAX),
            found: Vec::new(),
        };
        tell(&mut footprint);
        let found = footprint.found;
        self.graph.add(gas, found);
    }

    /// The whole recording, with the incarnations `others` have noted.
    pub(crate) fn finish(mut self, others: Vec<Incarnation>) -> Recording {
        self.incarnations.extend(others);
        let mut timeline = Timeline::new(self.incarnations, self.transactions);
        let heaviest = self.graph.heaviest(&timeline.committed_ns(self.transactions));
        #[expect(clippy::cast_precision_loss, reason = "nanoseconds of a block are few")]
        let critical_path_ms = heaviest as f64 / 1e6;
        timeline.critical_path_ms = critical_path_ms;
        Recording {
            dependencies: self.graph.finish(),
            timeline,
        }
    }
}
