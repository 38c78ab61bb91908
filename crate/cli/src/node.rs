//! A node as a provider of blocks, proofs, codes and headers.
//!
//! Invariant: what it says is taken for its words only; the recorder holds all of it to the block's parent hash.

use crate::rpc::{Client, RpcError};
use alloy_consensus::Header;
use alloy_primitives::{Address, B256, Bytes, U64, U256};
use blocklight_verifier::recorder::{AccountProof, MAX_PROOF_NODES, ProofProvider, StorageProof};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, SeqAccess, Visitor},
};
use serde_json::{Value, json};
use std::{fmt, str::FromStr};

/// Which block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlockId {
    /// By number.
    Number(u64),
    /// By hash.
    Hash(B256),
    /// By a tag that every node knows: latest, safe, finalized.
    Tag(&'static str),
}

/// What is no [`BlockId`].
#[derive(Debug, Clone, thiserror::Error)]
#[error("--block {0}: with --rpc, a number, a hash, or one of latest, safe, finalized")]
pub(crate) struct BlockIdError(String);

impl FromStr for BlockId {
    type Err = BlockIdError;

    fn from_str(text: &str) -> Result<Self, BlockIdError> {
        if let Some(tag) = ["latest", "safe", "finalized"]
            .into_iter()
            .find(|tag| *tag == text)
        {
            return Ok(Self::Tag(tag));
        }
        let number = match text.strip_prefix("0x") {
            Some(digits) if digits.len() == 64 => {
                return text
                    .parse()
                    .map(Self::Hash)
                    .map_err(|_| BlockIdError(text.to_owned()));
            }
            Some(digits) => u64::from_str_radix(digits, 16),
            None => text.parse(),
        };
        number
            .map(Self::Number)
            .map_err(|_| BlockIdError(text.to_owned()))
    }
}

impl BlockId {
    /// The block with full transactions, as JSON-RPC has it.
    pub(crate) fn block(self, client: &Client) -> Result<String, RpcError> {
        let (method, id) = match self {
            Self::Number(number) => ("eth_getBlockByNumber", quantity(number)),
            Self::Hash(hash) => ("eth_getBlockByHash", json!(hash)),
            Self::Tag(tag) => ("eth_getBlockByNumber", json!(tag)),
        };
        let block = client.call_raw(method, &json!([id, true]))?;
        Ok(block.get().to_owned())
    }

    /// The block's RLP in hex as a JSON string, which not every node gives.
    pub(crate) fn raw_block(self, client: &Client) -> Result<String, RpcError> {
        let id = match self {
            Self::Number(number) => quantity(number),
            Self::Hash(hash) => json!(hash),
            Self::Tag(tag) => json!(tag),
        };
        let block = client.call_raw("debug_getRawBlock", &json!([id]))?;
        Ok(block.get().to_owned())
    }
}

/// An integer as JSON-RPC has it.
fn quantity(number: u64) -> Value {
    json!(format!("{number:#x}"))
}

/// The chain id that a node gives.
pub(crate) fn chain_id(client: &Client) -> Result<u64, RpcError> {
    let id: U64 = client.call("eth_chainId", &json!([]))?;
    Ok(id.to())
}

/// A node asked about the state after the block of number `parent`.
///
/// By number and not by hash, as not every node takes a hash in `eth_getProof`: the proofs tell whether it was the block meant.
#[derive(Debug)]
pub(crate) struct NodeProvider<'a> {
    client: &'a Client,
    parent: u64,
}

impl<'a> NodeProvider<'a> {
    pub(crate) const fn new(client: &'a Client, parent: u64) -> Self {
        Self { client, parent }
    }
}

/// The answer of `eth_getProof`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProofAnswer {
    balance: U256,
    nonce: U64,
    code_hash: B256,
    storage_hash: B256,
    account_proof: ProofNodes,
    #[serde(default)]
    storage_proof: Vec<SlotProof>,
}

/// The nodes of a proof. No way through a trie has more than [`MAX_PROOF_NODES`]: reading stops at the first that is too
/// many, and leaves it to the recorder to say so.
struct ProofNodes(Vec<Bytes>);

impl<'de> Deserialize<'de> for ProofNodes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Nodes;
        impl<'de> Visitor<'de> for Nodes {
            type Value = ProofNodes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of nodes")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<ProofNodes, A::Error> {
                let mut nodes = Vec::new();
                while nodes.len() <= MAX_PROOF_NODES {
                    match list.next_element()? {
                        Some(node) => nodes.push(node),
                        None => return Ok(ProofNodes(nodes)),
                    }
                }
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(ProofNodes(nodes))
            }
        }
        deserializer.deserialize_seq(Nodes)
    }
}

#[derive(Deserialize)]
struct SlotProof {
    /// With leading zeros or without: nodes differ.
    key: U256,
    value: U256,
    proof: ProofNodes,
}

impl ProofProvider for NodeProvider<'_> {
    type Error = RpcError;

    fn proof(&self, address: Address, slots: &[U256]) -> Result<AccountProof, RpcError> {
        let slots: Vec<B256> = slots.iter().map(|slot| B256::from(*slot)).collect();
        let params = json!([address, slots, quantity(self.parent)]);
        let proof: ProofAnswer = self.client.call("eth_getProof", &params)?;
        let storage_proof = proof.storage_proof.into_iter().map(|slot| StorageProof {
            key: slot.key,
            value: slot.value,
            proof: slot.proof.0,
        });
        Ok(AccountProof {
            balance: proof.balance,
            nonce: proof.nonce.to(),
            code_hash: proof.code_hash,
            storage_hash: proof.storage_hash,
            account_proof: proof.account_proof.0,
            storage_proof: storage_proof.collect(),
        })
    }

    fn code(&self, address: Address, _code_hash: B256) -> Result<Bytes, RpcError> {
        self.client
            .call("eth_getCode", &json!([address, quantity(self.parent)]))
    }

    fn header(&self, _number: u64, hash: B256) -> Result<Header, RpcError> {
        self.client.call("eth_getBlockByHash", &json!([hash, false]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_read_to_one_node_more_than_there_can_be() {
        let read = |nodes: usize| {
            let json = format!("[{}\"0x00\"]", "\"0x00\",".repeat(nodes - 1));
            serde_json::from_str::<ProofNodes>(&json).expect("a list").0.len()
        };
        assert_eq!(read(1), 1);
        assert_eq!(read(MAX_PROOF_NODES), MAX_PROOF_NODES);
        assert_eq!(read(MAX_PROOF_NODES + 1), MAX_PROOF_NODES + 1);
        assert_eq!(read(10 * MAX_PROOF_NODES), MAX_PROOF_NODES + 1);
    }

    #[test]
    fn a_block_is_named_by_number_hash_or_tag() {
        let parsed = |text: &str| text.parse::<BlockId>().ok();
        let hash = B256::repeat_byte(0xab);
        assert_eq!(parsed("24628608"), Some(BlockId::Number(24_628_608)));
        assert_eq!(parsed("0x1775a00"), Some(BlockId::Number(24_599_040)));
        assert_eq!(parsed(&hash.to_string()), Some(BlockId::Hash(hash)));
        assert_eq!(parsed("latest"), Some(BlockId::Tag("latest")));
        for text in ["", "0x", "pending", "-1", "1.rlp", &"9".repeat(20)] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}
