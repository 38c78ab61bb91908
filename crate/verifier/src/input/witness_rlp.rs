//! A witness as RLP `[headers, codes, state, keys]`, as geth encodes its `ExtWitness`.
//!
//! Headers are lists there; a byte string holding a header's RLP is taken as well. `keys` are hints that nothing
//! here needs: they may be left out, and are not read.
//!
//! Invariant: a length in the input is believed only as far as there are bytes behind it.

use super::intake::Intake;
use super::{InputError, Part, Witness, hex};
use crate::Error;
use crate::limits::List;
use alloy_primitives::Bytes;
use alloy_rlp::Header;

/// Decodes the RLP of one witness.
pub(super) fn decode(rlp: &[u8], intake: &Intake<'_>) -> Result<Witness, Error> {
    let mut rest = rlp;
    let mut fields = Header::decode_bytes(&mut rest, true).map_err(whole)?;
    if !rest.is_empty() {
        return Err(InputError::TrailingBytes {
            part: Part::Witness,
            count: rest.len() as u64,
        }
        .into());
    }
    let headers = decode_list(&mut fields, List::Headers, intake)?;
    let codes = decode_list(&mut fields, List::Codes, intake)?;
    let state = decode_list(&mut fields, List::Nodes, intake)?;
    if !fields.is_empty() {
        Header::decode_bytes(&mut fields, true).map_err(whole)?;
    }
    if !fields.is_empty() {
        return Err(InputError::TrailingBytes {
            part: Part::Witness,
            count: fields.len() as u64,
        }
        .into());
    }
    Ok(Witness {
        state,
        codes,
        headers,
    })
}

/// Decodes a witness' RLP written as hex.
pub(super) fn decode_hex(text: &str, intake: &Intake<'_>) -> Result<Witness, Error> {
    // Half of the text, which has been admitted, so there is nothing more to hold it to before its items are known.
    let rlp = hex::decode(text, Part::Witness, None)?;
    intake.read(text.len().saturating_sub(rlp.len()));
    decode(&rlp, intake)
}

fn decode_list(fields: &mut &[u8], list: List, intake: &Intake<'_>) -> Result<Vec<Bytes>, Error> {
    if fields.is_empty() {
        return Err(InputError::MissingField {
            part: Part::Witness,
            field: list.field(),
        }
        .into());
    }
    let mut rest = Header::decode_bytes(fields, true).map_err(whole)?;
    let mut items = Vec::new();
    while !rest.is_empty() {
        let index = items.len();
        let item = next_item(&mut rest, list).map_err(|source| InputError::Rlp {
            part: list.part(),
            index: Some(index as u64),
            source,
        })?;
        intake.admit_item(list, index, item.len())?;
        items.push(Bytes::copy_from_slice(item));
        intake.read(item.len());
    }
    Ok(items)
}

/// The payload of a string, or the whole of a header given as a list.
fn next_item<'a>(rest: &mut &'a [u8], list: List) -> Result<&'a [u8], alloy_rlp::Error> {
    let start = *rest;
    let head = Header::decode(rest)?;
    let (payload, after) = rest
        .split_at_checked(head.payload_length)
        .ok_or(alloy_rlp::Error::InputTooShort)?;
    *rest = after;
    match (head.list, list) {
        (false, _) => Ok(payload),
        (true, List::Headers) => Ok(start.get(..start.len() - after.len()).unwrap_or(payload)),
        (true, _) => Err(alloy_rlp::Error::UnexpectedList),
    }
}

fn whole(source: alloy_rlp::Error) -> InputError {
    InputError::Rlp {
        part: Part::Witness,
        index: None,
        source,
    }
}
