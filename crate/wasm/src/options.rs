//! The options of a verification, and the choice of the chain.
//!
//! Invariant: the chain decides which rules hold, so what was asked for is never replaced by what the input says.

use alloy_primitives::B256;
use blocklight_verifier::{ChainSpec, Input, Limits, Schedule};
use js_sys::{Object, Reflect};
use serde::Deserialize;
use tsify::Tsify;
use wasm_bindgen::{JsCast, JsValue};

use crate::{
    OptionsValue,
    value::{Failure, FailureCause, to_value},
};

/// What may be said about a verification beside its input.
#[derive(Debug, Default, Deserialize, Tsify)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Options {
    /// The chain: name (`mainnet`, `sepolia`, `holesky`, `hoodi`), id, or the text of a geth genesis or
    /// configuration JSON. Left out: the chain the input names, or else its transactions, or else mainnet.
    #[tsify(optional)]
    chain: Option<Chain>,
    /// A block hash that the caller vouches for, to hold the block to.
    #[tsify(optional, type = "Hex")]
    pub(crate) trusted_hash: Option<B256>,
    /// How transactions are executed. Left out: as suits the block and the pool.
    #[tsify(optional)]
    pub(crate) schedule: Option<Schedule>,
    /// What the block accesses and changes (EIP-7928), as JSON: a string of RLP as hex, or the list of accounts. A hint for
    /// the schedule `accessList`, and for `auto`; a wrong one costs time and no more.
    #[tsify(optional)]
    pub(crate) access_list: Option<String>,
    /// Whether to record the execution: `report.dependencies` and `report.timing.timeline`. Left out: no.
    #[tsify(optional)]
    pub(crate) record: bool,
    /// Limits on sizes, counts and gas: what is read is held to them before it is hashed, the block's gas before anything is
    /// executed. Left out, all or any: the defaults.
    #[tsify(optional, type = "Partial<Limits>")]
    pub(crate) limits: Option<Limits>,
}

/// The fields of [`Options`], as JavaScript names them.
const FIELDS: [&str; 6] = [
    "chain",
    "trustedHash",
    "schedule",
    "accessList",
    "record",
    "limits",
];

/// A chain as asked for.
#[derive(Debug, Deserialize, Tsify)]
#[serde(untagged)]
enum Chain {
    Id(u64),
    Text(String),
}

impl Options {
    pub(crate) fn from_value(value: OptionsValue) -> Result<Self, Failure> {
        let value = JsValue::from(value);
        if value.is_undefined() {
            return Ok(Self::default());
        }
        // The reader looks for the fields it knows and at no others, but a misspelt option is not to be ignored.
        if let Some(object) = value.dyn_ref::<Object>() {
            only(object, "option", &FIELDS)?;
            let limits = Reflect::get(object, &"limits".into()).unwrap_or_default();
            if let Some(limits) = limits.dyn_ref::<Object>() {
                let known = to_value(&Limits::default())
                    .map_err(|error| Failure::new(&error, FailureCause::Internal))?;
                let known: Vec<String> = Object::keys(known.unchecked_ref::<Object>())
                    .iter()
                    .filter_map(|key| key.as_string())
                    .collect();
                only(limits, "limit", &known)?;
            }
        }
        serde_wasm_bindgen::from_value(value).map_err(|error| Failure::new(&error, FailureCause::Options))
    }

    /// The chain asked for, or else the one that `input` is of.
    pub(crate) fn chain(&self, input: &Input) -> Result<ChainSpec, Failure> {
        match &self.chain {
            Some(Chain::Id(id)) => by_id(*id),
            Some(Chain::Text(text)) if text.trim_start().starts_with('{') => {
                ChainSpec::from_json(text.as_bytes())
                    .map_err(|error| Failure::new(&error, FailureCause::ChainConfiguration))
            }
            Some(Chain::Text(text)) => match text.parse() {
                Ok(id) => by_id(id),
                Err(_) => ChainSpec::by_name(text).ok_or_else(|| unknown(text.clone())),
            },
            None => by_id(input.chain_id_hint().unwrap_or(1)),
        }
    }
}

/// Refuses an object with other fields than these.
fn only(object: &Object, what: &str, fields: &[impl AsRef<str>]) -> Result<(), Failure> {
    let unknown = Object::keys(object)
        .iter()
        .filter_map(|key| key.as_string())
        .find(|key| fields.iter().all(|field| field.as_ref() != key));
    match unknown {
        None => Ok(()),
        Some(unknown) => {
            let fields: Vec<&str> = fields.iter().map(AsRef::as_ref).collect();
            let message = format!("there is no {what} `{unknown}`, only {}", fields.join(", "));
            Err(Failure::new(&message, FailureCause::Options))
        }
    }
}

fn by_id(id: u64) -> Result<ChainSpec, Failure> {
    ChainSpec::by_id(id).ok_or_else(|| unknown(id.to_string()))
}

fn unknown(chain: String) -> Failure {
    let message = format!("chain {chain} is not built in: give its genesis or configuration JSON");
    Failure::new(&message, FailureCause::UnknownChain { chain })
}
