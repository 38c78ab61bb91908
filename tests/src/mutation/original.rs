//! A block that verifies, and which of its witness's items name which others by hash.
//!
//! Invariant: the block is valid as it stands here, held to no hash.

use super::Schedules;
use crate::PARALLEL;
use alloy_primitives::{Address, B256, Bytes, keccak256};
use blocklight_verifier::{ChainSpec, Input, Report, Timing, Witness, WitnessFacts};
use k256::ecdsa::SigningKey;
use std::collections::HashMap;

/// An item of a witness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In `state`.
    Node(usize),
    /// In `codes`.
    Code(usize),
    /// In `headers`.
    Header(usize),
}

impl Place {
    pub(super) fn get<'a>(&self, witness: &'a Witness) -> Option<&'a Bytes> {
        match *self {
            Self::Node(index) => witness.state.get(index),
            Self::Code(index) => witness.codes.get(index),
            Self::Header(index) => witness.headers.get(index),
        }
    }

    fn set(self, witness: &mut Witness, bytes: Bytes) {
        let item = match self {
            Self::Node(index) => witness.state.get_mut(index),
            Self::Code(index) => witness.codes.get_mut(index),
            Self::Header(index) => witness.headers.get_mut(index),
        };
        if let Some(item) = item {
            *item = bytes;
        }
    }
}

/// A block to be mutated.
#[derive(Debug)]
pub struct Original {
    /// What it is called.
    pub name: String,
    /// The chain it is of.
    pub chain: ChainSpec,
    /// Block and witness, held to no hash.
    pub input: Input,
    /// What an untampered verification reports, without times and sizes.
    pub facts: Report,
    /// What verifies its copies.
    pub schedules: Schedules,
    /// Private keys of senders, where they are known.
    pub(super) keys: HashMap<Address, SigningKey>,
    /// For each item's hash, the items that hold it.
    referrers: HashMap<B256, Vec<Place>>,
}

impl Original {
    /// Takes a block that is valid.
    ///
    /// # Errors
    /// What came instead of `Valid`.
    ///
    /// # Panics
    /// When the witness lacks the parent or the root of its state.
    pub fn new(name: &str, chain: ChainSpec, mut input: Input) -> Result<Self, String> {
        input.hash = None;
        let schedules = Schedules::new(&chain, &input);
        let verdict = schedules
            .verify(&input, &PARALLEL)
            .map_err(|breach| format!("{name}: {breach}"))?
            .map_err(|error| format!("{name}: {error}"))?;
        if !verdict.is_valid() {
            return Err(format!("{name}: {verdict:?}"));
        }
        Ok(Self {
            name: name.to_owned(),
            facts: facts(verdict.report()),
            schedules,
            referrers: referrers(&input.witness),
            chain,
            input,
            keys: HashMap::new(),
        })
    }

    /// The same with the keys of the sample's users, derived as `scripts/sample/accounts.mjs` derives them.
    #[must_use]
    pub fn with_sample_keys(self) -> Self {
        self.with_keys((0..160).filter_map(|index| {
            let secret = keccak256(format!("blocklight sample/user/{index}"));
            SigningKey::from_slice(secret.as_slice()).ok()
        }))
    }

    /// The same with senders' keys, so that edited transactions can be signed anew.
    #[must_use]
    pub fn with_keys(mut self, keys: impl IntoIterator<Item = SigningKey>) -> Self {
        let address = |key: &SigningKey| Address::from_public_key(key.verifying_key());
        self.keys.extend(keys.into_iter().map(|key| (address(&key), key)));
        self
    }

    /// Puts `bytes` in the place of an item and makes all that named the old item by its hash name the new one: up to
    /// the parent header's state root, the headers after it, and the block's parent hash.
    pub(super) fn forge(&self, input: &mut Input, place: Place, bytes: Vec<u8>) {
        let mut forged = vec![(place, bytes)];
        // Hashes form no cycle, so this ends; the bound is for items that other mutations have made the same.
        for _ in 0..100_000 {
            let Some((place, bytes)) = forged.pop() else {
                return;
            };
            let Some(old) = place.get(&input.witness).map(keccak256) else {
                continue;
            };
            let new = keccak256(&bytes);
            place.set(&mut input.witness, bytes.into());
            if input.block.header.parent_hash == old {
                input.block.header.parent_hash = new;
            }
            let Some(first) = place.get(&self.input.witness).map(keccak256) else {
                continue;
            };
            for referrer in self.referrers.get(&first).into_iter().flatten() {
                if let Some(holder) = referrer.get(&input.witness) {
                    let renamed = replaced(holder, old, new);
                    if renamed != holder[..] {
                        forged.push((*referrer, renamed));
                    }
                }
            }
        }
    }
}

/// `bytes` with every `old` replaced by `new`.
fn replaced(bytes: &[u8], old: B256, new: B256) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let mut at = 0;
    while let Some(window) = out.get_mut(at..at + 32) {
        if window == old.as_slice() {
            window.copy_from_slice(new.as_slice());
        }
        at += 1;
    }
    out
}

/// Finds every mention of an item's hash in another item. State roots in headers are mentions of nodes.
fn referrers(witness: &Witness) -> HashMap<B256, Vec<Place>> {
    let lists = [&witness.state, &witness.codes, &witness.headers];
    let mut known: HashMap<B256, Vec<Place>> = lists
        .into_iter()
        .flatten()
        .map(|item| (keccak256(item), Vec::new()))
        .collect();
    let nodes = witness
        .state
        .iter()
        .enumerate()
        .map(|(index, item)| (Place::Node(index), item));
    let headers = witness
        .headers
        .iter()
        .enumerate()
        .map(|(index, item)| (Place::Header(index), item));
    for (place, item) in nodes.chain(headers) {
        for window in item.windows(32) {
            if let Some(places) = known.get_mut(window)
                && places.last() != Some(&place)
            {
                places.push(place);
            }
        }
    }
    known
}

/// A report without what may differ between witnesses of the same block: times, sizes, cost of hashing them.
pub(super) fn facts(report: &Report) -> Report {
    Report {
        timing: Timing::default(),
        dialects: blocklight_verifier::Dialects {
            block: blocklight_verifier::BlockDialect::Typed,
            witness: blocklight_verifier::WitnessDialect::Typed,
        },
        witness: WitnessFacts {
            root_permutations: report.witness.root_permutations,
            ..WitnessFacts::default()
        },
        ..report.clone()
    }
}
