//! What can be wrong with input as a file, before anything in it means something.
//!
//! Invariant: every error says which part it is about and, for lists, which item; text taken from the input is
//! cut to a fixed length, so that an error never carries a hostile file along.

use std::fmt::{self, Write as _};

/// Why bytes could not be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// There are no bytes, or only white space.
    #[error("{part}: empty")]
    Empty {
        /// The part.
        part: Part,
    },
    /// The bytes are compressed; the caller unpacks (bounded) before decoding.
    #[error("{part}: compressed with gzip; unpack it first")]
    Compressed {
        /// The part.
        part: Part,
    },
    /// The first byte starts none of the dialects of this part.
    #[error("{part}: starts with byte {first:#04x}, which none of the dialects does")]
    Unrecognised {
        /// The part.
        part: Part,
        /// Its first byte that is not white space.
        first: u8,
    },
    /// Not the JSON it should be: broken, cut off, or a value of the wrong type.
    #[error("{part}: {fault} at line {line}, column {column}: {detail}")]
    Json {
        /// The part; line and column count from its start.
        part: Part,
        /// The kind of fault.
        fault: JsonFault,
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1; 0 at the start of a line.
        column: usize,
        /// What the JSON reader said.
        detail: Excerpt,
    },
    /// A field the dialect demands is not there.
    #[error("{part}: no field `{field}`")]
    MissingField {
        /// The part.
        part: Part,
        /// The field.
        field: &'static str,
    },
    /// A field is there twice, so it cannot be told which one is meant.
    #[error("{part}: field `{field}` is there twice")]
    DuplicateField {
        /// The part.
        part: Part,
        /// The field.
        field: &'static str,
    },
    /// The server answered with an error.
    #[error("{part}: the server answered with an error{}: {message}", .code.map_or_else(String::new, |code| format!(" {code}")))]
    Rpc {
        /// The part.
        part: Part,
        /// JSON-RPC error code, where there is one.
        code: Option<i64>,
        /// The server's message.
        message: Excerpt,
    },
    /// The server answered `null`: it does not have what was asked for.
    #[error("{part}: the server answered null: it does not have the block")]
    RpcNull {
        /// The part.
        part: Part,
    },
    /// Text that should be hex is not.
    #[error("{part}{}: {fault}", item(*.index))]
    Hex {
        /// The part.
        part: Part,
        /// Which item of the list, from 0, where it is one.
        index: Option<u64>,
        /// The fault.
        fault: HexFault,
    },
    /// Not the RLP it should be.
    #[error("{part}{}: RLP: {source}", item(*.index))]
    Rlp {
        /// The part.
        part: Part,
        /// Which item of the list, from 0, where it is one.
        index: Option<u64>,
        /// What the RLP reader said.
        source: alloy_rlp::Error,
    },
    /// Not the SSZ it should be.
    #[error("SSZ: {field}: {fault}")]
    Ssz {
        /// The field or container, as the specification names it.
        field: &'static str,
        /// The fault.
        fault: SszFault,
    },
    /// RLP that decodes, but is not the one encoding of what it says.
    #[error("{part}: RLP is not canonical: encoded again it differs at byte {at}")]
    NotCanonical {
        /// The part.
        part: Part,
        /// First differing byte.
        at: u64,
    },
    /// Bytes follow after the end.
    #[error("{part}: {count} bytes after its end")]
    TrailingBytes {
        /// The part.
        part: Part,
        /// How many.
        count: u64,
    },
    /// A JSON-RPC block lists transaction hashes only; ask for it with full transactions.
    #[error("block: transaction {index} is a hash only; ask for the block with full transactions")]
    TransactionHashOnly {
        /// Which transaction.
        index: u64,
    },
    /// A transaction of a JSON-RPC block is of no type known, or lacks a field.
    #[error("block: transaction {index}: {detail}")]
    Transaction {
        /// Which transaction.
        index: u64,
        /// What the JSON reader said.
        detail: Excerpt,
    },
    /// A JSON-RPC block names ommers by hash only; give the block as RLP.
    #[error("block: JSON-RPC leaves out the {count} ommers themselves; give the block as RLP")]
    OmmersLeftOut {
        /// How many ommers.
        count: u64,
    },
    /// A JSON header lacks a field that a later one present demands, so that no RLP says the same.
    #[error("{part}{}: the header has a field of a later fork but lacks one of an earlier", item(*.index))]
    HeaderGap {
        /// The part.
        part: Part,
        /// Which item of the list, from 0, where it is one.
        index: Option<u64>,
    },
    /// A JSON-RPC block does not have the hash it claims, and has a field that may belong to the header of a fork that is
    /// not implemented: whether the hash is wrong or the header is not whole cannot be told.
    #[error(
        "block: the known header fields do not hash to the block's `hash`, and there is a field `{field}`, perhaps of a later fork; give the block as RLP"
    )]
    UnknownField {
        /// The first such field.
        field: Excerpt,
    },
    /// The file gives two different block hashes.
    #[error("the file says the block's hash is {file}, the block in it says {block}")]
    HashesDiffer {
        /// The file's.
        file: alloy_primitives::B256,
        /// The JSON-RPC block's.
        block: alloy_primitives::B256,
    },
}

fn item(index: Option<u64>) -> String {
    index.map_or_else(String::new, |index| format!(" {index}"))
}

/// Which part of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The file as a whole.
    File,
    /// The block.
    Block,
    /// The block-level access list.
    AccessList,
    /// The witness as a whole.
    Witness,
    /// A trie node of the witness.
    Node,
    /// A code of the witness.
    Code,
    /// An ancestor header of the witness.
    Header,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "file",
            Self::Block => "block",
            Self::AccessList => "access list",
            Self::Witness => "witness",
            Self::Node => "witness node",
            Self::Code => "witness code",
            Self::Header => "witness header",
        })
    }
}

/// Kinds of fault in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonFault {
    /// Not JSON.
    Syntax,
    /// Ends too early.
    CutOff,
    /// JSON, but a value is not what the dialect has there.
    Value,
}

impl fmt::Display for JsonFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Syntax => "not JSON",
            Self::CutOff => "cut off",
            Self::Value => "unexpected value",
        })
    }
}

/// Faults in SSZ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SszFault {
    /// Another length than the field has.
    Length {
        /// Bytes that the field has.
        expected: u64,
        /// Bytes that there are.
        got: u64,
    },
    /// An offset that leads out of its container, backwards, or past bytes.
    Offset {
        /// The offset.
        got: u64,
    },
    /// A value that the field cannot have, or that contradicts the rest.
    Value,
}

impl From<ssz::DecodeError> for SszFault {
    fn from(error: ssz::DecodeError) -> Self {
        use ssz::DecodeError as Fault;
        match error {
            Fault::InvalidByteLength { len, expected } | Fault::InvalidLengthPrefix { len, expected } => {
                Self::Length {
                    expected: expected as u64,
                    got: len as u64,
                }
            }
            Fault::OutOfBoundsByte { i: offset }
            | Fault::OffsetIntoFixedPortion(offset)
            | Fault::OffsetSkipsVariableBytes(offset)
            | Fault::OffsetsAreDecreasing(offset)
            | Fault::OffsetOutOfBounds(offset)
            | Fault::InvalidListFixedBytesLen(offset) => Self::Offset { got: offset as u64 },
            Fault::ZeroLengthItem
            | Fault::BytesInvalid(_)
            | Fault::UnionSelectorInvalid(_)
            | Fault::NoMatchingVariant => Self::Value,
        }
    }
}

impl fmt::Display for SszFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { expected, got } => write!(f, "expected {expected} bytes, got {got}"),
            Self::Offset { got } => write!(f, "offset {got} leads nowhere"),
            Self::Value => f.write_str("a value it cannot have"),
        }
    }
}

/// Faults in hex text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HexFault {
    /// An odd number of digits.
    OddLength {
        /// How many, `0x` not counted.
        digits: u64,
    },
    /// A character that is no hex digit.
    Digit {
        /// Its place, counted from the first digit.
        at: u64,
    },
}

impl fmt::Display for HexFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OddLength { digits } => write!(f, "an odd number of hex digits, {digits}"),
            Self::Digit { at } => write!(f, "character {at} is not a hex digit"),
        }
    }
}

/// Text from the input or about it, cut to [`Excerpt::MAX`] bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt(Box<str>);

impl Excerpt {
    /// Most bytes kept.
    pub const MAX: usize = 200;

    /// The start of what `value` prints; never holds more of it than that.
    pub fn of(value: impl fmt::Display) -> Self {
        let mut cut = Cut(String::new());
        // An error only means that the rest was cut.
        let _ = write!(cut, "{value}");
        Self(cut.0.into_boxed_str())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Control characters could rewrite a terminal's screen.
        for character in self.0.chars() {
            f.write_char(if character.is_control() { ' ' } else { character })?;
        }
        Ok(())
    }
}

/// A writer that stops at [`Excerpt::MAX`] bytes.
struct Cut(String);

impl fmt::Write for Cut {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = Excerpt::MAX.saturating_sub(self.0.len());
        let end = if text.len() <= room {
            text.len()
        } else {
            text.floor_char_boundary(room)
        };
        self.0.push_str(text.get(..end).unwrap_or_default());
        if end == text.len() {
            Ok(())
        } else {
            Err(fmt::Error)
        }
    }
}
