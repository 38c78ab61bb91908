//! What is fuzzed, by libFuzzer (`tests/fuzz`) and in the ordinary tests from the kept corpus (`tests/adversarial/fuzzed.rs`).
//!
//! Invariant: a target panics only on what must not be; each takes any bytes.

mod access_list;
mod block;
mod chain;
mod file;
mod node;
mod proof;
mod trie;
mod verify;
mod witness;

pub use access_list::run as access_list;
pub use block::run as block;
pub use chain::run as chain;
pub use file::run as file;
pub use node::run as node;
pub use proof::run as proof;
pub use trie::run as trie;
pub use verify::run as verify;
pub use witness::run as witness;

/// A target: panics on bytes that show a fault.
pub type Target = fn(&[u8]);

/// Every target by its name, which is its corpus's folder too.
pub const TARGETS: [(&str, Target); 9] = [
    ("file", file),
    ("block", block),
    ("witness", witness),
    ("chain", chain),
    ("access_list", access_list),
    ("node", node),
    ("proof", proof),
    ("trie", trie),
    ("verify", verify),
];
