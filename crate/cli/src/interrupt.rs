//! Ctrl-C: stop with status 130, never in the middle of a line.

use indicatif::ProgressBar;
use std::{
    process,
    sync::{Arc, Mutex, TryLockError},
    thread,
    time::Duration,
};

/// Held while a line is printed.
pub(crate) type Printing = Arc<Mutex<()>>;

/// Waits this long for a line to be finished: a reader that stopped reading must not keep us from ending.
const PATIENCE: Duration = Duration::from_millis(300);
const STEP: Duration = Duration::from_millis(5);

/// Ends the process on Ctrl-C, once the line being printed is whole and the bar is cleared.
pub(crate) fn install(printing: &Printing, bar: &ProgressBar) -> Result<(), ctrlc::Error> {
    let (printing, bar) = (Arc::clone(printing), bar.clone());
    ctrlc::set_handler(move || {
        let mut waited = Duration::ZERO;
        let line = loop {
            match printing.try_lock() {
                Err(TryLockError::WouldBlock) if waited < PATIENCE => {
                    thread::sleep(STEP);
                    waited += STEP;
                }
                held => break held,
            }
        };
        bar.finish_and_clear();
        // Nothing is left half done: a run writes no files. The guard is held to the end, so no line starts.
        let _line = line;
        process::exit(130);
    })
}
