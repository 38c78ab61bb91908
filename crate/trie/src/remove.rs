//! Removing a key. The protocol, and why it is right, is in this crate's README.md.
//!
//! Invariants: the trie is afterwards the one that holds just the other keys, in its only form; where that form cannot be
//! known because a blinded sibling decides it, the removal is an error that names the sibling; an error leaves the trie as
//! it was.

use crate::{
    TrieError,
    arena::{Arena, Entry},
    link::Link,
    node::Node,
    overlay::{Changed, Overlay, View, Way},
};
use alloy_primitives::Bytes;
use nybbles::Nibbles;

impl Overlay {
    /// Removes `key`; one that is absent changes nothing.
    pub(crate) fn remove(&mut self, arena: &Arena, key: &Nibbles) -> Result<(), TrieError> {
        if let Some(root) = self.remove_below(arena, self.root, Way::start(key))? {
            self.root = root;
        }
        Ok(())
    }

    /// Removes below a link: the link to put in its place, or none if nothing changed. Every level takes at least one of
    /// the key's nibbles, which bounds the recursion.
    fn remove_below(&mut self, arena: &Arena, link: Link, way: Way<'_>) -> Result<Option<Link>, TrieError> {
        let rest = way.rest();
        match self.view(arena, link, way)? {
            None => Ok(None),
            Some(View::Leaf { path, .. }) => Ok((path == rest).then_some(Link::Empty)),
            Some(View::Extension { path, child }) => {
                if !rest.starts_with(&path) {
                    return Ok(None);
                }
                let Some(new) = self.remove_below(arena, child, way.into_extension(&path))? else {
                    return Ok(None);
                };
                Ok(Some(self.prepend(arena, &path, new)))
            }
            Some(View::Branch { children, value }) => {
                let Some(nibble) = rest.first() else {
                    if value.is_empty() {
                        return Ok(None);
                    }
                    return self.collapse(arena, link, way, None).map(Some);
                };
                let child = children.at(arena, usize::from(nibble));
                match self.remove_below(arena, child, way.into_branch())? {
                    None => Ok(None),
                    Some(Link::Empty) => self.collapse(arena, link, way, Some(nibble)).map(Some),
                    Some(new) => Ok(Some(self.set_child(arena, link, usize::from(nibble), new))),
                }
            }
        }
    }

    /// Takes an entry off a branch, the child at a nibble or the value, and gives what then stands there: the branch, or
    /// what its only other entry becomes.
    fn collapse(
        &mut self,
        arena: &Arena,
        branch: Link,
        way: Way<'_>,
        gone: Option<u8>,
    ) -> Result<Link, TrieError> {
        let Some(View::Branch { children, value }) = self.view(arena, branch, way)? else {
            return Ok(branch);
        };
        let mut left = (0_u8..)
            .zip(children.links(arena))
            .filter(|&(i, child)| Some(i) != gone && child != Link::Empty);
        let only = left.next();
        let keeps_value = gone.is_some() && !value.is_empty();
        match only {
            Some((nibble, sibling)) if left.next().is_none() && !keeps_value => {
                self.promote(arena, way, nibble, sibling)
            }
            None if keeps_value => {
                let (_, node) = self.own(arena, branch);
                let value = match node {
                    Changed::Branch { value, .. } => value.clone(),
                    _ => Bytes::new(),
                };
                Ok(self.push(Changed::Leaf {
                    path: Nibbles::default(),
                    value,
                }))
            }
            None => Ok(Link::Empty),
            Some(_) => {
                let (link, node) = self.own(arena, branch);
                if let Changed::Branch { children, value } = node {
                    match gone {
                        Some(nibble) => children[usize::from(nibble)] = Link::Empty,
                        None => *value = Bytes::new(),
                    }
                }
                Ok(link)
            }
        }
    }

    /// Puts a branch's last child in the branch's place. The child's kind decides the form, so it must be revealed.
    fn promote(&mut self, arena: &Arena, way: Way<'_>, nibble: u8, sibling: Link) -> Result<Link, TrieError> {
        let nibble = Nibbles::from_nibbles([nibble]);
        // The branch was viewed, so it is not as deep as the longest key and there is room for the nibble.
        let path = way.path().join(&nibble);
        let sibling_way = Way {
            key: &path,
            depth: path.len(),
            below_extension: false,
        };
        // Removing what an insert brought must give back what was there, with no more nodes than the insert needed.
        if !self.is_freed(sibling) {
            self.view(arena, sibling, sibling_way)?;
        }
        Ok(self.prepend(arena, &nibble, sibling))
    }

    /// Puts nibbles before a node that was viewed: they become part of a leaf's or extension's path, and an extension
    /// above a branch.
    fn prepend(&mut self, arena: &Arena, prefix: &Nibbles, link: Link) -> Link {
        if link == Link::Empty {
            return link;
        }
        let is_branch = match link {
            Link::Changed(index) => matches!(self.slot(index).node, Changed::Branch { .. }),
            Link::Revealed(index) => matches!(arena.entry(index), Entry::Branch { .. }),
            Link::Inline { host, at } => matches!(arena.inline_node(host, at), Node::Branch { .. }),
            _ => self.is_freed(link),
        };
        if is_branch {
            return self.push(Changed::Extension {
                path: *prefix,
                child: link,
            });
        }
        let (link, node) = self.own(arena, link);
        if let Changed::Leaf { path, .. } | Changed::Extension { path, .. } = node {
            // Every node was viewed at its true depth, so the joined path still ends within the longest key.
            *path = prefix.join(path);
        }
        link
    }
}
