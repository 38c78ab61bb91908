//! Inserting a value, or changing one.
//!
//! Invariants: no node besides those on the key's way is needed, so a blinded sibling does no harm; a value that is there
//! already changes nothing; an error leaves the trie as it was.

use crate::{
    TrieError,
    arena::Arena,
    link::Link,
    overlay::{Changed, Overlay, View, Way},
};
use alloy_primitives::Bytes;
use nybbles::Nibbles;

impl Overlay {
    /// Gives `key` a value, which must not be empty.
    pub(crate) fn insert(&mut self, arena: &Arena, key: &Nibbles, value: Bytes) -> Result<(), TrieError> {
        if let Some(root) = self.insert_below(arena, self.root, Way::start(key), value)? {
            self.root = root;
        }
        Ok(())
    }

    /// Inserts below a link: the link to put in its place, or none if nothing changed. Every level takes at least one of
    /// the key's nibbles, which bounds the recursion.
    fn insert_below(
        &mut self,
        arena: &Arena,
        link: Link,
        way: Way<'_>,
        value: Bytes,
    ) -> Result<Option<Link>, TrieError> {
        let rest = way.rest();
        match self.view(arena, link, way)? {
            None => Ok(Some(self.push(Changed::Leaf { path: rest, value }))),
            Some(View::Leaf { path, value: old }) => {
                let common = path.common_prefix_length(&rest);
                if common < path.len() || common < rest.len() {
                    return Ok(Some(self.split_leaf(arena, link, path, rest, value)));
                }
                if old == &value[..] {
                    return Ok(None);
                }
                let (link, node) = self.own(arena, link);
                *node = Changed::Leaf { path, value };
                Ok(Some(link))
            }
            Some(View::Extension { path, child }) => {
                if !rest.starts_with(&path) {
                    return Ok(Some(self.split_extension(path, child, rest, value)));
                }
                let Some(new) = self.insert_below(arena, child, way.into_extension(&path), value)? else {
                    return Ok(None);
                };
                let (link, node) = self.own(arena, link);
                *node = Changed::Extension { path, child: new };
                Ok(Some(link))
            }
            Some(View::Branch { children, value: old }) => {
                let Some(nibble) = rest.first().map(usize::from) else {
                    return Ok(self.set_branch_value(arena, link, old == &value[..], value));
                };
                let Some(new) =
                    self.insert_below(arena, children.at(arena, nibble), way.into_branch(), value)?
                else {
                    return Ok(None);
                };
                Ok(Some(self.set_child(arena, link, nibble, new)))
            }
        }
    }

    /// Replaces a branch's child: the link to the changed branch.
    pub(crate) fn set_child(&mut self, arena: &Arena, branch: Link, nibble: usize, child: Link) -> Link {
        let (link, node) = self.own(arena, branch);
        if let Changed::Branch { children, .. } = node {
            children[nibble] = child;
        }
        link
    }

    fn set_branch_value(&mut self, arena: &Arena, branch: Link, same: bool, new: Bytes) -> Option<Link> {
        if same {
            return None;
        }
        let (link, node) = self.own(arena, branch);
        if let Changed::Branch { value, .. } = node {
            *value = new;
        }
        Some(link)
    }

    /// Puts a branch where the path of a leaf and the rest of a key part.
    fn split_leaf(&mut self, arena: &Arena, leaf: Link, path: Nibbles, rest: Nibbles, value: Bytes) -> Link {
        let common = path.common_prefix_length(&rest);
        let mut fork = Fork::new();
        match path.get(common) {
            None => {
                let (_, node) = self.own(arena, leaf);
                if let Changed::Leaf { value, .. } = node {
                    fork.value = value.clone();
                }
            }
            Some(nibble) => {
                let (link, node) = self.own(arena, leaf);
                if let Changed::Leaf { path, .. } = node {
                    *path = path.slice(common + 1..);
                }
                fork.children[usize::from(nibble)] = link;
            }
        }
        self.finish_fork(fork, common, rest, value)
    }

    /// Puts a branch where the path of an extension and the rest of a key part. The extension's child is not looked at.
    fn split_extension(&mut self, path: Nibbles, child: Link, rest: Nibbles, value: Bytes) -> Link {
        let common = path.common_prefix_length(&rest);
        let mut fork = Fork::new();
        if let Some(nibble) = path.get(common) {
            let below = path.slice(common + 1..);
            fork.children[usize::from(nibble)] = if below.is_empty() {
                self.free(child);
                child
            } else {
                self.push(Changed::Extension { path: below, child })
            };
        }
        self.finish_fork(fork, common, rest, value)
    }

    /// Adds the new value to a fork `common` nibbles into `rest`, and an extension above it if those are any.
    fn finish_fork(&mut self, mut fork: Fork, common: usize, rest: Nibbles, value: Bytes) -> Link {
        match rest.get(common) {
            None => fork.value = value,
            Some(nibble) => {
                fork.children[usize::from(nibble)] = self.push(Changed::Leaf {
                    path: rest.slice(common + 1..),
                    value,
                });
            }
        }
        let branch = self.push(Changed::Branch {
            children: fork.children,
            value: fork.value,
        });
        if common == 0 {
            return branch;
        }
        self.push(Changed::Extension {
            path: rest.slice(..common),
            child: branch,
        })
    }
}

/// A branch in the making.
struct Fork {
    children: [Link; 16],
    value: Bytes,
}

impl Fork {
    fn new() -> Self {
        Self {
            children: [Link::Empty; 16],
            value: Bytes::new(),
        }
    }
}
