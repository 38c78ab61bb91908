//! Telling JSON, hex and RLP apart by the first byte, for a block or a witness that came on its own.
//!
//! Invariant: the three cannot be confused. RLP of a list starts with 0xc0 or more; JSON with `{` or `"`; hex with
//! a digit, so with less than 0x80.

use super::{Block, InputError, Part, Witness, block_json, block_rlp, envelope, hex};
use super::{intake::Intake, intake::json_error, witness_json, witness_rlp};
use crate::{BlockDialect, Error, WitnessDialect};
use alloy_primitives::B256;
use blocklight_executor::BlockAccessList;

/// A block and what its own dialect says of it.
#[derive(Debug)]
pub(super) struct DecodedBlock {
    pub(super) block: Block,
    pub(super) dialect: BlockDialect,
    /// The access list that a JSON-RPC block has with it.
    pub(super) access_list: Option<BlockAccessList>,
    /// The hash a JSON-RPC block claims for itself.
    pub(super) hash: Option<B256>,
}

enum Shape<'a> {
    Json(&'a [u8]),
    Hex(&'a str),
    Rlp(&'a [u8]),
}

fn shape(bytes: &[u8], part: Part) -> Result<Shape<'_>, InputError> {
    // A byte order mark cannot start the RLP of a block or witness: no list of either is 47 bytes long.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = bytes.trim_ascii();
    match *text.first().ok_or(InputError::Empty { part })? {
        b'{' | b'"' => Ok(Shape::Json(text)),
        // Not `text`: the last bytes of RLP may look like white space.
        0xc0.. => Ok(Shape::Rlp(bytes)),
        0x1f if text.starts_with(b"\x1f\x8b") => Err(InputError::Compressed { part }),
        first if first.is_ascii_hexdigit() => std::str::from_utf8(text)
            .map(Shape::Hex)
            .map_err(|_| InputError::Unrecognised { part, first }),
        first => Err(InputError::Unrecognised { part, first }),
    }
}

/// The JSON of a file that must be a JSON object.
pub(super) fn object(bytes: &[u8], part: Part) -> Result<&[u8], InputError> {
    match shape(bytes, part)? {
        Shape::Json(text) if text.starts_with(b"{") => Ok(text),
        _ => Err(InputError::Unrecognised {
            part,
            first: bytes.trim_ascii().first().copied().unwrap_or_default(),
        }),
    }
}

/// Decodes a block that came on its own, in any dialect.
pub(super) fn decode_block(bytes: &[u8], intake: &Intake<'_>) -> Result<DecodedBlock, Error> {
    match shape(bytes, Part::Block)? {
        Shape::Json(json) => {
            let json = std::str::from_utf8(json).map_err(|_| not_utf8(json))?;
            decode_block_json(json, intake)
        }
        Shape::Hex(text) => decode_block_hex(text, intake),
        Shape::Rlp(rlp) => decode_block_rlp(rlp, intake),
    }
}

/// Decodes a block written as JSON: a string of hex, an object, or either in a JSON-RPC response.
pub(super) fn decode_block_json(json: &str, intake: &Intake<'_>) -> Result<DecodedBlock, Error> {
    let json = if json.starts_with('{') {
        envelope::open(json, Part::Block)?
    } else {
        json
    };
    if json.starts_with('{') {
        return block_json::decode(json, intake);
    }
    // Without escapes, which hex does not need, the text is borrowed.
    let text: &str = serde_json::from_str(json).map_err(|error| json_error(Part::Block, &error))?;
    decode_block_hex(text, intake)
}

fn decode_block_hex(text: &str, intake: &Intake<'_>) -> Result<DecodedBlock, Error> {
    intake.admit_block(hex::byte_count(text))?;
    decode_block_rlp(&hex::decode(text, Part::Block, None)?, intake)
}

fn decode_block_rlp(rlp: &[u8], intake: &Intake<'_>) -> Result<DecodedBlock, Error> {
    intake.admit_block(rlp.len())?;
    intake.admit_transactions(block_rlp::count_transactions(rlp))?;
    Ok(DecodedBlock {
        block: block_rlp::decode(rlp)?,
        dialect: BlockDialect::Rlp,
        access_list: None,
        hash: None,
    })
}

/// Decodes a witness that came on its own, in any dialect.
pub(super) fn decode_witness(bytes: &[u8], intake: &Intake<'_>) -> Result<(Witness, WitnessDialect), Error> {
    match shape(bytes, Part::Witness)? {
        Shape::Json(json) => witness_json::decode(json, intake),
        Shape::Hex(text) => Ok((witness_rlp::decode_hex(text, intake)?, WitnessDialect::Rlp)),
        Shape::Rlp(rlp) => Ok((witness_rlp::decode(rlp, intake)?, WitnessDialect::Rlp)),
    }
}

fn not_utf8(text: &[u8]) -> InputError {
    InputError::Unrecognised {
        part: Part::Block,
        first: text.iter().copied().find(|byte| *byte >= 0x80).unwrap_or(0),
    }
}
