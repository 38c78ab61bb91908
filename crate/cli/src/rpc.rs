//! JSON-RPC over HTTP, a call at a time.
//!
//! Invariants: no message holds the address beyond host and port, for user, path and query may be credentials; no answer is
//! read beyond a bound in bytes and in time; no stranger's words are printed but a line's worth, escaped.

use indicatif::ProgressBar;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json, value::RawValue};
use std::{fmt, thread, time::Duration};
use ureq::{Agent, http::Uri};

/// The most bytes of an answer: a block of 36,000,000 gas in JSON has some 10 MB.
const MAX_ANSWER: u64 = 64 << 20;
const CONNECT: Duration = Duration::from_secs(10);
/// One call in all: a proof takes a large node some seconds where it has to go back in its history.
const CALL: Duration = Duration::from_mins(1);

/// Pauses before a call is made again that a node, which has answered others, did not answer for being busy or out of reach:
/// thousands of answers are not to be lost for one.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
];

/// Why a node did not answer as asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RpcError {
    #[error("--rpc: not an address of the form http://host:port")]
    Address,
    #[error(
        "--rpc: only http:// is spoken here; reach a node behind https:// by a tunnel, such as \
         `ssh -L 8545:localhost:8545 host`, or by a proxy of your own that adds TLS"
    )]
    Https,
    #[error("{node} did not answer {method}: {source}; does a node run there, with HTTP-RPC turned on?")]
    Connection {
        node: Node,
        method: &'static str,
        source: Box<ureq::Error>,
    },
    #[error("{node} did not answer {method} within {} seconds", CALL.as_secs())]
    Timeout { node: Node, method: &'static str },
    #[error("{node} answered {method} with HTTP status {got}{}", status_advice(*.got))]
    Status {
        node: Node,
        method: &'static str,
        got: u16,
    },
    #[error("{node} answered {method} with more than {expected} bytes")]
    TooLarge {
        node: Node,
        method: &'static str,
        expected: u64,
    },
    #[error("{node} answered {method} with something else than was asked for: {detail}")]
    Malformed {
        node: Node,
        method: &'static str,
        /// What the reader says, which may repeat the node's words: cut and escaped.
        detail: String,
    },
    #[error("{node} refused {method}: {message} ({code}){}", advice(*.code, .message))]
    Refused {
        node: Node,
        method: &'static str,
        code: i64,
        /// The node's words, cut and escaped.
        message: String,
    },
    #[error(
        "{node} knows of nothing that {method} asks for: is the block on its chain, and is it synchronised so far?"
    )]
    Nothing { node: Node, method: &'static str },
}

/// Host and port of a node: of its address what may be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node(String);

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A client of one node.
pub(crate) struct Client {
    agent: Agent,
    address: Uri,
    node: Node,
    /// Counts the answers.
    bar: ProgressBar,
}

// By hand, so that the address is in no output.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("node", &self.node)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
    #[serde(default)]
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    code: i64,
    #[serde(default)]
    message: String,
}

impl Client {
    /// A client of the node at `address`; nothing is sent yet.
    pub(crate) fn new(address: &str, bar: ProgressBar) -> Result<Self, RpcError> {
        let address: Uri = address.parse().map_err(|_| RpcError::Address)?;
        match address.scheme_str() {
            Some("http") => {}
            Some("https") => return Err(RpcError::Https),
            _ => return Err(RpcError::Address),
        }
        let host = address.host().filter(|host| !host.is_empty());
        let host = host.ok_or(RpcError::Address)?;
        let node = Node(format!("{host}:{}", address.port_u16().unwrap_or(80)));
        let config = Agent::config_builder()
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(CALL))
            .http_status_as_error(false)
            // A redirection would carry credentials to another place, and a proxy is one.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .build();
        Ok(Self {
            agent: config.into(),
            address,
            node,
            bar,
        })
    }

    /// The result of a call, as JSON.
    pub(crate) fn call_raw(&self, method: &'static str, params: &Value) -> Result<Box<RawValue>, RpcError> {
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        let (status, body) = self
            .post_patiently(method, &request)
            .map_err(|error| self.failure(method, error))?;
        self.bar.inc(1);
        // Some nodes send their refusals with a status of 400 or more; those say more than the status.
        let answer: Result<Answer<'_>, _> = serde_json::from_slice(&body);
        if let Ok(Answer {
            error: Some(refusal), ..
        }) = answer
        {
            return Err(RpcError::Refused {
                node: self.node.clone(),
                method,
                code: refusal.code,
                message: excerpt(&refusal.message),
            });
        }
        if !(200..300).contains(&status) {
            return Err(RpcError::Status {
                node: self.node.clone(),
                method,
                got: status,
            });
        }
        let result = answer.map_err(|error| self.malformed(method, &error))?.result;
        result.map(ToOwned::to_owned).ok_or_else(|| self.nothing(method))
    }

    /// The result of a call.
    pub(crate) fn call<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: &Value,
    ) -> Result<T, RpcError> {
        let result = self.call_raw(method, params)?;
        serde_json::from_str(result.get()).map_err(|error| self.malformed(method, &error))
    }

    /// Posts again, after a pause, what a node that has answered before does not answer now.
    fn post_patiently(&self, method: &'static str, request: &str) -> Result<(u16, Vec<u8>), ureq::Error> {
        for pause in PAUSES {
            let answer = self.post(method, request);
            let may_pass = match &answer {
                Ok((status, _)) => matches!(status, 429 | 502..=504),
                Err(error) => !matches!(error, ureq::Error::BodyExceedsLimit(_)),
            };
            if self.bar.position() == 0 || !may_pass {
                return answer;
            }
            thread::sleep(pause);
        }
        self.post(method, request)
    }

    fn post(&self, method: &'static str, request: &str) -> Result<(u16, Vec<u8>), ureq::Error> {
        self.bar.set_message(method);
        let mut response = self
            .agent
            .post(&self.address)
            .header("content-type", "application/json")
            .send(request)?;
        let body = response
            .body_mut()
            .with_config()
            .limit(MAX_ANSWER)
            .read_to_vec()?;
        Ok((response.status().as_u16(), body))
    }

    fn malformed(&self, method: &'static str, error: &serde_json::Error) -> RpcError {
        RpcError::Malformed {
            node: self.node.clone(),
            method,
            detail: excerpt(&error.to_string()),
        }
    }

    fn nothing(&self, method: &'static str) -> RpcError {
        RpcError::Nothing {
            node: self.node.clone(),
            method,
        }
    }

    fn failure(&self, method: &'static str, error: ureq::Error) -> RpcError {
        let node = self.node.clone();
        match error {
            ureq::Error::BodyExceedsLimit(expected) => RpcError::TooLarge {
                node,
                method,
                expected,
            },
            ureq::Error::Timeout(_) => RpcError::Timeout { node, method },
            // These hold the address.
            ureq::Error::BadUri(_) | ureq::Error::RequireHttpsOnly(_) => RpcError::Address,
            source => RpcError::Connection {
                node,
                method,
                source: Box::new(source),
            },
        }
    }
}

/// A stranger's words: no longer than a line, and nothing in them that a terminal obeys.
fn excerpt(message: &str) -> String {
    let mut excerpt: String = message.chars().take(200).flat_map(char::escape_debug).collect();
    if message.chars().nth(200).is_some() {
        excerpt.push('…');
    }
    excerpt
}

const fn status_advice(status: u16) -> &'static str {
    match status {
        401 | 403 => ": it wants credentials, or others, in the address",
        404 => ": is the path of the address right?",
        429 => ": it takes no more calls for now, and recording takes one for each account and slot",
        300..=399 => ": give the address that it redirects to",
        _ => "",
    }
}

/// What to do about a refusal, by its code or by what geth, reth, Nethermind, Erigon and Besu say.
fn advice(code: i64, message: &str) -> &'static str {
    let message = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if code == -32601 || says(&["method not found", "does not exist/is not available"]) {
        "; the node does not offer this method: turn its API on, or ask another node"
    } else if says(&[
        "missing trie node",
        "pruned",
        "historical state",
        "state not available",
        "state is not available",
        "not available",
        "max proof window",
        "proof window",
        "distance to target block",
        "world state unavailable",
        "no state",
    ]) {
        "; the node no longer has the state before that block: take one nearer to the head, or ask an archive node"
    } else if says(&["limit", "too many"]) {
        "; recording takes a call for each account and slot, so ask a node of your own"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(address: &str) -> Result<Client, RpcError> {
        Client::new(address, ProgressBar::hidden())
    }

    #[test]
    fn what_is_printed_of_an_address_is_host_and_port() {
        for (address, node) in [
            ("http://localhost", "localhost:80"),
            ("http://user:secret@[::1]:8545/v3/secret?key=secret", "[::1]:8545"),
        ] {
            let client = client(address).expect("an address");
            assert_eq!(client.node.to_string(), node);
            assert!(!format!("{client:?}").contains("secret"));
        }
    }

    #[test]
    fn addresses_that_are_none_are_refused_without_repeating_them() {
        for address in [
            "secret",
            "ftp://secret",
            "http://",
            "/secret",
            "https://secret.example",
        ] {
            let error = client(address).expect_err("no address");
            assert!(!error.to_string().contains("secret"), "{error}");
            assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        }
    }

    #[test]
    fn a_nodes_words_are_cut_and_escaped() {
        let said = excerpt(&format!("\u{1b}[31m{}", "x".repeat(300)));
        assert!(said.starts_with("\\u{1b}[31mx") && said.ends_with("x…"), "{said}");
    }
}
