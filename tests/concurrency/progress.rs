//! What a host is told while a block is decoded and verified: by bytes, by transactions, by gas, to the end and no further.

use blocklight_tests::{pool, sample_file, shared_block};
use blocklight_verifier::{
    ChainSpec, EncodedInput, Error, Host, Input, Limits, Phase, ProgressUnit, Verdict, Verifier,
};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
};

/// What a host was told, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Started { phase: Phase, total: u64 },
    Advanced { phase: Phase, done: u64 },
    Finished { phase: Phase },
    Gas { used: u64, claimed: u64 },
}

/// A host that writes down what it is told.
#[derive(Default)]
struct Listening(Mutex<Vec<Told>>);

impl Listening {
    fn told(&self) -> MutexGuard<'_, Vec<Told>> {
        self.0.lock().expect("nobody panics")
    }
}

impl Host for Listening {
    fn phase_started(&self, phase: Phase, total: u64) {
        self.told().push(Told::Started { phase, total });
    }

    fn phase_advanced(&self, phase: Phase, done: u64) {
        self.told().push(Told::Advanced { phase, done });
    }

    fn phase_finished(&self, phase: Phase) {
        self.told().push(Told::Finished { phase });
    }

    fn gas_used(&self, used: u64, claimed: u64) {
        self.told().push(Told::Gas { used, claimed });
    }
}

/// Decodes and verifies a file in a pool of `threads`: what was told meanwhile, the input, and the gas used.
fn told(chain: &ChainSpec, file: &[u8], threads: usize) -> (Vec<Told>, Input, u64) {
    let host = Listening::default();
    let verdict = pool(threads)
        .install(|| verified(chain, EncodedInput::File(file), &host))
        .expect("a verdict");
    assert!(verdict.is_valid(), "{verdict:?}");
    let told = host.told().clone();
    let input = Input::decode(file, &Limits::default()).expect("decodable");
    (told, input, verdict.report().gas_used)
}

/// Decodes and verifies an input as a block of `chain`.
fn verified(chain: &ChainSpec, input: EncodedInput<&[u8]>, host: &Listening) -> Result<Verdict, Error> {
    input.verify(&Limits::default(), host, |_| Ok(Verifier::new(chain.clone())))
}

/// How many units of `phase` were done after each word of it, once its start and end are as they should be.
fn steps(what: &str, told: &[Told], phase: Phase, expected: u64) -> Vec<u64> {
    let of_phase = |it: &&Told| match **it {
        Told::Started { phase: of, .. } | Told::Advanced { phase: of, .. } | Told::Finished { phase: of } => {
            of == phase
        }
        Told::Gas { .. } => false,
    };
    let all: Vec<Told> = told.iter().filter(of_phase).copied().collect();
    let total = expected;
    let count = |wanted: Told| all.iter().filter(|it| **it == wanted).count();
    let started = all.iter().filter(|it| matches!(it, Told::Started { .. })).count();
    assert_eq!(
        (started, count(Told::Started { phase, total })),
        (1, 1),
        "{what}: {phase:?} starts once, with {total} units ahead: {all:?}"
    );
    assert_eq!(count(Told::Finished { phase }), 1, "{what}: {phase:?} ends once");
    let mut done = 0;
    let mut steps = Vec::new();
    for told in all {
        if let Told::Advanced { done: more, .. } = told {
            done += more;
            steps.push(done);
        }
    }
    assert!(steps.is_sorted(), "{what}: {phase:?} never goes back: {steps:?}");
    assert_eq!(
        steps.last().copied().unwrap_or_default(),
        total,
        "{what}: {phase:?} is done to its end and no further"
    );
    steps
}

/// Holds what was told to the block, and to be told in small enough pieces to be seen advancing.
fn assert_told_to_the_end(what: &str, chain: &ChainSpec, file: &[u8]) {
    for threads in [1, 2] {
        let what = format!("{what} on {threads} threads");
        let (told, input, gas_used) = told(chain, file, threads);
        let (witness, body) = (&input.witness, &input.block.body);
        let bytes =
            |items: &[alloy_primitives::Bytes]| items.iter().map(|item| item.len() as u64).sum::<u64>();
        let hashed = bytes(&witness.state) + bytes(&witness.codes);
        let transactions = body.transactions.len() as u64;

        let total = |phase: Phase| {
            let of = |it: &Told| match it {
                Told::Started { phase: of, total } if *of == phase => Some(*total),
                _ => None,
            };
            told.iter().find_map(of).expect("it starts")
        };
        let decoded = steps(&what, &told, Phase::Decode, file.len() as u64);
        assert!(
            decoded.len() > 8,
            "{what}: decoding is told {} times",
            decoded.len()
        );
        let revealed = steps(&what, &told, Phase::Reveal, hashed);
        assert!(
            revealed.len() as u64 > hashed >> 18,
            "{what}: told {} times",
            revealed.len()
        );
        // Batches, not nodes.
        assert!(
            revealed.len() < witness.state.len(),
            "{what}: told {} times",
            revealed.len()
        );
        for phase in [Phase::Senders, Phase::Execute] {
            let steps = steps(&what, &told, phase, transactions);
            assert_eq!(
                steps.len() as u64,
                transactions,
                "{what}: each transaction is told of, {phase:?}"
            );
        }
        steps(&what, &told, Phase::Ancestors, witness.headers.len() as u64);
        steps(&what, &told, Phase::PreChecks, 0);
        steps(&what, &told, Phase::PostChecks, 0);
        assert!(total(Phase::Root) > 0, "{what}: accounts change");
        steps(&what, &told, Phase::Root, total(Phase::Root));
        assert_gas_is_told(&what, &told, input.block.header.gas_used, transactions);
        assert_eq!(gas_used, input.block.header.gas_used);
    }
}

/// Holds the gas to be told of from nothing to all, after every transaction and within the execution.
fn assert_gas_is_told(what: &str, told: &[Told], claim: u64, transactions: u64) {
    let place = |wanted: fn(&Told) -> bool| told.iter().position(wanted).expect("told");
    let start = place(|it| {
        matches!(
            it,
            Told::Started {
                phase: Phase::Execute,
                ..
            }
        )
    });
    let end = place(|it| {
        matches!(
            it,
            Told::Finished {
                phase: Phase::Execute
            }
        )
    });
    let mut gas = Vec::new();
    for (at, told) in told.iter().enumerate() {
        if let Told::Gas { used, claimed } = *told {
            assert!(start < at && at < end, "{what}: gas is told of while it executes");
            assert_eq!(claimed, claim, "{what}");
            gas.push(used);
        }
    }
    assert!(gas.is_sorted(), "{what}: gas never goes back");
    assert_eq!((gas.first(), gas.last()), (Some(&0), Some(&claim)), "{what}");
    // Each transaction uses some: all of them, after none and before the last word.
    assert_eq!(gas.len() as u64, transactions + 2, "{what}");
    gas.dedup();
    assert_eq!(gas.len() as u64, transactions + 1, "{what}");
}

#[test]
fn the_sample_is_told_of_to_its_end() {
    let (chain, file) = sample_file().expect("readable");
    assert_told_to_the_end("the sample", &chain, &file);
}

#[test]
fn a_busy_real_block_is_told_of_to_its_end() {
    let Some(file) = shared_block("mainnet-24628608-zisk").expect("readable") else {
        return;
    };
    assert_told_to_the_end(&file.name, &ChainSpec::mainnet(), &file.read().expect("readable"));
}

/// Bytes are counted as they lie there, whatever they are written in.
#[test]
fn every_dialect_is_decoded_to_its_last_byte() {
    let (chain, file) = sample_file().expect("readable");
    let json: serde_json::Value = serde_json::from_slice(&file).expect("JSON");
    let witness = json["witness"].to_string();
    let block = json["block"].as_str().expect("hex");
    let raw = alloy_primitives::hex::decode(block).expect("hex");
    for (what, block) in [("hex", block.as_bytes()), ("RLP", &raw[..])] {
        let host = Listening::default();
        let bytes = block.len() + witness.len();
        let witness = witness.as_bytes();
        verified(&chain, EncodedInput::Pair { block, witness }, &host).expect("a verdict");
        let steps = steps(what, &host.told(), Phase::Decode, bytes as u64);
        assert!(steps.len() > 8, "{what}: told {} times", steps.len());
    }
}

#[test]
fn what_cannot_be_decoded_is_begun_and_ended_and_not_done() {
    let host = Listening::default();
    let file = b"{\"witness\": {\"state\": [\"0x80\"], \"codes\": [\"0xzz\"]}}";
    verified(&ChainSpec::mainnet(), EncodedInput::File(file), &host).expect_err("no block");
    let (phase, total) = (Phase::Decode, file.len() as u64);
    assert_eq!(
        *host.told(),
        [Told::Started { phase, total }, Told::Finished { phase }]
    );
}

#[test]
fn what_is_counted_has_a_unit() {
    let (chain, file) = sample_file().expect("readable");
    let (told, _, _) = told(&chain, &file, 2);
    let totals: HashMap<&str, u64> = told
        .iter()
        .filter_map(|it| match it {
            Told::Started { phase, total } => Some((phase.name(), *total)),
            _ => None,
        })
        .collect();
    for phase in Phase::ALL {
        let total = totals[phase.name()];
        assert_eq!(phase.unit().is_some(), total > 0, "{phase:?}: {total}");
    }
    assert_eq!(Phase::Decode.unit(), Some(ProgressUnit::Bytes));
    assert_eq!(Phase::Execute.unit(), Some(ProgressUnit::Transactions));
}
