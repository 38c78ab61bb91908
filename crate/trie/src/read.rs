//! Reading a value, or the proof that there is none.
//!
//! Invariant: "none" is said only at a node that shows it: an empty child, a leaf of another key, an extension the key
//! does not follow, a branch that the key ends at without a value.

use crate::{
    TrieError,
    arena::Arena,
    link::Link,
    overlay::{Overlay, View, Way},
};
use alloy_primitives::B256;
use nybbles::Nibbles;

/// A value found, and what to say of the place where it was.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found<'a> {
    pub(crate) value: &'a [u8],
    /// The path and hash of the revealed node that holds it; none for a changed node.
    pub(crate) node: Option<(Nibbles, B256)>,
}

impl Overlay {
    /// The value of `key`, or none if it is proved absent.
    pub(crate) fn get<'a>(&'a self, arena: &'a Arena, key: &Nibbles) -> Result<Option<Found<'a>>, TrieError> {
        let mut way = Way::start(key);
        let mut link = self.root;
        loop {
            let found = |value| {
                let node = match link {
                    Link::Revealed(host) | Link::Inline { host, .. } => Some((way.path(), arena.hash(host))),
                    _ => None,
                };
                Ok(Some(Found { value, node }))
            };
            match self.view(arena, link, way)? {
                None => return Ok(None),
                Some(View::Leaf { path, value }) => {
                    return if path == way.rest() {
                        found(value)
                    } else {
                        Ok(None)
                    };
                }
                Some(View::Extension { path, child }) => {
                    if !way.rest().starts_with(&path) {
                        return Ok(None);
                    }
                    link = child;
                    way = way.into_extension(&path);
                }
                Some(View::Branch { children, value }) => match key.get(way.depth) {
                    None if value.is_empty() => return Ok(None),
                    None => return found(value),
                    Some(nibble) => {
                        link = children.at(arena, usize::from(nibble));
                        way = way.into_branch();
                    }
                },
            }
        }
    }
}
