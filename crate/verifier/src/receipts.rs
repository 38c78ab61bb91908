//! Receipts root and logs bloom (Yellow Paper 4.3.1, EIP-2718), begun while later transactions still run.
//!
//! Invariants: receipts are taken up in block order, each once; each distinct log address and topic of a block is hashed
//! once, however many logs name it; nobody waits for the rayon pool with the lock held.

use crate::Transaction;
use alloy_consensus::{RlpEncodableReceipt, Typed2718};
use alloy_primitives::{Address, B256, Bloom, Log};
use alloy_rlp::BufMut;
use alloy_trie::{HashBuilder, Nibbles};
use blocklight_executor::{KeyedHasher, Receipt};
use blocklight_keccak::keccak256_group;
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Receipts that another thread is called for at once: some tens of microseconds' work, about what waking it costs.
const WORTH_A_THREAD: usize = 16;

/// What the receipts commit to.
#[derive(Debug)]
pub(crate) struct ReceiptsSummary {
    pub(crate) root: B256,
    pub(crate) bloom: Bloom,
}

/// The receipts of a block's first transactions: those committed, and what has been made of them.
#[derive(Debug)]
pub(crate) struct ReceiptsSoFar<'a> {
    transactions: &'a [Transaction],
    waiting: Mutex<Vec<Receipt>>,
    taken_up: Mutex<TakenUp>,
}

impl<'a> ReceiptsSoFar<'a> {
    /// None yet of the block with these transactions. `seed` guards against chosen topics.
    pub(crate) fn new(transactions: &'a [Transaction], seed: u64) -> Self {
        Self {
            transactions,
            waiting: Mutex::default(),
            taken_up: Mutex::new(TakenUp::new(seed)),
        }
    }

    /// Adds the next receipt: whether it is time that a thread took up those that wait.
    pub(crate) fn add(&self, receipt: &Receipt) -> bool {
        let mut waiting = self.waiting();
        waiting.push(receipt.clone());
        waiting.len().is_multiple_of(WORTH_A_THREAD)
    }

    /// Takes up the receipts that wait, unless another thread is at it.
    pub(crate) fn take_up(&self) {
        if let Ok(mut taken_up) = self.taken_up.try_lock() {
            // Under the lock, so that whoever comes next takes up what follows these.
            let receipts = std::mem::take(&mut *self.waiting());
            taken_up.extend(self.transactions, &receipts);
        }
    }

    /// Root and bloom of `receipts`, which are all of the block's. Those that have been added begin them.
    pub(crate) fn finish(&self, receipts: &[Receipt]) -> ReceiptsSummary {
        let mut taken_up = self.taken_up.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting().clear();
        let rest = receipts.get(taken_up.count..).unwrap_or_default();
        taken_up.extend(self.transactions, rest);
        taken_up.summary()
    }

    /// A poisoned lock means another thread's panic, which ends the verification anyway.
    fn waiting(&self) -> MutexGuard<'_, Vec<Receipt>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A value that a bloom is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Named {
    Address(Address),
    Topic(B256),
}

impl AsRef<[u8]> for Named {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Address(address) => address.as_slice(),
            Self::Topic(topic) => topic.as_slice(),
        }
    }
}

/// What the logs of a receipt tell its bloom.
fn named(logs: &[Log]) -> impl Iterator<Item = Named> {
    logs.iter().flat_map(|log| {
        std::iter::once(Named::Address(log.address)).chain(log.topics().iter().copied().map(Named::Topic))
    })
}

/// What has been made of a block's first receipts.
#[derive(Debug)]
struct TakenUp {
    count: usize,
    /// The trie from transaction index to receipt; leaves are added in order of their keys.
    trie: HashBuilder,
    /// The first receipt, until its leaf may be added: the key of index 0, `0x80`, is greater than those of 1 to 127.
    first: Option<Vec<u8>>,
    hashes: HashMap<Named, B256, KeyedHasher>,
    bloom: Bloom,
}

impl TakenUp {
    fn new(seed: u64) -> Self {
        Self {
            count: 0,
            trie: HashBuilder::default(),
            first: None,
            hashes: HashMap::with_hasher(KeyedHasher::new(seed)),
            bloom: Bloom::ZERO,
        }
    }

    /// Takes up the receipts that follow, of a block with these transactions. On this thread alone: whoever waits for others
    /// while it holds the lock might be handed a task that wants it.
    fn extend(&mut self, transactions: &[Transaction], receipts: &[Receipt]) {
        let mut unhashed = Vec::new();
        for value in receipts.iter().flat_map(|receipt| named(&receipt.logs)) {
            if let Entry::Vacant(vacant) = self.hashes.entry(value) {
                vacant.insert(B256::ZERO);
                unhashed.push(value);
            }
        }
        let hashes = keccak256_group(&unhashed);
        self.hashes.extend(unhashed.into_iter().zip(hashes));
        for receipt in receipts {
            let mut bloom = Bloom::ZERO;
            for hash in named(&receipt.logs).filter_map(|value| self.hashes.get(&value)) {
                set_bits(&mut bloom, hash);
            }
            self.bloom |= bloom;
            self.add_leaf(transactions.get(self.count), receipt, &bloom);
        }
    }

    fn add_leaf(&mut self, transaction: Option<&Transaction>, receipt: &Receipt, bloom: &Bloom) {
        let mut value = Vec::new();
        if let Some(transaction) = transaction.filter(|it| !it.is_legacy()) {
            value.put_u8(transaction.ty());
        }
        receipt.rlp_encode_with_bloom(bloom, &mut value);
        match self.count {
            0 => self.first = Some(value),
            index => {
                if index > LAST_BEFORE_FIRST {
                    self.add_first();
                }
                self.trie.add_leaf(key(index), &value);
            }
        }
        self.count += 1;
    }

    fn add_first(&mut self) {
        if let Some(first) = self.first.take() {
            self.trie.add_leaf(key(0), &first);
        }
    }

    fn summary(&mut self) -> ReceiptsSummary {
        self.add_first();
        ReceiptsSummary {
            root: self.trie.root(),
            bloom: self.bloom,
        }
    }
}

/// The last index whose key, a single byte, is less than that of index 0.
const LAST_BEFORE_FIRST: usize = 0x7f;

/// The key of a transaction index: its RLP.
fn key(index: usize) -> Nibbles {
    Nibbles::unpack(alloy_rlp::encode_fixed_size(&index))
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
    use alloy_consensus::{Signed, TxEip1559, TxLegacy};
    use alloy_primitives::{Address, Bytes, LogData, Signature, U256, logs_bloom};
    use alloy_trie::root::ordered_trie_root_with_encoder;
    use proptest::prelude::*;

    /// Legacy and EIP-1559 transactions in turns.
    fn transactions(count: usize) -> Vec<Transaction> {
        let signature = Signature::new(U256::from(1), U256::from(1), false);
        let legacy = Transaction::from(Signed::new_unhashed(TxLegacy::default(), signature));
        let dynamic = Transaction::from(Signed::new_unhashed(TxEip1559::default(), signature));
        [legacy, dynamic].into_iter().cycle().take(count).collect()
    }

    fn receipts(logs: Vec<Vec<(u8, Vec<u8>)>>) -> Vec<Receipt> {
        let log = |(address, topics): (u8, Vec<u8>)| Log {
            address: Address::with_last_byte(address),
            data: LogData::new_unchecked(
                topics.into_iter().map(B256::with_last_byte).collect(),
                Bytes::new(),
            ),
        };
        logs.into_iter()
            .map(|logs| Receipt {
                logs: logs.into_iter().map(log).collect(),
                ..Receipt::default()
            })
            .collect()
    }

    /// Root and bloom by alloy.
    fn expected(transactions: &[Transaction], receipts: &[Receipt]) -> (B256, Bloom) {
        let entries: Vec<_> = transactions.iter().zip(receipts).collect();
        let root = ordered_trie_root_with_encoder(&entries, |(transaction, receipt), out| {
            if !transaction.is_legacy() {
                out.put_u8(transaction.ty());
            }
            receipt.rlp_encode_with_bloom(&logs_bloom(&receipt.logs), out);
        });
        (
            root,
            logs_bloom(receipts.iter().flat_map(|receipt| &receipt.logs)),
        )
    }

    fn logs() -> impl Strategy<Value = Vec<(u8, Vec<u8>)>> {
        prop::collection::vec((0_u8..4, prop::collection::vec(0_u8..6, 0..4)), 0..6)
    }

    proptest! {
        #[test]
        fn root_and_bloom_agree_with_alloys_however_receipts_are_taken_up(
            logs in prop::collection::vec(logs(), 0..300),
            ahead in 0_usize..320,
            at_once in 1_usize..40,
        ) {
            let receipts = receipts(logs);
            let transactions = transactions(receipts.len());
            let so_far = ReceiptsSoFar::new(&transactions, 7);
            for (index, receipt) in receipts.iter().take(ahead).enumerate() {
                so_far.add(receipt);
                if index % at_once == 0 {
                    so_far.take_up();
                }
            }
            let summary = so_far.finish(&receipts);
            prop_assert_eq!((summary.root, summary.bloom), expected(&transactions, &receipts));
        }
    }

    #[test]
    fn a_task_that_comes_late_changes_nothing() {
        let receipts = receipts(vec![vec![(1, vec![2])]; 20]);
        let transactions = transactions(receipts.len());
        let so_far = ReceiptsSoFar::new(&transactions, 7);
        for receipt in &receipts {
            so_far.add(receipt);
        }
        let first = so_far.finish(&receipts);
        so_far.take_up();
        let again = so_far.finish(&receipts);
        assert_eq!((first.root, first.bloom), expected(&transactions, &receipts));
        assert_eq!((again.root, again.bloom), (first.root, first.bloom));
    }
}
