//! Randomness for the hash maps of our dependencies, which take none from us.
//!
//! revm's and alloy's maps (foldhash), and std's, seed themselves from addresses: of the stack, of the heap, of functions.
//! Natively those are random. On wasm they are the same at every start, so that whoever knows this program can write down
//! keys that collide in it: slots of storage that make one transaction take minutes. What can be moved here is where the
//! stack and the heap stand when a seed is first taken, and the thread's own chain of seeds; so both are moved by chance.
//!
//! Invariant: called before the first map is made, on every thread that makes any; it changes no result, only seeds.

use alloy_primitives::map::FbBuildHasher;
use std::{
    hash::RandomState,
    hint::black_box,
    sync::atomic::{AtomicBool, Ordering},
};

/// Whether this module's memory has been stirred already; once is enough, since seeds come from seeds.
static STIRRED: AtomicBool = AtomicBool::new(false);
/// Bits of stack depth that one round moves by: at most 4095 calls, each with a small frame.
const DEPTH_BITS: u32 = 12;
/// Most boxes that the heap is moved by on the thread that begins.
const BOXES: u64 = 1 << 16;
/// The same on each thread of the pool: enough that what the thread has freed and kept is used up.
#[cfg(target_feature = "atomics")]
const BOXES_OF_POOL: u64 = 1 << 12;

/// Moves heap and stack by `random`, and has the seeds of this thread and of the pool's taken meanwhile.
pub(crate) fn stir(random: u64) {
    if STIRRED.swap(true, Ordering::Relaxed) {
        return;
    }
    take_seeds(random, BOXES);
    #[cfg(target_feature = "atomics")]
    rayon::broadcast(|context| {
        let index = u32::try_from(context.index()).unwrap_or_default();
        take_seeds(
            random.rotate_left(index.wrapping_mul(7).wrapping_add(1)),
            BOXES_OF_POOL,
        );
    });
}

/// Takes seeds at as many depths of the stack as there are bits in `random`, behind up to so many boxes on the heap.
fn take_seeds(random: u64, boxes: u64) {
    #[allow(clippy::vec_box, reason = "each box is to be a piece of the heap")]
    let boxes: Vec<Box<u64>> = (0..random.rotate_left(17) % boxes).map(Box::new).collect();
    black_box(&boxes);
    let mut left = random;
    for _ in 0..u64::BITS.div_ceil(DEPTH_BITS) {
        deeper(left & ((1 << DEPTH_BITS) - 1));
        left >>= DEPTH_BITS;
    }
}

/// Takes the seeds `levels` calls further down.
#[inline(never)]
fn deeper(levels: u64) {
    let frame = [levels; 2];
    if levels == 0 {
        black_box((FbBuildHasher::<32>::default(), RandomState::new()));
    } else {
        deeper(levels - 1);
    }
    // Used after the call, so that the frame is there during it.
    black_box(&frame);
}
