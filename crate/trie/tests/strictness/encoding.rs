//! Nodes written by hand, so that they can be wrong.

use alloy_primitives::keccak256;
use alloy_rlp::Encodable;

/// The RLP of a string.
pub(crate) fn string(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    bytes.encode(&mut out);
    out
}

/// The RLP of a list of encoded items.
pub(crate) fn list(items: &[Vec<u8>]) -> Vec<u8> {
    let payload = items.concat();
    let mut out = Vec::new();
    alloy_rlp::Header {
        list: true,
        payload_length: payload.len(),
    }
    .encode(&mut out);
    out.extend(payload);
    out
}

/// A leaf or extension with this hex-prefix path.
pub(crate) fn short(path: &[u8], last: Vec<u8>) -> Vec<u8> {
    list(&[string(path), last])
}

pub(crate) fn branch(children: &[(usize, Vec<u8>)], value: &[u8]) -> Vec<u8> {
    let mut items = vec![string(&[]); 16];
    for (i, child) in children {
        items[*i].clone_from(child);
    }
    items.push(string(value));
    list(&items)
}

pub(crate) fn hash_of(node: &[u8]) -> Vec<u8> {
    string(&keccak256(node)[..])
}

pub(crate) const HASH: [u8; 32] = [0xab; 32];
