//! Hex text into bytes.
//!
//! Invariant: the caller has admitted [`byte_count`] before [`decode`] or [`Room::decode`] allocates it.

use super::{HexFault, InputError, Part};
use alloy_primitives::{
    Bytes,
    bytes::BytesMut,
    hex::{self, FromHexError},
};

/// Bytes taken at once for the small items of a list.
const PIECE: usize = 64 * 1024;
/// Bytes of an item that has an allocation of its own: what a piece has left when the next item does not fit is lost, and is
/// never more than an eighth of it.
const LARGE: usize = PIECE / 8;

/// Bytes that `text` will decode to, `0x` or not.
pub(super) fn byte_count(text: &str) -> usize {
    digits(text).len() / 2
}

/// Decodes hex, with or without `0x`.
pub(super) fn decode(text: &str, part: Part, index: Option<u64>) -> Result<Bytes, InputError> {
    hex::decode(text)
        .map(Bytes::from)
        .map_err(|error| refusal(&error, text, part, index))
}

/// Where a list's items are put, one behind the other: thousands of small ones with an allocation each would take longer to
/// allocate, to share and to free than to decode, most of all where threads share an allocator.
#[derive(Debug, Default)]
pub(super) struct Room(BytesMut);

impl Room {
    /// Decodes an item as [`decode`] does.
    pub(super) fn decode(&mut self, text: &str, part: Part, index: Option<u64>) -> Result<Bytes, InputError> {
        let count = byte_count(text);
        if count > LARGE {
            return decode(text, part, index);
        }
        if self.0.capacity() < count {
            self.0 = BytesMut::with_capacity(PIECE);
        }
        self.0.resize(count, 0);
        let decoded = hex::decode_to_slice(text, &mut self.0);
        let bytes = self.0.split().freeze().into();
        decoded
            .map(|()| bytes)
            .map_err(|error| refusal(&error, text, part, index))
    }
}

fn refusal(error: &FromHexError, text: &str, part: Part, index: Option<u64>) -> InputError {
    let fault = match error {
        FromHexError::InvalidHexCharacter { index, .. } => HexFault::Digit { at: *index as u64 },
        _ => HexFault::OddLength {
            digits: digits(text).len() as u64,
        },
    };
    InputError::Hex { part, index, fault }
}

fn digits(text: &str) -> &str {
    text.strip_prefix("0x").unwrap_or(text)
}
