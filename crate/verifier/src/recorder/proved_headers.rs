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
    parent: Header,
    /// The parent's hash.
    hash: B256,
    /// RLP of the headers, youngest first.
    encoded: Vec<Bytes>,
    /// The oldest of them.
    oldest: Header,
}

impl ProvedHeaders {
    /// The block's parent alone.
    pub(super) fn parent_of(block: &Block, provider: &impl ProofProvider) -> Result<Self, RecordError> {
        let hash = block.header.parent_hash;
        // That the numbers fit is one of the verifier's checks, not ours.
        let (parent, rlp) = header(provider, block.header.number.saturating_sub(1), hash)?;
        Ok(Self {
            oldest: parent.clone(),
            parent,
            hash,
            encoded: vec![rlp],
        })
    }

    /// The parent's header.
    pub(super) const fn parent(&self) -> &Header {
        &self.parent
    }

    /// The hash of the ancestor with this number, once the headers reach back to its child.
    pub(super) fn hash(&mut self, number: u64, provider: &impl ProofProvider) -> Result<B256, RecordError> {
        let unreached = RecordError::Ancestor { number };
        if number == self.parent.number {
            return Ok(self.hash);
        }
        let child = number.saturating_add(1);
        self.reach_back_to(child, provider)?;
        let back = self.parent.number.checked_sub(child).ok_or(unreached)?;
        let child = usize::try_from(back).ok().and_then(|back| self.encoded.get(back));
        let child = child.and_then(|mut rlp| {
            let header: Result<Header, _> = alloy_rlp::Decodable::decode(&mut rlp.as_ref());
            rlp = &Bytes::new();
            header.ok()
        });
        child
            .map(|header| header.parent_hash)
            .ok_or(RecordError::Ancestor { number })
    }

    /// Asks for headers until the oldest has this number, or as many as BLOCKHASH reaches are there.
    fn reach_back_to(&mut self, number: u64, provider: &impl ProofProvider) -> Result<(), RecordError> {
        while self.oldest.number > number && self.encoded.len() < REACH {
            let before = self.oldest.number.saturating_sub(1);
            let (header, rlp) = header(provider, before, self.oldest.parent_hash)?;
            if header.number != before {
                return Err(RecordError::Ancestor { number: before });
            }
            self.encoded.push(rlp);
            self.oldest = header;
        }
        Ok(())
    }

    /// RLP of the headers from number `oldest` to the parent, oldest first; the parent alone if nothing reaches further.
    pub(super) fn back_to(
        &mut self,
        oldest: Option<u64>,
        provider: &impl ProofProvider,
    ) -> Result<Vec<Bytes>, RecordError> {
        let oldest = oldest.unwrap_or(self.parent.number).min(self.parent.number);
        self.reach_back_to(oldest, provider)?;
        let count = usize::try_from(self.parent.number - oldest)
            .unwrap_or(REACH)
            .saturating_add(1);
        Ok(self.encoded.iter().take(count).rev().cloned().collect())
    }
}

/// The header with this hash, and its RLP.
fn header(provider: &impl ProofProvider, number: u64, expected: B256) -> Result<(Header, Bytes), RecordError> {
    let header = provider
        .header(number, expected)
        .map_err(|source| RecordError::Provider {
            asked: Asked::Header(number),
            source: Box::new(source),
        })?;
    let rlp = Bytes::from(alloy_rlp::encode(&header));
    let got = keccak256(&rlp);
    if got != expected {
        return Err(RecordError::Header { number, expected, got });
    }
    Ok((header, rlp))
}
