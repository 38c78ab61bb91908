//! Word of a thread's death, for those who wait for it.
//!
//! A panic ends in a trap, and a trap ends the one worker it happens in: the others wait for it for ever, and so does the
//! worker that was called, which can then neither answer nor hear of it. So every thread leaves word in memory, where
//! the page finds it while it waits.
//!
//! Invariant: once the fault word is set, the module is of no more use and is to be thrown away.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
#[cfg(target_feature = "atomics")]
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::progress::address;

static FAULT: AtomicU32 = AtomicU32::new(0);
static CLAIMED: AtomicBool = AtomicBool::new(false);
static LENGTH: AtomicU32 = AtomicU32::new(0);
static TEXT: [AtomicU8; 512] = [const { AtomicU8::new(0) }; 512];

/// Addresses of the fault word, of its text, and of the text's length.
pub(crate) fn addresses() -> [u32; 3] {
    [address(&FAULT), address(&TEXT), address(&LENGTH)]
}

/// Leaves word of a fault. The first one counts: a panic says more than the trap that follows it.
#[wasm_bindgen(js_name = setFault)]
pub fn set_fault(text: &str) {
    if CLAIMED.swap(true, Ordering::Relaxed) {
        return;
    }
    let mut length = 0;
    for (place, byte) in TEXT.iter().zip(text.bytes()) {
        place.store(byte, Ordering::Relaxed);
        length += 1;
    }
    LENGTH.store(length, Ordering::Relaxed);
    FAULT.store(1, Ordering::Release);
}

/// Has every thread leave word of its panics and traps. To be called once, when the pool has started.
#[wasm_bindgen(js_name = watchForFaults)]
pub fn watch_for_faults() {
    std::panic::set_hook(Box::new(|panic| set_fault(&panic.to_string())));
    #[cfg(target_feature = "atomics")]
    rayon::broadcast(|_| watch_this_worker());
}

/// Where a trap of a pool worker comes out is an event of that worker.
#[cfg(target_feature = "atomics")]
fn watch_this_worker() {
    use wasm_bindgen::{JsCast, closure::Closure};
    use web_sys::{ErrorEvent, EventTarget, PromiseRejectionEvent};

    let worker: EventTarget = js_sys::global().unchecked_into();
    let listen = |kind, listener: Closure<dyn Fn(JsValue)>| {
        if worker
            .add_event_listener_with_callback(kind, listener.as_ref().unchecked_ref())
            .is_err()
        {
            set_fault("a worker of the pool cannot be watched");
        }
        listener.forget();
    };
    listen(
        "error",
        Closure::new(|event: JsValue| set_fault(&event.unchecked_into::<ErrorEvent>().message())),
    );
    listen(
        "unhandledrejection",
        Closure::new(|event: JsValue| {
            let reason = event.unchecked_into::<PromiseRejectionEvent>().reason();
            set_fault(&String::from(js_sys::Object::from(reason).to_string()));
        }),
    );
}
