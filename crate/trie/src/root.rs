//! Roots: every changed node is encoded and hashed once, children before parents.
//!
//! Invariants: what one task hashes is whole subtrees, so a task waits for no other; within it nodes are taken level by
//! level from the leaves up, so a level's nodes need nothing of one another and are hashed two at a time. The few nodes
//! above the subtrees follow when all tasks are done. Threads meet once for all tries together, not once a level:
//! waking one costs as much as hashing a hundred nodes.

use crate::{
    EMPTY_ROOT_HASH,
    arena::Arena,
    link::Link,
    node::{HASH_LENGTH, encode_branch, encode_extension, encode_leaf},
    overlay::{Changed, Overlay},
};
use alloy_primitives::B256;
use blocklight_keccak::{keccak256, keccak256_group, permutations};
use rayon::prelude::*;

/// A root, and what it cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Root {
    /// The root hash.
    pub hash: B256,
    /// Keccak permutations spent on changed nodes, those of storage tries included.
    pub permutations: u64,
}

/// Fewest nodes that a task is made of: enough to find pairs of equally many blocks, and to be worth another thread.
const SMALLEST_TASK: usize = 32;

/// Tasks for each thread, so that all threads finish together.
const TASKS_PER_THREAD: usize = 8;

/// What stands for a node in its parent: its encoding if shorter than 32 bytes, else the string of its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reference {
    bytes: [u8; HASH_LENGTH + 1],
    len: usize,
}

impl Reference {
    /// RLP of a string of 32 bytes: the header `0x80 + 32`, then the string.
    fn of_hash(hash: &B256) -> Self {
        let mut bytes = [0xa0; HASH_LENGTH + 1];
        bytes[1..].copy_from_slice(&hash[..]);
        Self {
            bytes,
            len: bytes.len(),
        }
    }

    /// A node of fewer than 32 bytes.
    fn of_short(encoding: &[u8]) -> Self {
        let mut bytes = [0; HASH_LENGTH + 1];
        for (to, from) in bytes.iter_mut().zip(encoding) {
            *to = *from;
        }
        Self {
            bytes,
            len: encoding.len(),
        }
    }

    fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// The hash, or none for a node that is not hashed.
    fn hash(&self) -> Option<B256> {
        (self.len > HASH_LENGTH).then(|| B256::from_slice(&self.bytes[1..]))
    }
}

/// A changed node of one of several tries, in the order of [`Unhashed`].
#[derive(Debug, Clone, Copy)]
struct Place {
    trie: u32,
    node: u32,
    /// Levels of changed nodes below it.
    height: u32,
    /// Nodes of its subtree, itself included: the places that end with this one.
    nodes: u32,
}

/// The changed nodes without a reference, children before parents: each subtree is the run of places that ends with its
/// root.
struct Unhashed(Vec<Place>);

/// Hashes the changed nodes of `tries`, on all threads: the permutations spent.
pub(crate) fn hash_changed(arena: &Arena, tries: &[&Overlay]) -> u64 {
    let mut unhashed = Unhashed(Vec::new());
    for (trie, overlay) in (0_u32..).zip(tries) {
        unhashed.collect(overlay, overlay.root, trie);
    }
    let threads = rayon::current_num_threads();
    let least = if threads == 1 {
        usize::MAX
    } else {
        (unhashed.0.len() / (threads * TASKS_PER_THREAD)).max(SMALLEST_TASK)
    };
    let Division { tasks, above } = unhashed.divide(least);
    let hash = |task: &Vec<Place>| hash_by_level(arena, tries, task);
    let spent: u64 = match tasks.as_slice() {
        [] => 0,
        [task] => hash(task),
        tasks => tasks.par_iter().with_max_len(1).map(hash).sum(),
    };
    spent + hash_by_level(arena, tries, &above)
}

/// Changed nodes by who hashes them.
#[derive(Default)]
struct Division {
    /// Whole subtrees, of about equally many nodes in each task.
    tasks: Vec<Vec<Place>>,
    /// What is above all of them.
    above: Vec<Place>,
}

impl Unhashed {
    /// Adds the nodes below a link: the number of levels from there up, or 0 if there is nothing to do. The recursion
    /// follows a key, so it is bounded.
    fn collect(&mut self, overlay: &Overlay, link: Link, trie: u32) -> u32 {
        let Link::Changed(node) = link else { return 0 };
        let slot = overlay.slot(node);
        if slot.reference.get().is_some() {
            return 0;
        }
        let start = self.0.len();
        let height = match &slot.node {
            Changed::Leaf { .. } => 0,
            Changed::Extension { child, .. } => self.collect(overlay, *child, trie),
            Changed::Branch { children, .. } => children
                .iter()
                .map(|child| self.collect(overlay, *child, trie))
                .max()
                .unwrap_or(0),
        };
        // Slots are counted in 32 bits, so their number fits.
        let nodes = u32::try_from(self.0.len() - start + 1).unwrap_or(u32::MAX);
        self.0.push(Place {
            trie,
            node,
            height,
            nodes,
        });
        height + 1
    }

    /// Cuts off subtrees of at most `least` nodes, and joins them to tasks of at least as many.
    fn divide(&self, least: usize) -> Division {
        let mut division = Division::default();
        let mut task = Vec::new();
        let mut rest = self.0.as_slice();
        while let Some((root, below)) = rest.split_last() {
            let nodes = root.nodes as usize;
            if nodes > least {
                division.above.push(*root);
                rest = below;
                continue;
            }
            let (before, subtree) = rest.split_at(rest.len().saturating_sub(nodes));
            task.extend_from_slice(subtree);
            if task.len() >= least {
                division.tasks.push(core::mem::take(&mut task));
            }
            rest = before;
        }
        if !task.is_empty() {
            division.tasks.push(task);
        }
        division
    }
}

/// Hashes nodes whose changed children are among them or have references: the permutations spent.
fn hash_by_level(arena: &Arena, tries: &[&Overlay], places: &[Place]) -> u64 {
    let mut levels: Vec<Vec<&Place>> = Vec::new();
    for place in places {
        let height = place.height as usize;
        if levels.len() <= height {
            levels.resize_with(height + 1, Vec::new);
        }
        levels[height].push(place);
    }
    levels.iter().map(|level| hash_level(arena, tries, level)).sum()
}

/// Encodes and hashes nodes that need nothing of one another: the permutations spent.
fn hash_level(arena: &Arena, tries: &[&Overlay], level: &[&Place]) -> u64 {
    let mut buffer = Vec::with_capacity(level.len() * 160);
    let mut scratch = Vec::with_capacity(16 * (HASH_LENGTH + 1));
    let slots: Vec<_> = level
        .iter()
        .map(|place| {
            let overlay = tries[place.trie as usize];
            (overlay, overlay.slot(place.node))
        })
        .collect();
    let ends: Vec<usize> = slots
        .iter()
        .map(|(overlay, slot)| {
            encode(arena, overlay, &slot.node, &mut scratch, &mut buffer);
            buffer.len()
        })
        .collect();
    let mut start = 0;
    let encodings: Vec<&[u8]> = ends
        .into_iter()
        .map(|end| {
            let encoding = &buffer[start..end];
            start = end;
            encoding
        })
        .collect();
    let long: Vec<&[u8]> = encodings
        .iter()
        .copied()
        .filter(|encoding| encoding.len() >= HASH_LENGTH)
        .collect();
    let spent = long.iter().map(|encoding| permutations(encoding.len())).sum();
    let mut hashes = keccak256_group(&long).into_iter();
    for (encoding, (_, slot)) in encodings.iter().zip(&slots) {
        // There is a hash for each long encoding, in the same order.
        let hash = if encoding.len() < HASH_LENGTH {
            None
        } else {
            hashes.next()
        };
        let reference = hash.map_or_else(|| Reference::of_short(encoding), |hash| Reference::of_hash(&hash));
        // Nobody else hashes this node: each is in one task, once.
        let _ = slot.reference.set(reference);
    }
    spent
}

fn encode(arena: &Arena, overlay: &Overlay, node: &Changed, scratch: &mut Vec<u8>, out: &mut Vec<u8>) {
    scratch.clear();
    match node {
        Changed::Leaf { path, value } => encode_leaf(path, value, out),
        Changed::Extension { path, child } => {
            append_reference(arena, overlay, *child, scratch);
            encode_extension(path, scratch, out);
        }
        Changed::Branch { children, value } => {
            for child in children {
                append_reference(arena, overlay, *child, scratch);
            }
            encode_branch(scratch, value, out);
        }
    }
}

/// Appends what stands for a child in its parent.
fn append_reference(arena: &Arena, overlay: &Overlay, link: Link, out: &mut Vec<u8>) {
    let hash = match link {
        Link::Empty => return out.push(0x80),
        Link::Changed(node) => {
            let Some(reference) = overlay.slot(node).reference.get() else {
                unreachable!("a node is hashed after all nodes below it")
            };
            return out.extend_from_slice(reference.as_slice());
        }
        Link::Inline { host, at } => return out.extend_from_slice(arena.inline_bytes(host, at)),
        Link::Revealed(index) => arena.hash(index),
        Link::Blinded { host, at } => return out.extend_from_slice(arena.blinded_reference(host, at)),
        Link::BlindedRoot => overlay.revealed_root,
    };
    out.extend_from_slice(Reference::of_hash(&hash).as_slice());
}

impl Overlay {
    /// The root hash of a trie whose changed nodes [`hash_changed`] has hashed, and the permutations this took.
    pub(crate) fn root_hash(&self, arena: &Arena) -> Root {
        let short = |encoding: &[u8]| Root {
            hash: keccak256(encoding),
            permutations: permutations(encoding.len()),
        };
        let hash = match self.root {
            Link::Empty => EMPTY_ROOT_HASH,
            Link::Changed(node) => match self.slot(node).reference.get() {
                Some(reference) => match reference.hash() {
                    Some(hash) => hash,
                    None => return short(reference.as_slice()),
                },
                None => unreachable!("a root is asked for after hashing"),
            },
            Link::Inline { host, at } => return short(arena.inline_bytes(host, at)),
            Link::Revealed(index) => arena.hash(index),
            Link::Blinded { host, at } => arena.blinded_hash(host, at),
            Link::BlindedRoot => self.revealed_root,
        };
        Root {
            hash,
            permutations: 0,
        }
    }
}
