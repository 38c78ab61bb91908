//! Verdicts and failures as JavaScript values.
//!
//! Invariant: what serde can serialise arrives as it is; no number, however absurd, loses a verdict or is rounded.

use blocklight_verifier::{Error, Limit, Verdict};
use js_sys::{Array, Object, Reflect};
use serde::Serialize;
use serde_json::Value as Json;
use tsify::Tsify;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

use crate::{FailureValue, VerdictValue};

/// Our side's fault: why there is no verdict. The fourth family, beside the three of `Verdict`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failure {
    /// Sets a failure apart from a verdict.
    pub(crate) status: &'static str,
    /// What happened, in words.
    pub(crate) message: String,
    /// What happened, by kind.
    #[serde(flatten)]
    pub(crate) cause: FailureCause,
}

// Tsify would write an interface, and those cannot extend a union.
#[wasm_bindgen(typescript_custom_section)]
const FAILURE: &str = r#"
/** Our side's fault: why there is no verdict. The fourth family, beside the three of `Verdict`. */
export type Failure = { status: "error"; message: string } & FailureCause;
"#;

/// The kinds of failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Tsify)]
#[serde(tag = "code", rename_all = "camelCase")]
pub(crate) enum FailureCause {
    /// The input is in no dialect we know, or is cut or garbled as a file.
    Input,
    /// A limit was passed.
    Limit {
        /// Which limit.
        limit: Limit,
        /// The limit's value.
        #[tsify(type = "number | bigint")]
        expected: u64,
        /// The input's value, as far as it was read.
        #[tsify(type = "number | bigint")]
        got: u64,
    },
    /// The engine gives no more memory.
    Memory {
        /// Bytes that were needed in one piece.
        bytes: u64,
    },
    /// The engine gives no randomness, by which hash maps are seeded.
    Randomness,
    /// The input names another chain than the one asked for.
    ChainMismatch {
        /// Chain id asked for.
        #[tsify(type = "number | bigint")]
        expected: u64,
        /// Chain id the input names.
        #[tsify(type = "number | bigint")]
        got: u64,
    },
    /// No built-in chain has this name or id.
    UnknownChain {
        /// The name, or the id in decimal.
        chain: String,
    },
    /// The genesis or configuration JSON cannot be used.
    ChainConfiguration,
    /// The block is of a fork whose rules are not implemented.
    UnsupportedFork {
        /// The fork's name.
        fork: String,
    },
    /// The options are not what they should be.
    Options,
    /// A bug of ours or of a dependency.
    Internal,
}

impl Failure {
    pub(crate) fn new(message: &impl ToString, cause: FailureCause) -> Self {
        Self {
            status: "error",
            message: message.to_string(),
            cause,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let cause = match &error {
            Error::Input(_) => FailureCause::Input,
            Error::Limit { limit, expected, got } => FailureCause::Limit {
                limit: *limit,
                expected: *expected,
                got: *got,
            },
            Error::ChainMismatch { expected, got } => FailureCause::ChainMismatch {
                expected: *expected,
                got: *got,
            },
            Error::UnknownChain { got } => FailureCause::UnknownChain {
                chain: got.to_string(),
            },
            Error::UnsupportedFork { fork } => FailureCause::UnsupportedFork { fork: (*fork).into() },
            // The chain's configuration gives too little for this one block.
            Error::UndecidableMerge => FailureCause::ChainConfiguration,
            _ => FailureCause::Internal,
        };
        Self::new(&error, cause)
    }
}

impl From<Failure> for FailureValue {
    fn from(failure: Failure) -> Self {
        to_value(&failure).unwrap_or_else(JsValue::from).unchecked_into()
    }
}

/// The verdict as a value of its TypeScript type.
pub(crate) fn verdict_value(verdict: &Verdict) -> Result<VerdictValue, Failure> {
    to_value(verdict)
        .map(JsCast::unchecked_into)
        .map_err(|error| Failure::new(&error, FailureCause::Internal))
}

/// Any serialisable value, with flattened structs as objects and absent options as `undefined`. A whole number above
/// 2^53 - 1, which only a forged header claims, is a `bigint`.
pub(crate) fn to_value(value: &impl Serialize) -> Result<JsValue, serde_wasm_bindgen::Error> {
    let serializer = serde_wasm_bindgen::Serializer::new().serialize_maps_as_objects(true);
    value.serialize(&serializer).or_else(|error| {
        // It refuses integers that a JavaScript number cannot hold.
        let json = serde_json::to_value(value).map_err(|_| error)?;
        from_json(&json)
    })
}

/// JSON as the serialiser above writes it. Recurses as deep as our own types are nested.
fn from_json(json: &Json) -> Result<JsValue, serde_wasm_bindgen::Error> {
    Ok(match json {
        Json::Null => JsValue::UNDEFINED,
        Json::Bool(value) => (*value).into(),
        Json::String(value) => value.into(),
        Json::Number(number) => match (number.as_u64(), number.as_f64()) {
            (Some(whole), _) if whole > LARGEST_SAFE => whole.into(),
            (_, value) => value.map_or(JsValue::UNDEFINED, JsValue::from),
        },
        Json::Array(items) => {
            let list = Array::new();
            for item in items {
                list.push(&from_json(item)?);
            }
            list.into()
        }
        Json::Object(fields) => {
            let object = Object::new();
            for (name, field) in fields {
                Reflect::set(&object, &name.into(), &from_json(field)?)?;
            }
            object.into()
        }
    })
}

/// `Number.MAX_SAFE_INTEGER`.
const LARGEST_SAFE: u64 = (1 << 53) - 1;
