//! Blocks to be executed in a browser by both bundles, `threads` and `base`; `run.mjs` beside this package measures.
//!
//! Invariant: the work is the pool's, as in a verification; the caller only waits.

use blocklight_executor::Schedule;
use blocklight_tests::{FlatBlock, Synthetic};
use blocklight_verifier::{Input, Limits};
use flate2::read::GzDecoder;
use std::io::Read;
use wasm_bindgen::{JsError, prelude::wasm_bindgen};

#[cfg(all(target_arch = "wasm32", target_feature = "atomics"))]
pub use wasm_bindgen_rayon::init_thread_pool;

/// As in crate/wasm.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: blocklight_allocator::ThreadCached<std::alloc::System> =
    blocklight_allocator::ThreadCached::new(std::alloc::System);

/// The embedded sample block, which the synthetic blocks take their contracts from.
const SAMPLE: &[u8] = include_bytes!("../../../fixtures/sample-block.json.gz");

/// A block on its state in memory.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Subject(FlatBlock);

#[wasm_bindgen]
impl Subject {
    /// The synthetic block of this place in [`Synthetic::ALL`], of about so many million gas.
    ///
    /// # Errors
    /// When there is none at that place, or the sample cannot be read.
    pub fn synthetic(place: usize, mgas: u32) -> Result<Self, JsError> {
        let set = *Synthetic::ALL
            .get(place)
            .ok_or_else(|| JsError::new("no such set"))?;
        let mut file = Vec::new();
        GzDecoder::new(SAMPLE).read_to_end(&mut file)?;
        let sample = Input::decode(&file, &Limits::default())?;
        let gas = u64::from(mgas) * 1_000_000;
        Ok(Self(blocklight_tests::synthetic(set, gas, &sample)))
    }

    /// A file of `../shared/blocks-with-prestate`.
    ///
    /// # Errors
    /// When it cannot be decoded.
    pub fn file(name: &str, bytes: &[u8]) -> Result<Self, JsError> {
        Ok(Self(FlatBlock::decode(name, bytes)?))
    }

    /// What it is called.
    pub fn name(&self) -> String {
        self.0.name.clone()
    }

    /// How many transactions it has.
    pub fn transactions(&self) -> usize {
        self.0.senders.len()
    }

    /// Executes it under a schedule, by name, on a thread of the pool; gives the gas used.
    ///
    /// # Errors
    /// When the schedule is unknown or the block cannot be executed.
    pub fn run(&self, schedule: &str) -> Result<u64, JsError> {
        let schedule = schedule.parse::<Schedule>()?;
        // Into the pool, as a verification goes there.
        let mut outcome = Err(String::new());
        rayon::scope(|_| outcome = self.0.execution().outcome(schedule));
        Ok(outcome.map_err(|error| JsError::new(&error))?.gas_used)
    }

    /// Every thread of the pool executes it sequentially, all at once: what they can do together on one memory.
    #[wasm_bindgen(js_name = runOnEach)]
    pub fn run_on_each(&self) {
        rayon::broadcast(|_| drop(self.0.execution().outcome(Schedule::Sequential)));
    }
}

/// How many synthetic blocks there are.
#[wasm_bindgen(js_name = syntheticBlocks)]
pub fn synthetic_blocks() -> usize {
    Synthetic::ALL.len()
}
