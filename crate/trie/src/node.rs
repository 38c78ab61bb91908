//! One trie node's encoding (Yellow Paper, appendices C and D).
//!
//! Invariant: [`Node::decode`] accepts exactly what a trie can hold, as far as one node by itself shows it.

use crate::{
    NodeError,
    rlp::{Item, encode_list_header, encode_string, header_length, split_item, string_length},
};
use nybbles::Nibbles;

/// Nibbles in the longest key, 32 bytes.
pub(crate) const MAX_NIBBLES: usize = 64;

/// A node of an encoding shorter than this is written into its parent; any other is replaced by its hash.
pub(crate) const HASH_LENGTH: usize = 32;

/// A child in an encoded node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Child<'a> {
    /// No child.
    Empty,
    /// A child that stands by itself.
    Hash {
        /// Where in the node's encoding its 32 bytes begin.
        at: usize,
        /// Keccak-256 of the child's encoding.
        hash: &'a [u8; 32],
    },
    /// A child written into the node.
    Inline {
        /// Where in the node's encoding it begins.
        at: usize,
        /// The child's encoding, shorter than 32 bytes and not itself decoded.
        bytes: &'a [u8],
    },
}

/// A decoded node, which borrows its encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "lives on the stack for as long as it takes to look at"
)]
pub enum Node<'a> {
    /// The end of a key, and its value.
    Leaf {
        /// The key's last nibbles.
        path: Nibbles,
        /// The value, never empty.
        value: &'a [u8],
    },
    /// Nibbles common to all keys below.
    Extension {
        /// The nibbles, never none.
        path: Nibbles,
        /// The child, never [`Child::Empty`].
        child: Child<'a>,
    },
    /// A child for each next nibble, and the value of the key that ends here.
    Branch {
        /// The children by nibble.
        children: [Child<'a>; 16],
        /// The value; empty when no key ends here.
        value: &'a [u8],
    },
}

impl<'a> Node<'a> {
    /// Decodes a node strictly.
    ///
    /// # Errors
    ///
    /// Any deviation from the canonical encoding of a node that a trie can hold. Nodes written into this one are not
    /// looked into.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, NodeError> {
        let (outer, after) = split_item(bytes)?;
        if !outer.list {
            return Err(NodeError::NotAList);
        }
        if !after.is_empty() {
            return Err(NodeError::TrailingBytes { count: after.len() });
        }
        let (first, rest) = next(outer.payload, 0)?;
        let (second, rest) = next(rest, 1)?;
        if rest.is_empty() {
            return decode_short(bytes, first, second);
        }
        let mut children = [Child::Empty; 16];
        let mut entries = 0;
        let mut rest = outer.payload;
        for (i, child) in children.iter_mut().enumerate() {
            let at = bytes.len() - rest.len();
            let (item, after) = next(rest, i)?;
            *child = decode_child(item, at)?;
            entries += usize::from(*child != Child::Empty);
            rest = after;
        }
        let (value, after) = next(rest, 16)?;
        if !after.is_empty() {
            return Err(NodeError::ItemCount { got: 18 });
        }
        let value = string(value)?;
        entries += usize::from(!value.is_empty());
        if entries < 2 {
            return Err(NodeError::BranchEntries { got: entries });
        }
        Ok(Self::Branch { children, value })
    }
}

/// The list's next item; its end before the `i`-th is a wrong count.
fn next(rest: &[u8], i: usize) -> Result<(Item<'_>, &[u8]), NodeError> {
    if rest.is_empty() {
        Err(NodeError::ItemCount { got: i })
    } else {
        split_item(rest)
    }
}

fn string(item: Item<'_>) -> Result<&[u8], NodeError> {
    if item.list {
        Err(NodeError::UnexpectedList)
    } else {
        Ok(item.payload)
    }
}

/// A leaf or an extension, from its two items.
fn decode_short<'a>(bytes: &'a [u8], path: Item<'a>, last: Item<'a>) -> Result<Node<'a>, NodeError> {
    let (path, leaf) = decode_path(string(path)?)?;
    if leaf {
        let value = string(last)?;
        return if value.is_empty() {
            Err(NodeError::EmptyValue)
        } else {
            Ok(Node::Leaf { path, value })
        };
    }
    if path.is_empty() {
        return Err(NodeError::EmptyExtensionPath);
    }
    match decode_child(last, bytes.len() - last.raw.len())? {
        Child::Empty => Err(NodeError::NoExtensionChild),
        child => Ok(Node::Extension { path, child }),
    }
}

fn decode_child(item: Item<'_>, at: usize) -> Result<Child<'_>, NodeError> {
    if item.list {
        return if item.raw.len() < HASH_LENGTH {
            Ok(Child::Inline { at, bytes: item.raw })
        } else {
            Err(NodeError::InlineTooLong { got: item.raw.len() })
        };
    }
    if item.payload.is_empty() {
        return Ok(Child::Empty);
    }
    match item.payload.try_into() {
        Ok(hash) => Ok(Child::Hash { at: at + 1, hash }),
        Err(_) => Err(NodeError::ReferenceLength {
            got: item.payload.len(),
        }),
    }
}

/// A path from its hex-prefix encoding, and whether it is a leaf's.
fn decode_path(bytes: &[u8]) -> Result<(Nibbles, bool), NodeError> {
    let Some((&first, rest)) = bytes.split_first() else {
        return Err(NodeError::PathFlag { got: None });
    };
    let (flag, nibble) = (first >> 4, first & 0x0f);
    if flag > 3 {
        return Err(NodeError::PathFlag { got: Some(flag) });
    }
    let odd = flag & 1 == 1;
    let length = rest.len() * 2 + usize::from(odd);
    if length > MAX_NIBBLES {
        return Err(NodeError::PathTooLong { got: length });
    }
    if !odd && nibble != 0 {
        return Err(NodeError::PathPadding { got: nibble });
    }
    let tail = Nibbles::unpack(rest);
    let path = if odd {
        Nibbles::from_nibbles([nibble]).join(&tail)
    } else {
        tail
    };
    Ok((path, flag & 2 == 2))
}

/// The hex-prefix encoding of a path: its bytes and how many of them count.
fn encode_path(path: &Nibbles, leaf: bool) -> ([u8; 33], usize) {
    let mut out = [0; 33];
    let flag = if leaf { 0x20 } else { 0x00 };
    let (first, tail) = if path.len() % 2 == 1 {
        (flag | 0x10 | path.first().unwrap_or_default(), path.slice(1..))
    } else {
        (flag, *path)
    };
    let [head, rest @ ..] = &mut out;
    *head = first;
    let packed = tail.pack();
    for (to, from) in rest.iter_mut().zip(&packed) {
        *to = *from;
    }
    (out, 1 + packed.len())
}

/// Appends the encoding of a leaf.
pub(crate) fn encode_leaf(path: &Nibbles, value: &[u8], out: &mut Vec<u8>) {
    let (path, length) = encode_path(path, true);
    let path = path.get(..length).unwrap_or_default();
    encode_list_header(string_length(path) + string_length(value), out);
    encode_string(path, out);
    encode_string(value, out);
}

/// Appends the encoding of an extension; `child` is the child's reference as it stands in its parent.
pub(crate) fn encode_extension(path: &Nibbles, child: &[u8], out: &mut Vec<u8>) {
    let (path, length) = encode_path(path, false);
    let path = path.get(..length).unwrap_or_default();
    encode_list_header(string_length(path) + child.len(), out);
    encode_string(path, out);
    out.extend_from_slice(child);
}

/// Appends the encoding of a branch; `children` are the 16 references as they stand in their parent, one after the
/// other.
pub(crate) fn encode_branch(children: &[u8], value: &[u8], out: &mut Vec<u8>) {
    let length = children.len() + string_length(value);
    out.reserve(header_length(length) + length);
    encode_list_header(length, out);
    out.extend_from_slice(children);
    encode_string(value, out);
}
