//! The witness's nodes by hash.
//!
//! Invariant: a node is found under the Keccak-256 of its bytes, computed here and nowhere else, and under nothing else.

use alloy_primitives::{B256, Bytes};
use blocklight_keccak::{keccak256_batch_with_progress, permutations};
use core::hash::BuildHasher;
use foldhash::fast::FixedState;
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

/// A map whose hasher is seeded by the host, because its keys come from the server.
pub(crate) type SeededMap<V> = HashMap<B256, V, Seeded>;

/// Hashes a key that is a Keccak-256 hash already, with foldhash and the seed.
///
/// foldhash multiplies 64-bit words of the key by each other, after XOR with constants that everybody knows: keys with
/// such words in the right places collide whatever the seed. To find one node whose hash is such a key takes 2^64 tries or
/// more, so that here, and only where keys are Keccak-256 hashes, the fast hash will do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seeded(pub(crate) u64);

impl BuildHasher for Seeded {
    type Hasher = foldhash::fast::FoldHasher<'static>;

    fn build_hasher(&self) -> Self::Hasher {
        FixedState::with_seed(self.0).build_hasher()
    }
}

/// Nodes of a witness, hashed. Cheap to clone.
#[derive(Debug, Clone)]
pub struct WitnessNodes {
    table: Arc<Table>,
}

#[derive(Debug)]
struct Table {
    bytes: Vec<Bytes>,
    hashes: Vec<B256>,
    by_hash: SeededMap<u32>,
    filter: Filter,
    permutations: u64,
}

impl WitnessNodes {
    /// Hashes `nodes` on all threads of the rayon pool and keeps them by hash.
    ///
    /// Duplicates, nodes nobody refers to and bytes that are no node at all do no harm. `seed` should be random: it
    /// keeps a server from choosing nodes that make the table slow.
    pub fn new(nodes: Vec<Bytes>, seed: u64) -> Self {
        Self::with_progress(nodes, seed, |_| {})
    }

    /// As [`Self::new`], and tells `hashed` how many bytes more of the nodes have been hashed: in pieces of some 64 KiB, from
    /// any thread, and of all of them before it returns.
    pub fn with_progress(nodes: Vec<Bytes>, seed: u64, hashed: impl Fn(usize) + Sync) -> Self {
        let hashes = keccak256_batch_with_progress(&nodes, hashed);
        let permutations = nodes.iter().map(|node| permutations(node.len())).sum();
        let mut by_hash = SeededMap::with_capacity_and_hasher(nodes.len(), Seeded(seed));
        let mut filter = Filter::new();
        // A witness of 2³² nodes does not fit in memory, but if it did the rest would be left blinded.
        for (hash, i) in hashes.iter().zip(0_u32..) {
            filter.add(hash);
            if let Entry::Vacant(vacant) = by_hash.entry(*hash) {
                vacant.insert(i);
            }
        }
        Self {
            table: Arc::new(Table {
                bytes: nodes,
                hashes,
                by_hash,
                filter,
                permutations,
            }),
        }
    }

    /// Number of nodes, duplicates included.
    pub fn len(&self) -> usize {
        self.table.bytes.len()
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.table.bytes.is_empty()
    }

    /// The node with this hash.
    pub fn get(&self, hash: &B256) -> Option<&Bytes> {
        self.index(hash).map(|i| self.bytes(i))
    }

    /// Keccak permutations spent on hashing the nodes.
    pub fn permutations(&self) -> u64 {
        self.table.permutations
    }

    /// The index of the node with this hash.
    pub(crate) fn index(&self, hash: &B256) -> Option<u32> {
        if self.table.filter.excludes(hash) {
            return None;
        }
        self.table.by_hash.get(hash).copied()
    }

    /// The bytes of the node at an index that [`Self::index`] gave.
    pub(crate) fn bytes(&self, index: u32) -> &Bytes {
        &self.table.bytes[index as usize]
    }

    /// The hash of the node at an index that [`Self::index`] gave.
    pub(crate) fn hash(&self, index: u32) -> B256 {
        self.table.hashes[index as usize]
    }
}

/// A bit for each value of a hash's first two bytes: set if some node's hash begins so.
///
/// Nine in ten lookups are of blinded children. These 8 KiB, which stay in the nearest cache, answer most of them; whoever
/// crafts nodes to set every bit pays with the table's own lookup, no more.
#[derive(Debug)]
struct Filter(Vec<u64>);

impl Filter {
    fn new() -> Self {
        Self(vec![0; 1 << 10])
    }

    /// Which word and which bit of it a hash has.
    fn place(hash: &B256) -> (usize, u64) {
        let prefix = u16::from_le_bytes([hash[0], hash[1]]);
        (usize::from(prefix >> 6), 1 << (prefix & 63))
    }

    fn add(&mut self, hash: &B256) {
        let (word, bit) = Self::place(hash);
        self.0[word] |= bit;
    }

    fn excludes(&self, hash: &B256) -> bool {
        let (word, bit) = Self::place(hash);
        self.0[word] & bit == 0
    }
}
