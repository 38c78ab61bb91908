//! One case: a chain, block by block.
//!
//! Invariant: the verifier sees bytes only, the block's RLP and the witness's JSON.

use super::{
    every_schedule::{Agreed, EverySchedule},
    exception::{Refusal, is_refusal_for},
    fixture::{Case, FixtureBlock},
    network::{NetworkError, chain_of},
    sample::{SampleBlock, SampleVerdict},
    stateless::{Recorded, check_inputs, check_recorded, json_input},
    summary::BlockCounts,
};
use alloy_consensus::Header;
use blocklight_verifier::{
    Block, ChainSpec, EncodedInput, Error, Input, Limits, Rule, Verdict,
    recorder::{FullState, RecordError, Recorder},
};
use rayon::ThreadPool;
use serde_json::value::RawValue;
use std::fmt::Display;

/// What came of a case.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// As the fixture says.
    Passed,
    /// Otherwise.
    Failed(Failure),
    /// Otherwise, for a cause that is known.
    Excused(&'static str),
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
    /// The rule that a block was found to break, which should not or should break another: all that a known cause may stand for.
    pub broken: Option<Rule>,
}

/// A case that was run.
#[derive(Debug)]
pub struct CaseRun {
    /// What came of it.
    pub outcome: Outcome,
    /// How its blocks were executed.
    pub blocks: BlockCounts,
    /// Its blocks and their verdicts, where they were asked for.
    pub sample: Vec<SampleBlock>,
}

/// Why a case stopped.
pub(super) enum Stop {
    /// It went another way; `broken` is as in [`Failure`].
    Failed {
        expected: String,
        got: String,
        broken: Option<Rule>,
    },
    /// It cannot be run.
    Skipped(String),
}

impl Stop {
    pub(super) fn failed(expected: impl Display, got: impl Display) -> Self {
        Self::Failed {
            expected: expected.to_string(),
            got: got.to_string(),
            broken: None,
        }
    }

    /// A verdict that is not the expected one.
    pub(super) fn verdict(expected: impl Display, got: &Result<Verdict, Error>) -> Self {
        Self::Failed {
            expected: expected.to_string(),
            got: describe(got),
            broken: match got {
                Ok(Verdict::Invalid { reason, .. }) => Some(reason.rule()),
                _ => None,
            },
        }
    }
}

impl From<RecordError> for Stop {
    fn from(error: RecordError) -> Self {
        Self::failed("a witness", error)
    }
}

/// Runs a case: every block in order on the current pool, and ahead of order on the pool `ahead`. `sampled` keeps its blocks.
pub fn run_case(case: &Case, ahead: &ThreadPool, sampled: bool) -> CaseRun {
    let mut run = CaseRun {
        outcome: Outcome::Passed,
        blocks: BlockCounts::default(),
        sample: Vec::new(),
    };
    let mut at = None;
    let result = start(case).and_then(|(chain, mut recorder)| {
        // Many of these blocks name a gas limit that no chain would allow, and use little of it.
        let limits = Limits {
            block_gas: u64::MAX,
            ..Limits::default()
        };
        let schedules = EverySchedule::new(chain, limits, ahead);
        for (index, block) in case.blocks.iter().enumerate() {
            at = Some(index);
            let kept = sampled.then_some(&mut run.sample);
            run_block(&schedules, &mut recorder, block, &mut run.blocks, kept)?;
        }
        at = None;
        check_end(case, &recorder)
    });
    run.outcome = match result {
        Ok(()) => Outcome::Passed,
        Err(Stop::Skipped(cause)) => Outcome::Skipped(cause),
        Err(Stop::Failed {
            expected,
            got,
            broken,
        }) => Outcome::Failed(Failure {
            block: at,
            expected,
            got,
            broken,
        }),
    };
    run
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

fn run_block(
    schedules: &EverySchedule<'_>,
    recorder: &mut Recorder,
    fixture: &FixtureBlock,
    counts: &mut BlockCounts,
    mut sample: Option<&mut Vec<SampleBlock>>,
) -> Result<(), Stop> {
    let limits = Limits::default();
    let expected = fixture.expect_exception.as_deref();
    let no_witness = "{\"state\":[]}";
    // The block alone, to be recorded.
    let block = match Input::decode_pair(&fixture.rlp, no_witness.as_bytes(), &limits) {
        Ok(input) => input.block,
        Err(Error::Input(error)) => {
            let refused =
                expected.is_some_and(|exception| is_refusal_for(exception, &Refusal::Undecodable(&error)));
            if !refused {
                return Err(Stop::failed(expected.unwrap_or("valid"), error));
            }
            counts.not_executed += 1;
            counts.undecodable += 1;
            if let Some(sample) = &mut sample {
                let witness = raw(no_witness.to_owned())?;
                sample.push(SampleBlock::new(
                    fixture,
                    witness,
                    None,
                    SampleVerdict::Undecodable,
                ));
            }
            return Ok(());
        }
        Err(error) => return Err(Stop::failed(expected.unwrap_or("valid"), error)),
    };
    let recording = recorder.record(&block)?;
    let witness = raw(recording.witness.to_json())?;
    let agreed = schedules.verify(EncodedInput::Pair {
        block: &fixture.rlp,
        witness: witness.get().as_bytes(),
    })?;
    counts.add(&agreed);
    let mut verdict = check_verdict(agreed.verdict, expected)?;
    if let Some(list) = fixture.access_list() {
        let file = json_input(&fixture.rlp, &witness, Some(list));
        let Agreed {
            verdict: of_file,
            access_list,
            ..
        } = schedules.verify(EncodedInput::File(file.as_bytes()))?;
        counts.add_access_list(access_list);
        verdict = check_verdict(of_file, expected)?;
    }
    counts.stateless += usize::from(check_inputs(schedules, fixture)?);
    match check_recorded(&recording.witness, fixture)? {
        Recorded::All => counts.recorded += 1,
        Recorded::AllButOneUnused => counts.recorded_less += 1,
        Recorded::NothingToHoldTo => {}
    }
    if let Some(sample) = &mut sample {
        let raised = (block.header.gas_limit > limits.block_gas).then_some(u64::MAX);
        sample.push(SampleBlock::new(
            fixture,
            witness,
            raised,
            SampleVerdict::of(&verdict),
        ));
    }
    if expected.is_none() {
        recorder.advance(&block.header, &recording)?;
    }
    Ok(())
}

fn raw(json: String) -> Result<Box<RawValue>, Stop> {
    RawValue::from_string(json).map_err(|error| Stop::failed("JSON", error))
}

/// The verdict, if it is the expected one.
fn check_verdict(verdict: Result<Verdict, Error>, expected: Option<&str>) -> Result<Verdict, Stop> {
    let as_expected = match (&verdict, expected) {
        (Ok(Verdict::Valid { .. }), None) => true,
        (Ok(Verdict::Invalid { reason, .. }), Some(exception)) => {
            is_refusal_for(exception, &Refusal::Invalid(reason))
        }
        (Ok(Verdict::Incomplete { missing, .. }), Some(exception)) => {
            is_refusal_for(exception, &Refusal::Incomplete(missing))
        }
        (Err(Error::UnsupportedFork { fork }), _) => {
            return Err(Stop::Skipped(format!("fork {fork} is not supported")));
        }
        _ => false,
    };
    match (verdict, expected) {
        (Ok(verdict), _) if as_expected => Ok(verdict),
        (verdict, expected) => Err(Stop::verdict(expected.unwrap_or("valid"), &verdict)),
    }
}

pub(super) fn describe(verdict: &Result<Verdict, Error>) -> String {
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
