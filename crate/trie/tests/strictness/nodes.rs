//! What a node may be: each rule of its encoding by itself.

use crate::encoding::{HASH, branch, list, short, string};
use blocklight_trie::{Child, Nibbles, Node, NodeError};

#[track_caller]
fn refused(bytes: &[u8], expected: NodeError) {
    assert_eq!(Node::decode(bytes), Err(expected));
}

#[test]
fn well_formed_nodes_are_accepted() {
    let leaf = short(&[0x20, 0x12], string(b"value"));
    assert_eq!(
        Node::decode(&leaf),
        Ok(Node::Leaf {
            path: Nibbles::from_nibbles([1, 2]),
            value: b"value"
        })
    );
    let odd = short(&[0x31], string(b"v"));
    assert_eq!(
        Node::decode(&odd),
        Ok(Node::Leaf {
            path: Nibbles::from_nibbles([1]),
            value: b"v"
        })
    );
    let extension = short(&[0x00, 0xab], string(&HASH));
    let Ok(Node::Extension {
        path,
        child: Child::Hash { at, hash },
    }) = Node::decode(&extension)
    else {
        panic!("an extension")
    };
    assert_eq!(
        (path, hash, &extension[at..]),
        (Nibbles::from_nibbles([0xa, 0xb]), &HASH, &HASH[..])
    );
    let node = branch(&[(3, string(&HASH)), (7, odd.clone())], b"");
    let Ok(Node::Branch { children, value: b"" }) = Node::decode(&node) else {
        panic!("a branch")
    };
    assert!(matches!(children[3], Child::Hash { at, .. } if node[at..at + 32] == HASH));
    assert!(
        matches!(children[7], Child::Inline { at, bytes } if node[at..].starts_with(&odd) && bytes == odd)
    );
}

#[test]
fn lengths_are_exact() {
    refused(&[], NodeError::UnexpectedEnd { expected: 1, got: 0 });
    refused(
        &[0xc5, 0x20, 0x01],
        NodeError::UnexpectedEnd { expected: 5, got: 2 },
    );
    refused(&[0xf9, 0x01], NodeError::UnexpectedEnd { expected: 2, got: 1 });
    refused(
        &[0xff; 40],
        NodeError::UnexpectedEnd {
            expected: usize::MAX,
            got: 31,
        },
    );
    // An item that would reach beyond its list.
    refused(
        &[0xc3, 0x20, 0x83, 0x01],
        NodeError::UnexpectedEnd { expected: 3, got: 1 },
    );
    let mut trailing = short(&[0x20], string(b"value"));
    trailing.extend([0, 0]);
    refused(&trailing, NodeError::TrailingBytes { count: 2 });
}

#[test]
fn lengths_are_canonical() {
    // A single byte with a header.
    refused(&[0xc3, 0x20, 0x81, 0x01], NodeError::NonCanonicalLength);
    // A short list with a long header.
    refused(&[0xf8, 0x02, 0x20, 0x01], NodeError::NonCanonicalLength);
    // A long list whose length begins with a zero.
    let node = short(&[0x20], string(&[7; 60]));
    let mut padded = vec![0xf9, 0x00];
    padded.extend(&node[1..]);
    refused(&padded, NodeError::NonCanonicalLength);
    // A short string with a long header.
    refused(&[0xc4, 0x20, 0xb8, 0x01, 0xff], NodeError::NonCanonicalLength);
}

#[test]
fn a_node_is_a_list_of_two_or_seventeen() {
    refused(&[0x80], NodeError::NotAList);
    refused(&string(&HASH), NodeError::NotAList);
    refused(&list(&[]), NodeError::ItemCount { got: 0 });
    refused(&list(&[string(&[0x20])]), NodeError::ItemCount { got: 1 });
    for count in [3, 16, 18] {
        refused(
            &list(&vec![string(&[]); count]),
            NodeError::ItemCount { got: count },
        );
    }
}

#[test]
fn paths_are_hex_prefixed() {
    refused(&short(&[], string(b"v")), NodeError::PathFlag { got: None });
    refused(
        &short(&[0x40], string(b"v")),
        NodeError::PathFlag { got: Some(4) },
    );
    refused(
        &short(&[0xf1], string(b"v")),
        NodeError::PathFlag { got: Some(15) },
    );
    refused(&short(&[0x21], string(b"v")), NodeError::PathPadding { got: 1 });
    refused(
        &short(&[0x0f, 0x11], string(&HASH)),
        NodeError::PathPadding { got: 15 },
    );
    refused(
        &short(&[0x20; 34], string(b"v")),
        NodeError::PathTooLong { got: 66 },
    );
    refused(
        &short(&[0x30; 33], string(b"v")),
        NodeError::PathTooLong { got: 65 },
    );
    refused(&list(&[list(&[]), string(b"v")]), NodeError::UnexpectedList);
}

#[test]
fn leaves_hold_values_and_extensions_children() {
    refused(&short(&[0x20], string(&[])), NodeError::EmptyValue);
    refused(&short(&[0x20], list(&[])), NodeError::UnexpectedList);
    refused(&short(&[0x00], string(&HASH)), NodeError::EmptyExtensionPath);
    refused(&short(&[0x11], string(&[])), NodeError::NoExtensionChild);
    refused(
        &short(&[0x11], string(&HASH[1..])),
        NodeError::ReferenceLength { got: 31 },
    );
}

#[test]
fn branches_have_two_entries_and_proper_references() {
    refused(&branch(&[], b""), NodeError::BranchEntries { got: 0 });
    refused(
        &branch(&[(0, string(&HASH))], b""),
        NodeError::BranchEntries { got: 1 },
    );
    refused(&branch(&[], b"value"), NodeError::BranchEntries { got: 1 });
    assert!(Node::decode(&branch(&[(0, string(&HASH))], b"value")).is_ok());
    refused(
        &branch(&[(0, string(&[1])), (1, string(&HASH))], b""),
        NodeError::ReferenceLength { got: 1 },
    );
    refused(
        &branch(&[(0, string(&[1; 33])), (1, string(&HASH))], b""),
        NodeError::ReferenceLength { got: 33 },
    );
    let long = short(&[0x31], string(&[9; 40]));
    refused(
        &branch(&[(0, long.clone()), (1, string(&HASH))], b""),
        NodeError::InlineTooLong { got: long.len() },
    );
    let mut items = vec![string(&HASH); 16];
    items.push(list(&[]));
    refused(&list(&items), NodeError::UnexpectedList);
}
