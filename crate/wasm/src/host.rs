//! What the browser lends the verifier: its clock, its randomness, somebody to tell of progress.
//!
//! Invariant: may be called from every thread of the pool, so times are on the one scale that all workers share.

use blocklight_verifier::{Host, Phase};
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use web_sys::{Performance, WorkerGlobalScope};

use crate::{
    progress,
    value::{Failure, FailureCause},
};

/// What is said where no seed can be had.
const NO_RANDOMNESS: &str = "hash maps cannot be seeded: crypto.getRandomValues is missing or fails here; \
    use an engine whose workers have it, and see that no script takes it away";

thread_local! {
    /// The clock of this worker, looked up once.
    static PERFORMANCE: Option<Performance> = scope().performance();
}

/// The global object, which in every thread of ours is a worker's.
fn scope() -> WorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// The host of one verification.
#[derive(Debug)]
pub(crate) struct Browser {
    seed: u64,
}

impl Browser {
    /// With a fresh seed: on wasm the seeds that hash maps take by themselves can be foretold.
    ///
    /// # Errors
    /// [`FailureCause::Randomness`]: with a seed that anybody knows, whoever made the input could have keys collide.
    pub(crate) fn new() -> Result<Self, Failure> {
        // Not a view of our memory: browsers refuse to write randomness to a shared one.
        let random = Uint8Array::new_with_length(8);
        // Where `crypto` is undefined it is the second call that fails.
        scope()
            .crypto()
            .and_then(|crypto| crypto.get_random_values_with_js_u8_array(&random))
            .map_err(|_| Failure::new(&NO_RANDOMNESS, FailureCause::Randomness))?;
        let mut seed = [0; 8];
        random.copy_to(&mut seed);
        Ok(Self {
            seed: u64::from_le_bytes(seed),
        })
    }
}

impl Host for Browser {
    /// Milliseconds since the Unix epoch. `performance.now()` alone counts from each worker's own start.
    fn now_ms(&self) -> f64 {
        PERFORMANCE.with(|performance| {
            performance
                .as_ref()
                .map_or(0.0, |performance| performance.time_origin() + performance.now())
        })
    }

    fn hash_seed(&self) -> u64 {
        self.seed
    }

    fn phase_started(&self, phase: Phase, total: u64) {
        progress::started(phase, total);
    }

    fn phase_advanced(&self, phase: Phase, done: u64) {
        progress::advanced(phase, done);
    }

    fn phase_finished(&self, phase: Phase) {
        progress::finished(phase);
    }

    fn gas_used(&self, used: u64, claimed: u64) {
        progress::gas_used(used, claimed);
    }
}
