//! One trie node: what is taken as a node is taken by alloy-trie as well, and encodes to the same bytes there.

use alloy_rlp::{Decodable, Encodable};
use alloy_trie::nodes::TrieNode;
use blocklight_trie::{Child, Node};

/// Whether a node is written into this one.
fn has_inline(node: &Node<'_>) -> bool {
    let is_inline = |child: &Child<'_>| matches!(child, Child::Inline { .. });
    match node {
        Node::Leaf { .. } => false,
        Node::Extension { child, .. } => is_inline(child),
        Node::Branch { children, .. } => children.iter().any(is_inline),
    }
}

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
    let theirs = match TrieNode::decode(&mut rest) {
        Ok(theirs) => theirs,
        // alloy-trie looks into nodes that are written into others, which is done here when they are come to.
        Err(_) if has_inline(&node) => return,
        Err(error) => panic!("taken here, refused by alloy-trie: {error}"),
    };
    assert!(rest.is_empty());
    let mut again = Vec::new();
    theirs.encode(&mut again);
    assert_eq!(again, data, "not the node's canonical encoding");
}
