//! Ancestor headers: the parent, and the blocks that BLOCKHASH may ask for.
//!
//! Invariant: a header counts only when the chain of parent hashes from the block itself leads to it, without a
//! gap in hash or number. The order in which the server gave headers, and headers that lead nowhere, mean
//! nothing.

use crate::Missing;
use alloy_consensus::Header;
use alloy_primitives::{B256, Bytes};
use alloy_rlp::Decodable;
use blocklight_keccak::keccak256_batch;

/// How far back BLOCKHASH reaches.
const BLOCKHASH_REACH: usize = 256;

/// Headers linked by hash to the block, parent first.
#[derive(Debug)]
pub(crate) struct Ancestors {
    /// The parent and its hash.
    parent: (B256, Header),
    /// Its ancestors, youngest first.
    older: Vec<(B256, Header)>,
}

impl Ancestors {
    /// Links the witness's headers (RLP each) from `parent_hash` backwards.
    ///
    /// # Errors
    /// [`Missing::Parent`] when no well-formed header has `parent_hash`.
    pub(crate) fn link(headers: &[Bytes], parent_hash: B256) -> Result<Self, Missing> {
        let hashes = keccak256_batch(headers);
        // At most 256 headers pass the limits, so a scan is cheap and needs no seeded map.
        let find = |wanted: B256| {
            let (_, rlp) = hashes.iter().zip(headers).find(|(hash, _)| **hash == wanted)?;
            Some((wanted, decode_exact(rlp)?))
        };
        let parent = find(parent_hash).ok_or(Missing::Parent { hash: parent_hash })?;
        let mut older: Vec<(B256, Header)> = Vec::new();
        while older.len() + 1 < BLOCKHASH_REACH {
            let (_, child) = older.last().unwrap_or(&parent);
            let Some(next) = find(child.parent_hash) else {
                break;
            };
            if child.number.checked_sub(1) != Some(next.1.number) {
                break;
            }
            older.push(next);
        }
        Ok(Self { parent, older })
    }

    /// The parent's header.
    pub(crate) const fn parent(&self) -> &Header {
        &self.parent.1
    }

    /// The header of the ancestor with this number.
    pub(crate) fn header(&self, number: u64) -> Option<&Header> {
        self.entry(number).map(|(_, header)| header)
    }

    /// The hash of the ancestor with this number. One generation further than the headers reach, because the
    /// oldest header names its own parent.
    pub(crate) fn hash(&self, number: u64) -> Option<B256> {
        if let Some((hash, _)) = self.entry(number) {
            return Some(*hash);
        }
        let (_, oldest) = self.older.last().unwrap_or(&self.parent);
        (oldest.number.checked_sub(1) == Some(number)).then_some(oldest.parent_hash)
    }

    fn entry(&self, number: u64) -> Option<&(B256, Header)> {
        match self.parent.1.number.checked_sub(number)? {
            0 => Some(&self.parent),
            back => self.older.get(usize::try_from(back - 1).ok()?),
        }
    }
}

/// Decodes a header that fills its bytes to the end.
fn decode_exact(mut rlp: &[u8]) -> Option<Header> {
    let header = Header::decode(&mut rlp).ok()?;
    rlp.is_empty().then_some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Headers 10 to 10 + `count`, oldest first, each the parent of the next.
    fn chain(count: u64, change: impl Fn(&mut Header)) -> Vec<Header> {
        let mut headers: Vec<Header> = Vec::new();
        for number in 10..10 + count {
            let parent_hash = headers.last().map(Header::hash_slow).unwrap_or_default();
            let mut header = Header {
                number,
                parent_hash,
                ..Header::default()
            };
            change(&mut header);
            headers.push(header);
        }
        headers
    }

    fn link(headers: &[Header], parent: &Header) -> Ancestors {
        let rlp: Vec<Bytes> = headers
            .iter()
            .map(|header| alloy_rlp::encode(header).into())
            .collect();
        Ancestors::link(&rlp, parent.hash_slow()).expect("the parent is there")
    }

    #[test]
    fn order_and_headers_of_other_chains_change_nothing() {
        let headers = chain(6, |_| {});
        let forked = chain(6, |header| header.gas_limit = 1);
        let mut all: Vec<Header> = headers.iter().chain(&forked).cloned().collect();
        all.swap(0, 5);
        all.rotate_left(3);
        let ancestors = link(&all, &headers[5]);
        for header in &headers {
            assert_eq!(ancestors.hash(header.number), Some(header.hash_slow()));
        }
        // The oldest header names its own parent, and nobody that one's.
        assert_eq!(ancestors.hash(9), Some(B256::ZERO));
        assert_eq!((ancestors.hash(8), ancestors.hash(16)), (None, None));
    }

    #[test]
    fn nothing_is_known_beyond_a_header_that_is_missing() {
        let headers = chain(6, |_| {});
        let gapped: Vec<Header> = headers
            .iter()
            .filter(|header| header.number != 12)
            .cloned()
            .collect();
        let ancestors = link(&gapped, &headers[5]);
        assert_eq!(ancestors.hash(12), Some(headers[2].hash_slow()), "13 names it");
        assert_eq!(ancestors.hash(11), None);
        assert!(ancestors.header(12).is_none());
    }

    #[test]
    fn nothing_is_known_beyond_a_gap_in_numbers_though_hashes_link() {
        let headers = chain(6, |header| {
            if header.number <= 12 {
                header.number -= 1;
            }
        });
        let ancestors = link(&headers, &headers[5]);
        assert!(ancestors.header(13).is_some());
        assert!(ancestors.header(12).is_none() && ancestors.header(11).is_none());
    }

    #[test]
    fn blockhash_reaches_256_blocks_back_and_no_further() {
        let headers = chain(300, |_| {});
        let parent = &headers[299];
        let ancestors = link(&headers, parent);
        assert!(ancestors.header(parent.number - 255).is_some());
        assert!(ancestors.header(parent.number - 256).is_none());
    }
}
