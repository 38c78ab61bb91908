//! Mutations of a witness's lists: what a careless or lying server does without knowing what is in them.
//!
//! Invariant: the block stays as it is, so it is valid with the same facts or the witness lacks something.

use crate::Seeded;
use alloy_primitives::Bytes;
use blocklight_verifier::{Input, Witness};

/// A list, by chance but mostly the longest: the nodes.
fn any_list<'a>(witness: &'a mut Witness, random: &mut Seeded) -> (&'static str, &'a mut Vec<Bytes>) {
    match random.below(6) {
        0 => ("codes", &mut witness.codes),
        1 => ("headers", &mut witness.headers),
        _ => ("state", &mut witness.state),
    }
}

/// Does `change` to an item by chance; says which.
fn item(
    input: &mut Input,
    random: &mut Seeded,
    change: impl FnOnce(&mut Vec<Bytes>, usize, &mut Seeded),
) -> Option<String> {
    let (name, list) = any_list(&mut input.witness, random);
    if list.is_empty() {
        return None;
    }
    let index = random.below(list.len());
    change(list, index, random);
    Some(format!("{name}[{index}]"))
}

fn edited(list: &mut [Bytes], index: usize, edit: impl FnOnce(&mut Vec<u8>)) {
    if let Some(item) = list.get_mut(index) {
        let mut bytes = item.to_vec();
        edit(&mut bytes);
        *item = bytes.into();
    }
}

pub(super) fn drop_item(input: &mut Input, random: &mut Seeded) -> Option<String> {
    item(input, random, |list, index, _| {
        list.remove(index);
    })
}

pub(super) fn drop_many(input: &mut Input, random: &mut Seeded) -> String {
    let (name, list) = any_list(&mut input.witness, random);
    let before = list.len();
    let one_in = 2 + random.below(50);
    list.retain(|_| random.below(one_in) != 0);
    format!("{} of {before} in {name}", before - list.len())
}

pub(super) fn duplicate(input: &mut Input, random: &mut Seeded) -> Option<String> {
    item(input, random, |list, index, random| {
        let copy = list[index].clone();
        let to = random.below(list.len() + 1);
        list.insert(to, copy);
    })
}

pub(super) fn swap(input: &mut Input, random: &mut Seeded) -> Option<String> {
    item(input, random, |list, index, random| {
        let other = random.below(list.len());
        list.swap(index, other);
    })
}

pub(super) fn shuffle(input: &mut Input, random: &mut Seeded) -> String {
    let (name, list) = any_list(&mut input.witness, random);
    random.shuffle(list);
    name.to_owned()
}

pub(super) fn truncate(input: &mut Input, random: &mut Seeded) -> Option<String> {
    item(input, random, |list, index, random| {
        edited(list, index, |bytes| {
            bytes.truncate(random.below(bytes.len().max(1)));
        });
    })
}

pub(super) fn extend(input: &mut Input, random: &mut Seeded) -> Option<String> {
    item(input, random, |list, index, random| {
        let count = 1 + random.below(40);
        let more = random.bytes(count);
        edited(list, index, |bytes| bytes.extend(more));
    })
}

pub(super) fn flip_bit(input: &mut Input, random: &mut Seeded) -> Option<String> {
    item(input, random, |list, index, random| {
        edited(list, index, |bytes| {
            let at = random.below(bytes.len().max(1));
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        });
    })
}

pub(super) fn add_junk(input: &mut Input, random: &mut Seeded) -> String {
    let (name, list) = any_list(&mut input.witness, random);
    let count = 1 + random.below(20);
    for _ in 0..count {
        let length = random.below(600);
        let junk = random.bytes(length).into();
        let at = random.below(list.len() + 1);
        list.insert(at, junk);
    }
    format!("{count} to {name}")
}

pub(super) fn move_between(input: &mut Input, random: &mut Seeded) -> Option<String> {
    let (from, list) = any_list(&mut input.witness, random);
    if list.is_empty() {
        return None;
    }
    let index = random.below(list.len());
    let moved = list.remove(index);
    let (to, list) = any_list(&mut input.witness, random);
    list.push(moved);
    Some(format!("{from}[{index}] to {to}"))
}
