//! A chain of Cancun from its genesis on, and blocks without transactions for it: what they run is what stands where the beacon
//! roots contract is called (EIP-4788).
//!
//! Invariant: the same chain every time, whatever stands in its accounts.

use alloy_consensus::Header;
use alloy_primitives::{Address, B256};
use blocklight_verifier::Block;
use serde_json::{Value, json};

/// The beacon roots contract's address.
pub const CALLED: &str = "0x000f3df6d732807ef1319fb7b8bb8522d0beac02";

/// Its genesis, as geth has it, with these accounts.
pub fn genesis(alloc: &Value) -> Value {
    json!({
        "config": {
            "chainId": 4788, "homesteadBlock": 0, "eip150Block": 0, "eip155Block": 0, "eip158Block": 0,
            "byzantiumBlock": 0, "constantinopleBlock": 0, "petersburgBlock": 0, "istanbulBlock": 0,
            "berlinBlock": 0, "londonBlock": 0, "terminalTotalDifficulty": 0, "shanghaiTime": 0, "cancunTime": 0,
            "blobSchedule": {"cancun": {"target": 3, "max": 6, "baseFeeUpdateFraction": 3_338_477}}
        },
        "nonce": "0x0", "timestamp": "0x64", "extraData": "0x", "gasLimit": "0x1c9c380", "difficulty": "0x0",
        "mixHash": B256::ZERO, "coinbase": Address::ZERO,
        "alloc": alloc
    })
}

/// The block after `parent`, with nothing in it: valid but for its state root, where its base fee in wei is right.
pub fn child(parent: &Header, base_fee: u64) -> Block {
    let mut block = Block {
        header: parent.clone(),
        ..Block::default()
    };
    block.header.parent_hash = parent.hash_slow();
    block.header.number += 1;
    block.header.timestamp += 12;
    block.header.base_fee_per_gas = Some(base_fee);
    block.body.withdrawals = Some(Vec::new().into());
    block
}
