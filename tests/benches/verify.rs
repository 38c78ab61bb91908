//! Whole verification of mainnet 24628608, beside the plain cost of what it cannot do without: hashing every node
//! and code, recovering every sender, and the EVM on a pre-state in memory. All in one run, because times move
//! from machine to machine and from hour to hour; ratios hold.
//!
//! First a table, then criterion's groups.

use alloy_consensus::transaction::SignerRecoverable;
use alloy_evm::EvmEnv;
use alloy_primitives::{Address, B256, keccak256};
use blocklight_executor::{BlockExecution, Schedule, Unobserved, execute};
use blocklight_tests::{Preread, shared_block};
use blocklight_verifier::{ChainSpec, Host, Input, Limits, Phase, Verdict, Verifier};
use criterion::Criterion;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

const BLOCK: &str = "mainnet-24628608-zisk";
/// Rounds of the table; in each, everything is measured once, in turns.
const ROUNDS: usize = 25;
/// The goal of one native thread, and the time of one k256 recovery on the machine it is meant for.
const GOAL: (f64, f64) = (75.0, 200.0);

/// A clock for the phases.
struct Clock(Instant);

impl Host for Clock {
    fn now_ms(&self) -> f64 {
        milliseconds(self.0.elapsed())
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn timed<T>(work: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    black_box(work());
    milliseconds(start.elapsed())
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("a pool")
}

/// What is measured.
struct Work {
    file: Vec<u8>,
    input: Input,
    chain: ChainSpec,
    pre_state: Preread,
    senders: Vec<Address>,
}

impl Work {
    fn load() -> Option<Self> {
        let file = shared_block(BLOCK).expect("readable")?.read().expect("readable");
        let input = Input::decode(&file, &Limits::default()).expect("decodable");
        let chain = input
            .chain_id
            .and_then(ChainSpec::by_id)
            .expect("a built-in chain");
        let senders: Vec<_> = input
            .block
            .body
            .transactions
            .iter()
            .map(|it| it.recover_signer().expect("a signer"))
            .collect();
        let mut work = Self {
            pre_state: Preread::of_witness(&input),
            file,
            input,
            chain,
            senders,
        };
        // Reads what the block needs from the witness once; from then on it is in memory.
        assert_eq!(work.plain_execution(), work.input.block.header.gas_used);
        work.pre_state.close();
        Some(work)
    }

    fn verify(&self, host: &dyn Host) -> Verdict {
        let verdict = Verifier::new(self.chain.clone())
            .verify_input(&self.input, host)
            .expect("a verdict");
        assert!(verdict.is_valid(), "{verdict:?}");
        verdict
    }

    fn decode(&self) -> Input {
        Input::decode(&self.file, &Limits::default()).expect("decodable")
    }

    fn plain_hashes(&self) -> B256 {
        let mut folded = B256::ZERO;
        for bytes in self.input.witness.state.iter().chain(&self.input.witness.codes) {
            folded ^= keccak256(black_box(bytes));
        }
        folded
    }

    fn plain_recovery(&self) -> usize {
        let transactions = self.input.block.body.transactions.iter();
        transactions
            .filter(|transaction| transaction.recover_signer().is_ok())
            .count()
    }

    fn plain_execution(&self) -> u64 {
        let header = &self.input.block.header;
        let env = EvmEnv::for_eth_block(
            header,
            &self.chain,
            self.chain.id(),
            self.chain.blob_params(header.timestamp),
        );
        let senders = Senders(&self.senders);
        let execution = BlockExecution {
            spec: &self.chain,
            env,
            block: &self.input.block,
            senders: &senders,
            amsterdam: blocklight_executor::AmsterdamRules::default(),
            seed: 0,
            access_list: None,
            wants_access_list: false,
            recording: None,
        };
        execute(&execution, &self.pre_state, Schedule::Sequential, &mut Unobserved)
            .expect("executes")
            .gas_used
    }
}

/// Senders known beforehand.
struct Senders<'a>(&'a [Address]);

impl blocklight_executor::Senders for Senders<'_> {
    fn sender(&self, index: usize) -> Option<Address> {
        self.0.get(index).copied()
    }
}

/// Times of one kind of verification, round by round.
#[derive(Default)]
struct Runs {
    totals: Vec<f64>,
    phases: [Vec<f64>; Phase::ALL.len()],
}

impl Runs {
    fn add(&mut self, pool: &ThreadPool, work: &Work) {
        let verdict = pool.install(|| work.verify(&Clock(Instant::now())));
        let timing = &verdict.report().timing;
        self.totals.push(timing.total_ms);
        for (phase, times) in Phase::ALL.iter().zip(&mut self.phases) {
            times.extend(
                timing
                    .phases
                    .iter()
                    .filter(|time| time.phase == *phase)
                    .map(|time| time.ms),
            );
        }
    }
}

fn table(work: &Work) {
    let (one_thread, two_threads) = (pool(1), pool(2));
    let (mut one, mut two) = (Runs::default(), Runs::default());
    let (mut decode, mut hashes, mut recovery, mut execution) = (vec![], vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        one.add(&one_thread, work);
        hashes.push(timed(|| work.plain_hashes()));
        recovery.push(timed(|| work.plain_recovery()));
        execution.push(timed(|| work.plain_execution()));
        two.add(&two_threads, work);
        decode.push(timed(|| work.decode()));
    }
    let (total, total_two) = (median(one.totals), median(two.totals));
    let (hashes, recovery, execution) = (median(hashes), median(recovery), median(execution));
    let plain = hashes + recovery + execution;
    let each = recovery * 1000.0 / f64::from(u32::try_from(work.senders.len()).unwrap_or(u32::MAX));

    println!(
        "{BLOCK}: {} txs, medians of {ROUNDS} rounds, milliseconds",
        work.senders.len()
    );
    println!("| measure | 1 thread | 2 threads |");
    println!("| --- | ---: | ---: |");
    println!("| whole verification | {total:.1} | {total_two:.1} |");
    for ((phase, one), two) in Phase::ALL.iter().zip(one.phases).zip(two.phases).skip(1) {
        println!("| · {} | {:.1} | {:.1} |", phase.name(), median(one), median(two));
    }
    println!("| plain, summed | {plain:.1} | |");
    println!("| · keccak256 of nodes and codes (alloy-primitives) | {hashes:.1} | |");
    println!("| · recover_signer (alloy-consensus, k256) | {recovery:.1} | |");
    println!("| · execution, pre-state and analysed code in memory (revm) | {execution:.1} | |");
    println!(
        "| decoding the file (JSON), not in the whole | {:.1} | |",
        median(decode)
    );
    println!();
    println!(
        "whole / plain: {:.2} on one thread, {:.2} on two",
        total / plain,
        total_two / plain
    );
    println!("two threads / one: {:.2}", total_two / total);
    let (goal, usual) = GOAL;
    let scaled = goal * each / usual;
    println!(
        "k256 recovers in {each:.0} µs here. Goal: {goal} ms where it takes {usual} µs, so about {scaled:.0} ms here: {}",
        if total <= scaled { "reached" } else { "missed" }
    );
    println!();
}

fn groups(criterion: &mut Criterion, work: &Work) {
    let mut whole = criterion.benchmark_group("verify 24628608");
    whole.sample_size(20);
    for threads in [1, 2] {
        let pool = pool(threads);
        whole.bench_function(format!("{threads} threads"), |bench| {
            bench.iter(|| pool.install(|| work.verify(&blocklight_verifier::Quiet)));
        });
    }
    whole.finish();
    let mut plain = criterion.benchmark_group("plain 24628608");
    plain.sample_size(20);
    plain.bench_function("hashes", |bench| bench.iter(|| work.plain_hashes()));
    plain.bench_function("recovery", |bench| bench.iter(|| work.plain_recovery()));
    plain.bench_function("execution", |bench| bench.iter(|| work.plain_execution()));
    plain.finish();
}

fn main() {
    let Some(work) = Work::load() else { return };
    // `cargo test --benches` only wants to know that it runs.
    if std::env::args().any(|argument| argument == "--test") {
        let _ = (
            work.verify(&blocklight_verifier::Quiet),
            work.plain_hashes(),
            work.plain_recovery(),
        );
        return;
    }
    table(&work);
    if std::env::args().any(|argument| argument == "--table") {
        return;
    }
    let mut criterion = Criterion::default().configure_from_args();
    groups(&mut criterion, &work);
    criterion.final_summary();
}
