//! One trie: its root, and the nodes that differ from the revealed ones.
//!
//! Invariants:
//! - a change copies the revealed nodes on the way from the root and touches nothing else;
//! - a changed node's reference is there only if nothing below it changed since it was computed, and is computed by one
//!   thread only;
//! - every revealed node is looked at through [`Overlay::view`], which refuses what cannot stand at that place.

use crate::{
    NodeError, TrieError,
    arena::{Arena, Entry},
    link::Link,
    node::{HASH_LENGTH, MAX_NIBBLES, Node},
    root::Reference,
};
use alloy_primitives::{B256, Bytes};
use nybbles::Nibbles;
use std::{collections::BTreeSet, sync::OnceLock};

/// How long the keys of a trie are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyLength {
    /// All keys are hashes of 32 bytes, as in every trie of the state: no branch has a value, and a leaf at any other
    /// depth is malformed.
    Hashed,
    /// Any length up to 32 bytes.
    Any,
}

/// A changed node.
#[derive(Debug, Clone)]
pub(crate) enum Changed {
    Leaf { path: Nibbles, value: Bytes },
    Extension { path: Nibbles, child: Link },
    Branch { children: [Link; 16], value: Bytes },
}

/// A changed node and, once computed, what stands for it in its parent.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    pub(crate) node: Changed,
    pub(crate) reference: OnceLock<Reference>,
}

/// A node as it is read, revealed or changed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum View<'a> {
    Leaf { path: Nibbles, value: &'a [u8] },
    Extension { path: Nibbles, child: Link },
    Branch { children: Children<'a>, value: &'a [u8] },
}

/// A branch's children as they are read. Those of a branch written into another node are held nowhere.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Children<'a> {
    Held(&'a [Link; 16]),
    Inline { host: u32, at: u16 },
}

impl Children<'_> {
    /// All sixteen, by nibble.
    pub(crate) fn links(self, arena: &Arena) -> [Link; 16] {
        match self {
            Self::Held(links) => *links,
            Self::Inline { host, at } => match arena.inline_node(host, at) {
                Node::Branch { children, .. } => children.map(|child| arena.inline_child(host, at, child)),
                _ => unreachable!("made of branches only"),
            },
        }
    }

    /// The child at a nibble.
    pub(crate) fn at(self, arena: &Arena, nibble: usize) -> Link {
        match self {
            Self::Held(links) => links[nibble],
            inline @ Self::Inline { .. } => inline.links(arena)[nibble],
        }
    }
}

/// The way from the root to a node.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way<'a> {
    /// A key below the node.
    pub(crate) key: &'a Nibbles,
    /// How many of the key's nibbles lead to the node; never more than it has.
    pub(crate) depth: usize,
    /// Whether the node is the child of an extension.
    pub(crate) below_extension: bool,
}

impl<'a> Way<'a> {
    pub(crate) fn start(key: &'a Nibbles) -> Self {
        Self {
            key,
            depth: 0,
            below_extension: false,
        }
    }

    /// Nibbles from the root to the node.
    pub(crate) fn path(&self) -> Nibbles {
        self.key.slice(..self.depth)
    }

    /// The key's other nibbles.
    pub(crate) fn rest(&self) -> Nibbles {
        self.key.slice(self.depth..)
    }

    /// To a branch's child.
    pub(crate) fn into_branch(self) -> Self {
        Self {
            depth: self.depth + 1,
            below_extension: false,
            ..self
        }
    }

    /// To an extension's child.
    pub(crate) fn into_extension(self, path: &Nibbles) -> Self {
        Self {
            depth: self.depth + path.len(),
            below_extension: true,
            ..self
        }
    }
}

/// A trie over an [`Arena`]; every method wants the arena that the root link came from.
#[derive(Debug, Clone)]
pub(crate) struct Overlay {
    pub(crate) root: Link,
    /// The root before any change.
    pub(crate) revealed_root: B256,
    pub(crate) keys: KeyLength,
    slots: Vec<Slot>,
    /// Blinded children, by host and place, that an insert took out of an extension: branches, whatever their bytes, for
    /// nothing else stands below an extension.
    freed: BTreeSet<(u32, u16)>,
}

impl Overlay {
    /// The trie with this root, unchanged.
    pub(crate) fn new(arena: &Arena, root: B256, keys: KeyLength) -> Self {
        Self {
            root: arena.root(root),
            revealed_root: root,
            keys,
            slots: Vec::new(),
            freed: BTreeSet::new(),
        }
    }

    /// Remembers a child that was taken out of an extension.
    pub(crate) fn free(&mut self, child: Link) {
        if let Link::Blinded { host, at } = child {
            self.freed.insert((host, at));
        }
    }

    /// Whether a link leads to a blinded node that is known to be a branch.
    pub(crate) fn is_freed(&self, link: Link) -> bool {
        matches!(link, Link::Blinded { host, at } if self.freed.contains(&(host, at)))
    }

    /// A changed node. Links to it are made by this overlay alone, for slots it has.
    pub(crate) fn slot(&self, index: u32) -> &Slot {
        &self.slots[index as usize]
    }

    pub(crate) fn slot_mut(&mut self, index: u32) -> &mut Slot {
        &mut self.slots[index as usize]
    }

    #[expect(clippy::cast_possible_truncation, reason = "2³² changed nodes fit no memory")]
    pub(crate) fn push(&mut self, node: Changed) -> Link {
        let index = self.slots.len() as u32;
        self.slots.push(Slot {
            node,
            reference: OnceLock::new(),
        });
        Link::Changed(index)
    }

    /// The node behind a link, to be changed: a revealed one is copied, and a changed one forgets its reference. The
    /// link is one that [`Self::view`] gave a view for.
    pub(crate) fn own(&mut self, arena: &Arena, link: Link) -> (Link, &mut Changed) {
        let link = match link {
            Link::Inline { host, at } => self.push(match inline_view(arena, host, at) {
                View::Leaf { path, value } => Changed::Leaf {
                    path,
                    value: arena.share(host, value),
                },
                View::Extension { path, child } => Changed::Extension { path, child },
                View::Branch { children, value } => Changed::Branch {
                    children: children.links(arena),
                    value: arena.share(host, value),
                },
            }),
            Link::Revealed(index) => self.push(match arena.entry(index) {
                Entry::Leaf { path, .. } => Changed::Leaf {
                    path: *path,
                    value: arena.share(index, arena.value(index)),
                },
                Entry::Extension { path, child } => Changed::Extension {
                    path: *path,
                    child: *child,
                },
                Entry::Branch { children, .. } => Changed::Branch {
                    children: *children,
                    value: arena.share(index, arena.value(index)),
                },
                Entry::Unreached | Entry::Malformed(_) => unreachable!("no view of such an entry is given"),
            }),
            link => link,
        };
        let Link::Changed(index) = link else {
            unreachable!("no view of an absent node is given")
        };
        let slot = self.slot_mut(index);
        slot.reference = OnceLock::new();
        (link, &mut slot.node)
    }

    /// Looks at the node behind a link.
    ///
    /// # Errors
    ///
    /// [`TrieError::Blinded`] when the witness lacks the node, [`TrieError::Malformed`] when it is no node or one that
    /// cannot stand at the end of this way. A link to nothing gives none.
    pub(crate) fn view<'a>(
        &'a self,
        arena: &'a Arena,
        link: Link,
        way: Way<'_>,
    ) -> Result<Option<View<'a>>, TrieError> {
        let (host, view) = match link {
            Link::Empty => return Ok(None),
            Link::Blinded { host, at } => {
                return Err(TrieError::Blinded {
                    path: way.path(),
                    hash: arena.blinded_hash(host, at),
                });
            }
            Link::BlindedRoot => {
                return Err(TrieError::Blinded {
                    path: way.path(),
                    hash: self.revealed_root,
                });
            }
            Link::Changed(index) => {
                return Ok(Some(match &self.slot(index).node {
                    Changed::Leaf { path, value } => View::Leaf { path: *path, value },
                    Changed::Extension { path, child } => View::Extension {
                        path: *path,
                        child: *child,
                    },
                    Changed::Branch { children, value } => View::Branch {
                        children: Children::Held(children),
                        value,
                    },
                }));
            }
            Link::Revealed(index) if matches!(arena.entry(index), Entry::Unreached) => {
                return Err(TrieError::Blinded {
                    path: way.path(),
                    hash: arena.hash(index),
                });
            }
            Link::Revealed(index) => {
                let length = arena.bytes(index).len();
                let view = if way.depth > 0 && length < HASH_LENGTH {
                    Err(NodeError::HashedTooShort { got: length })
                } else {
                    entry_view(arena, index)
                };
                (index, view)
            }
            Link::Inline { host, at } => (host, Ok(inline_view(arena, host, at))),
        };
        view.and_then(|view| match self.misplaced(&view, way) {
            None => Ok(Some(view)),
            Some(error) => Err(error),
        })
        .map_err(|error| TrieError::Malformed {
            path: way.path(),
            hash: arena.hash(host),
            error,
        })
    }

    /// Why a revealed node cannot stand at the end of a way.
    fn misplaced(&self, view: &View<'_>, way: Way<'_>) -> Option<NodeError> {
        let hashed = self.keys == KeyLength::Hashed;
        if way.below_extension && !matches!(view, View::Branch { .. }) {
            return Some(NodeError::ExtensionChildNotBranch);
        }
        // A branch leads on by a nibble at least, so it is never as deep as the longest key.
        let (depth, fits) = match view {
            View::Leaf { path, .. } => {
                let depth = way.depth + path.len();
                (depth, depth == MAX_NIBBLES || (depth < MAX_NIBBLES && !hashed))
            }
            View::Extension { path, .. } => (way.depth + path.len(), way.depth + path.len() < MAX_NIBBLES),
            View::Branch { value, .. } => {
                if hashed && !value.is_empty() {
                    return Some(NodeError::BranchValue);
                }
                (way.depth, way.depth < MAX_NIBBLES)
            }
        };
        if fits {
            None
        } else {
            Some(NodeError::Depth { depth })
        }
    }
}

/// A witness node that the root leads to.
fn entry_view(arena: &Arena, index: u32) -> Result<View<'_>, NodeError> {
    Ok(match arena.entry(index) {
        Entry::Unreached => unreachable!("seen to by the caller"),
        Entry::Malformed(error) => return Err(*error),
        Entry::Leaf { path, .. } => View::Leaf {
            path: *path,
            value: arena.value(index),
        },
        Entry::Extension { path, child } => View::Extension {
            path: *path,
            child: *child,
        },
        Entry::Branch { children, .. } => View::Branch {
            children: Children::Held(children),
            value: arena.value(index),
        },
    })
}

/// A node written into the witness node `host`.
fn inline_view(arena: &Arena, host: u32, at: u16) -> View<'_> {
    match arena.inline_node(host, at) {
        Node::Leaf { path, value } => View::Leaf { path, value },
        Node::Extension { path, child } => View::Extension {
            path,
            child: arena.inline_child(host, at, child),
        },
        Node::Branch { value, .. } => View::Branch {
            children: Children::Inline { host, at },
            value,
        },
    }
}
