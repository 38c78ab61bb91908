//! What is recorded of an execution: the same dependencies under every schedule and on any number of threads, and each
//! transaction committed once in every timeline.

use blocklight_executor::{
    AmsterdamRules, Dependencies, HasStorageRef, IncarnationEnd, Location, Recording, Schedule,
};
use blocklight_tests::{
    COUNTER, Execution, FlatBlock, Generated, MIXED, MIXER, Mix, PARALLEL, PRAGUE, Perturbed, RELAY,
    amsterdam_chain, flat_blocks, pools,
};
use blocklight_verifier::ChainSpec;

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
    for it in blocks.iter().filter(|it| it.senders.len() < 250) {
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
    let chain = ChainSpec::mainnet();
    let (number, timestamp) = PRAGUE;
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
        slot: alloy_primitives::U256::ZERO,
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
            slot: alloy_primitives::U256::from(transaction),
        };
        (transaction, transaction - 1, 1, slot)
    });
    assert!(edges.eq(expected), "{:?}", found.edges);
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
