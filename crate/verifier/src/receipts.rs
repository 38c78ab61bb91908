//! Receipts root and logs bloom (Yellow Paper 4.3.1, EIP-2718).
//!
//! Invariant: each distinct log address and topic of a block is hashed once, however many logs name it.

use crate::Transaction;
use alloy_consensus::{RlpEncodableReceipt, Typed2718};
use alloy_primitives::{B256, Bloom};
use alloy_rlp::BufMut;
use alloy_trie::root::ordered_trie_root_with_encoder;
use blocklight_executor::{KeyedHasher, Receipt};
use blocklight_keccak::keccak256_batch;
use std::collections::HashMap;

/// What the receipts commit to.
#[derive(Debug)]
pub(crate) struct ReceiptsSummary {
    pub(crate) root: B256,
    pub(crate) bloom: Bloom,
}

/// Computes root and bloom of the block's receipts. `seed` guards against chosen topics.
pub(crate) fn summarize(transactions: &[Transaction], receipts: &[Receipt], seed: u64) -> ReceiptsSummary {
    let blooms = blooms(receipts, seed);
    let mut bloom = Bloom::ZERO;
    for receipt_bloom in &blooms {
        bloom |= *receipt_bloom;
    }
    let entries: Vec<_> = transactions.iter().zip(receipts).zip(&blooms).collect();
    let root = ordered_trie_root_with_encoder(&entries, |((transaction, receipt), bloom), out| {
        if !transaction.is_legacy() {
            out.put_u8(transaction.ty());
        }
        receipt.rlp_encode_with_bloom(bloom, out);
    });
    ReceiptsSummary { root, bloom }
}

/// A bloom for each receipt.
fn blooms(receipts: &[Receipt], seed: u64) -> Vec<Bloom> {
    // A distinct value's place in the list of values to hash.
    let mut places: HashMap<&[u8], usize, KeyedHasher> = HashMap::with_hasher(KeyedHasher::new(seed));
    let mut values: Vec<&[u8]> = Vec::new();
    let named: Vec<Vec<usize>> = receipts
        .iter()
        .map(|receipt| {
            let logs = receipt.logs.iter();
            logs.flat_map(|log| {
                std::iter::once(log.address.as_slice()).chain(log.topics().iter().map(B256::as_slice))
            })
            .map(|value| {
                *places.entry(value).or_insert_with(|| {
                    values.push(value);
                    values.len() - 1
                })
            })
            .collect()
        })
        .collect();
    let hashes = keccak256_batch(&values);
    named
        .into_iter()
        .map(|places| {
            let mut bloom = Bloom::ZERO;
            for hash in places.into_iter().filter_map(|place| hashes.get(place)) {
                set_bits(&mut bloom, hash);
            }
            bloom
        })
        .collect()
}

/// Sets the three bits a hash stands for: its first three byte pairs, each modulo 2048, counted from the end.
fn set_bits(bloom: &mut Bloom, hash: &B256) {
    for pair in [[hash[0], hash[1]], [hash[2], hash[3]], [hash[4], hash[5]]] {
        let bit = usize::from(u16::from_be_bytes(pair)) & 0x7ff;
        if let Some(byte) = bloom.0.get_mut(255 - bit / 8) {
            *byte |= 1 << (bit % 8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{Address, Bytes, Log, LogData, logs_bloom};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn blooms_agree_with_alloys(logs in prop::collection::vec((0_u8..4, prop::collection::vec(0_u8..6, 0..4)), 0..20)) {
            let logs: Vec<Log> = logs
                .into_iter()
                .map(|(address, topics)| Log {
                    address: Address::with_last_byte(address),
                    data: LogData::new_unchecked(topics.into_iter().map(B256::with_last_byte).collect(), Bytes::new()),
                })
                .collect();
            let expected = logs_bloom(&logs);
            let receipt = Receipt { logs, ..Receipt::default() };
            prop_assert_eq!(blooms(&[receipt], 7), vec![expected]);
        }
    }
}
