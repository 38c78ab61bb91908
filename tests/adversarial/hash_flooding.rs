//! Keys crafted to collide cost no more than others, and mean nothing else than others.

use blocklight_executor::BlockAccessList;
use blocklight_tests::{Flood, Keys, PARALLEL, mutation::honest_list, pool, swept};
use blocklight_verifier::{ChainSpec, Host, Input, Schedule, Timing, Verdict, Verifier};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// What the browser's bundles do before their first hash map is made; it needs no browser to run.
#[path = "../../crate/wasm/src/stir.rs"]
mod stir;

/// One measurement at a time.
static ALONE: Mutex<()> = Mutex::new(());
const SCHEDULES: [Schedule; 3] = [Schedule::Sequential, Schedule::Speculative, Schedule::AccessList];

/// A host with a seed.
struct Seed(u64);

impl Host for Seed {
    fn hash_seed(&self) -> u64 {
        self.0
    }
}

/// A block with its access list.
struct Flooded {
    chain: ChainSpec,
    input: Input,
    list: Arc<BlockAccessList>,
}

impl Flooded {
    fn new(flood: Flood, keys: Keys, gas: u64) -> Self {
        let (chain, input) = flood.block(keys, gas).expect("a block");
        let list = honest_list(&chain, &input).expect("a list");
        Self { chain, input, list }
    }

    fn verify(&self, schedule: Schedule, seed: u64) -> (Verdict, Duration) {
        let verifier = Verifier::new(self.chain.clone())
            .with_access_list_hint(Arc::clone(&self.list))
            .with_schedule(schedule);
        let start = Instant::now();
        let mut verdict = verifier
            .verify_input(&self.input, &Seed(seed))
            .expect("a verdict");
        let time = start.elapsed();
        verdict.report_mut().timing = Timing::default();
        assert!(verdict.is_valid(), "{verdict:?}");
        (verdict, time)
    }
}

/// How often both are measured at most.
const ROUNDS: u64 = 12;

/// Colliding keys take time in the square of their number: ten thousand topics seconds, the hundred thousand of a block many
/// minutes. So what is not far from the bound is noise, and is measured again; what is far over it stays there.
fn assert_no_dearer(flood: Flood) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // That of a block of mainnet, and of a third of one.
    let gas = swept(60_000_000, 60_000_000, 20_000_000);
    let [ordinary, crafted] = [Keys::Ordinary, Keys::Crafted].map(|keys| Flooded::new(flood, keys, gas));
    let gas = [&ordinary, &crafted].map(|it| it.input.block.header.gas_used);
    assert_eq!(gas[0], gas[1], "not the same work");
    for schedule in SCHEDULES {
        let mut shortest = [Duration::MAX; 2];
        let within = (1..=ROUNDS).any(|round| {
            for (it, least) in [&ordinary, &crafted].into_iter().zip(&mut shortest) {
                *least = it.verify(schedule, round << 40).1.min(*least);
            }
            round > 2 && shortest[1] < shortest[0] * 2
        });
        println!(
            "{flood:?}, {schedule:?}: ordinary {:.0?}, crafted {:.0?}, {} gas",
            shortest[0], shortest[1], gas[0]
        );
        assert!(
            within,
            "{flood:?}, {schedule:?}: ordinary and crafted keys take {shortest:?}"
        );
    }
}

#[test]
fn topics_crafted_to_collide_cost_no_more_than_twice_as_much() {
    assert_no_dearer(Flood::Topics);
}

#[test]
fn slots_crafted_to_collide_cost_no_more_than_twice_as_much() {
    assert_no_dearer(Flood::Slots);
}

#[test]
fn slots_written_and_crafted_to_collide_cost_no_more_than_twice_as_much() {
    assert_no_dearer(Flood::Writes);
}

#[test]
fn transient_slots_crafted_to_collide_cost_no_more_than_twice_as_much() {
    assert_no_dearer(Flood::Transient);
}

#[test]
fn addresses_crafted_to_collide_cost_no_more_than_twice_as_much() {
    assert_no_dearer(Flood::Addresses);
}

/// Locations are full keys: whoever identifies them by a hash of 64 bits takes all of these for one.
#[test]
fn locations_with_the_same_hash_of_64_bits_are_told_apart() {
    for flood in [Flood::Writes, Flood::Slots, Flood::Addresses] {
        let it = Flooded::new(flood, Keys::Crafted, 12_000_000);
        let expected = it.verify(Schedule::Sequential, 1).0;
        for (seed, schedule) in (0..4).flat_map(|seed| PARALLEL.map(|it| (seed, it))) {
            let got = pool(3).install(|| it.verify(schedule, seed).0);
            assert_eq!(got, expected, "{flood:?}, {schedule:?}, seed {seed}");
        }
    }
}

/// A worker of the browser's has a stack of one mebibyte.
#[test]
fn stirring_at_its_deepest_fits_into_the_stack_of_a_worker() {
    let worker = std::thread::Builder::new().stack_size(1 << 20);
    let handle = worker.spawn(|| stir::stir(u64::MAX)).expect("a thread");
    assert!(handle.join().is_ok());
}
