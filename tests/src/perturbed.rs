//! A state whose readers are held up.
//!
//! Invariant: what is read is what the state below holds.

use crate::Seeded;
use alloy_primitives::{Address, B256, U256};
use blocklight_executor::HasStorageRef;
use revm::{DatabaseRef, bytecode::Bytecode, state::AccountInfo};

/// Holds readers up: not at all mostly, else for a thread's turn, for some microseconds, or for as long as a thread sleeps.
/// Which of these depends on the seed and on what is read, whoever reads it and when, so that a seed can be tried again.
///
/// What it changes is who gets ahead while the state below is read, which an execution does for each account, slot and code
/// once or a few times. What it leaves alone: reads of what the executor remembers or of what other transactions have written,
/// block hashes, commits, waking and parking, and how the system runs threads. So the same seed makes the same delays, and
/// not the same order.
#[derive(Debug)]
pub struct Perturbed<'a, DB> {
    database: &'a DB,
    seed: u64,
}

impl<'a, DB> Perturbed<'a, DB> {
    /// `database` with readers held up by `seed`.
    pub const fn new(database: &'a DB, seed: u64) -> Self {
        Self { database, seed }
    }

    /// Holds up who reads what is called `name`, in words.
    fn hold_up(&self, name: &[B256]) {
        let drawn = name
            .iter()
            .flat_map(|word| word.0.chunks(8))
            .filter_map(|part| part.try_into().ok().map(u64::from_be_bytes))
            .fold(self.seed, |drawn, part| {
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
}

impl<DB: DatabaseRef> DatabaseRef for Perturbed<'_, DB> {
    type Error = DB::Error;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, DB::Error> {
        self.hold_up(&[address.into_word()]);
        self.database.basic_ref(address)
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, DB::Error> {
        self.hold_up(&[code_hash]);
        self.database.code_by_hash_ref(code_hash)
    }

    fn storage_ref(&self, address: Address, index: U256) -> Result<U256, DB::Error> {
        self.hold_up(&[address.into_word(), B256::from(index)]);
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
