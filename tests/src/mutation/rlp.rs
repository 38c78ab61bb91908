//! RLP as a tree of items, to be written down wrongly on purpose.
//!
//! Invariant: without a quirk, what was parsed encodes to the bytes it was parsed from.

use alloy_rlp::Header;

/// An item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// A string of bytes.
    Bytes(Vec<u8>),
    /// A list.
    List(Vec<Item>),
}

/// One way to break the rules of encoding, at one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quirk {
    /// The length in one byte more than needed.
    LongLength,
    /// A single byte with a header of its own.
    WrappedByte,
    /// A zero before a string, as of a number.
    LeadingZero,
    /// A list said to be a string.
    ListAsBytes,
    /// A length that is one more than there is.
    OneMore,
}

impl Quirk {
    pub(super) const ALL: [Self; 5] = [
        Self::LongLength,
        Self::WrappedByte,
        Self::LeadingZero,
        Self::ListAsBytes,
        Self::OneMore,
    ];
}

impl Item {
    /// Parses one item that fills `bytes`; none for what is not RLP, or is nested deeper than a node can be.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let item = Self::next(&mut rest, 0)?;
        rest.is_empty().then_some(item)
    }

    fn next(rest: &mut &[u8], depth: usize) -> Option<Self> {
        let header = Header::decode(rest).ok().filter(|_| depth < 40)?;
        let (mut payload, after) = rest.split_at_checked(header.payload_length)?;
        *rest = after;
        if !header.list {
            return Some(Self::Bytes(payload.to_vec()));
        }
        let mut items = Vec::new();
        while !payload.is_empty() {
            items.push(Self::next(&mut payload, depth + 1)?);
        }
        Some(Self::List(items))
    }

    /// How many items there are, this one among them.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Bytes(_) => 1,
            Self::List(items) => 1 + items.iter().map(Self::count).sum::<usize>(),
        }
    }

    /// Encodes it properly.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut none = usize::MAX;
        self.encode_with(Quirk::LongLength, &mut none)
    }

    /// Encodes it with a quirk at the item that `left` counts down to, in the order of the encoding.
    pub(super) fn encode_with(&self, quirk: Quirk, left: &mut usize) -> Vec<u8> {
        let here = (*left == 0).then_some(quirk);
        *left = left.wrapping_sub(1);
        let (list, mut payload) = match self {
            Self::Bytes(bytes) => (false, bytes.clone()),
            Self::List(items) => (
                true,
                items
                    .iter()
                    .flat_map(|item| item.encode_with(quirk, left))
                    .collect(),
            ),
        };
        if here == Some(Quirk::LeadingZero) && !list {
            payload.insert(0, 0);
        }
        let bare = !list && matches!(payload[..], [byte] if byte < 0x80);
        if bare && here != Some(Quirk::WrappedByte) {
            return payload;
        }
        let kind = if list && here != Some(Quirk::ListAsBytes) {
            0xc0
        } else {
            0x80
        };
        let mut out = header(
            kind,
            payload.len() + usize::from(here == Some(Quirk::OneMore)),
            here == Some(Quirk::LongLength),
        );
        out.append(&mut payload);
        out
    }
}

fn header(kind: u8, length: usize, long: bool) -> Vec<u8> {
    if length < 56 && !long {
        return vec![kind + u8::try_from(length).unwrap_or(0)];
    }
    let digits: Vec<u8> = length
        .to_be_bytes()
        .into_iter()
        .skip_while(|digit| *digit == 0)
        .collect();
    let zero = usize::from(long && length >= 56);
    let mut out = vec![kind + 55 + u8::try_from(digits.len() + zero).unwrap_or(0)];
    out.extend(vec![0; zero]);
    out.extend(digits);
    out
}
