//! Hex text into bytes.
//!
//! Invariant: the caller has admitted [`byte_count`] before [`decode`] allocates it.

use super::{HexFault, InputError, Part};
use alloy_primitives::{Bytes, hex};

/// Bytes that `text` will decode to, `0x` or not.
pub(super) fn byte_count(text: &str) -> usize {
    digits(text).len() / 2
}

/// Decodes hex, with or without `0x`.
pub(super) fn decode(text: &str, part: Part, index: Option<u64>) -> Result<Bytes, InputError> {
    let fault = match hex::decode(text) {
        Ok(bytes) => return Ok(bytes.into()),
        Err(hex::FromHexError::InvalidHexCharacter { index, .. }) => HexFault::Digit { at: index as u64 },
        Err(_) => HexFault::OddLength {
            digits: digits(text).len() as u64,
        },
    };
    Err(InputError::Hex { part, index, fault })
}

fn digits(text: &str) -> &str {
    text.strip_prefix("0x").unwrap_or(text)
}
