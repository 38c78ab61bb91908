//! The counters that hold an input to its limits while it is being read, and tell how far it has been.
//!
//! Invariant: an item is admitted before it is decoded or stored, so memory grows by admitted bytes only.

use super::{Block, Excerpt, Input, InputError, JsonFault, Part};
use crate::{
    Error, Host, Limit, Limits, Phase,
    limits::{List, hold},
};
use std::cell::Cell;

/// Bytes after which the host is told of what has been read.
const WORTH_TELLING: usize = 64 << 10;

impl List {
    /// An item of the list, for errors.
    pub(super) const fn part(self) -> Part {
        match self {
            Self::Nodes => Part::Node,
            Self::Codes => Part::Code,
            Self::Headers => Part::Header,
        }
    }

    /// The list's field in every JSON dialect.
    pub(super) const fn field(self) -> &'static str {
        match self {
            Self::Nodes => "state",
            Self::Codes => "codes",
            Self::Headers => "headers",
        }
    }
}

/// An input being read: its limits, what was read so far, and the error that stopped a JSON visitor.
pub(super) struct Intake<'h> {
    limits: Limits,
    witness_bytes: Cell<usize>,
    refusal: Cell<Option<Error>>,
    host: &'h dyn Host,
    /// Told of the block as soon as it is there, which may be before the witness is.
    block_read: &'h dyn Fn(&Block),
    /// Bytes of the input that have been read, and how many of them the host was told of.
    read: Cell<usize>,
    told: Cell<usize>,
}

impl<'h> Intake<'h> {
    /// One that tells `host` of the bytes read, and `block_read` of the block that will be the input's.
    pub(super) const fn new(limits: Limits, host: &'h dyn Host, block_read: &'h dyn Fn(&Block)) -> Self {
        Self {
            limits,
            witness_bytes: Cell::new(0),
            refusal: Cell::new(None),
            host,
            block_read,
            read: Cell::new(0),
            told: Cell::new(0),
        }
    }

    /// Has an input of so many `bytes` decoded, once they are admitted.
    pub(super) fn decode(
        &self,
        bytes: usize,
        decode: impl FnOnce(&Self) -> Result<Input, Error>,
    ) -> Result<Input, Error> {
        self.admit_input(bytes)?;
        let input = decode(self)?;
        // What is between items, and what is skipped, is not counted on the way.
        self.tell(bytes);
        Ok(input)
    }

    /// Takes note of the block, which lay in `bytes` bytes of the input. From here on it must stay as it is.
    pub(super) fn read_block(&self, block: &Block, bytes: usize) {
        self.read(bytes);
        (self.block_read)(block);
    }

    /// Takes note that `bytes` more of the input, as they lie there, have been read.
    pub(super) fn read(&self, bytes: usize) {
        let read = self.read.get().saturating_add(bytes);
        self.read.set(read);
        if read.saturating_sub(self.told.get()) >= WORTH_TELLING {
            self.tell(read);
        }
    }

    fn tell(&self, read: usize) {
        let more = read.saturating_sub(self.told.replace(read));
        self.host.phase_advanced(Phase::Decode, more as u64);
    }

    pub(super) fn admit_input(&self, bytes: usize) -> Result<(), Error> {
        hold(Limit::InputBytes, self.limits.input_bytes, bytes)
    }

    pub(super) fn admit_block(&self, bytes: usize) -> Result<(), Error> {
        hold(Limit::BlockBytes, self.limits.block_bytes, bytes)
    }

    /// Admits the text of transaction `index` of a JSON block; all of them so far have `total` bytes. To be called
    /// before it is decoded: alloy reads a transaction into a tree of values, each many times as large as its text.
    pub(super) fn admit_transaction(&self, index: usize, total: usize, text: &str) -> Result<(), Error> {
        let limits = &self.limits;
        hold(Limit::Transactions, limits.transactions, index.saturating_add(1))?;
        hold(Limit::TransactionText, limits.transaction_text, text.len())?;
        hold(Limit::TransactionsText, limits.transactions_text, total)?;
        // A value takes a byte at least, so short texts need not be counted.
        if text.len() > limits.transaction_values {
            hold(Limit::TransactionValues, limits.transaction_values, values(text))?;
        }
        Ok(())
    }

    pub(super) fn admit_transactions(&self, count: usize) -> Result<(), Error> {
        hold(Limit::Transactions, self.limits.transactions, count)
    }

    pub(super) fn admit_access_list(&self, bytes: usize) -> Result<(), Error> {
        hold(Limit::AccessListBytes, self.limits.access_list_bytes, bytes)
    }

    /// Admits an access list of so many bytes, whose values `count` counts if they might be too many. To be called before it
    /// is decoded: a value that is a byte of RLP, or two of JSON, takes 32 in memory.
    pub(super) fn admit_access_list_values(
        &self,
        bytes: usize,
        count: impl FnOnce() -> usize,
    ) -> Result<(), Error> {
        let limit = self.limits.access_list_values;
        // A value takes a byte at least, so short lists need not be counted.
        if bytes > limit {
            hold(Limit::AccessListValues, limit, count())?;
        }
        Ok(())
    }

    /// Admits item `index` of `list`, of `bytes` bytes. Reading stops at a list's limit, so the count in the
    /// error says at least how many items there are.
    pub(super) fn admit_item(&self, list: List, index: usize, bytes: usize) -> Result<(), Error> {
        let limits = self.limits.of_list(list);
        limits.hold_count(index.saturating_add(1))?;
        limits.hold_item(bytes)?;
        let total = self.witness_bytes.get().saturating_add(bytes);
        hold(Limit::WitnessBytes, self.limits.witness_bytes, total)?;
        self.witness_bytes.set(total);
        Ok(())
    }

    /// Stops a visitor with a typed error: serde's own errors are text, so ours waits here for
    /// [`Intake::explain`].
    pub(super) fn refuse<E: serde::de::Error>(&self, error: impl Into<Error>) -> E {
        self.refusal.set(Some(error.into()));
        E::custom("refused")
    }

    /// The typed error behind what serde returned.
    pub(super) fn explain(&self, part: Part, error: &serde_json::Error) -> Error {
        self.refusal
            .take()
            .unwrap_or_else(|| json_error(part, error).into())
    }
}

/// Values and names in well-formed JSON: one stands after each comma, colon and opening bracket outside strings, but in
/// an empty list or object.
pub(super) fn values(json: &str) -> usize {
    let (mut count, mut in_string, mut escaped) = (0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b',' | b':' | b'[' | b'{' if !in_string => count += 1,
            _ => {}
        }
    }
    count
}

/// A fault the JSON reader found itself.
pub(super) fn json_error(part: Part, error: &serde_json::Error) -> InputError {
    use serde_json::error::Category;
    let fault = match error.classify() {
        Category::Syntax | Category::Io => JsonFault::Syntax,
        Category::Eof => JsonFault::CutOff,
        Category::Data => JsonFault::Value,
    };
    InputError::Json {
        part,
        fault,
        line: error.line(),
        column: error.column(),
        detail: Excerpt::of(error),
    }
}
