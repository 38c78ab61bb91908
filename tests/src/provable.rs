//! A block on a small state that can be had whole and as proofs.
//!
//! Invariant: the same block every time for the same code and slots. It is not valid, since its state root is its parent's, and is
//! recorded all the same.

use crate::{
    ProvingState,
    cancun_chain::{self, CALLED},
};
use alloy_primitives::{B256, Bytes, U256};
use blocklight_verifier::{
    Block, ChainSpec,
    recorder::{Genesis, Recorder},
};
use serde_json::{Value, json};

/// A contract whose code is run as well.
const OTHER: &str = "0x00000000000000000000000000000000000000cc";

/// A chain's first state, as the recorder has it and as it is proved, and its first block.
#[derive(Debug)]
pub struct ProvableBlock {
    /// The chain: Cancun from the start.
    pub chain: ChainSpec,
    /// The whole state before the block.
    pub recorder: Recorder,
    /// The same state, as proofs.
    pub proving: ProvingState,
    /// The block: what it runs is the code where the system calls.
    pub block: Block,
}

impl ProvableBlock {
    /// A block that runs `code`, on a state where its contract's `slots` have values.
    ///
    /// # Panics
    /// When it cannot be made, which would be a bug.
    pub fn new(code: &[u8], slots: &[U256]) -> Self {
        let json = genesis(code, slots);
        let genesis = Genesis::from_json(json.to_string().as_bytes()).expect("a genesis");
        let mut proving = ProvingState::from_alloc_json(&json["alloc"].to_string()).expect("a state");
        proving.add_header(genesis.header.clone());
        let block = cancun_chain::child(&genesis.header, 875_000_000);
        Self {
            chain: genesis.chain.clone(),
            recorder: genesis.recorder().expect("its own state"),
            proving,
            block,
        }
    }

    /// One that reads and deletes, calls another contract and looks at an account that is absent and at an ancestor's hash.
    pub fn busy() -> Self {
        let slots: Vec<U256> = (1..9).map(U256::from).collect();
        let mut code = Self::erase(&slots[..6]);
        code.extend([0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x60, 0xcc, 0x5a, 0xf1, 0x50]); // CALL(GAS, 0xcc, 0, …)
        code.extend([0x60, 0xdd, 0x31, 0x50]); // BALANCE(0xdd)
        code.extend([0x5f, 0x40, 0x50, 0x00]); // BLOCKHASH(0)
        Self::new(&code, &slots)
    }

    /// Code that deletes `slots`: SSTORE(slot, 0) for each.
    pub fn erase(slots: &[U256]) -> Vec<u8> {
        let erase = |slot: &U256| [&[0x5f, 0x7f], &slot.to_be_bytes::<32>()[..], &[0x55]].concat();
        slots.iter().flat_map(erase).collect()
    }
}

/// Cancun from the start, with this code and storage where the system calls.
fn genesis(code: &[u8], slots: &[U256]) -> Value {
    let storage: serde_json::Map<String, Value> = slots
        .iter()
        .map(|slot| {
            (
                B256::from(*slot).to_string(),
                json!(B256::from(*slot | U256::ONE)),
            )
        })
        .collect();
    cancun_chain::genesis(&json!({
        CALLED: {"nonce": "0x1", "balance": "0x0", "code": Bytes::copy_from_slice(code), "storage": storage},
        OTHER: {
            "nonce": "0x1", "balance": "0x5", "code": "0x5f545f5500",
            "storage": {(B256::ZERO.to_string()): B256::with_last_byte(7)}
        },
        "0x00000000000000000000000000000000000000bb": {"balance": "0x2"}
    }))
}
