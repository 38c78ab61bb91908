//! The bytes of an input, received piece by piece in wasm memory, so that a large one never lies whole on the JavaScript
//! heap.
//!
//! Invariant: never more bytes than the limit; what a sender says of the length to come is held to the limit before any
//! memory is taken for it.

use blocklight_verifier::{Error, Limit, Limits};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::{
    FailureValue,
    value::{Failure, FailureCause},
};

/// The bytes of an input: a file, a block, or a witness. Unpacked: not gzip.
#[wasm_bindgen]
#[derive(Debug)]
pub struct InputBytes {
    bytes: Vec<u8>,
    limit: usize,
}

#[wasm_bindgen]
impl InputBytes {
    /// None yet, and never more than `limit`: without it, the default of `Limits::input_bytes`.
    #[wasm_bindgen(constructor)]
    pub fn new(limit: Option<f64>) -> Self {
        // Saturates: the memory ends where `usize` does.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let limit = limit.map_or_else(|| Limits::default().input_bytes, |limit| limit as usize);
        Self {
            bytes: Vec::new(),
            limit,
        }
    }

    /// Makes room for `length` bytes in all, so that no later piece has the memory moved.
    ///
    /// # Errors
    /// A `Failure`: `limit` where `length` is over the limit of an input, `memory` where the engine has no more.
    pub fn reserve(&mut self, length: u64) -> Result<(), FailureValue> {
        self.make_room(length)
            .map(|_| ())
            .map_err(|failure: Failure| failure.into())
    }

    /// Puts `piece` behind what is there.
    ///
    /// # Errors
    /// As [`InputBytes::reserve`]; then nothing of the piece was taken.
    pub fn append(&mut self, piece: &Uint8Array) -> Result<(), FailureValue> {
        let start = self.bytes.len();
        let end = self.make_room(start as u64 + u64::from(piece.length()))?;
        self.bytes.resize(end, 0);
        if let Some(place) = self.bytes.get_mut(start..) {
            piece.copy_to(place);
        }
        Ok(())
    }

    /// Room for `length` bytes in all, with some to spare where it is to grow piece by piece.
    fn make_room(&mut self, length: u64) -> Result<usize, Failure> {
        let wanted = usize::try_from(length)
            .ok()
            .filter(|wanted| *wanted <= self.limit);
        let wanted = wanted.ok_or(Error::Limit {
            limit: Limit::InputBytes,
            expected: self.limit as u64,
            got: length,
        })?;
        let more = wanted.saturating_sub(self.bytes.len());
        // What is asked for first is the length in all, as the sender has it: nothing to spare for that.
        let taken = if self.bytes.is_empty() {
            self.bytes.try_reserve_exact(more)
        } else {
            self.bytes.try_reserve(more)
        };
        taken.map_err(|error| Failure::new(&error, FailureCause::Memory { bytes: length }))?;
        Ok(wanted)
    }
}

impl AsRef<[u8]> for InputBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<Vec<u8>> for InputBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            limit: Limits::default().input_bytes,
        }
    }
}
