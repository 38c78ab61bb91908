//! A state whose readers are held up.
//!
//! Invariant: what is read is what the state below holds.

use crate::Seeded;
use alloy_primitives::{Address, B256, U256};
use revm::{DatabaseRef, bytecode::Bytecode, state::AccountInfo};
use std::sync::atomic::{AtomicU64, Ordering};

/// Holds readers up for times that depend on the seed and on nothing else that threads share.
#[derive(Debug)]
pub struct Perturbed<'a, DB> {
    database: &'a DB,
    seed: u64,
    reads: AtomicU64,
}

impl<'a, DB> Perturbed<'a, DB> {
    /// `database` with readers held up by `seed`.
    pub fn new(database: &'a DB, seed: u64) -> Self {
        Self {
            database,
            seed,
            reads: AtomicU64::new(0),
        }
    }

    fn hold_up(&self) {
        let read = self.reads.fetch_add(1, Ordering::Relaxed);
        let mut random = Seeded::new(self.seed ^ read.wrapping_mul(0x2545_f491_4f6c_dd1d));
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
        self.hold_up();
        self.database.basic_ref(address)
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, DB::Error> {
        self.hold_up();
        self.database.code_by_hash_ref(code_hash)
    }

    fn storage_ref(&self, address: Address, index: U256) -> Result<U256, DB::Error> {
        self.hold_up();
        self.database.storage_ref(address, index)
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, DB::Error> {
        self.database.block_hash_ref(number)
    }
}
