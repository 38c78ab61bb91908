//! Forged state: an item is changed, and every hash above it up to the parent's state root and the block's parent hash is
//! made to fit. Whoever chooses both parent and block can do this, so the forgery has to be found out by its effects.
//!
//! Invariant: the state before the block is another one (or the item was not part of it), so the block's own state root,
//! which stays, cannot come out.

use super::{
    original::{Original, Place},
    rlp::{Item, Quirk},
};
use crate::Seeded;
use alloy_primitives::B256;
use blocklight_verifier::Input;

fn any_node(input: &Input, random: &mut Seeded) -> Option<(usize, Item)> {
    let nodes = &input.witness.state;
    (0..20).find_map(|_| {
        let index = random.below(nodes.len().max(1));
        Some((index, Item::parse(nodes.get(index)?)?))
    })
}

/// Writes a node with one item encoded as it must not be.
pub(super) fn encode_otherwise(
    original: &Original,
    input: &mut Input,
    random: &mut Seeded,
) -> Option<String> {
    let (index, node) = any_node(input, random)?;
    let quirk = Quirk::ALL[random.below(Quirk::ALL.len())];
    let at = random.below(node.count());
    let bytes = node.encode_with(quirk, &mut at.clone());
    if input.witness.state.get(index)?[..] == bytes[..] {
        // There is no such way to write this item.
        return None;
    }
    original.forge(input, Place::Node(index), bytes);
    Some(format!("{quirk:?} at item {at} of node {index}"))
}

/// Puts one of the donor's nodes, or one of the block's own, in the place of a node.
pub(super) fn graft(
    original: &Original,
    donor: &Original,
    input: &mut Input,
    random: &mut Seeded,
) -> Option<String> {
    let own = random.below(2) == 0;
    let from = if own {
        &original.input.witness.state
    } else {
        &donor.input.witness.state
    };
    let (index, source) = (
        random.below(input.witness.state.len().max(1)),
        random.below(from.len().max(1)),
    );
    let bytes = from.get(source)?.to_vec();
    if original.input.witness.state.get(index)?[..] == bytes[..] {
        return None;
    }
    original.forge(input, Place::Node(index), bytes);
    Some(format!(
        "node {source} of {} at node {index}",
        if own { &original.name } else { &donor.name }
    ))
}

/// The account in a leaf: nonce, balance, storage root, code hash.
fn account_of(leaf: &Item) -> Option<[Vec<u8>; 4]> {
    let Item::List(pair) = leaf else { return None };
    let [Item::Bytes(_), Item::Bytes(value)] = &pair[..] else {
        return None;
    };
    let Item::List(fields) = Item::parse(value)? else {
        return None;
    };
    let fields: Vec<Vec<u8>> = fields
        .into_iter()
        .filter_map(|field| match field {
            Item::Bytes(bytes) => Some(bytes),
            Item::List(_) => None,
        })
        .collect();
    <[Vec<u8>; 4]>::try_from(fields)
        .ok()
        .filter(|[_, _, root, code]| root.len() == 32 && code.len() == 32)
}

fn any_account(input: &Input, random: &mut Seeded) -> Option<(usize, Item, [Vec<u8>; 4])> {
    let nodes = &input.witness.state;
    (0..400).find_map(|_| {
        let index = random.below(nodes.len().max(1));
        let leaf = Item::parse(nodes.get(index)?)?;
        let account = account_of(&leaf)?;
        Some((index, leaf, account))
    })
}

/// Changes a field of an account: the nonce, the balance, or storage root or code hash to another account's.
pub(super) fn change_account(original: &Original, input: &mut Input, random: &mut Seeded) -> Option<String> {
    let (index, leaf, mut account) = any_account(input, random)?;
    let (_, _, other) = any_account(&original.input, random)?;
    let field = random.below(5);
    let what = match field {
        0 => {
            account[0] = vec![1 + u8::try_from(random.below(100)).ok()?];
            "nonce"
        }
        1 => {
            account[1] = vec![1 + u8::try_from(random.below(100)).ok()?; 1 + random.below(12)];
            "balance"
        }
        2 => {
            account[2].clone_from(&other[2]);
            "storage root"
        }
        3 => {
            account[3].clone_from(&other[3]);
            "code hash"
        }
        _ => {
            // A root that is a hash of the account trie's own nodes: a trie in a trie.
            let nodes = &original.input.witness.state;
            account[2] = alloy_primitives::keccak256(nodes.get(random.below(nodes.len()))?).to_vec();
            "storage root to any node"
        }
    };
    let Item::List(mut pair) = leaf else { return None };
    let value = Item::List(account.into_iter().map(Item::Bytes).collect()).encode();
    *pair.get_mut(1)? = Item::Bytes(value);
    let bytes = Item::List(pair).encode();
    if input.witness.state.get(index)?[..] == bytes[..] {
        return None;
    }
    original.forge(input, Place::Node(index), bytes);
    Some(format!("{what} in node {index}"))
}

/// Changes one byte string in a node: a path, a value, a hash.
pub(super) fn change_string(original: &Original, input: &mut Input, random: &mut Seeded) -> Option<String> {
    let (index, node) = any_node(input, random)?;
    let Item::List(mut items) = node else { return None };
    let place = random.below(items.len().max(1));
    let item = items.get_mut(place)?;
    let what = match random.below(4) {
        0 => {
            *item = Item::Bytes(Vec::new());
            "emptied"
        }
        1 => {
            *item = Item::Bytes(B256::from_slice(&random.bytes(32)).to_vec());
            "a hash of nothing"
        }
        2 => {
            let copy = item.clone();
            items.push(copy);
            "one more"
        }
        _ => {
            let Item::Bytes(bytes) = item else { return None };
            let at = random.below(bytes.len().max(1));
            *bytes.get_mut(at)? ^= 1 << random.below(8);
            "a bit flipped"
        }
    };
    let bytes = Item::List(items).encode();
    if input.witness.state.get(index)?[..] == bytes[..] {
        return None;
    }
    original.forge(input, Place::Node(index), bytes);
    Some(format!("{what}, item {place} of node {index}"))
}

/// Changes a code, and the accounts that have it.
pub(super) fn change_code(original: &Original, input: &mut Input, random: &mut Seeded) -> Option<String> {
    let index = random.below(input.witness.codes.len().max(1));
    let mut code = input.witness.codes.get(index)?.to_vec();
    let at = random.below(code.len().max(1));
    match random.below(4) {
        0 => code.truncate(at),
        1 => code.extend(random.bytes(10)),
        2 => code = [&[0xef, 0x01, 0x00][..], &random.bytes(20)].concat(),
        _ => *code.get_mut(at)? ^= 1 << random.below(8),
    }
    original.forge(input, Place::Code(index), code);
    Some(format!("code {index} at {at}"))
}
