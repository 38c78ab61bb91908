//! Threads that are held up: where they read the state, where they begin on a transaction, and where they have committed one.
//!
//! Invariant: what is read is what the state below holds, and who has sent what is what it is.

use crate::Seeded;
use alloy_primitives::{Address, B256, U256};
use blocklight_executor::{CommitObserver, HasStorageRef, Receipt, Senders, StateChanges};
use revm::{DatabaseRef, bytecode::Bytecode, state::AccountInfo};

/// Holds threads up: not at all mostly, else for a thread's turn, for some microseconds, or for as long as a thread sleeps.
/// Which of these depends on the seed and on what the thread is about, whoever it is and when, so that a seed can be tried
/// again.
///
/// What it changes is who gets ahead. What it leaves alone: reads of what the executor remembers or of what other transactions
/// have written, block hashes, waking and parking, and how the system runs threads. So the same seed makes the same delays, and
/// not the same order.
#[derive(Debug, Clone, Copy)]
struct Delays(u64);

impl Delays {
    /// Holds up who is about what is called `name`, in words.
    fn hold_up(self, name: &[B256]) {
        let drawn = name
            .iter()
            .flat_map(|word| word.0.chunks(8))
            .filter_map(|part| part.try_into().ok().map(u64::from_be_bytes))
            .fold(self.0, |drawn, part| {
                Seeded::new(drawn ^ part.wrapping_mul(0x2545_f491_4f6c_dd1d)).next()
            });
        let mut random = Seeded::new(drawn);
        match random.below(8) {
            0 => std::thread::yield_now(),
            1 => (0..random.below(3000)).for_each(|_| std::hint::spin_loop()),
            2 if random.below(8) == 0 => std::thread::sleep(std::time::Duration::from_micros(60)),
            _ => {}
        }
    }

    /// Holds up who is at transaction `index`, at its beginning (0) or its commit (1).
    fn hold_up_at(self, index: usize, place: u8) {
        self.hold_up(&[B256::with_last_byte(place), B256::from(U256::from(index))]);
    }
}

/// A state whose readers are held up: an execution reads each account, slot and code there once or a few times.
#[derive(Debug)]
pub struct Perturbed<'a, DB> {
    database: &'a DB,
    delays: Delays,
}

impl<'a, DB> Perturbed<'a, DB> {
    /// `database` with readers held up by `seed`.
    pub const fn new(database: &'a DB, seed: u64) -> Self {
        let delays = Delays(seed);
        Self { database, delays }
    }
}

/// Senders whose askers are held up: whoever takes a transaction up, to run it ahead or at its turn, asks for its sender.
#[derive(Debug)]
pub(crate) struct PerturbedSenders<'a> {
    senders: &'a [Address],
    delays: Delays,
}

impl<'a> PerturbedSenders<'a> {
    pub(crate) const fn new(senders: &'a [Address], seed: u64) -> Self {
        let delays = Delays(seed);
        Self { senders, delays }
    }
}

impl Senders for PerturbedSenders<'_> {
    fn sender(&self, index: usize) -> Option<Address> {
        self.delays.hold_up_at(index, 0);
        self.senders.get(index).copied()
    }
}

/// Holds up the thread that commits, after each commit and before the next can be.
#[derive(Debug)]
pub(crate) struct PerturbedCommits(Delays);

impl PerturbedCommits {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(Delays(seed))
    }
}

impl CommitObserver for PerturbedCommits {
    fn committed(&mut self, index: usize, _: &Receipt, _: Option<StateChanges>) {
        self.0.hold_up_at(index, 1);
    }
}

impl<DB: DatabaseRef> DatabaseRef for Perturbed<'_, DB> {
    type Error = DB::Error;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, DB::Error> {
        self.delays.hold_up(&[address.into_word()]);
        self.database.basic_ref(address)
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, DB::Error> {
        self.delays.hold_up(&[code_hash]);
        self.database.code_by_hash_ref(code_hash)
    }

    fn storage_ref(&self, address: Address, index: U256) -> Result<U256, DB::Error> {
        self.delays.hold_up(&[address.into_word(), B256::from(index)]);
        self.database.storage_ref(address, index)
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, DB::Error> {
        self.database.block_hash_ref(number)
    }
}

impl<DB: HasStorageRef> HasStorageRef for Perturbed<'_, DB> {
    fn has_storage_ref(&self, address: Address) -> Result<bool, DB::Error> {
        self.database.has_storage_ref(address)
    }
}
