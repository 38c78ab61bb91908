//! What is recorded of an execution: the same dependencies under every schedule and on any number of threads, and each
//! transaction committed once in every timeline; and of an abort, what was read too early and who wrote it.

use alloy_primitives::{Address, B256, U256};
use blocklight_executor::{
    AmsterdamRules, Clock, Dependencies, HasStorageRef, IncarnationEnd, Location, Recording, Schedule,
    Timeline, Unobserved,
};
use blocklight_tests::{
    COUNTER, Execution, FORKS, FlatBlock, FlatState, Generated, MIXED, MIXER, Making, Mix, NoSuchCode,
    PARALLEL, PRAGUE, Perturbed, RELAY, SHANGHAI, amsterdam_chain, flat_blocks, pool, pools, swept,
};
use blocklight_verifier::ChainSpec;
use revm::{DatabaseRef, bytecode::Bytecode, state::AccountInfo};
use std::{
    sync::{
        Condvar, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

fn assert_told(what: &str, recording: &Recording, transactions: usize) {
    let timeline = &recording.timeline;
    let mut committed = vec![0; transactions];
    let mut incarnations = vec![0; transactions];
    for it in &timeline.incarnations {
        let transaction = it.transaction as usize;
        assert_eq!(
            it.incarnation, incarnations[transaction],
            "{what}: numbered by start"
        );
        incarnations[transaction] += 1;
        assert_eq!(
            committed[transaction], 0,
            "{what}: {transaction} ran after its commit"
        );
        match it.end {
            IncarnationEnd::Committed => committed[transaction] += 1,
            IncarnationEnd::Aborted { by, .. } => assert!(by.is_none_or(|by| by < it.transaction), "{what}"),
            IncarnationEnd::Blocked { on } => assert!(on.is_none_or(|on| on < it.transaction), "{what}"),
        }
    }
    assert!(committed.iter().all(|times| *times == 1), "{what}: {committed:?}");
    let beyond: u32 = incarnations.iter().map(|number| number - 1).sum();
    assert_eq!(timeline.re_executions, beyond, "{what}");
    // Times are summed in another order, and in nanoseconds.
    assert!(
        timeline.critical_path_ms <= timeline.committed_ms + 0.01,
        "{what}: {timeline:?}"
    );
}

/// Holds the dependencies to be the same under every schedule in each pool, and gives them. A recording changes nothing
/// else.
fn dependencies<DB>(what: &str, execution: &Execution<'_, DB>) -> Option<Dependencies>
where
    DB: HasStorageRef<Error: Send + Sync> + Sync,
{
    let plain = execution.outcome(Schedule::Sequential);
    let (outcome, recording) = execution.recorded(Schedule::Sequential);
    assert!(outcome == plain, "{what}: recorded sequentially");
    let expected = recording?;
    assert_told(what, &expected, execution.senders.len());
    assert_eq!(expected.timeline.re_executions, 0, "{what}");
    for pool in pools() {
        for schedule in PARALLEL {
            let perturbed = Perturbed::new(execution.database, 3);
            let (outcome, recording) = pool.install(|| execution.on(&perturbed).recorded(schedule));
            assert!(outcome == plain, "{what}: {schedule:?} recorded");
            let recording = recording.expect("recorded");
            assert_told(what, &recording, execution.senders.len());
            assert_eq!(
                recording.dependencies,
                expected.dependencies,
                "{what}: {schedule:?} on {} threads",
                pool.current_num_threads()
            );
        }
    }
    Some(expected.dependencies)
}

#[test]
fn real_blocks_have_the_same_dependencies_however_they_are_run() {
    let Some(blocks) = flat_blocks("").expect("readable") else {
        return;
    };
    let at_most = swept(usize::MAX, 250, 100);
    for it in blocks.iter().filter(|it| it.senders.len() <= at_most) {
        let FlatBlock {
            chain,
            block,
            senders,
            pre_state,
            ..
        } = it;
        let mut execution = Execution::new(chain, block, senders, pre_state);
        let list = execution.list();
        execution.access_list = Some(&list);
        dependencies(&it.name, &execution);
    }
}

fn generated(mix: Mix, transactions: usize, seed: u64) -> (Generated, Dependencies) {
    generated_at(PRAGUE, mix, transactions, seed)
}

fn generated_at(
    (number, timestamp): (u64, u64),
    mix: Mix,
    transactions: usize,
    seed: u64,
) -> (Generated, Dependencies) {
    let chain = ChainSpec::mainnet();
    let it = Generated::new(seed, mix, transactions, number, timestamp);
    let mut execution = Execution::new(&chain, &it.block, &it.senders, &it.pre_state);
    let list = execution.list();
    execution.access_list = Some(&list);
    let found = dependencies(&format!("{mix:?}"), &execution).expect("executes");
    (it, found)
}

#[test]
fn generated_blocks_of_everything_have_the_same_dependencies_however_they_are_run() {
    let mix = Mix {
        apart: 2,
        among_few: 2,
        hot_slot: 1,
        own_slot: 2,
        balances: 1,
        beneficiary: 1,
        create: 1,
        delegate: 1,
        system: 1,
        blobs: 1,
        requests: 1,
        mixed: 1,
        links: 1,
        ..Mix::default()
    };
    for seed in 0..3 {
        generated(mix, 80, seed);
    }
}

/// Accounts go and come back here: until Cancun contracts are destroyed, and before EIP-158 empty accounts stand.
#[test]
fn destructions_and_touches_have_the_same_dependencies_however_they_are_run() {
    let mix = Mix {
        among_few: 2,
        destroy: 4,
        create: 1,
        touch: 2,
        balances: 1,
        ..Mix::default()
    };
    let [tangerine_whistle, berlin, ..] = FORKS;
    for fork in [tangerine_whistle, berlin, SHANGHAI, PRAGUE] {
        for seed in 0..2 {
            let (_, found) = generated_at(fork, mix, 60, seed);
            assert!(!found.edges.is_empty(), "{fork:?}: nothing depends on anything");
        }
    }
}

#[test]
fn transfers_apart_depend_on_nothing() {
    let apart = Mix {
        apart: 1,
        ..Mix::default()
    };
    let (_, found) = generated(apart, 40, 1);
    assert_eq!(found.edges, []);
    assert_eq!(found.widest.len(), 40);
    assert_eq!(found.batches, [0]);
    assert_eq!(found.critical_path_gas, 21_000);
}

#[test]
fn deposits_in_slots_of_their_own_depend_on_nothing() {
    let own_slot = Mix {
        own_slot: 1,
        ..Mix::default()
    };
    let (_, found) = generated(own_slot, 40, 1);
    assert_eq!(found.edges, [], "the contract's balance is only added to");
}

#[test]
fn calls_of_one_hot_slot_are_one_chain() {
    let hot_slot = Mix {
        hot_slot: 1,
        ..Mix::default()
    };
    let (_, found) = generated(hot_slot, 40, 1);
    assert!(found.critical_path.iter().copied().eq(0..40));
    assert_eq!(found.widest.len(), 1);
    assert!(found.batches.iter().copied().eq(0..40));
    let slot = Location::Slot {
        address: COUNTER,
        slot: U256::ZERO,
    };
    let [hot] = found.hot_locations[..] else {
        panic!("{:?}", found.hot_locations);
    };
    assert_eq!((hot.location, hot.dependencies), (slot, 39));
    assert!(
        found
            .edges
            .iter()
            .all(|edge| edge.on + 1 == edge.transaction && edge.location == slot)
    );
}

#[test]
fn calls_that_each_read_and_write_all_of_some_slots_are_one_chain() {
    let mixed = Mix {
        mixed: 1,
        ..Mix::default()
    };
    let (_, found) = generated(mixed, 40, 1);
    assert!(found.critical_path.iter().copied().eq(0..40));
    assert_eq!(found.widest.len(), 1);
    assert_eq!(found.hot_locations.len(), MIXED);
    assert_eq!(found.edges.len(), 39);
    assert!(
        found
            .edges
            .iter()
            .all(|edge| edge.on + 1 == edge.transaction && edge.locations as usize == MIXED)
    );
    let of_the_mixer = |location| matches!(location, Location::Slot { address, .. } if address == MIXER);
    assert!(found.hot_locations.iter().all(|hot| of_the_mixer(hot.location)));
}

#[test]
fn calls_that_hand_on_from_slot_to_slot_are_one_chain() {
    let links = Mix {
        links: 1,
        ..Mix::default()
    };
    let (_, found) = generated(links, 40, 1);
    assert!(found.critical_path.iter().copied().eq(0..40));
    assert_eq!(found.widest.len(), 1);
    let edges = found.edges.iter();
    let edges = edges.map(|edge| (edge.transaction, edge.on, edge.locations, edge.location));
    let expected = (1..40_u32).map(|transaction| {
        let slot = Location::Slot {
            address: RELAY,
            slot: U256::from(transaction),
        };
        (transaction, transaction - 1, 1, slot)
    });
    assert!(edges.eq(expected), "{:?}", found.edges);
}

/// Says a millisecond more each time it is asked.
#[derive(Default)]
struct Counting(AtomicU32);

impl Clock for Counting {
    fn now_ms(&self) -> f64 {
        f64::from(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// Run in order by that clock, so that each transaction takes as long as the next.
fn counted(mix: Mix) -> Timeline {
    let chain = ChainSpec::mainnet();
    let it = Generated::new(1, mix, 40, PRAGUE.0, PRAGUE.1);
    let execution = Execution::new(&chain, &it.block, &it.senders, &it.pre_state);
    let outcome = execution.observed(Schedule::Sequential, &mut Unobserved, Some(&Counting::default()));
    let recording = outcome.expect("executes").recording.expect("recorded");
    let timeline = recording.timeline;
    assert_eq!(timeline.incarnations.len(), 40);
    let [first, ..] = &timeline.incarnations[..] else {
        unreachable!();
    };
    assert!(first.ms > 0.0);
    assert!(
        timeline
            .incarnations
            .iter()
            .all(|it| (it.ms - first.ms).abs() < 1e-6),
        "{timeline:?}"
    );
    assert!((timeline.committed_ms - 40.0 * first.ms).abs() < 1e-6);
    timeline
}

#[test]
fn the_critical_path_takes_the_time_of_one_transaction_or_of_all() {
    let apart = counted(Mix {
        apart: 1,
        ..Mix::default()
    });
    assert!((apart.critical_path_ms - apart.incarnations[0].ms).abs() < 1e-6);
    let hot_slot = counted(Mix {
        hot_slot: 1,
        ..Mix::default()
    });
    assert!((hot_slot.critical_path_ms - hot_slot.committed_ms).abs() < 1e-6);
}

/// A state in which whoever reads the counter's slot first waits a while for somebody else to read it, too: so both have read what
/// was there before the block. Who waits may be in the other's way, or alone; hence no longer than that.
#[derive(Debug)]
struct ReadTogether<'a> {
    state: &'a FlatState,
    readers: Mutex<u32>,
    second: Condvar,
}

impl DatabaseRef for ReadTogether<'_> {
    type Error = NoSuchCode;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, NoSuchCode> {
        self.state.basic_ref(address)
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, NoSuchCode> {
        self.state.code_by_hash_ref(code_hash)
    }

    fn storage_ref(&self, address: Address, index: U256) -> Result<U256, NoSuchCode> {
        if (address, index) == (COUNTER, U256::ZERO) {
            let mut readers = self.readers.lock().expect("nobody panicked");
            *readers += 1;
            self.second.notify_all();
            let waited = self
                .second
                .wait_timeout_while(readers, Duration::from_millis(300), |readers| *readers < 2);
            drop(waited.expect("nobody panicked"));
        }
        self.state.storage_ref(address, index)
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, NoSuchCode> {
        self.state.block_hash_ref(number)
    }
}

impl HasStorageRef for ReadTogether<'_> {
    fn has_storage_ref(&self, address: Address) -> Result<bool, NoSuchCode> {
        self.state.has_storage_ref(address)
    }
}

#[test]
fn an_abort_names_the_location_that_was_read_too_early_and_the_transaction_that_wrote_it() {
    let chain = ChainSpec::mainnet();
    let mut making = Making::new(1, PRAGUE);
    making.push(Making::account(1), COUNTER.into(), 0, vec![]);
    making.push(Making::account(2), COUNTER.into(), 0, vec![]);
    let it = making.finish();
    let plain = Execution::new(&chain, &it.block, &it.senders, &it.pre_state).outcome(Schedule::Sequential);
    // Where one thread takes up both, the second reads what the first wrote: then it is tried again.
    let aborts: Vec<_> = (0..50)
        .map(|_| {
            let database = ReadTogether {
                state: &it.pre_state,
                readers: Mutex::default(),
                second: Condvar::new(),
            };
            let execution = Execution::new(&chain, &it.block, &it.senders, &database);
            let (outcome, recording) = pool(2).install(|| execution.recorded(Schedule::Speculative));
            assert!(outcome == plain);
            let recording = recording.expect("recorded");
            assert_told("two calls", &recording, 2);
            let incarnations = recording.timeline.incarnations.into_iter();
            let aborted = incarnations.filter(|it| matches!(it.end, IncarnationEnd::Aborted { .. }));
            aborted.map(|it| (it.transaction, it.end)).collect::<Vec<_>>()
        })
        .find(|aborts| !aborts.is_empty())
        .expect("an abort in one of fifty executions");
    let too_early = IncarnationEnd::Aborted {
        location: Location::Slot {
            address: COUNTER,
            slot: U256::ZERO,
        },
        by: Some(0),
    };
    assert_eq!(aborts, [(1, too_early)]);
}

/// Only the sequential schedule has a development network's rules, and it records nothing. Told apart by EIP-8282, whose
/// contracts are not here: public Amsterdam refuses the block for that.
#[test]
fn a_recording_changes_no_rules_of_a_development_network() {
    let chain = amsterdam_chain();
    let it = Generated::new(
        1,
        Mix {
            apart: 1,
            ..Mix::default()
        },
        30,
        20,
        PRAGUE.1,
    );
    let mut execution = Execution::new(&chain, &it.block, &it.senders, &it.pre_state);
    assert!(execution.outcome(Schedule::Sequential).is_err(), "of other rules");
    execution.amsterdam = AmsterdamRules::Bal570;
    let plain = execution.outcome(Schedule::Sequential);
    assert!(plain.is_ok(), "{:?}", plain.err());
    for pool in pools() {
        for schedule in [Schedule::Sequential, Schedule::Auto].into_iter().chain(PARALLEL) {
            let (outcome, recording) = pool.install(|| execution.recorded(schedule));
            assert!(outcome == plain, "{schedule:?}");
            assert!(recording.is_none(), "{schedule:?}");
        }
    }
}
