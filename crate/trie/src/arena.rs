//! The revealed nodes: what the witness holds of the tries below a root.
//!
//! Invariants:
//! - one entry for each witness node, at its index, so that forged nodes which share children cost nothing more; nodes
//!   written into others have none, or a witness node crammed with them would cost fifty times its bytes: they are
//!   looked over once, at the reveal, and decoded again by whoever walks through them;
//! - only nodes that the root leads to are decoded; one that does not decode is kept as an error for whoever walks
//!   through it, so that an unused one changes nothing;
//! - nothing changes after the reveal, so every thread reads at once without a lock.

use crate::{Account, Child, EMPTY_ROOT_HASH, Node, NodeError, WitnessNodes, link::Link, node::HASH_LENGTH};
use alloy_primitives::{B256, Bytes};
use nybbles::Nibbles;

/// What the leaves of the trie below the root hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaves {
    /// Values that lead nowhere.
    Values,
    /// Accounts, whose storage tries are revealed too.
    Accounts,
}

/// A node of the arena.
#[derive(Debug)]
pub(crate) enum Entry {
    /// The root does not lead here.
    Unreached,
    /// The bytes are no node.
    Malformed(NodeError),
    /// A leaf.
    Leaf {
        /// The key's last nibbles.
        path: Nibbles,
        /// Where the value begins; it ends where the node ends.
        value_at: usize,
    },
    /// An extension.
    Extension {
        /// Nibbles common to all keys below.
        path: Nibbles,
        /// The child.
        child: Link,
    },
    /// A branch.
    Branch {
        /// The children by nibble.
        children: [Link; 16],
        /// Where the value begins; it ends where the node ends.
        value_at: usize,
    },
}

#[derive(Debug)]
pub(crate) struct Arena {
    nodes: WitnessNodes,
    entries: Vec<Entry>,
}

/// The walk from the root down.
struct Reveal {
    /// Entries to visit, and what their leaves hold.
    queue: Vec<(u32, Leaves)>,
    /// For each entry, a bit for each kind of leaves it was queued with: a forged node can be part of both kinds of trie.
    queued: Vec<u8>,
}

impl Reveal {
    fn queue(&mut self, index: u32, leaves: Leaves) {
        let bit = 1 << leaves as u8;
        let i = index as usize;
        if self.queued[i] & bit == 0 {
            self.queued[i] |= bit;
            self.queue.push((index, leaves));
        }
    }
}

impl Arena {
    /// Decodes every node that `root` leads to.
    pub(crate) fn reveal(root: B256, nodes: WitnessNodes, leaves: Leaves) -> Self {
        let count = nodes.len();
        let mut entries = Vec::with_capacity(count);
        entries.resize_with(count, || Entry::Unreached);
        let mut arena = Self { nodes, entries };
        let mut reveal = Reveal {
            queue: Vec::new(),
            queued: vec![0; count],
        };
        if let Some(index) = arena.nodes.index(&root) {
            reveal.queue(index, leaves);
        }
        while let Some((index, leaves)) = reveal.queue.pop() {
            if matches!(arena.entries[index as usize], Entry::Unreached) {
                arena.decode(index);
            }
            arena.queue_children(index, leaves, &mut reveal);
        }
        arena
    }

    /// Queues what a node's own links lead to. A node written into it is too short to mention a hash or to hold an
    /// account, so it leads nowhere else.
    fn queue_children(&self, index: u32, leaves: Leaves, reveal: &mut Reveal) {
        match self.entry(index) {
            Entry::Unreached | Entry::Malformed(_) => {}
            Entry::Leaf { .. } => {
                if leaves == Leaves::Accounts
                    && let Ok(account) = Account::from_leaf(self.value(index))
                    && let Some(root) = self.nodes.index(&account.storage_root)
                {
                    reveal.queue(root, Leaves::Values);
                }
            }
            Entry::Extension { child, .. } => {
                if let Link::Revealed(child) = *child {
                    reveal.queue(child, leaves);
                }
            }
            Entry::Branch { children, .. } => {
                for child in children {
                    if let Link::Revealed(child) = *child {
                        reveal.queue(child, leaves);
                    }
                }
            }
        }
    }

    /// Decodes a witness node, and looks over the nodes written into it.
    fn decode(&mut self, index: u32) {
        let entry = self
            .entry_of(self.nodes.bytes(index), index)
            .unwrap_or_else(Entry::Malformed);
        self.entries[index as usize] = entry;
    }

    fn entry_of(&self, bytes: &[u8], index: u32) -> Result<Entry, NodeError> {
        let node = Node::decode(bytes)?;
        check_inline(&node)?;
        Ok(match node {
            Node::Leaf { path, value } => Entry::Leaf {
                path,
                value_at: value_at(bytes, value),
            },
            Node::Extension { path, child } => Entry::Extension {
                path,
                child: self.link(child, index, 0),
            },
            Node::Branch { children, value } => Entry::Branch {
                children: children.map(|child| self.link(child, index, 0)),
                value_at: value_at(bytes, value),
            },
        })
    }

    /// The link to a child of a node that begins `offset` bytes into the witness node `host`.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "children begin within 16 × 33 bytes after a node's header"
    )]
    fn link(&self, child: Child<'_>, host: u32, offset: usize) -> Link {
        match child {
            Child::Empty => Link::Empty,
            Child::Hash { at, hash } => self.nodes.index(hash.into()).map_or(
                Link::Blinded {
                    host,
                    at: (offset + at) as u16,
                },
                Link::Revealed,
            ),
            Child::Inline { at, .. } => Link::Inline {
                host,
                at: (offset + at) as u16,
            },
        }
    }

    /// The link to the root of a trie.
    pub(crate) fn root(&self, root: B256) -> Link {
        if root == EMPTY_ROOT_HASH {
            return Link::Empty;
        }
        self.nodes.index(&root).map_or(Link::BlindedRoot, Link::Revealed)
    }

    /// The entry of a [`Link::Revealed`]. Such links are made by this arena alone, for entries it has.
    pub(crate) fn entry(&self, index: u32) -> &Entry {
        &self.entries[index as usize]
    }

    /// The encoding of a witness node.
    pub(crate) fn bytes(&self, index: u32) -> &[u8] {
        self.nodes.bytes(index)
    }

    /// The value of a leaf or branch; empty for any other entry.
    pub(crate) fn value(&self, index: u32) -> &[u8] {
        match *self.entry(index) {
            Entry::Leaf { value_at, .. } | Entry::Branch { value_at, .. } => &self.bytes(index)[value_at..],
            _ => &[],
        }
    }

    /// A value that lies in the witness node `host`, sharing its memory.
    pub(crate) fn share(&self, host: u32, value: &[u8]) -> Bytes {
        if value.is_empty() {
            return Bytes::new();
        }
        self.nodes.bytes(host).slice_ref(value)
    }

    /// The hash of a witness node.
    pub(crate) fn hash(&self, index: u32) -> B256 {
        self.nodes.hash(index)
    }

    /// The encoding of a [`Link::Inline`]: a list shorter than 32 bytes, whose header is one byte.
    pub(crate) fn inline_bytes(&self, host: u32, at: u16) -> &[u8] {
        let bytes = &self.nodes.bytes(host)[usize::from(at)..];
        let length = 1 + usize::from(bytes[0] - EMPTY_LIST);
        &bytes[..length]
    }

    /// The node behind a [`Link::Inline`]. The reveal decoded it before it made such a link.
    pub(crate) fn inline_node(&self, host: u32, at: u16) -> Node<'_> {
        match Node::decode(self.inline_bytes(host, at)) {
            Ok(node) => node,
            Err(_) => unreachable!("a node with a malformed node in it is malformed itself"),
        }
    }

    /// The link to a child of a [`Link::Inline`].
    pub(crate) fn inline_child(&self, host: u32, at: u16, child: Child<'_>) -> Link {
        self.link(child, host, usize::from(at))
    }

    /// The hash of a [`Link::Blinded`].
    pub(crate) fn blinded_hash(&self, host: u32, at: u16) -> B256 {
        let at = usize::from(at);
        B256::from_slice(&self.nodes.bytes(host)[at..at + HASH_LENGTH])
    }

    /// What stands for a [`Link::Blinded`] in the node that mentions it: its hash as a string of bytes, whose header is the
    /// one byte before.
    pub(crate) fn blinded_reference(&self, host: u32, at: u16) -> &[u8] {
        let at = usize::from(at);
        &self.nodes.bytes(host)[at - 1..at + HASH_LENGTH]
    }
}

/// The header of a list of no bytes.
const EMPTY_LIST: u8 = 0xc0;

/// Decodes the nodes written into a node, which must all be well formed. Recurses into ever shorter ones, from 31 bytes
/// on.
fn check_inline(node: &Node<'_>) -> Result<(), NodeError> {
    let children = match node {
        Node::Leaf { .. } => return Ok(()),
        Node::Extension { child, .. } => core::slice::from_ref(child),
        Node::Branch { children, .. } => children,
    };
    for child in children {
        if let Child::Inline { bytes, .. } = child {
            check_inline(&Node::decode(bytes)?)?;
        }
    }
    Ok(())
}

/// Where the value that a node ends with begins.
fn value_at(bytes: &[u8], value: &[u8]) -> usize {
    bytes.len() - value.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use blocklight_keccak::keccak256;

    fn list(items: &[Vec<u8>]) -> Vec<u8> {
        let payload = items.concat();
        let mut out = Vec::new();
        crate::rlp::encode_list_header(payload.len(), &mut out);
        out.extend(payload);
        out
    }

    /// A branch with `count` times the same child, and a value.
    fn branch(child: &[u8], count: usize) -> Vec<u8> {
        let mut items = vec![vec![0x80]; 17];
        for item in items.iter_mut().take(count) {
            *item = child.to_vec();
        }
        list(&items)
    }

    #[test]
    fn a_node_crammed_with_inline_nodes_costs_one_entry() {
        let leaf = list(&[vec![0x20], vec![0x01]]);
        let inner = branch(&leaf, 6);
        assert!(inner.len() < HASH_LENGTH, "written into its parent");
        let outer = branch(&inner, 16);
        let root = keccak256(&outer);
        let arena = Arena::reveal(root, WitnessNodes::new(vec![outer.into()], 7), Leaves::Values);
        assert!(matches!(arena.entry(0), Entry::Branch { .. }));
        assert_eq!(arena.entries.len(), 1);
        assert_eq!(arena.entries.capacity(), 1);
        // What ARCHITECTURE.md states as the arena's cost.
        assert!(size_of::<Entry>() <= 144, "{}", size_of::<Entry>());
    }
}
