//! Recursive Length Prefix items, strictly (Yellow Paper, appendix B).
//!
//! Invariant: an item is accepted only in its one canonical encoding, so decoding and encoding again gives the same
//! bytes.

use crate::NodeError;

/// One item: a string of bytes or a list of items.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item<'a> {
    /// Whether the item is a list.
    pub(crate) list: bool,
    /// The string's bytes, or the encodings of the list's items.
    pub(crate) payload: &'a [u8],
    /// The whole encoding, header included.
    pub(crate) raw: &'a [u8],
}

/// Takes the first item off `bytes`: the item, and the bytes after it.
pub(crate) fn split_item(bytes: &[u8]) -> Result<(Item<'_>, &[u8]), NodeError> {
    let (&first, rest) = bytes
        .split_first()
        .ok_or(NodeError::UnexpectedEnd { expected: 1, got: 0 })?;
    let (list, header, length) = match first {
        0x00..=0x7f => (false, 0, 1),
        0x80..=0xb7 => (false, 1, usize::from(first - 0x80)),
        0xb8..=0xbf => long_length(rest, usize::from(first - 0xb7)).map(|(h, l)| (false, h, l))?,
        0xc0..=0xf7 => (true, 1, usize::from(first - 0xc0)),
        0xf8..=0xff => long_length(rest, usize::from(first - 0xf7)).map(|(h, l)| (true, h, l))?,
    };
    let body = bytes.get(header..).unwrap_or_default();
    let Some((payload, after)) = body.split_at_checked(length) else {
        return Err(NodeError::UnexpectedEnd {
            expected: length,
            got: body.len(),
        });
    };
    if first == 0x81 && payload.first().is_some_and(|&byte| byte < 0x80) {
        return Err(NodeError::NonCanonicalLength);
    }
    let raw = bytes.get(..bytes.len() - after.len()).unwrap_or_default();
    Ok((Item { list, payload, raw }, after))
}

/// The length told by `size` big-endian bytes after the first: header size and payload length.
fn long_length(rest: &[u8], size: usize) -> Result<(usize, usize), NodeError> {
    let digits = rest.get(..size).ok_or(NodeError::UnexpectedEnd {
        expected: size,
        got: rest.len(),
    })?;
    let mut length = 0_usize;
    for &digit in digits {
        // A length that no `usize` holds is longer than any input.
        length = length
            .checked_mul(256)
            .and_then(|length| length.checked_add(usize::from(digit)))
            .ok_or(NodeError::UnexpectedEnd {
                expected: usize::MAX,
                got: rest.len(),
            })?;
    }
    if digits.first() == Some(&0) || length < 56 {
        return Err(NodeError::NonCanonicalLength);
    }
    Ok((1 + size, length))
}

/// Appends the header of a list whose payload has `length` bytes.
pub(crate) fn encode_list_header(length: usize, out: &mut Vec<u8>) {
    encode_header(0xc0, length, out);
}

/// Appends a string of bytes.
pub(crate) fn encode_string(bytes: &[u8], out: &mut Vec<u8>) {
    if !matches!(bytes, [byte] if *byte < 0x80) {
        encode_header(0x80, bytes.len(), out);
    }
    out.extend_from_slice(bytes);
}

/// Encoded length of a string of bytes, header included.
pub(crate) fn string_length(bytes: &[u8]) -> usize {
    match bytes {
        [byte] if *byte < 0x80 => 1,
        _ => header_length(bytes.len()) + bytes.len(),
    }
}

/// Encoded length of the header of a payload of `length` bytes.
pub(crate) fn header_length(length: usize) -> usize {
    if length < 56 {
        1
    } else {
        1 + significant_bytes(length)
    }
}

fn significant_bytes(length: usize) -> usize {
    (usize::BITS - length.leading_zeros()).div_ceil(8) as usize
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a length has at most 8 significant bytes"
)]
fn encode_header(kind: u8, length: usize, out: &mut Vec<u8>) {
    match u8::try_from(length) {
        Ok(length) if length < 56 => out.push(kind + length),
        _ => {
            let size = significant_bytes(length);
            out.push(kind + 55 + size as u8);
            out.extend(length.to_be_bytes().iter().skip(size_of::<usize>() - size));
        }
    }
}
