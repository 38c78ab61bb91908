//! The witness format tests: a block with the witness that the specification's own implementation made of it, as JSON and
//! within the SSZ input of stateless validation, and what that validation gave.
//!
//! Invariant: both inputs are accepted and refused as the output says, each through the decoder that a user's file goes
//! through.

use super::{case::Stop, every_schedule::EverySchedule, fixture::FixtureBlock};
use alloy_primitives::{B256, Bytes};
use blocklight_verifier::{EncodedInput, Error, Input, Limits, Verdict, Witness};
use serde_json::{json, value::RawValue};
use ssz::{Decode, DecodeError, SszDecoderBuilder};

/// What stateless validation gave (execution-specs, `SszStatelessValidationResult`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatelessOutput {
    /// Hash tree root of the new payload request. Nothing here computes it.
    pub new_payload_request_root: B256,
    /// Whether the block was found valid.
    pub success: bool,
    /// Chain id.
    pub chain_id: u64,
}

impl StatelessOutput {
    /// Decodes the SSZ of an output.
    ///
    /// # Errors
    /// When it is none.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut builder = SszDecoderBuilder::new(bytes);
        builder.register_type::<B256>()?;
        builder.register_type::<bool>()?;
        builder.register_type::<u64>()?;
        let mut fields = builder.build()?;
        Ok(Self {
            new_payload_request_root: fields.decode_next_with(B256::from_ssz_bytes)?,
            success: fields.decode_next()?,
            chain_id: fields.decode_next()?,
        })
    }
}

/// Verifies the block through both inputs, if the fixture has them: whether it has.
pub(super) fn check_inputs(schedules: &EverySchedule<'_>, block: &FixtureBlock) -> Result<bool, Stop> {
    let (witness, input, output) = match (
        &block.execution_witness,
        &block.stateless_input_bytes,
        &block.stateless_output_bytes,
    ) {
        (Some(witness), Some(input), Some(output)) => (witness, input, output),
        (None, None, None) => return Ok(false),
        _ => {
            return Err(Stop::failed(
                "a witness with an SSZ input and output",
                "not all three",
            ));
        }
    };
    let output = StatelessOutput::decode(output)
        .map_err(|error| Stop::failed("an SSZ output", format_args!("{error:?}")))?;
    if output.chain_id != schedules.chain().id() {
        return Err(Stop::failed(schedules.chain().id(), output.chain_id));
    }
    let json = json_input(&block.rlp, witness, block.block_access_list.as_deref());
    let mut refusals = Vec::new();
    for (name, file) in [("JSON", json.as_bytes()), ("SSZ", input.as_ref())] {
        let verdict = schedules.verify(EncodedInput::File(file))?.verdict;
        let refusal = match verdict {
            Ok(Verdict::Invalid { .. }) => Some("invalid"),
            Ok(Verdict::Incomplete { .. }) => Some("incomplete"),
            Err(Error::Input(_)) => Some("undecodable"),
            _ => None,
        };
        let as_said = match &verdict {
            Ok(Verdict::Valid { .. }) => output.success,
            _ => !output.success && refusal.is_some(),
        };
        refusals.extend(refusal);
        if !as_said {
            let expected = if output.success { "valid" } else { "refused" };
            return Err(Stop::verdict(format_args!("{name} input {expected}"), &verdict));
        }
    }
    match refusals[..] {
        [json, ssz] if json != ssz => Err(Stop::failed(format_args!("SSZ input {json}, as from JSON"), ssz)),
        _ => Ok(true),
    }
}

/// What was recorded against the witness in the fixture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Recorded {
    /// There is no witness of a valid block.
    NothingToHoldTo,
    /// The same items.
    All,
    /// All but a node that the block does not need: one test is that such a one does no harm.
    AllButOneUnused,
}

/// Holds what the recorder made of a valid block to the witness that the specification's own implementation made of it, item by
/// item: nodes and codes in whatever order these came, headers in theirs.
pub(super) fn check_recorded(recorded: &Witness, block: &FixtureBlock) -> Result<Recorded, Stop> {
    let (Some(witness), Some(output)) = (&block.execution_witness, &block.stateless_output_bytes) else {
        return Ok(Recorded::NothingToHoldTo);
    };
    // A witness that was made worse on purpose is no measure.
    if !StatelessOutput::decode(output).is_ok_and(|output| output.success) {
        return Ok(Recorded::NothingToHoldTo);
    }
    let own = Input::decode_pair(&block.rlp, witness.get().as_bytes(), &Limits::default())
        .map_err(|error| Stop::failed("a witness", error))?;
    let own = own.witness;
    let mut unused = false;
    for (what, own, recorded) in [
        ("nodes", sorted(&own.state), &recorded.state),
        ("codes", sorted(&own.codes), &recorded.codes),
        ("headers", own.headers, &recorded.headers),
    ] {
        // That what was recorded is enough has been shown: the block was valid by it.
        let has_unused = what == "nodes" && own.len() == recorded.len() + 1;
        if has_unused && recorded.iter().all(|item| own.contains(item)) {
            unused = true;
        } else if own != *recorded {
            let missing = own.iter().filter(|item| !recorded.contains(item)).count();
            let more = recorded.iter().filter(|item| !own.contains(item)).count();
            return Err(Stop::failed(
                format_args!("{} {what}, the specification's own", own.len()),
                format_args!("{}: {missing} missing, {more} more", recorded.len()),
            ));
        }
    }
    Ok(if unused {
        Recorded::AllButOneUnused
    } else {
        Recorded::All
    })
}

fn sorted(items: &[Bytes]) -> Vec<Bytes> {
    let mut items = items.to_vec();
    items.sort_unstable();
    items
}

/// A file with block, witness and access list.
pub(super) fn json_input(rlp: &Bytes, witness: &RawValue, access_list: Option<&RawValue>) -> String {
    json!({ "block": rlp, "witness": witness, "blockAccessList": access_list }).to_string()
}
