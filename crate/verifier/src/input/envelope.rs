//! The JSON-RPC response a server wraps its answer in: `{jsonrpc, id, result}` or `{jsonrpc, id, error}`.
//!
//! Invariant: an envelope is opened once; a `result` inside a `result` is a field like any other.

use super::{Excerpt, InputError, Part, intake::json_error};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The two fields of a response that matter; both absent in what is no response.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope<'a> {
    #[serde(borrow, default)]
    result: Member<'a>,
    #[serde(borrow, default)]
    error: Member<'a>,
}

/// A field's JSON text; unlike `Option`, it tells `null` from absent.
#[derive(Debug, Default)]
struct Member<'a>(Option<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Member<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&RawValue>::deserialize(deserializer).map(|raw| Self(Some(raw)))
    }
}

/// The `result` in `json`, or `json` itself when it is no JSON-RPC response.
pub(super) fn open(json: &str, part: Part) -> Result<&str, InputError> {
    let envelope: Envelope<'_> = serde_json::from_str(json).map_err(|error| json_error(part, &error))?;
    if let Some(error) = envelope.error.0.and_then(|raw| server_error(raw, part)) {
        return Err(error);
    }
    match envelope.result.0.map(RawValue::get) {
        Some("null") => Err(InputError::RpcNull { part }),
        Some(result) => Ok(result),
        None => Ok(json),
    }
}

#[derive(Deserialize)]
struct ErrorObject {
    #[serde(default)]
    code: Option<i64>,
    #[serde(default)]
    message: Option<String>,
}

/// The error a server's `error` field tells of; `None` where it is `null`.
pub(super) fn server_error(raw: &RawValue, part: Part) -> Option<InputError> {
    let text = raw.get();
    if text == "null" {
        return None;
    }
    let (code, message) = match serde_json::from_str::<ErrorObject>(text) {
        Ok(ErrorObject {
            code,
            message: Some(message),
        }) => (code, Excerpt::of(message)),
        Ok(ErrorObject { code, message: None }) => (code, Excerpt::of(text)),
        Err(_) => (None, Excerpt::of(text)),
    };
    Some(InputError::Rpc { part, code, message })
}
