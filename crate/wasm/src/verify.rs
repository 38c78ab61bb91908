//! The two entries: a file with block and witness, and the two apart.
//!
//! Invariant: all of a verification is one entry into the pool, so that what a thread of it decodes is at hand there when it is
//! hashed.

use blocklight_verifier::{EncodedInput, Host as _, Input, Verdict, Verifier};
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
    verify(EncodedInput::File(file), options, on_progress)
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
    verify(EncodedInput::Pair { block, witness }, options, on_progress)
}

fn verify(
    input: EncodedInput<InputBytes>,
    options: OptionsValue,
    on_progress: Option<Function>,
) -> Result<VerdictValue, FailureValue> {
    let _guard = progress::begin(on_progress);
    let run = || {
        let host = Browser::new()?;
        stir(Browser::new()?.hash_seed());
        let options = Options::from_value(options)?;
        let limits = options.limits.unwrap_or_default();
        let verdict: Verdict = input.verify(&limits, &host, |input| verifier(&options, input))?;
        verdict_value(&verdict)
    };
    run().map_err(|failure: Failure| failure.into())
}

/// The verifier that `options` ask for.
fn verifier(options: &Options, input: &Input) -> Result<Verifier, Failure> {
    let limits = options.limits.unwrap_or_default();
    let mut verifier = Verifier::new(options.chain(input)?)
        .with_limits(limits)
        .with_schedule(options.schedule.unwrap_or_default());
    if let Some(hash) = options.trusted_hash {
        verifier = verifier.with_trusted_hash(hash);
    }
    if let Some(list) = &options.access_list
        && let Some(list) = Input::decode_access_list(list, &limits)?
    {
        verifier = verifier.with_access_list_hint(Arc::new(list));
    }
    if options.record {
        verifier = verifier.with_recording();
    }
    Ok(verifier)
}
