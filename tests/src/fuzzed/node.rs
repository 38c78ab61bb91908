//! One trie node: what is taken as a node is taken by alloy-trie as well, and encodes to the same bytes there.

use alloy_rlp::{Decodable, Encodable};
use alloy_trie::nodes::TrieNode;
use blocklight_trie::Node;

/// See the module.
///
/// # Panics
/// On bytes that show a fault.
pub fn run(data: &[u8]) {
    let Ok(node) = Node::decode(data) else { return };
    // alloy-trie knows no values in branches, and no empty ones in leaves: neither are in any trie of the state.
    if matches!(node, Node::Branch { value, .. } if !value.is_empty()) {
        return;
    }
    let mut rest = data;
    // alloy-trie does not take every node that is written into another.
    let Ok(theirs) = TrieNode::decode(&mut rest) else {
        return;
    };
    assert!(rest.is_empty());
    let mut again = Vec::new();
    theirs.encode(&mut again);
    assert_eq!(again, data, "not the node's canonical encoding");
}
