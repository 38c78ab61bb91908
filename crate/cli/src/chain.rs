//! Which chain's rules apply to a file.

use crate::read::{ReadError, read};
use blocklight_verifier::{ChainSpec, Error, Limits, Schedule, Verifier, chain::ChainSpecError};
use std::path::Path;

/// Why `--chain` could not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChainError {
    /// It is the name of no built-in chain, and of no file that can be read.
    #[error("--chain {name}: no built-in chain (mainnet, sepolia, holesky, hoodi), and as a file: {source}")]
    File {
        /// What was given.
        name: String,
        /// Why it could not be read.
        source: ReadError,
    },
    /// The file is there, but is no configuration we can use.
    #[error("--chain {name}: {source}")]
    Configuration {
        /// What was given.
        name: String,
        /// What is wrong with it.
        source: ChainSpecError,
    },
}

/// The chain named on the command line, by name or as a file.
pub(crate) fn given(name: &str) -> Result<ChainSpec, ChainError> {
    if let Some(chain) = ChainSpec::by_name(name) {
        return Ok(chain);
    }
    let json = read(Path::new(name), &Limits::default()).map_err(|source| ChainError::File {
        name: name.to_owned(),
        source,
    })?;
    ChainSpec::from_json(&json).map_err(|source| ChainError::Configuration {
        name: name.to_owned(),
        source,
    })
}

/// The verifiers of a run: one for the chain given, or one for each built-in chain that files are of.
#[derive(Debug)]
pub(crate) struct Verifiers {
    given: Option<Verifier>,
    limits: Limits,
    schedule: Schedule,
}

impl Verifiers {
    pub(crate) fn new(given: Option<ChainSpec>, limits: Limits, schedule: Schedule) -> Self {
        let mut verifiers = Self {
            given: None,
            limits,
            schedule,
        };
        verifiers.given = given.map(|chain| verifiers.of(chain));
        verifiers
    }

    fn of(&self, chain: ChainSpec) -> Verifier {
        Verifier::new(chain)
            .with_limits(self.limits)
            .with_schedule(self.schedule)
    }

    /// The verifier for a file that seems to be of chain `id`, or tells no chain. Whether a given chain is the file's is the
    /// verifier's own check.
    pub(crate) fn for_chain(&self, id: Option<u64>) -> Result<Verifier, Error> {
        if let Some(given) = &self.given {
            return Ok(given.clone());
        }
        let chain = match id {
            Some(id) => ChainSpec::by_id(id).ok_or(Error::UnknownChain { got: id })?,
            None => ChainSpec::mainnet(),
        };
        Ok(self.of(chain))
    }
}
