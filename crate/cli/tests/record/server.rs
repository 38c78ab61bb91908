//! A JSON-RPC server of one block, over the standard library's sockets.
//!
//! Invariant: it answers one request a connection, and ends with the value.

use alloy_primitives::{Address, B256, U256, hex};
use blocklight_tests::ProvingState;
use blocklight_verifier::{Block, recorder::ProofProvider as _};
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

/// What is sent back.
pub(crate) enum Answer {
    /// A response of status 200.
    Json(Value),
    /// These bytes, with this status.
    Raw(u16, Vec<u8>),
    /// Nothing.
    Closed,
}

type Change = Box<dyn Fn(&str, &Value, Answer) -> Answer + Send>;

pub(crate) struct Server {
    pub(crate) address: String,
    socket: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves `block`, on the `state` before it; each answer goes through `change` with method and parameters.
    pub(crate) fn new(
        block: Block,
        state: ProvingState,
        change: impl Fn(&str, &Value, Answer) -> Answer + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let socket = listener.local_addr().expect("an address");
        let (heads, stop) = (
            Arc::<Mutex<Vec<String>>>::default(),
            Arc::new(AtomicBool::new(false)),
        );
        let (kept, ended) = (Arc::clone(&heads), Arc::clone(&stop));
        let change: Change = Box::new(change);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    break;
                }
                // A client that goes away is none of the server's business.
                let head = stream
                    .ok()
                    .and_then(|stream| serve(&stream, &block, &state, &change));
                kept.lock().expect("no panic before").extend(head);
            }
        });
        Self {
            address: format!("http://{socket}"),
            socket,
            heads,
            stop,
            thread: Some(thread),
        }
    }

    /// The requests' heads so far.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("no panic before").clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread from waiting for a connection.
        let _ = TcpStream::connect(self.socket);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Answers a request; gives its head.
fn serve(stream: &TcpStream, block: &Block, state: &ProvingState, change: &Change) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let request: Value = serde_json::from_slice(&body).ok()?;
    let (method, params) = (request["method"].as_str()?, &request["params"]);
    let result = result(method, params, block, state);
    let answer = Answer::Json(json!({"jsonrpc": "2.0", "id": request["id"], "result": result}));
    let (status, body) = match change(method, params, answer) {
        Answer::Json(json) => (200, json.to_string().into_bytes()),
        Answer::Raw(status, body) => (status, body),
        Answer::Closed => return Some(head),
    };
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    )
    .and_then(|()| stream.write_all(&body))
    .ok()?;
    Some(head)
}

fn result(method: &str, params: &Value, block: &Block, state: &ProvingState) -> Value {
    let number = json!(format!("{:#x}", block.header.number));
    let parent = json!(format!("{:#x}", block.header.number - 1));
    let hash = block.header.hash_slow();
    match method {
        "eth_chainId" => json!("0x12b4"),
        "eth_getBlockByNumber" if params[0] == number || params[0] == json!("latest") => {
            block_json(&block.header, hash)
        }
        "eth_getBlockByHash" => {
            let asked: B256 = serde_json::from_value(params[0].clone()).expect("a hash");
            if asked == hash {
                return block_json(&block.header, hash);
            }
            let header = state.header(0, asked);
            header.map_or(Value::Null, |header| block_json(&header, asked))
        }
        "eth_getCode" if params[1] == parent => {
            let address: Address = serde_json::from_value(params[0].clone()).expect("an address");
            json!(state.code(address, B256::ZERO).expect("an account with code"))
        }
        "eth_getProof" if params[2] == parent => {
            let address: Address = serde_json::from_value(params[0].clone()).expect("an address");
            let slots: Vec<B256> = serde_json::from_value(params[1].clone()).expect("slots");
            let slots: Vec<U256> = slots.into_iter().map(Into::into).collect();
            let proof = state.proof(address, &slots).expect("the state is whole");
            let storage = proof.storage_proof.iter().map(|slot| {
                json!({
                    "key": hex::encode_prefixed(slot.key.to_be_bytes::<32>()),
                    "value": slot.value, "proof": slot.proof,
                })
            });
            json!({
                "address": address, "balance": proof.balance, "nonce": format!("{:#x}", proof.nonce),
                "codeHash": proof.code_hash, "storageHash": proof.storage_hash,
                "accountProof": proof.account_proof, "storageProof": storage.collect::<Vec<_>>(),
            })
        }
        _ => Value::Null,
    }
}

/// A block without transactions, as JSON-RPC has it.
fn block_json(header: &alloy_consensus::Header, hash: B256) -> Value {
    let mut json = serde_json::to_value(header).expect("a header");
    json["hash"] = json!(hash);
    for list in ["transactions", "uncles", "withdrawals"] {
        json[list] = json!([]);
    }
    json
}
