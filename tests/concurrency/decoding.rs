//! Senders are recovered while the witness is still being decoded, and no longer than somebody may need them.

use blocklight_tests::{SendersHeldUp, pool, sample_file};
use blocklight_verifier::{
    ChainSpec, EncodedInput, Error, HashTrust, Host, Input, InvalidReason, Limits, Phase, Quiet, Verdict,
    Verifier,
};
use std::{
    sync::{
        Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Longer than anything here takes, and shorter than patience.
const PATIENCE: Duration = Duration::from_mins(1);

fn verify(chain: &ChainSpec, file: &[u8], threads: usize, host: &dyn Host) -> Result<Verdict, Error> {
    pool(threads).install(|| {
        EncodedInput::File(file).verify(&Limits::default(), host, |_| Ok(Verifier::new(chain.clone())))
    })
}

/// Holds decoding up, once the block has been read, until a sender was recovered.
#[derive(Default)]
struct UntilOneIsRecovered {
    recovered: Mutex<u64>,
    changed: Condvar,
    /// Whether one was, before decoding had ended.
    in_time: AtomicBool,
    begun: AtomicBool,
}

impl Host for UntilOneIsRecovered {
    fn phase_started(&self, phase: Phase, _: u64) {
        if phase == Phase::Senders {
            self.begun.store(true, Ordering::Relaxed);
        }
    }

    fn phase_advanced(&self, phase: Phase, done: u64) {
        match phase {
            Phase::Senders => {
                *self.recovered.lock().expect("nobody panics") += done;
                self.changed.notify_all();
            }
            Phase::Decode if self.begun.load(Ordering::Relaxed) => {
                let recovered = self.recovered.lock().expect("nobody panics");
                let (recovered, _) = self
                    .changed
                    .wait_timeout_while(recovered, PATIENCE, |recovered| *recovered == 0)
                    .expect("nobody panics");
                self.in_time.fetch_or(*recovered > 0, Ordering::Relaxed);
            }
            _ => {}
        }
    }
}

#[test]
fn senders_are_recovered_while_the_witness_is_decoded() {
    let (chain, file) = sample_file().expect("readable");
    for threads in [2, 4] {
        let host = UntilOneIsRecovered::default();
        let verdict = verify(&chain, &file, threads, &host).expect("a verdict");
        assert!(verdict.is_valid(), "{verdict:?}");
        assert!(host.in_time.load(Ordering::Relaxed), "{threads} threads");
    }
}

#[test]
fn one_thread_decodes_first_and_recovers_after() {
    let (chain, file) = sample_file().expect("readable");
    let host = Order::default();
    assert!(verify(&chain, &file, 1, &host).expect("a verdict").is_valid());
    let order = host.0.into_inner().expect("nobody panics");
    assert_eq!(order.first(), Some(&Phase::Decode));
    assert_eq!(
        order.get(4..6),
        Some(&[Phase::Senders, Phase::Execute][..]),
        "{order:?}"
    );
}

/// The phases in the order of their starts.
#[derive(Default)]
struct Order(Mutex<Vec<Phase>>);

impl Host for Order {
    fn phase_started(&self, phase: Phase, _: u64) {
        self.0.lock().expect("nobody panics").push(phase);
    }
}

/// A hundred thousand signatures fit into a block: a bad witness behind it must not have them all recovered.
#[test]
fn what_cannot_be_decoded_or_is_of_no_known_chain_has_no_further_senders_recovered() {
    let (chain, file) = sample_file().expect("readable");
    let cut = &file[..file.len() - 100];
    let host = SendersHeldUp::until(Phase::Decode);
    let error = verify(&chain, cut, 3, &host).expect_err("cut off");
    assert!(matches!(error, Error::Input(_)), "{error:?}");
    let recovered = host.recovered();
    assert!(recovered < 100, "{recovered} were recovered");

    let host = SendersHeldUp::until(Phase::Decode);
    let error = pool(3)
        .install(|| {
            EncodedInput::File(&file)
                .verify(&Limits::default(), &host, |_| Err(Error::UnknownChain { got: 5 }))
        })
        .expect_err("no chain");
    assert!(matches!(error, Error::UnknownChain { got: 5 }), "{error:?}");
    let recovered = host.recovered();
    assert!(recovered < 100, "{recovered} were recovered");
}

/// The caller's hash stands in front of the file's.
#[test]
fn a_trusted_hash_is_held_to_the_block_and_named() {
    let (chain, file) = sample_file().expect("readable");
    let input = Input::decode(&file, &Limits::default()).expect("decodable");
    let hash = input.block.header.hash_slow();
    for (trusted, valid) in [(hash, true), (input.block.header.parent_hash, false)] {
        let verdict = pool(2)
            .install(|| {
                EncodedInput::File(&file).verify::<Error>(&Limits::default(), &Quiet, |_| {
                    Ok(Verifier::new(chain.clone()).with_trusted_hash(trusted))
                })
            })
            .expect("a verdict");
        assert_eq!(verdict.is_valid(), valid);
        assert_eq!(verdict.report().hash_trust, HashTrust::GivenByCaller);
        if let Verdict::Invalid { reason, .. } = verdict {
            assert!(matches!(reason, InvalidReason::BlockHash(mismatch) if mismatch.expected == trusted));
        }
    }
}
