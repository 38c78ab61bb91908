//! A transaction whose sender has nothing until the one before pays: invalid only for who runs it ahead on what was there
//! before.
//!
//! Invariant: whoever runs ahead does find the sender poor, for it is not paid before that or before a while has passed.

use alloy_eips::eip7928::BlockAccessList;
use alloy_primitives::{Address, B256, U256, address};
use blocklight_executor::{HasStorageRef, IncarnationEnd, Recording, Schedule};
use blocklight_tests::{Execution, FORKS, FlatState, Generated, Making, NoSuchCode, PARALLEL, pools};
use blocklight_verifier::ChainSpec;
use revm::{DatabaseRef, bytecode::Bytecode, state::AccountInfo};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

/// SLOAD([`GATE`]), then sends the call's value on to the address in the input.
const PAYER: Address = address!("0x0000000000000000000000000000000000003003");
/// The slot that is read before anybody is paid.
const GATE: u64 = 7;
/// The place of who is paid.
const PAYEE: usize = 1;
/// How long the payment waits for the payee to be looked at.
const LONG: Duration = Duration::from_millis(300);

/// A block whose first transaction pays who sends the second, and whose others have nothing to do with them. The payee is
/// there before, though poor, or is not.
fn block(fork: (u64, u64), is_there: bool) -> Generated {
    let [patron, payee] = [1000, 2000].map(Making::account);
    let mut making = Making::new(1, fork);
    making.push(patron, PAYER.into(), 1_000_000_000, Making::word(payee));
    making.push(payee, Making::account(3000).into(), 1, vec![]);
    for place in 0..4 {
        let [sender, to] = [4000, 5000].map(|first| Making::account(first + place));
        making.push(sender, to.into(), 1, vec![]);
    }
    let mut it = making.finish();
    let gate = u8::try_from(GATE).expect("small");
    // CALL(GAS, CALLDATALOAD(0), CALLVALUE, 0, 0, 0, 0)
    let code = Bytecode::new_raw(
        vec![
            0x60, gate, 0x54, 0x50, 0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0x34, 0x60, 0, 0x35, 0x5a, 0xf1, 0x50,
        ]
        .into(),
    );
    let contract = AccountInfo {
        nonce: 1,
        code_hash: code.hash_slow(),
        code: None,
        ..AccountInfo::default()
    };
    let state = &mut it.pre_state;
    state.codes.insert(contract.code_hash, code);
    state.accounts.insert(PAYER, contract);
    if is_there && let Some(payee) = state.accounts.get_mut(&payee) {
        payee.balance = U256::ZERO;
    } else {
        state.accounts.remove(&payee);
    }
    it
}

/// A state which keeps the reader of the gate until somebody has looked at the payee.
struct Gated<'a> {
    state: &'a FlatState,
    payee: Address,
    looked_at: AtomicBool,
    waits: bool,
}

impl DatabaseRef for Gated<'_> {
    type Error = NoSuchCode;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, NoSuchCode> {
        if address == self.payee {
            self.looked_at.store(true, Ordering::Relaxed);
        }
        self.state.basic_ref(address)
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, NoSuchCode> {
        self.state.code_by_hash_ref(code_hash)
    }

    fn storage_ref(&self, address: Address, index: U256) -> Result<U256, NoSuchCode> {
        let start = Instant::now();
        while self.waits
            && (address, index) == (PAYER, U256::from(GATE))
            && !self.looked_at.load(Ordering::Relaxed)
            && start.elapsed() < LONG
        {
            thread::yield_now();
        }
        self.state.storage_ref(address, index)
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, NoSuchCode> {
        self.state.block_hash_ref(number)
    }
}

impl HasStorageRef for Gated<'_> {
    fn has_storage_ref(&self, address: Address) -> Result<bool, NoSuchCode> {
        self.state.has_storage_ref(address)
    }
}

/// Whether the payee's transaction was run ahead in vain and left for its turn, at which it was committed.
fn was_left_for_its_turn(recording: &Recording) -> bool {
    let incarnations = recording.timeline.incarnations.iter();
    let ends: Vec<_> = incarnations
        .filter(|it| it.transaction as usize == PAYEE)
        .map(|it| (it.at_turn, it.end))
        .collect();
    ends == [
        (false, IncarnationEnd::Blocked { on: None }),
        (true, IncarnationEnd::Committed),
    ]
}

/// The list without what it says of the payee.
fn without(mut list: BlockAccessList, payee: Address) -> BlockAccessList {
    list.retain(|account| account.address != payee);
    list
}

#[test]
fn a_sender_that_is_paid_by_the_transaction_before() {
    let (chain, pools) = (ChainSpec::mainnet(), pools());
    for is_there in [false, true] {
        let mut left = [0; PARALLEL.len()];
        for fork in FORKS {
            let it = block(fork, is_there);
            let payee = it.senders[PAYEE];
            let gated = |waits| Gated {
                state: &it.pre_state,
                payee,
                looked_at: AtomicBool::new(false),
                waits,
            };
            let database = gated(false);
            let mut execution = Execution::new(&chain, &it.block, &it.senders, &database);
            let list = execution.list();
            let wrong = without(list.clone(), payee);
            assert_ne!(list, wrong, "{fork:?}: the payee is listed");
            let expected = execution.outcome(Schedule::Sequential);
            let output = expected
                .as_ref()
                .unwrap_or_else(|error| panic!("{fork:?}: {error}"));
            assert!(output.reports.iter().all(|report| report.success), "{fork:?}");
            // Without the payment the block is invalid.
            let alone = Generated {
                block: {
                    let mut block = it.block.clone();
                    block.body.transactions.remove(0);
                    block
                },
                senders: it.senders[1..].to_vec(),
                pre_state: it.pre_state.clone(),
            };
            let alone = Execution::new(&chain, &alone.block, &alone.senders, &alone.pre_state)
                .outcome(Schedule::Sequential);
            assert!(
                alone.is_err_and(|error| error.contains("LackOfFund")),
                "{fork:?}: it could pay anyway"
            );

            for pool in &pools {
                let threads = pool.current_num_threads();
                for (schedule, left) in PARALLEL.into_iter().zip(&mut left) {
                    for list in [&list, &wrong] {
                        // By the right list the payee is rich from the start.
                        let poor = threads > 1 && (schedule == Schedule::Speculative || *list == wrong);
                        let database = gated(poor);
                        execution.access_list = Some(list);
                        let (outcome, recording) =
                            pool.install(|| execution.on(&database).recorded(schedule));
                        assert!(
                            outcome == expected,
                            "{fork:?}, {schedule:?} on {threads} threads: {:?}",
                            outcome.err()
                        );
                        let recording = recording.expect("recorded");
                        *left += usize::from(poor && was_left_for_its_turn(&recording));
                    }
                }
            }
        }
        println!("there before: {is_there}: left for its turn {left:?} times by {PARALLEL:?}");
        assert!(
            left.iter().all(|times| *times > 0),
            "nobody ran ahead of the payment: {left:?}"
        );
    }
}
