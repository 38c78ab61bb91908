//! Keys crafted to collide cost no more than others, and mean nothing else than others.

use blocklight_tests::{Flood, Keys};
use blocklight_verifier::{ChainSpec, Host, Input, Schedule, Timing, Verdict, Verifier};
use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// What the browser's bundles do before their first hash map is made; it needs no browser to run.
#[path = "../../crate/wasm/src/stir.rs"]
mod stir;

/// One measurement at a time.
static ALONE: Mutex<()> = Mutex::new(());
/// The gas of a block of mainnet.
const GAS: u64 = 60_000_000;
const SCHEDULES: [Schedule; 2] = [Schedule::Sequential, Schedule::Speculative];

/// A host with a seed.
struct Seed(u64);

impl Host for Seed {
    fn hash_seed(&self) -> u64 {
        self.0
    }
}

fn verify(chain: &ChainSpec, input: &Input, schedule: Schedule, seed: u64) -> (Verdict, Duration) {
    let verifier = Verifier::new(chain.clone()).with_schedule(schedule);
    let start = Instant::now();
    let mut verdict = verifier.verify_input(input, &Seed(seed)).expect("a verdict");
    let time = start.elapsed();
    verdict.report_mut().timing = Timing::default();
    assert!(verdict.is_valid(), "{verdict:?}");
    (verdict, time)
}

/// How often both are measured at most.
const ROUNDS: u64 = 12;

/// Colliding keys take time in the square of their number: ten thousand topics seconds, the hundred thousand of a block many
/// minutes. So what is not far from the bound is noise, and is measured again; what is far over it stays there.
fn assert_no_dearer(flood: Flood) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let [ordinary, crafted] =
        [Keys::Ordinary, Keys::Crafted].map(|keys| flood.block(keys, GAS).expect("a block"));
    let gas = [&ordinary, &crafted].map(|(_, input)| input.block.header.gas_used);
    assert_eq!(gas[0], gas[1], "not the same work");
    for schedule in SCHEDULES {
        let mut shortest = [Duration::MAX; 2];
        let within = (1..=ROUNDS).any(|round| {
            for ((chain, input), least) in [&ordinary, &crafted].into_iter().zip(&mut shortest) {
                *least = verify(chain, input, schedule, round << 40).1.min(*least);
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
        let (chain, input) = flood.block(Keys::Crafted, 12_000_000).expect("a block");
        let expected = verify(&chain, &input, Schedule::Sequential, 1).0;
        for seed in 0..4 {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(3)
                .build()
                .expect("a pool");
            let got = pool.install(|| verify(&chain, &input, Schedule::Speculative, seed).0);
            assert_eq!(got, expected, "{flood:?}, seed {seed}");
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
