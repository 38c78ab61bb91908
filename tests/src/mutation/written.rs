//! Mutations of the bytes in which block, witness and access list come, before they are decoded.
//!
//! Invariant: nothing is decoded here, so that decoding is held to the oracle and to its bounds as verifying is.

use super::{TamperedCopy, original::Original};
use crate::Seeded;
use alloy_rlp::Encodable;
use blocklight_verifier::Witness;

/// The witness as geth's RLP, `[headers, codes, state]`.
pub fn witness_rlp(witness: &Witness) -> Vec<u8> {
    let mut payload = Vec::new();
    alloy_rlp::Header {
        list: true,
        payload_length: witness.headers.iter().map(|header| header.len()).sum(),
    }
    .encode(&mut payload);
    for header in &witness.headers {
        payload.extend_from_slice(header);
    }
    witness.codes.encode(&mut payload);
    witness.state.encode(&mut payload);
    let mut out = Vec::new();
    alloy_rlp::Header {
        list: true,
        payload_length: payload.len(),
    }
    .encode(&mut out);
    out.extend(payload);
    out
}

fn change(bytes: &mut Vec<u8>, random: &mut Seeded) -> String {
    let at = random.below(bytes.len().max(1));
    match random.below(7) {
        0 => {
            bytes.truncate(at);
            format!("cut off at {at}")
        }
        1 => {
            let end = (at + random.below(64)).min(bytes.len());
            bytes.drain(at..end);
            format!("{at}..{end} left out")
        }
        2 => {
            let end = (at + random.below(64)).min(bytes.len());
            let copy = bytes[at..end].to_vec();
            bytes.splice(at..at, copy);
            format!("{at}..{end} twice")
        }
        3 => {
            let count = random.below(16);
            let more = random.bytes(count);
            bytes.splice(at..at, more);
            format!("{count} bytes at {at}")
        }
        _ => {
            // Near the beginning are the lengths.
            let at = if random.below(2) == 0 {
                at
            } else {
                random.below(bytes.len().clamp(1, 700))
            };
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
            format!("a bit of byte {at}")
        }
    }
}

/// The RLP of the list that came with the block, if one did.
fn access_list_rlp(original: &Original) -> Option<Vec<u8>> {
    original.input.access_list.as_ref().map(alloy_rlp::encode)
}

/// The original's bytes as they are.
pub(super) fn unchanged_bytes(original: &Original) -> TamperedCopy {
    TamperedCopy::Encoded {
        block: alloy_rlp::encode(&original.input.block),
        witness: witness_rlp(&original.input.witness),
        access_list: access_list_rlp(original),
    }
}

/// Changes the block's, the witness's or the access list's bytes.
pub(super) fn change_bytes(original: &Original, random: &mut Seeded) -> (String, TamperedCopy) {
    let mut block = alloy_rlp::encode(&original.input.block);
    let mut witness = witness_rlp(&original.input.witness);
    let mut access_list = access_list_rlp(original);
    let (in_list, in_block) = (random.below(3) == 0, random.below(2) == 0);
    let (part, bytes) = match &mut access_list {
        Some(list) if in_list => ("access list:", list),
        _ if in_block => ("block:", &mut block),
        _ => ("witness:", &mut witness),
    };
    let mut what = String::from(part);
    for _ in 0..=random.below(3) {
        what.push(' ');
        what += &change(bytes, random);
    }
    let copy = TamperedCopy::Encoded {
        block,
        witness,
        access_list,
    };
    (what, copy)
}
