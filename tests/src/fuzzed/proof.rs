//! A provider of proofs (EIP-1186) whose answers the fuzzer changes: an error, or the witness that the true answers give.

use crate::{NotThere, ProvableBlock};
use alloy_consensus::Header;
use alloy_primitives::{Address, B256, Bytes, U256};
use blocklight_verifier::recorder::{AccountProof, ProofProvider, Recording, record_from_proofs};
use std::sync::{
    LazyLock,
    atomic::{AtomicUsize, Ordering},
};

static HONEST: LazyLock<(ProvableBlock, Recording)> = LazyLock::new(|| {
    let made = ProvableBlock::busy();
    let recording = record_from_proofs(&made.chain, &made.block, &made.proving).expect("recordable");
    (made, recording)
});

/// Bytes of one change.
const CHANGE: usize = 8;
/// Answers that are told apart; the true ones are 14.
const ANSWERS: usize = 16;

/// The state, whose answers are changed: of each change the first byte says which answer, the second how, the rest where and into
/// what.
struct Changed<'a> {
    changes: &'a [[u8; CHANGE]],
    answered: AtomicUsize,
}

impl Changed<'_> {
    /// The changes of the answer that is given now.
    fn now(&self) -> impl Iterator<Item = (u8, &[u8; CHANGE - 2])> {
        let answer = self.answered.fetch_add(1, Ordering::Relaxed);
        self.changes.iter().filter_map(move |[at, how, rest @ ..]| {
            (usize::from(*at) % ANSWERS == answer % ANSWERS).then_some((*how, rest))
        })
    }
}

/// Changes a list of nodes; what is no place of it changes nothing.
fn change_nodes(nodes: &mut Vec<Bytes>, how: u8, [which, other, high, low, byte, length]: [u8; CHANGE - 2]) {
    if nodes.is_empty() {
        return nodes.push(vec![byte; length.into()].into());
    }
    let (which, other) = (usize::from(which) % nodes.len(), usize::from(other) % nodes.len());
    let mut bytes = nodes[which].to_vec();
    let at = (usize::from(high) << 8 | usize::from(low)) % (bytes.len() + 1);
    match how % 7 {
        0 => {
            if let Some(changed) = bytes.get_mut(at) {
                *changed ^= byte;
            }
        }
        1 => bytes.truncate(at),
        2 => drop(bytes.splice(at..at, vec![byte; length.into()])),
        3 => return drop(nodes.remove(which)),
        4 => return nodes.swap(which, other),
        5 => return nodes.insert(other, bytes.into()),
        _ => return nodes.extend(vec![nodes[which].clone(); length.into()]),
    }
    nodes[which] = bytes.into();
}

/// What 32 bytes become when one of them is changed.
fn change_word(word: B256, [place, .., byte, _]: [u8; CHANGE - 2]) -> B256 {
    let mut word = word;
    word[usize::from(place) % 32] ^= byte;
    word
}

impl ProofProvider for Changed<'_> {
    type Error = NotThere;

    fn proof(&self, address: Address, slots: &[U256]) -> Result<AccountProof, NotThere> {
        let mut proof = HONEST.0.proving.proof(address, slots)?;
        for (how, rest) in self.now() {
            match how {
                0 => return Err(NotThere),
                1 => proof.balance = change_word(proof.balance.into(), *rest).into(),
                2 => proof.nonce ^= u64::from(rest[4]),
                3 => proof.code_hash = change_word(proof.code_hash, *rest),
                4 => proof.storage_hash = change_word(proof.storage_hash, *rest),
                5 => proof.storage_proof.truncate(rest[0].into()),
                6 => {
                    let again = proof.storage_proof.first().cloned();
                    proof.storage_proof.extend(again);
                }
                7..128 => change_nodes(&mut proof.account_proof, how, *rest),
                _ => {
                    for slot in &mut proof.storage_proof {
                        match how {
                            128 => slot.key = change_word(slot.key.into(), *rest).into(),
                            129 => slot.value = change_word(slot.value.into(), *rest).into(),
                            _ => change_nodes(&mut slot.proof, how, *rest),
                        }
                    }
                }
            }
        }
        Ok(proof)
    }

    fn code(&self, address: Address, code_hash: B256) -> Result<Bytes, NotThere> {
        let mut codes = vec![HONEST.0.proving.code(address, code_hash)?];
        for (how, rest) in self.now() {
            change_nodes(&mut codes, how, *rest);
        }
        codes.into_iter().next().ok_or(NotThere)
    }

    fn header(&self, number: u64, hash: B256) -> Result<Header, NotThere> {
        let mut header = HONEST.0.proving.header(number, hash)?;
        for (how, rest) in self.now() {
            match how % 4 {
                0 => header.number ^= u64::from(rest[4]),
                1 => header.state_root = change_word(header.state_root, *rest),
                2 => header.parent_hash = change_word(header.parent_hash, *rest),
                _ => header.extra_data = vec![rest[4]; rest[5].into()].into(),
            }
        }
        Ok(header)
    }
}

/// See the module.
///
/// # Panics
/// On bytes that show a fault.
pub fn run(data: &[u8]) {
    let (made, honest) = &*HONEST;
    let provider = Changed {
        changes: data.as_chunks().0,
        answered: AtomicUsize::new(0),
    };
    if let Ok(recording) = record_from_proofs(&made.chain, &made.block, &provider) {
        assert_eq!(recording.witness, honest.witness);
        assert_eq!(recording.changes, honest.changes);
    }
}
