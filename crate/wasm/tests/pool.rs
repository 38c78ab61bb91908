//! The pool: started inside a dedicated worker, it does rayon work on every one of its threads.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[cfg(target_feature = "atomics")]
#[wasm_bindgen_test]
async fn a_pool_of_two_shares_work() {
    use rayon::prelude::*;
    use std::collections::HashSet;

    wasm_bindgen_futures::JsFuture::from(blocklight_wasm::init_thread_pool(2))
        .await
        .expect("the pool starts");
    assert_eq!(blocklight_wasm::threads(), 2);
    let seen: HashSet<_> = rayon::broadcast(|context| context.index()).into_iter().collect();
    assert_eq!(seen, HashSet::from([0, 1]), "both threads took part");
    let sum: u64 = (0..1_000_000_u64).into_par_iter().map(|i| i ^ (i >> 3)).sum();
    assert_eq!(sum, (0..1_000_000_u64).map(|i| i ^ (i >> 3)).sum::<u64>());
}

#[cfg(not(target_feature = "atomics"))]
#[wasm_bindgen_test]
fn the_bundle_base_has_one_thread() {
    assert_eq!(blocklight_wasm::threads(), 1);
}
