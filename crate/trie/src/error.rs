//! What can be wrong with a witness, with its place in the trie.
//!
//! Invariant: [`TrieError::Blinded`] means that the witness lacks a node, [`TrieError::Malformed`] that it has the node
//! but the node's bytes are none that a real trie holds. Neither says anything about the block.

use alloy_primitives::B256;
use nybbles::Nibbles;

/// Why the bytes of a trie node are malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NodeError {
    /// An item's header announces more bytes than there are.
    #[error("an item of {expected} bytes has only {got}")]
    UnexpectedEnd {
        /// Bytes announced.
        expected: usize,
        /// Bytes left.
        got: usize,
    },
    /// A length, or a single byte, in a longer encoding than the canonical one.
    #[error("not the canonical encoding of a length")]
    NonCanonicalLength,
    /// Bytes after the node's end.
    #[error("{count} bytes after the node")]
    TrailingBytes {
        /// How many.
        count: usize,
    },
    /// The node is a string of bytes, not a list.
    #[error("a node has to be a list")]
    NotAList,
    /// The list has neither 2 nor 17 items.
    #[error("a node has 2 or 17 items, not {got}")]
    ItemCount {
        /// Items found, counted up to 18.
        got: usize,
    },
    /// A list where a path or a value has to be.
    #[error("a path or value has to be a string of bytes")]
    UnexpectedList,
    /// A hex-prefix flag other than 0 to 3, or a path of no bytes at all.
    #[error("hex-prefix flag {got:?} is not 0 to 3")]
    PathFlag {
        /// The flag, the high nibble of the first byte; none when the path has no bytes.
        got: Option<u8>,
    },
    /// A padding nibble other than 0 in a path of even length.
    #[error("hex-prefix padding {got} is not 0")]
    PathPadding {
        /// The padding nibble.
        got: u8,
    },
    /// A path of more nibbles than any key has.
    #[error("a path of {got} nibbles is longer than any key")]
    PathTooLong {
        /// Nibbles in the path.
        got: usize,
    },
    /// An extension of no nibbles.
    #[error("an extension has an empty path")]
    EmptyExtensionPath,
    /// An extension with no child.
    #[error("an extension has no child")]
    NoExtensionChild,
    /// An extension whose child is a leaf or another extension.
    #[error("an extension's child has to be a branch")]
    ExtensionChildNotBranch,
    /// A branch with fewer than two children, its value counted as one.
    #[error("a branch has at least 2 entries, not {got}")]
    BranchEntries {
        /// Children, and one more if there is a value.
        got: usize,
    },
    /// A branch with a value, in a trie of keys that all have the same length.
    #[error("a branch in a trie of hashed keys has a value")]
    BranchValue,
    /// A leaf with an empty value.
    #[error("a leaf has an empty value")]
    EmptyValue,
    /// A child that is a string of a length other than 0 and 32.
    #[error("a reference to a child has 0 or 32 bytes, not {got}")]
    ReferenceLength {
        /// The string's length in bytes.
        got: usize,
    },
    /// A child of 32 bytes or more written into its parent, where its hash has to be.
    #[error("a child of {got} bytes is not replaced by its hash")]
    InlineTooLong {
        /// The child's length in bytes.
        got: usize,
    },
    /// A child of fewer than 32 bytes referred to by hash, where it has to be written into its parent.
    #[error("a child of {got} bytes is replaced by its hash")]
    HashedTooShort {
        /// The child's length in bytes.
        got: usize,
    },
    /// A node deeper than the longest key, or a leaf at another depth than its trie's keys end.
    #[error("a node at depth {depth} does not fit the length of the keys")]
    Depth {
        /// Nibbles from the root to the end of the node's own path.
        depth: usize,
    },
    /// A leaf of the account trie that is not the strict encoding of `[nonce, balance, storageRoot, codeHash]`.
    #[error("the value is not an account: {0}")]
    Account(alloy_rlp::Error),
    /// A leaf of a storage trie that is not the strict encoding of a 256-bit integer above zero.
    #[error("the value is not a storage value")]
    StorageValue,
}

/// Why one trie could not be read or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrieError {
    /// The node is not in the witness.
    #[error("trie node {hash} at path {path:?} is missing")]
    Blinded {
        /// Nibbles from the root to the node.
        path: Nibbles,
        /// The node's hash, from its parent.
        hash: B256,
    },
    /// The node is in the witness, but no trie holds such a node there.
    #[error("trie node {hash} at path {path:?} is malformed: {error}")]
    Malformed {
        /// Nibbles from the root to the node.
        path: Nibbles,
        /// The node's hash; of a node written into its parent, the hash of the parent that stands by itself.
        hash: B256,
        /// What is wrong.
        error: NodeError,
    },
    /// A key longer than 32 bytes.
    #[error("a key of {got} bytes is longer than 32")]
    KeyTooLong {
        /// The key's length in bytes.
        got: usize,
    },
    /// A key of another length than 32 bytes in a trie of hashed keys.
    #[error("a hashed key has 32 bytes, not {got}")]
    KeyLength {
        /// The key's length in bytes.
        got: usize,
    },
    /// An empty value given to insert: a trie cannot hold one.
    #[error("a trie cannot hold an empty value")]
    EmptyValue,
}

/// Which trie of the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TrieId {
    /// The account trie.
    Account,
    /// The storage trie of an account.
    Storage {
        /// Keccak-256 of the account's address.
        hashed_address: B256,
    },
}

impl core::fmt::Display for TrieId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Account => f.write_str("account trie"),
            Self::Storage { hashed_address } => write!(f, "storage trie of account {hashed_address}"),
        }
    }
}

/// Why the state could not be read or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateTrieError {
    /// A trie has a node that is missing or malformed.
    #[error("in the {trie}{}: {source}", OnTheWay(.key.as_ref()))]
    Trie {
        /// Which trie.
        trie: TrieId,
        /// The hashed address or hashed slot on the way to which the node lies; none when the root itself is missing.
        key: Option<B256>,
        /// What is wrong, and where. Boxed to keep results small.
        source: Box<TrieError>,
    },
    /// A post-state names an account twice, which leaves open what comes first.
    #[error("the post-state names account {hashed_address} twice")]
    DuplicateAccount {
        /// Keccak-256 of the account's address.
        hashed_address: B256,
    },
}

/// Says which key a node was needed for.
struct OnTheWay<'a>(Option<&'a B256>);

impl core::fmt::Display for OnTheWay<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0
            .map_or(Ok(()), |key| write!(f, ", on the way to key {key}"))
    }
}
