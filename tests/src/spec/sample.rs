//! A sample of the cases, to be run elsewhere than natively: in a browser.
//!
//! Invariant: which cases are in it depends on their names alone, not on the order in which they ended; and what is expected of a
//! block there is what it came to here, from the same bytes.

use super::fixture::FixtureBlock;
use alloy_primitives::{B256, Bytes, keccak256};
use blocklight_verifier::Verdict;
use serde::Serialize;
use serde_json::{Value, value::RawValue};
use std::{collections::BTreeMap, fs, io, path::Path};

/// A block of a case, and what it came to.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SampleBlock {
    /// Its RLP.
    block: Bytes,
    /// Its recorded witness, as reth's lists.
    witness: Box<RawValue>,
    /// The list that came with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    access_list: Option<Box<RawValue>>,
    /// Limits that have to be raised for it, as decimals: a JavaScript number does not hold them.
    #[serde(skip_serializing_if = "Option::is_none")]
    limits: Option<SampleLimits>,
    /// What it came to.
    expected: SampleVerdict,
}

/// Limits that have to be raised.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct SampleLimits {
    block_gas: String,
}

/// What a block came to: the verdict's family, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "camelCase")]
pub enum SampleVerdict {
    /// The block is what its header says.
    Valid,
    /// It breaks a rule.
    #[serde(rename_all = "camelCase")]
    Invalid {
        /// The reason's kind.
        reason_kind: String,
        /// The reason in words, with expected and got.
        message: String,
    },
    /// What came with it is not its own.
    Incomplete {
        /// What is missing, in words.
        message: String,
    },
    /// Its bytes are no block: an error of the kind `input`.
    #[serde(rename = "error")]
    Undecodable,
}

impl SampleVerdict {
    pub(super) fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Valid { .. } => Self::Valid,
            Verdict::Invalid { reason, .. } => Self::Invalid {
                reason_kind: serde_json::to_value(reason)
                    .ok()
                    .and_then(|reason| reason.get("kind").and_then(Value::as_str).map(str::to_owned))
                    .unwrap_or_default(),
                message: reason.to_string(),
            },
            Verdict::Incomplete { missing, .. } => Self::Incomplete {
                message: missing.to_string(),
            },
        }
    }
}

impl SampleBlock {
    /// `block_gas` is the limit that was raised for it, if one was.
    pub(super) fn new(
        fixture: &FixtureBlock,
        witness: Box<RawValue>,
        block_gas: Option<u64>,
        expected: SampleVerdict,
    ) -> Self {
        Self {
            block: fixture.rlp.clone(),
            witness,
            access_list: fixture.access_list().map(ToOwned::to_owned),
            limits: block_gas.map(|gas| SampleLimits {
                block_gas: gas.to_string(),
            }),
            expected,
        }
    }
}

/// A case of the sample.
#[derive(Debug, Clone, Serialize)]
struct SampleCase {
    name: String,
    fork: String,
    /// The chain's configuration as geth has it, as text: its numbers may be larger than JavaScript's.
    chain: String,
    blocks: Vec<SampleBlock>,
}

/// So many cases of each fork, those that come first by the hash of their name: spread evenly over the files.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    of_each_fork: usize,
    forks: BTreeMap<String, BTreeMap<B256, SampleCase>>,
}

impl Sample {
    /// An empty sample that takes `of_each_fork` cases of each fork.
    pub fn new(of_each_fork: usize) -> Self {
        Self {
            of_each_fork,
            forks: BTreeMap::new(),
        }
    }

    /// Whether a case would be taken, by what there is so far.
    pub(super) fn wants(&self, fork: &str, name: &str) -> bool {
        let taken = self.forks.get(fork);
        let last = taken
            .filter(|taken| taken.len() >= self.of_each_fork)
            .and_then(|taken| taken.last_key_value());
        self.of_each_fork > 0 && last.is_none_or(|(last, _)| keccak256(name) < *last)
    }

    pub(super) fn add(&mut self, name: &str, fork: &str, chain: &Value, blocks: Vec<SampleBlock>) {
        let case = SampleCase {
            name: name.to_owned(),
            fork: fork.to_owned(),
            chain: chain.to_string(),
            blocks,
        };
        self.take(keccak256(name), case);
    }

    fn take(&mut self, rank: B256, case: SampleCase) {
        let taken = self.forks.entry(case.fork.clone()).or_default();
        // Two archives may have a case by the same name.
        taken.entry(rank).or_insert(case);
        if taken.len() > self.of_each_fork {
            taken.pop_last();
        }
    }

    /// Adds another's cases.
    pub fn merge(&mut self, other: Self) {
        for (rank, case) in other.forks.into_values().flatten() {
            self.take(rank, case);
        }
    }

    /// How many cases there are.
    pub fn len(&self) -> usize {
        self.forks.values().map(BTreeMap::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.forks.is_empty()
    }

    /// How many forks there are.
    pub fn forks(&self) -> usize {
        self.forks.len()
    }

    /// Writes the cases as one JSON list.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, file: &Path) -> io::Result<()> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let cases: Vec<&SampleCase> = self.forks.values().flat_map(BTreeMap::values).collect();
        fs::write(file, serde_json::to_vec(&cases).map_err(io::Error::other)?)
    }
}
