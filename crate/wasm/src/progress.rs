//! Progress: a table of atomics in the wasm memory, read from outside while this side is busy.
//!
//! In the bundle `threads` the page reads it from the shared memory. In `base` nobody else can see the memory, so a
//! callback is called whenever the table has changed, and its owner reads the table then.
//!
//! Invariant: the table lies at one place for as long as the module lives, and writing it never blocks.

use blocklight_verifier::{Phase, ProgressUnit};
use js_sys::Function;
use serde::Serialize;
use std::{
    cell::RefCell,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};
use tsify::Tsify;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

use crate::{FailureValue, SharedTableValue, fault, value};

/// Words of a phase's row: its state (0 waiting, 1 running, 2 finished), units done, units in all.
const ROW: usize = 3;
const STATE: usize = 0;
const DONE: usize = 1;
const TOTAL: usize = 2;

static ROWS: [[AtomicU32; ROW]; Phase::ALL.len()] =
    [const { [const { AtomicU32::new(0) }; ROW] }; Phase::ALL.len()];

/// Words on gas: used so far, and what the header claims.
const USED: usize = 0;
const CLAIMED: usize = 1;

static GAS: [AtomicU32; 2] = [const { AtomicU32::new(0) }; 2];

thread_local! {
    /// Called on the thread that runs the verification, which is this one where there is no pool.
    static CALLBACK: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Where JavaScript finds what this side tells while it is busy. Addresses are bytes from the memory's start; words
/// are 32 bits, unsigned, written atomically.
#[derive(Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct SharedTable {
    /// The phases, in the order of their rows.
    #[tsify(type = "Phase[]")]
    pub phases: [Phase; Phase::ALL.len()],
    /// What each of them is counted in; `undefined` where nothing is.
    #[tsify(type = "(ProgressUnit | undefined)[]")]
    pub units: [Option<ProgressUnit>; Phase::ALL.len()],
    /// Address of the first row. A row is three words: state (0 waiting, 1 running, 2 finished), units done, units
    /// in all (0 where they cannot be counted).
    pub rows: u32,
    /// Address of two words: gas that the transactions executed so far have used, and gas that the header says the block
    /// uses. Both are 0 until execution begins; more than 32 bits hold is told as the most they hold.
    pub gas: u32,
    /// Address of the fault word: 0 while all is well, 1 when a thread has panicked or trapped and every call after is
    /// lost.
    pub fault: u32,
    /// Address of the fault's text, UTF-8.
    pub fault_text: u32,
    /// Address of the word that holds the text's length in bytes.
    pub fault_length: u32,
}

/// Says where the progress table and the fault word lie.
///
/// # Errors
/// None that is known of; the type is there for what cannot be serialised.
#[wasm_bindgen(js_name = sharedTable)]
pub fn shared_table() -> Result<SharedTableValue, FailureValue> {
    let [fault, fault_text, fault_length] = fault::addresses();
    let table = SharedTable {
        phases: Phase::ALL,
        units: Phase::ALL.map(Phase::unit),
        rows: address(&ROWS),
        gas: address(&GAS),
        fault,
        fault_text,
        fault_length,
    };
    value::to_value(&table)
        .map(JsCast::unchecked_into)
        .map_err(|error| JsValue::from(error).unchecked_into())
}

/// Bytes from the memory's start.
#[allow(clippy::cast_possible_truncation)] // wasm32 addresses have 32 bits
pub(crate) fn address<T>(place: &'static T) -> u32 {
    std::ptr::from_ref(place).addr() as u32
}

/// Empties the table, and has `callback` called on changes until the returned guard is dropped.
pub(crate) fn begin(callback: Option<Function>) -> impl Drop {
    struct Guard;
    impl Drop for Guard {
        fn drop(&mut self) {
            CALLBACK.set(None);
        }
    }
    for word in ROWS.iter().flatten().chain(&GAS) {
        word.store(0, Relaxed);
    }
    CALLBACK.set(callback);
    Guard
}

pub(crate) fn started(phase: Phase, total: u64) {
    if let Some(row) = ROWS.get(phase as usize) {
        row[TOTAL].store(word(total), Relaxed);
        row[STATE].store(1, Relaxed);
    }
    call_back();
}

pub(crate) fn advanced(phase: Phase, done: u64) {
    if let Some(row) = ROWS.get(phase as usize) {
        row[DONE].fetch_add(word(done), Relaxed);
    }
    call_back();
}

/// Calls nobody back: the transaction it comes of has done so.
pub(crate) fn gas_used(used: u64, claimed: u64) {
    GAS[CLAIMED].store(word(claimed), Relaxed);
    GAS[USED].store(word(used), Relaxed);
}

/// A number as a word of the table.
fn word(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

pub(crate) fn finished(phase: Phase) {
    if let Some(row) = ROWS.get(phase as usize) {
        row[STATE].store(2, Relaxed);
    }
    call_back();
}

/// Progress is for show: what the callback throws is dropped.
fn call_back() {
    CALLBACK.with_borrow(|callback| {
        if let Some(callback) = callback {
            let _ = callback.call0(&JsValue::UNDEFINED);
        }
    });
}
