//! One case: a chain, block by block.
//!
//! Invariant: the verifier sees bytes only, the block's RLP and the witness's JSON.

use super::{
    exception::{Refusal, is_refusal_for},
    fixture::{Case, FixtureBlock},
    network::{NetworkError, chain_of},
    stateless::{check_inputs, json_input},
};
use alloy_consensus::Header;
use blocklight_verifier::{
    Block, ChainSpec, Error, Input, Limits, Quiet, Verdict, Verifier,
    recorder::{FullState, RecordError, Recorder},
};
use serde_json::value::RawValue;
use std::fmt::Display;

/// What came of a case.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// As the fixture says.
    Passed,
    /// Otherwise.
    Failed(Failure),
    /// Not run to its end, and why.
    Skipped(String),
}

/// Where a case went another way.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Which block, counted from 0; none for what is about the whole chain.
    pub block: Option<usize>,
    /// What the fixture says.
    pub expected: String,
    /// What happened.
    pub got: String,
}

/// Why a case stopped.
pub(super) enum Stop {
    Failed { expected: String, got: String },
    Skipped(String),
}

impl Stop {
    pub(super) fn failed(expected: impl Display, got: impl Display) -> Self {
        Self::Failed {
            expected: expected.to_string(),
            got: got.to_string(),
        }
    }
}

impl From<RecordError> for Stop {
    fn from(error: RecordError) -> Self {
        Self::failed("a witness", error)
    }
}

/// Runs a case on the current pool.
pub fn run_case(case: &Case) -> Outcome {
    let mut at = None;
    let result = start(case).and_then(|(chain, mut recorder)| {
        // Many of these blocks name a gas limit that no chain would allow, and use little of it.
        let limits = Limits {
            block_gas: u64::MAX,
            ..Limits::default()
        };
        let verifier = Verifier::new(chain).with_limits(limits);
        for (index, block) in case.blocks.iter().enumerate() {
            at = Some(index);
            run_block(&verifier, &mut recorder, block)?;
        }
        at = None;
        check_end(case, &recorder)
    });
    match result {
        Ok(()) => Outcome::Passed,
        Err(Stop::Skipped(cause)) => Outcome::Skipped(cause),
        Err(Stop::Failed { expected, got }) => Outcome::Failed(Failure {
            block: at,
            expected,
            got,
        }),
    }
}

fn start(case: &Case) -> Result<(ChainSpec, Recorder), Stop> {
    let chain = chain_of(&case.network, &case.config)
        .map_err(|error: NetworkError| Stop::failed("a network in the table", error))?;
    let state = state(case.pre.get())?;
    let genesis: Block =
        alloy_rlp::decode_exact(&case.genesis_rlp).map_err(|error| Stop::failed("a genesis block", error))?;
    let recorder = Recorder::new(chain.clone(), state, genesis.header)?;
    Ok((chain, recorder))
}

fn state(alloc: &str) -> Result<FullState, Stop> {
    FullState::from_alloc_json(alloc.as_bytes()).map_err(|error| Stop::failed("a state", error))
}

fn run_block(verifier: &Verifier, recorder: &mut Recorder, fixture: &FixtureBlock) -> Result<(), Stop> {
    let limits = Limits::default();
    let expected = fixture.expect_exception.as_deref();
    // The block alone, to be recorded.
    let block = match Input::decode_pair(&fixture.rlp, b"{\"state\":[]}", &limits) {
        Ok(input) => input.block,
        Err(Error::Input(error)) => {
            let refusal = Refusal::Undecodable(&error);
            return match expected {
                Some(exception) if is_refusal_for(exception, &refusal) => Ok(()),
                _ => Err(Stop::failed(expected.unwrap_or("valid"), error)),
            };
        }
        Err(error) => return Err(Stop::failed(expected.unwrap_or("valid"), error)),
    };
    let recording = recorder.record(&block)?;
    let witness = recording.witness.to_json();
    let verdict = Input::decode_pair(&fixture.rlp, witness.as_bytes(), &limits)
        .and_then(|input| verifier.verify_input(&input, &Quiet));
    check_verdict(verdict, expected)?;
    if let Some(list) = fixture.access_list() {
        let witness = RawValue::from_string(witness).map_err(|error| Stop::failed("JSON", error))?;
        let file = json_input(&fixture.rlp, &witness, Some(list));
        let verdict =
            Input::decode(file.as_bytes(), &limits).and_then(|input| verifier.verify_input(&input, &Quiet));
        check_verdict(verdict, expected)?;
    }
    check_inputs(verifier, fixture)?;
    if expected.is_none() {
        recorder.advance(&block.header, &recording)?;
    }
    Ok(())
}

fn check_verdict(verdict: Result<Verdict, Error>, expected: Option<&str>) -> Result<(), Stop> {
    match (verdict, expected) {
        (Ok(Verdict::Valid { .. }), None) => Ok(()),
        (Ok(Verdict::Invalid { reason, .. }), Some(exception))
            if is_refusal_for(exception, &Refusal::Invalid(&reason)) =>
        {
            Ok(())
        }
        (Ok(Verdict::Incomplete { missing, .. }), Some(exception))
            if is_refusal_for(exception, &Refusal::Incomplete(&missing)) =>
        {
            Ok(())
        }
        (Err(Error::UnsupportedFork { fork }), _) => {
            Err(Stop::Skipped(format!("fork {fork} is not supported")))
        }
        (verdict, expected) => Err(Stop::failed(expected.unwrap_or("valid"), describe(verdict))),
    }
}

pub(super) fn describe(verdict: Result<Verdict, Error>) -> String {
    match verdict {
        Ok(Verdict::Valid { .. }) => "valid".to_owned(),
        Ok(Verdict::Invalid { reason, .. }) => format!("invalid: {reason}"),
        Ok(Verdict::Incomplete { missing, .. }) => format!("incomplete: {missing}"),
        Err(error) => format!("error: {error}"),
    }
}

/// The chain ended where the fixture says.
fn check_end(case: &Case, recorder: &Recorder) -> Result<(), Stop> {
    let head: &Header = recorder.head();
    if head.hash_slow() != case.lastblockhash {
        return Err(Stop::failed(
            format_args!("last block {}", case.lastblockhash),
            head.hash_slow(),
        ));
    }
    if let Some(post_state) = &case.post_state {
        let expected = state(post_state.get())?.root();
        if expected != recorder.state().root() {
            return Err(Stop::failed(
                format_args!("post-state {expected}"),
                recorder.state().root(),
            ));
        }
    }
    Ok(())
}
