//! A block-level access list (EIP-7928) beside its block: RLP, or JSON as execution-apis give it.
//!
//! Invariant: the list is the one that its RLP decodes to, and that RLP has passed the limits; nothing is decoded before its values
//! have passed theirs.

use super::intake::{Intake, json_error, values};
use super::{InputError, Part, hex};
use crate::Error;
use alloy_rlp::{Decodable, Header};
use blocklight_executor::BlockAccessList;
use serde_json::value::RawValue;

/// A list's JSON is longer than its RLP by names and by hex: at most so many times, which bounds what is read before the
/// length of the RLP is known.
const JSON_BYTES_PER_RLP_BYTE: usize = 16;

/// Decodes a list from JSON: a string of RLP as hex, or a list of accounts. None where it is `null`.
pub(super) fn decode_json(json: &RawValue, intake: &Intake<'_>) -> Result<Option<BlockAccessList>, Error> {
    let json = json.get();
    if json == "null" {
        return Ok(None);
    }
    let part = Part::AccessList;
    if json.starts_with('"') {
        // Without escapes, which hex does not need, the text is borrowed.
        let text: &str = serde_json::from_str(json).map_err(|error| json_error(part, &error))?;
        intake.admit_access_list(hex::byte_count(text))?;
        return decode_rlp(&hex::decode(text, part, None)?, intake).map(Some);
    }
    intake.admit_access_list(json.len() / JSON_BYTES_PER_RLP_BYTE)?;
    intake.admit_access_list_values(json.len(), || values(json))?;
    let list: BlockAccessList = serde_json::from_str(json).map_err(|error| json_error(part, &error))?;
    intake.admit_access_list(alloy_rlp::Encodable::length(&list))?;
    Ok(Some(list))
}

/// Decodes a list from its RLP.
pub(super) fn decode_rlp(rlp: &[u8], intake: &Intake<'_>) -> Result<BlockAccessList, Error> {
    let part = Part::AccessList;
    intake.admit_access_list(rlp.len())?;
    intake.admit_access_list_values(rlp.len(), || items(rlp))?;
    let mut rest = rlp;
    let list = BlockAccessList::decode(&mut rest).map_err(|source| InputError::Rlp {
        part,
        index: None,
        source,
    })?;
    if !rest.is_empty() {
        let count = rest.len() as u64;
        return Err(InputError::TrailingBytes { part, count }.into());
    }
    let canonical = alloy_rlp::encode(&list);
    if canonical != rlp {
        let same = canonical
            .iter()
            .zip(rlp)
            .take_while(|(left, right)| left == right);
        let at = same.count() as u64;
        return Err(InputError::NotCanonical { part, at }.into());
    }
    Ok(list)
}

/// Strings and lists in RLP up to its first fault, behind which nothing is decoded. What is in a list follows its header, so that
/// there is nothing to come back to.
fn items(mut rlp: &[u8]) -> usize {
    let mut count = 0;
    while !rlp.is_empty() {
        let Ok(header) = Header::decode(&mut rlp) else {
            break;
        };
        count += 1;
        if !header.list {
            rlp = rlp.get(header.payload_length..).unwrap_or_default();
        }
    }
    count
}
