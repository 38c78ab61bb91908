//! The wasm-bindgen surface of Blocklight, and nothing else.
//!
//! The bundles come from this source: `threads` (compiled with `+atomics`: a rayon pool of web workers on one shared
//! memory), `threads-wide` (with `+wide-arithmetic` besides) and `base` (one thread, no cross-origin isolation needed).
//! Made for a dedicated worker: calls block until they are done.
//!
//! Invariant: all bundles give the same results; nothing that fails crosses to JavaScript untyped, but for a trap,
//! which [`fault`] leaves word of in memory.

mod fault;
mod host;
mod input_bytes;
mod options;
mod progress;
mod stir;
mod typescript;
mod value;
mod verify;

pub use fault::{set_fault, watch_for_faults};
pub use input_bytes::InputBytes;
pub use progress::{SharedTable, shared_table};
pub use typescript::{FailureValue, OptionsValue, SharedTableValue, VerdictValue};
pub use verify::{verify_file, verify_pair};

use wasm_bindgen::prelude::wasm_bindgen;

#[cfg(all(target_arch = "wasm32", target_feature = "atomics"))]
pub use wasm_bindgen_rayon::init_thread_pool;

/// The system's is behind one lock, on which the pool's threads would wait for each other.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: blocklight_allocator::ThreadCached<std::alloc::System> =
    blocklight_allocator::ThreadCached::new(std::alloc::System);

/// Number of threads that work is spread over: the pool's size, or 1 in the bundle `base`.
#[wasm_bindgen]
pub fn threads() -> usize {
    rayon::current_num_threads()
}
