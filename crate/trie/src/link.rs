//! A link from a node to a child.
//!
//! Invariant: eight bytes, so that a branch's sixteen fill two cache lines, and a blinded child's hash is not copied
//! but found in the encoding that mentions it.

/// Where a child is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// There is none.
    Empty,
    /// A revealed node: its entry in the arena.
    Revealed(u32),
    /// A node written into a witness node, however deep inside it is.
    Inline {
        /// The witness node around it.
        host: u32,
        /// Where in that node's encoding it begins.
        at: u16,
    },
    /// A node that is not in the witness.
    Blinded {
        /// The witness node that mentions it.
        host: u32,
        /// Where in that node's encoding its hash begins.
        at: u16,
    },
    /// The root of the trie, which is not in the witness.
    BlindedRoot,
    /// A changed node: its place in the overlay.
    Changed(u32),
}
