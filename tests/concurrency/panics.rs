//! A database that panics in one thread ends the execution in all of them, soon, and its panic is what the caller gets.

use alloy_primitives::{Address, B256, U256};
use blocklight_executor::{HasStorageRef, Schedule};
use blocklight_tests::{Execution, Generated, Mix, pool, swept};
use blocklight_verifier::ChainSpec;
use revm::{DatabaseRef, bytecode::Bytecode, state::AccountInfo};
use std::{
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

/// What the panic carries.
#[derive(Debug, PartialEq, Eq)]
struct OnPurpose(usize);

/// Panics once, at read number `at`; whoever reads before or after gets what the state below holds.
#[derive(Debug)]
struct Panicking<'a, DB> {
    database: &'a DB,
    at: usize,
    reads: AtomicUsize,
}

impl<DB> Panicking<'_, DB> {
    fn read(&self) {
        let read = self.reads.fetch_add(1, Ordering::Relaxed);
        if read == self.at {
            // Without the hook's message.
            panic::resume_unwind(Box::new(OnPurpose(read)));
        }
        if read.is_multiple_of(3) {
            thread::yield_now();
        }
    }
}

impl<DB: DatabaseRef> DatabaseRef for Panicking<'_, DB> {
    type Error = DB::Error;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, DB::Error> {
        self.read();
        self.database.basic_ref(address)
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, DB::Error> {
        self.read();
        self.database.code_by_hash_ref(code_hash)
    }

    fn storage_ref(&self, address: Address, index: U256) -> Result<U256, DB::Error> {
        self.read();
        self.database.storage_ref(address, index)
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, DB::Error> {
        self.read();
        self.database.block_hash_ref(number)
    }
}

impl<DB: HasStorageRef> HasStorageRef for Panicking<'_, DB> {
    fn has_storage_ref(&self, address: Address) -> Result<bool, DB::Error> {
        self.read();
        self.database.has_storage_ref(address)
    }
}

/// Longer than any of these blocks takes, by far.
const LONG: Duration = Duration::from_mins(1);

/// Executes blocks whose reads panic at many places, on so many threads.
fn assert_ends(threads: usize) {
    let pool = Arc::new(pool(threads));
    // These blocks read some sixty times.
    let (seeds, places) = (swept(60, 6, 6), 60);
    let mixes = [
        Mix {
            apart: 1,
            ..Mix::default()
        },
        Mix {
            among_few: 2,
            hot_slot: 2,
            own_slot: 1,
            ..Mix::default()
        },
    ];
    let (mut panicked, mut ended) = (0, 0);
    for (seed, mix) in (0..seeds).flat_map(|seed| mixes.map(|mix| (seed, mix))) {
        let (tell, told) = mpsc::channel();
        let pool = Arc::clone(&pool);
        let run = thread::spawn(move || {
            let chain = ChainSpec::mainnet();
            let it = Generated::new(seed, mix, 40, 20_000_000, 1_718_000_000);
            for at in 0..places {
                let database = Panicking {
                    database: &it.pre_state,
                    at,
                    reads: AtomicUsize::new(0),
                };
                let execution = Execution::new(&chain, &it.block, &it.senders, &database);
                let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
                    pool.install(|| execution.outcome(Schedule::Speculative))
                }));
                let panic = outcome
                    .err()
                    .map(|it| it.downcast::<OnPurpose>().map(|it| *it).ok());
                if tell.send((at, panic)).is_err() {
                    return;
                }
            }
        });
        for _ in 0..places {
            let (at, panic) = told.recv_timeout(LONG).expect("an execution that ends");
            if let Some(panic) = panic {
                assert_eq!(
                    panic,
                    Some(OnPurpose(at)),
                    "seed {seed}: the database's own panic"
                );
                panicked += 1;
            }
            ended += 1;
        }
        run.join().expect("a thread that ends");
    }
    println!("{threads} threads: {panicked} of {ended} executions panicked");
    assert!(panicked > ended / 2, "most blocks read as often as that");
}

#[test]
fn two_threads_end_when_one_panics() {
    assert_ends(2);
}

#[test]
fn four_threads_end_when_one_panics() {
    assert_ends(4);
}

#[test]
fn one_thread_ends_when_it_panics() {
    assert_ends(1);
}
