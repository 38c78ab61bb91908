//! The ancestors of a block, asked for one by one as far back as they are needed.
//!
//! Invariant: every header has the hash that its child names, and a number one less; the youngest is the block's parent.

use super::{Asked, ProofProvider, REACH, RecordError};
use crate::Block;
use alloy_consensus::Header;
use alloy_primitives::{B256, Bytes};
use blocklight_keccak::keccak256;

/// Headers from the parent back.
#[derive(Debug)]
pub(super) struct ProvedHeaders {
    /// The parent's hash.
    hash: B256,
    /// The parent and its RLP.
    parent: (Header, Bytes),
    /// Its ancestors, youngest first.
    older: Vec<(Header, Bytes)>,
}

impl ProvedHeaders {
    /// The block's parent alone.
    pub(super) fn parent_of(block: &Block, provider: &impl ProofProvider) -> Result<Self, RecordError> {
        let hash = block.header.parent_hash;
        // Whether the numbers fit is for the verifier to say.
        let parent = header(provider, block.header.number.saturating_sub(1), hash)?;
        Ok(Self {
            hash,
            parent,
            older: Vec::new(),
        })
    }

    /// The parent's header.
    pub(super) const fn parent(&self) -> &Header {
        &self.parent.0
    }

    /// The hash of the ancestor with this number, which its child names.
    pub(super) fn hash(&mut self, number: u64, provider: &impl ProofProvider) -> Result<B256, RecordError> {
        let unreached = RecordError::Ancestor { number };
        match self.parent.0.number.checked_sub(number) {
            None => Err(unreached),
            Some(0) => Ok(self.hash),
            Some(_) => {
                self.reach_back_to(number.saturating_add(1), provider)?;
                let mut known = self.older.iter().chain([&self.parent]);
                let child = known.find(|(header, _)| header.number.checked_sub(1) == Some(number));
                child.map(|(header, _)| header.parent_hash).ok_or(unreached)
            }
        }
    }

    fn oldest(&self) -> &Header {
        &self.older.last().unwrap_or(&self.parent).0
    }

    /// Asks for headers until the oldest has this number, or until BLOCKHASH reaches no further.
    fn reach_back_to(&mut self, number: u64, provider: &impl ProofProvider) -> Result<(), RecordError> {
        while self.oldest().number > number && self.older.len() + 1 < REACH {
            let before = self.oldest().number.saturating_sub(1);
            let older = header(provider, before, self.oldest().parent_hash)?;
            if older.0.number != before {
                return Err(RecordError::Ancestor { number: before });
            }
            self.older.push(older);
        }
        Ok(())
    }

    /// RLP of the headers from number `oldest` to the parent, oldest first; the parent alone if nothing reaches further.
    pub(super) fn back_to(
        &mut self,
        oldest: Option<u64>,
        provider: &impl ProofProvider,
    ) -> Result<Vec<Bytes>, RecordError> {
        let oldest = oldest.unwrap_or(self.parent.0.number);
        self.reach_back_to(oldest, provider)?;
        let needed = self.older.iter().filter(|(header, _)| header.number >= oldest);
        let (_, parent) = &self.parent;
        Ok(needed
            .rev()
            .map(|(_, rlp)| rlp)
            .chain([parent])
            .cloned()
            .collect())
    }
}

/// The header with this hash, and its RLP.
fn header(
    provider: &impl ProofProvider,
    number: u64,
    expected: B256,
) -> Result<(Header, Bytes), RecordError> {
    let header = provider
        .header(number, expected)
        .map_err(|source| RecordError::Provider {
            asked: Asked::Header(number),
            source: Box::new(source),
        })?;
    let rlp = Bytes::from(alloy_rlp::encode(&header));
    let got = keccak256(&rlp);
    if got != expected {
        return Err(RecordError::Header {
            number,
            expected,
            got,
        });
    }
    Ok((header, rlp))
}
