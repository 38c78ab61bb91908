//! An outcome as one line of JSON.
//!
//! Invariant: every line has every field; what is not known is null. Only `expected` and `got` (where there is
//! nothing to compare) and `checks` (without `-v`) are left out.

use crate::outcome::Outcome;
use alloy_primitives::B256;
use blocklight_verifier::{Check, Dialects, HashTrust, Report, Verdict};
use serde::{Serialize, Serializer};
use serde_json::Value;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    file: &'a str,
    chain_id: Option<u64>,
    number: Option<u64>,
    hash: Option<B256>,
    hash_trust: Option<HashTrust>,
    verdict: &'static str,
    reason: Option<String>,
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    got: Option<Value>,
    txs: Option<u64>,
    gas_used: Option<u64>,
    state_root: Option<B256>,
    threads: u64,
    dialect: Option<Dialects>,
    #[serde(serialize_with = "as_map")]
    phases: Vec<(&'static str, f64)>,
    total_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checks: Option<&'a [Check]>,
}

/// The outcome as JSON, without a line's end. `threads` is the pool's size.
pub(crate) fn line(outcome: &Outcome, threads: usize, verbose: bool) -> Result<String, serde_json::Error> {
    let report = outcome.result.as_ref().ok().map(Verdict::report);
    let Reason { code, expected, got } = reason(outcome)?;
    serde_json::to_string(&Line {
        file: &outcome.file,
        chain_id: report.map(|report| report.chain_id).or(outcome.facts.chain_id),
        number: report.map(|report| report.number).or(outcome.facts.number),
        hash: report.map(|report| report.hash).or(outcome.facts.hash),
        hash_trust: report.map(|report| report.hash_trust),
        verdict: outcome.name(),
        reason: code,
        message: outcome.message(),
        expected,
        got,
        txs: report.map(|report| report.transactions),
        gas_used: report.map(|report| report.gas_used),
        state_root: report.map(|report| report.post_state_root),
        threads: threads as u64,
        dialect: report.map(|report| report.dialects),
        phases: phases(outcome.read_ms, report),
        total_ms: report.map(|report| rounded(report.timing.total_ms)),
        checks: report.filter(|_| verbose).map(|report| report.checks.as_slice()),
    })
}

#[derive(Default)]
struct Reason {
    code: Option<String>,
    expected: Option<Value>,
    got: Option<Value>,
}

/// Names and values as the verifier's own types serialise them: `{kind, expected?, got?, …}`.
fn reason(outcome: &Outcome) -> Result<Reason, serde_json::Error> {
    let mut fields = match &outcome.result {
        Ok(Verdict::Valid { .. }) => return Ok(Reason::default()),
        Ok(Verdict::Invalid { reason, .. }) => serde_json::to_value(reason)?,
        Ok(Verdict::Incomplete { missing, .. }) => serde_json::to_value(missing)?,
        Err(failure) => {
            let mismatch = failure.mismatch();
            return Ok(Reason {
                code: Some(failure.code().to_owned()),
                expected: mismatch.and_then(|(expected, _)| expected).map(Value::from),
                got: mismatch.map(|(_, got)| got.into()),
            });
        }
    };
    let mut take = |field| fields.get_mut(field).map(Value::take);
    let code = take("kind").and_then(|kind| kind.as_str().map(str::to_owned));
    Ok(Reason {
        code,
        expected: take("expected"),
        got: take("got"),
    })
}

/// Milliseconds of each phase that ran, in order of start.
fn phases(read_ms: f64, report: Option<&Report>) -> Vec<(&'static str, f64)> {
    let times = report.into_iter().flat_map(|report| &report.timing.phases);
    let phases = times.map(|time| (time.phase.name(), rounded(time.ms)));
    [("read", rounded(read_ms))].into_iter().chain(phases).collect()
}

fn as_map<S: Serializer>(phases: &[(&str, f64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(phases.iter().copied())
}

/// To the microsecond: the clock gives no more.
fn rounded(ms: f64) -> f64 {
    (ms * 1e3).round() / 1e3
}
