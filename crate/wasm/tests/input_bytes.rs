//! Inputs that arrive in pieces, and those that are too large.
#![cfg(target_arch = "wasm32")]

use blocklight_wasm::{InputBytes, verify_file};
use js_sys::{Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// The limit's default, in bytes.
const LIMIT: u64 = 512 << 20;

fn field(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).expect("an object")
}

fn message_of(bytes: InputBytes) -> String {
    let failure: JsValue = verify_file(bytes, Object::new().unchecked_into(), None)
        .expect_err("no verdict")
        .into();
    field(&failure, "message").as_string().expect("text")
}

#[wasm_bindgen_test]
fn pieces_are_put_together_in_the_order_they_came_in() {
    // What is wrong with it, and where, shows only when all of it is in its place.
    let text = br#"{"block": "0xf90201", "witness": {"state": ["0x80", "0x81"], "codes": [}}"#;
    let mut bytes = InputBytes::new(None);
    bytes.reserve(text.len() as u64).expect("room");
    for piece in text.chunks(7) {
        bytes.append(&Uint8Array::from(piece)).expect("room");
    }
    assert_eq!(message_of(bytes), message_of(text.to_vec().into()));
}

#[wasm_bindgen_test]
fn a_length_over_the_limit_is_refused_before_memory_is_taken() {
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let size = || {
        memory
            .buffer()
            .unchecked_into::<js_sys::ArrayBuffer>()
            .byte_length()
    };
    let before = size();
    for length in [LIMIT + 1, u64::from(u32::MAX) + 1, (1 << 53) - 1] {
        let failure: JsValue = InputBytes::new(None)
            .reserve(length)
            .expect_err("over the limit")
            .into();
        assert_eq!(field(&failure, "code"), "limit");
        assert_eq!(field(&failure, "limit"), "inputBytes");
        #[allow(clippy::cast_precision_loss)] // exact below 2^53, from where on numbers arrive as `bigint`
        let (expected, got) = (LIMIT as f64, length as f64);
        assert_eq!(field(&failure, "expected").as_f64(), Some(expected));
        assert_eq!(field(&failure, "got").as_f64(), Some(got));
    }
    assert_eq!(size(), before);
}

#[wasm_bindgen_test]
fn pieces_that_add_up_to_more_than_the_limit_are_refused() {
    let piece = Uint8Array::new_with_length(64 << 20);
    let mut bytes = InputBytes::new(None);
    bytes.reserve(LIMIT).expect("the engine has as much");
    for _ in 0..8 {
        bytes.append(&piece).expect("within the limit");
    }
    let failure: JsValue = bytes
        .append(&Uint8Array::new_with_length(1))
        .expect_err("over")
        .into();
    assert_eq!(field(&failure, "code"), "limit");
}

#[wasm_bindgen_test]
fn the_limit_is_the_callers_where_one_is_given() {
    for (limit, length, fits) in [
        (Some(10.0), 10, true),
        (Some(10.0), 11, false),
        (Some(f64::MAX), 64, true),
        (Some(-1.0), 1, false),
        (Some(f64::NAN), 1, false),
    ] {
        assert_eq!(
            InputBytes::new(limit).reserve(length).is_ok(),
            fits,
            "{limit:?}, {length}"
        );
    }
}
