//! Commits are told in block order with their receipts, and what cannot be read is missed where the sequential schedule misses
//! it.

use alloy_primitives::{Address, B256, U256};
use blocklight_executor::{CommitObserver, HasStorageRef, Receipt, Schedule, StateChanges};
use blocklight_tests::{
    BENEFICIARY, CANCUN, Execution, FlatState, Generated, Hole, Mix, PARALLEL, SHANGHAI, pools,
};
use blocklight_verifier::ChainSpec;
use revm::{DatabaseRef, bytecode::Bytecode, state::AccountInfo};

fn execution<'a, DB>(chain: &'a ChainSpec, it: &'a Generated, database: &'a DB) -> Execution<'a, DB> {
    Execution::new(chain, &it.block, &it.senders, database)
}

/// Keeps what it is told.
#[derive(Default)]
struct Told {
    wants_changes: bool,
    commits: Vec<(usize, Receipt, Option<StateChanges>)>,
}

impl CommitObserver for Told {
    fn wants_changes(&self) -> bool {
        self.wants_changes
    }

    fn committed(&mut self, index: usize, receipt: &Receipt, changes: Option<StateChanges>) {
        self.commits.push((index, receipt.clone(), changes));
    }
}

#[test]
fn commits_are_told_in_order_with_the_changes_after_each() {
    let mix = Mix {
        among_few: 2,
        own_slot: 1,
        destroy: 1,
        ..Mix::default()
    };
    let chain = ChainSpec::mainnet();
    let it = Generated::new(1, mix, 40, SHANGHAI.0, SHANGHAI.1);
    for wants_changes in [false, true] {
        let execution = execution(&chain, &it, &it.pre_state);
        let told = |schedule| {
            let mut told = Told {
                wants_changes,
                ..Told::default()
            };
            let output = execution.observed(schedule, &mut told, None).expect("executes");
            let receipts = told.commits.iter().map(|(_, receipt, _)| receipt);
            assert!(receipts.eq(&output.receipts), "{schedule:?}");
            told.commits
        };
        let expected = told(Schedule::Sequential);
        assert!(expected.iter().map(|(index, ..)| *index).eq(0..expected.len()));
        for pool in pools() {
            for schedule in PARALLEL {
                assert!(pool.install(|| told(schedule)) == expected, "{schedule:?}");
            }
        }
    }
}

#[test]
fn a_beneficiary_that_cannot_be_read_is_missed_at_the_first_transaction() {
    #[derive(Debug)]
    struct Hidden<'a>(&'a FlatState);
    impl DatabaseRef for Hidden<'_> {
        type Error = Hole;
        fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Hole> {
            if address == BENEFICIARY {
                return Err(Hole::Account(address));
            }
            Ok(self.0.basic_ref(address).expect("readable"))
        }
        fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, Hole> {
            self.0
                .code_by_hash_ref(code_hash)
                .map_err(|_| Hole::Code(code_hash))
        }
        fn storage_ref(&self, address: Address, index: U256) -> Result<U256, Hole> {
            Ok(self.0.storage_ref(address, index).expect("readable"))
        }
        fn block_hash_ref(&self, number: u64) -> Result<B256, Hole> {
            Ok(self.0.block_hash_ref(number).expect("readable"))
        }
    }
    impl HasStorageRef for Hidden<'_> {
        fn has_storage_ref(&self, address: Address) -> Result<bool, Hole> {
            Ok(self.0.has_storage_ref(address).expect("readable"))
        }
    }
    let it = Generated::new(
        1,
        Mix {
            apart: 1,
            ..Mix::default()
        },
        20,
        CANCUN.0,
        CANCUN.1,
    );
    let chain = ChainSpec::mainnet();
    for pool in pools() {
        for schedule in PARALLEL.into_iter().chain([Schedule::Sequential]) {
            let state = Hidden(&it.pre_state);
            let outcome = pool.install(|| execution(&chain, &it, &state).outcome(schedule));
            assert_eq!(outcome.err(), Some(format!("Database(Account({BENEFICIARY:?}))")));
        }
    }
}
