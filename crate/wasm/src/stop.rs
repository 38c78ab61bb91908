//! Word from outside that nobody waits for the verification any more.
//!
//! Ending a worker ends what it computes only after a while: Chromium lets it go on for two seconds, on cores that the next
//! verification wants. So each thread looks for the word at every step of its work.
//!
//! Invariant: once the stop word is set, the module is of no more use and is to be thrown away.

use std::sync::atomic::{AtomicU32, Ordering};

static STOP: AtomicU32 = AtomicU32::new(0);

/// Address of the stop word.
pub(crate) fn address() -> u32 {
    crate::progress::address(&STOP)
}

/// Where the word is set, has the calling thread wait until its worker is ended, which ends what waits at once. (A trap would do as
/// well, but for the error that it leaves in the console.) In `base` nobody else can set it.
pub(crate) fn obey() {
    while cfg!(target_feature = "atomics") && STOP.load(Ordering::Relaxed) != 0 {
        std::thread::park();
    }
}
