//! Mutations of a block's body, with or without the header's roots made to fit, and transactions signed anew.
//!
//! Invariant: a body that is changed has other roots, so what verifies after that is another block.

use super::original::Original;
use crate::Seeded;
use alloy_consensus::{Signed, proofs};
use alloy_eips::eip2930::AccessListItem;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256};
use blocklight_verifier::{Input, Transaction};

/// Makes the header's roots those of the body, mostly.
fn fix_roots(input: &mut Input, random: &mut Seeded) -> &'static str {
    if random.below(8) == 0 {
        return "";
    }
    let (header, body) = (&mut input.block.header, &input.block.body);
    header.transactions_root = proofs::calculate_transaction_root(&body.transactions);
    header.ommers_hash = proofs::calculate_ommers_root(&body.ommers);
    header.withdrawals_root = body
        .withdrawals
        .as_ref()
        .map(|list| proofs::calculate_withdrawals_root(list));
    ", roots fixed"
}

pub(super) fn rearrange(donor: &Original, input: &mut Input, random: &mut Seeded) -> Option<String> {
    let list = &mut input.block.body.transactions;
    let what = match random.below(5) {
        0 => {
            let index = random.below(list.len().max(1));
            list.get(index)?;
            list.remove(index);
            format!("transaction {index} dropped")
        }
        1 => {
            let index = random.below(list.len().max(1));
            let copy = list.get(index)?.clone();
            let to = random.below(list.len() + 1);
            list.insert(to, copy);
            format!("transaction {index} again at {to}")
        }
        2 => {
            let (a, b) = (random.below(list.len().max(1)), random.below(list.len().max(1)));
            list.get(a)?;
            list.swap(a, b);
            format!("transactions {a} and {b} swapped")
        }
        3 => {
            let length = random.below(list.len().max(1));
            list.truncate(length);
            format!("{length} transactions left")
        }
        _ => {
            let others = &donor.input.block.body.transactions;
            let index = random.below(others.len().max(1));
            let to = random.below(list.len() + 1);
            list.insert(to, others.get(index)?.clone());
            format!("transaction {index} of {} at {to}", donor.name)
        }
    };
    Some(what + fix_roots(input, random))
}

pub(super) fn change_withdrawals(input: &mut Input, random: &mut Seeded) -> Option<String> {
    let list = input.block.body.withdrawals.as_mut()?;
    let index = random.below(list.len().max(1));
    let what = match random.below(5) {
        0 => {
            list.get(index)?;
            list.remove(index);
            "dropped"
        }
        1 => {
            let copy = *list.get(index)?;
            list.push(copy);
            "again"
        }
        2 => {
            list.get_mut(index)?.amount ^= 1 << random.below(64);
            "amount"
        }
        3 => {
            list.get_mut(index)?.address = Address::from_slice(&random.bytes(20));
            "address"
        }
        _ => {
            input.block.body.withdrawals = None;
            "none at all"
        }
    };
    Some(format!("withdrawal {index}: {what}{}", fix_roots(input, random)))
}

pub(super) fn add_ommer(input: &mut Input, random: &mut Seeded) -> String {
    let mut ommer = input.block.header.clone();
    let field = random.below(super::headers::FIELDS.len());
    super::headers::change_field(&mut ommer, field, random);
    ommer.number = ommer.number.wrapping_sub(random.next() % 3);
    for _ in 0..=random.below(3) {
        input.block.body.ommers.push(ommer.clone());
    }
    format!(
        "with another {}{}",
        super::headers::FIELDS[field],
        fix_roots(input, random)
    )
}

/// Over- and under-declares the access list of a transaction (EIP-2930).
fn change_access_list(list: &mut Vec<AccessListItem>, random: &mut Seeded) {
    let index = random.below(list.len().max(1));
    match random.below(4) {
        0 if index < list.len() => {
            list.remove(index);
        }
        1 if index < list.len() => {
            if let Some(item) = list.get_mut(index) {
                item.storage_keys.pop();
            }
        }
        2 if index < list.len() => {
            if let Some(item) = list.get_mut(index) {
                item.storage_keys
                    .push(B256::with_last_byte(u8::try_from(random.below(256)).unwrap_or(0)));
            }
        }
        _ => list.push(AccessListItem {
            address: Address::from_slice(&random.bytes(20)),
            storage_keys: vec![B256::from_slice(&random.bytes(32))],
        }),
    }
}

/// Does the same to the fields of every kind of transaction. `$list` is the access list, which the oldest kind lacks.
macro_rules! edited {
    ($transaction:expr, |$fields:ident, $signature:ident| $change:expr, |$list:ident| $change_list:expr) => {
        match $transaction {
            Transaction::Legacy(signed) => {
                let ($fields, $signature, _) = &mut signed.into_parts();
                let _ = (&*$fields, &*$signature);
                $change;
                Transaction::Legacy(Signed::new_unhashed($fields.clone(), *$signature))
            }
            Transaction::Eip2930(signed) => edited!(@ Eip2930, signed, $fields, $signature, $change, $list, $change_list),
            Transaction::Eip1559(signed) => edited!(@ Eip1559, signed, $fields, $signature, $change, $list, $change_list),
            Transaction::Eip4844(signed) => edited!(@ Eip4844, signed, $fields, $signature, $change, $list, $change_list),
            Transaction::Eip7702(signed) => edited!(@ Eip7702, signed, $fields, $signature, $change, $list, $change_list),
        }
    };
    (@ $variant:ident, $signed:ident, $fields:ident, $signature:ident, $change:expr, $list:ident, $change_list:expr) => {{
        let ($fields, $signature, _) = &mut $signed.into_parts();
        let _ = (&*$fields, &*$signature);
        $change;
        let $list = &mut $fields.access_list.0;
        $change_list;
        Transaction::$variant(Signed::new_unhashed($fields.clone(), *$signature))
    }};
}

fn edit(transaction: Transaction, random: &mut Seeded) -> (&'static str, Transaction) {
    let seed = random.next();
    let random = &mut Seeded::new(seed);
    match random.below(11) {
        0 => (
            "value",
            edited!(
                transaction,
                |fields, signature| fields.value ^= U256::from(1) << random.below(70),
                |_list| {}
            ),
        ),
        1 => (
            "gas limit",
            edited!(
                transaction,
                |fields, signature| fields.gas_limit ^= 1 << random.below(64),
                |_list| {}
            ),
        ),
        2 => (
            "nonce",
            edited!(
                transaction,
                |fields, signature| fields.nonce = fields.nonce.wrapping_add(1 + random.next() % 3),
                |_list| {}
            ),
        ),
        3 => (
            "data",
            edited!(
                transaction,
                |fields, signature| {
                    let mut data = fields.input.to_vec();
                    let at = random.below(data.len().max(1));
                    match data.get_mut(at) {
                        Some(byte) => *byte ^= 1 << random.below(8),
                        None => data.push(1),
                    }
                    fields.input = Bytes::from(data);
                },
                |_list| {}
            ),
        ),
        4 => (
            "signature",
            edited!(
                transaction,
                |fields, signature| {
                    let (r, s, odd) = (signature.r(), signature.s(), signature.v());
                    *signature = match random.below(4) {
                        0 => Signature::new(r, s, !odd),
                        1 => Signature::new(U256::ZERO, s, odd),
                        2 => Signature::new(U256::MAX, s, odd),
                        _ => Signature::new(r ^ U256::from(1) << random.below(256), s, odd),
                    };
                },
                |_list| {}
            ),
        ),
        5 => (
            "chain",
            edited!(
                transaction,
                |fields, signature| set_chain(&mut fields.chain_id, random),
                |_list| {}
            ),
        ),
        6 | 7 => (
            "access list",
            edited!(transaction, |fields, signature| {}, |list| change_access_list(
                list, random
            )),
        ),
        _ => edit_own(transaction, random),
    }
}

/// Changes what kinds of transaction have in ways of their own: whom it is to, what it pays, its blobs, its authorizations.
fn edit_own(transaction: Transaction, random: &mut Seeded) -> (&'static str, Transaction) {
    let to = Address::from_slice(&random.bytes(20));
    let bit = 1_u128 << random.below(70);
    let place = random.below(3);
    match transaction {
        Transaction::Legacy(signed) => {
            let (mut fields, signature, _) = signed.into_parts();
            let what = edit_priced(&mut fields.to, &mut fields.gas_price, place, to, bit);
            (what, Transaction::Legacy(Signed::new_unhashed(fields, signature)))
        }
        Transaction::Eip2930(signed) => {
            let (mut fields, signature, _) = signed.into_parts();
            let what = edit_priced(&mut fields.to, &mut fields.gas_price, place, to, bit);
            (
                what,
                Transaction::Eip2930(Signed::new_unhashed(fields, signature)),
            )
        }
        Transaction::Eip1559(signed) => {
            let (mut fields, signature, _) = signed.into_parts();
            let what = match place {
                0 => change(&mut fields.to, to.into(), "recipient"),
                1 => flip(&mut fields.max_fee_per_gas, bit, "fee cap"),
                _ => flip(&mut fields.max_priority_fee_per_gas, bit, "priority fee"),
            };
            (
                what,
                Transaction::Eip1559(Signed::new_unhashed(fields, signature)),
            )
        }
        Transaction::Eip4844(signed) => {
            let (mut fields, signature, _) = signed.into_parts();
            let what = match place {
                0 => change(&mut fields.to, to, "recipient"),
                1 => flip(&mut fields.max_fee_per_blob_gas, bit, "blob fee cap"),
                _ => {
                    let version = u8::try_from(random.below(3)).unwrap_or(0);
                    change_list(
                        &mut fields.blob_versioned_hashes,
                        B256::with_last_byte(1) | B256::right_padding_from(&[version]),
                        random,
                        "blob hashes",
                    )
                }
            };
            (
                what,
                Transaction::Eip4844(Signed::new_unhashed(fields, signature)),
            )
        }
        Transaction::Eip7702(signed) => {
            let (mut fields, signature, _) = signed.into_parts();
            let what = match (place, fields.authorization_list.first().cloned()) {
                (0, _) | (_, None) => change(&mut fields.to, to, "recipient"),
                (1, _) => flip(&mut fields.max_fee_per_gas, bit, "fee cap"),
                (_, Some(first)) => {
                    let list = &mut fields.authorization_list;
                    change_list(list, first, random, "authorizations")
                }
            };
            (
                what,
                Transaction::Eip7702(Signed::new_unhashed(fields, signature)),
            )
        }
    }
}

/// What kinds with one price per gas have alike.
fn edit_priced(to: &mut TxKind, price: &mut u128, place: usize, other: Address, bit: u128) -> &'static str {
    match place {
        0 => change(to, other.into(), "recipient"),
        1 => change(to, TxKind::Create, "recipient, for a creation"),
        _ => flip(price, bit, "gas price"),
    }
}

fn change<T>(field: &mut T, value: T, name: &'static str) -> &'static str {
    *field = value;
    name
}

fn flip(field: &mut u128, bit: u128, name: &'static str) -> &'static str {
    *field ^= bit;
    name
}

/// Takes the last item away, takes all away, or adds one.
fn change_list<T>(list: &mut Vec<T>, item: T, random: &mut Seeded, name: &'static str) -> &'static str {
    match random.below(3) {
        0 => drop(list.pop()),
        1 => list.clear(),
        _ => list.push(item),
    }
    name
}

/// A chain id, which the oldest kind of transaction may lack.
trait ChainId {
    fn other(&self, random: &mut Seeded) -> Self;
}

impl ChainId for u64 {
    fn other(&self, random: &mut Seeded) -> Self {
        [self.wrapping_add(1), 0, Self::MAX][random.below(3)]
    }
}

impl ChainId for Option<u64> {
    fn other(&self, random: &mut Seeded) -> Self {
        match self {
            None => Some(1),
            Some(id) => (random.below(2) == 0).then(|| id.other(random)),
        }
    }
}

fn set_chain<T: ChainId>(id: &mut T, random: &mut Seeded) {
    *id = id.other(random);
}

/// Edits a transaction; its true sender signs it anew where the key is known.
pub(super) fn edit_transaction(
    original: &Original,
    input: &mut Input,
    random: &mut Seeded,
) -> Option<String> {
    let list = &mut input.block.body.transactions;
    let index = random.below(list.len().max(1));
    let (what, mut edited) = edit(list.get(index)?.clone(), random);
    let sender = original
        .facts
        .transaction_reports
        .get(index)
        .map(|report| report.sender);
    let mut signed = "";
    if let Some(key) = sender.and_then(|sender| original.keys.get(&sender))
        && let Ok(made) = key.sign_prehash_recoverable(edited.signature_hash().as_slice())
    {
        signed = ", signed anew";
        edited = edited!(
            edited,
            |fields, signature| *signature = Signature::from(made),
            |_list| {}
        );
    }
    *input.block.body.transactions.get_mut(index)? = edited;
    Some(format!(
        "{what} of transaction {index}{signed}{}",
        fix_roots(input, random)
    ))
}
