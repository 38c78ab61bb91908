//! The two entries: a file with block and witness, and the two apart.
//!
//! Invariant: decoding is timed as a phase like the others, so that the report's total is what the caller waited for.

use blocklight_verifier::{Error, HashTrust, Host, Input, Limits, Verdict, Verifier};
use js_sys::Function;
use std::sync::Arc;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::{
    FailureValue, InputBytes, OptionsValue, VerdictValue,
    host::Browser,
    options::Options,
    progress,
    stir::stir,
    value::{Failure, verdict_value},
};

/// Verifies a file that holds block and witness, in any dialect (unpacked: not gzip). `on_progress` is called, without
/// arguments, whenever the shared table has changed; not where there is a pool, on which everything runs: there the table can
/// be read from the memory that is shared.
///
/// # Errors
/// A `Failure` when there can be no verdict.
#[wasm_bindgen(js_name = verifyFile)]
pub fn verify_file(
    file: InputBytes,
    options: OptionsValue,
    on_progress: Option<Function>,
) -> Result<VerdictValue, FailureValue> {
    verify(options, on_progress, move |limits, host| {
        Input::decode_with_progress(file.as_slice(), limits, host)
    })
}

/// Verifies a block with a witness that came apart from it, each in any dialect (unpacked: not gzip). As
/// [`verify_file`] otherwise.
///
/// # Errors
/// A `Failure` when there can be no verdict.
#[wasm_bindgen(js_name = verifyPair)]
pub fn verify_pair(
    block: InputBytes,
    witness: InputBytes,
    options: OptionsValue,
    on_progress: Option<Function>,
) -> Result<VerdictValue, FailureValue> {
    verify(options, on_progress, move |limits, host| {
        Input::decode_pair_with_progress(block.as_slice(), witness.as_slice(), limits, host)
    })
}

/// `decode` owns the raw bytes and is consumed, so that they are gone before the trie is built.
fn verify(
    options: OptionsValue,
    on_progress: Option<Function>,
    decode: impl FnOnce(&Limits, &dyn Host) -> Result<Input, Error> + Send,
) -> Result<VerdictValue, FailureValue> {
    let _guard = progress::begin(on_progress);
    let run = || {
        let host = Browser::new()?;
        stir(Browser::new()?.hash_seed());
        let options = Options::from_value(options)?;
        // In one go in the pool: what a thread of it decodes is at hand there when it is hashed.
        let verdict = rayon::scope(|_| verdict(&host, &options, decode))?;
        verdict_value(&verdict)
    };
    run().map_err(|failure: Failure| failure.into())
}

/// Decodes and verifies an input.
fn verdict(
    host: &Browser,
    options: &Options,
    decode: impl FnOnce(&Limits, &dyn Host) -> Result<Input, Error>,
) -> Result<Verdict, Failure> {
    let limits = options.limits.unwrap_or_default();
    let start = host.now_ms();
    let mut input = decode(&limits, host)?;
    let decode_ms = host.now_ms() - start;

    let chain = options.chain(&input)?;
    if let Some(hash) = options.trusted_hash {
        input.hash = Some((hash, HashTrust::GivenByCaller));
    }
    let mut verifier = Verifier::new(chain)
        .with_limits(limits)
        .with_schedule(options.schedule.unwrap_or_default());
    if let Some(list) = &options.access_list
        && let Some(list) = Input::decode_access_list(list, &limits)?
    {
        verifier = verifier.with_access_list_hint(Arc::new(list));
    }
    if options.record {
        verifier = verifier.with_recording();
    }
    let mut verdict = verifier.verify_input(&input, host)?;
    verdict.report_mut().timing.add_decoding(decode_ms);
    Ok(verdict)
}
