//! Hash seeds of our dependencies' maps: of chance once a verification has begun, on every thread. Each instance here is this module
//! begun anew, with a memory of its own.
//!
//! foldhash's maps have a seed of their own each, and one in common: keys that collide under the latter collide in every map, so it is
//! looked at by itself.
#![cfg(target_arch = "wasm32")]

use alloy_primitives::{
    B256,
    map::{DefaultHashBuilder, FbBuildHasher},
};
use blocklight_wasm::{InputBytes, verify_file};
use foldhash::SharedSeed;
use js_sys::{Array, Function, Object, Promise, Reflect};
use std::{
    collections::BTreeSet,
    hash::{BuildHasher, RandomState},
};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// Instances that are compared: as many different seeds are some bits of chance; how many there are, `stir.rs` says.
const INSTANCES: u32 = 8;

#[wasm_bindgen(inline_js = "export async function instance(name) {
    const glue = await import(`${self.location.origin}/wasm-bindgen-test.js?${name}`);
    await glue.default({ module_or_path: `${self.location.origin}/wasm-bindgen-test_bg.wasm` });
    return glue;
}")]
extern "C" {
    /// This module's glue, and with it an instance, under a name of its own.
    #[wasm_bindgen(catch)]
    async fn instance(name: &str) -> Result<JsValue, JsValue>;
}

/// The seed that foldhash's maps have in common, and what one key hashes to in maps made now on this thread: what alloy has for
/// addresses, hashes and slots, what it and revm have for the rest, what std has.
fn seeds() -> [String; 4] {
    [
        format!("{:?}", SharedSeed::global_random()),
        FbBuildHasher::<32>::default().hash_one(B256::ZERO).to_string(),
        DefaultHashBuilder::default().hash_one(0_u64).to_string(),
        RandomState::new().hash_one(0_u64).to_string(),
    ]
}

/// The seeds of an instance that has verified nothing.
#[wasm_bindgen(js_name = firstSeeds)]
pub fn first_seeds() -> Vec<String> {
    seeds().into()
}

/// The seeds after a verification, on each thread of the pool.
///
/// # Panics
/// When what is no block has a verdict.
#[wasm_bindgen(js_name = seedsAfterVerifying)]
pub fn seeds_after_verifying() -> Vec<String> {
    let file = InputBytes::from(b"no block".to_vec());
    assert!(verify_file(file, Object::new().unchecked_into(), None).is_err());
    rayon::broadcast(|_| seeds()).concat()
}

/// What a function of an instance returns.
fn call(instance: &JsValue, function: &str, arguments: &[JsValue]) -> JsValue {
    let function: Function = Reflect::get(instance, &function.into())
        .expect("glue")
        .unchecked_into();
    function
        .apply(&JsValue::UNDEFINED, &arguments.iter().collect())
        .expect("no fault")
}

fn texts(value: JsValue) -> Vec<String> {
    let list: Array = value.unchecked_into();
    list.iter().filter_map(|text| text.as_string()).collect()
}

#[wasm_bindgen_test]
async fn without_a_verification_every_instance_has_the_same_seeds() {
    let mut seen = BTreeSet::new();
    for index in 0..INSTANCES {
        let instance = instance(&format!("first{index}")).await.expect("an instance");
        seen.insert(texts(call(&instance, "firstSeeds", &[])));
    }
    assert_eq!(seen.len(), 1, "nothing is to be stirred any more: {seen:?}");
}

#[wasm_bindgen_test]
async fn a_verification_leaves_seeds_of_chance_on_every_thread() {
    let mut seen: Vec<Vec<String>> = Vec::new();
    for index in 0..INSTANCES {
        let instance = instance(&format!("verified{index}")).await.expect("an instance");
        if cfg!(target_feature = "atomics") {
            let pool: Promise = call(&instance, "initThreadPool", &[2.into()]).unchecked_into();
            JsFuture::from(pool).await.expect("the pool starts");
        }
        seen.push(texts(call(&instance, "seedsAfterVerifying", &[])));
    }
    let threads = if cfg!(target_feature = "atomics") { 2 } else { 1 };
    for place in 0..4 * threads {
        let of_place: BTreeSet<&str> = seen.iter().map(|seeds| seeds[place].as_str()).collect();
        assert_eq!(of_place.len(), seen.len(), "place {place}: {seen:?}");
    }
}
