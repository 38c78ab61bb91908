//! Generated blocks with as much conflict as wanted, on a state in memory.
//!
//! The transactions carry no valid signatures: the executor is told the senders. Authorizations do.
//!
//! Invariant: the same seed and mix give the same block.

mod authority;
mod contracts;
mod kinds;
mod making;

pub use authority::Authority;
pub use contracts::{
    ASKER, BENEFICIARY, CALLER, COUNTER, EMPTY, KEEPER, MAYFLY, MIXED, MIXER, RELAY, TIPPER, WATCHER,
    child_code, child_init_code, child_of,
};
pub use making::{GAS_LIMIT, Making};

use crate::FlatState;
use alloy_primitives::{Address, B256};
use blocklight_verifier::{Block, ChainSpec};
use serde_json::json;

/// Number and timestamp of a mainnet block under Tangerine Whistle, before EIP-158.
const TANGERINE_WHISTLE: (u64, u64) = (2_600_000, 1_478_500_000);
/// One under Berlin.
const BERLIN: (u64, u64) = (12_500_000, 1_621_900_000);
/// One under London.
pub const LONDON: (u64, u64) = (13_000_000, 1_630_000_000);
/// One under Shanghai.
pub const SHANGHAI: (u64, u64) = (17_500_000, 1_687_000_000);
/// One under Cancun.
pub const CANCUN: (u64, u64) = (20_000_000, 1_718_000_000);
/// One under Prague.
pub const PRAGUE: (u64, u64) = (22_600_000, 1_748_500_000);
/// One under Osaka.
pub const OSAKA: (u64, u64) = (24_000_000, 1_765_600_000);

/// All of them.
pub const FORKS: [(u64, u64); 7] = [TANGERINE_WHISTLE, BERLIN, LONDON, SHANGHAI, CANCUN, PRAGUE, OSAKA];

/// From which block or time on mainnet has what generated blocks differ in.
const LONDON_BLOCK: u64 = 12_965_000;
const SHANGHAI_TIME: u64 = 1_681_338_455;
const CANCUN_TIME: u64 = 1_710_338_135;
const PRAGUE_TIME: u64 = 1_746_612_311;

/// What the transactions of a block are, by weight.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mix {
    /// Transfers between accounts that nobody else uses.
    pub apart: usize,
    /// Transfers from few senders to few recipients, anybody's among them.
    pub among_few: usize,
    /// Calls that count up one slot of one contract.
    pub hot_slot: usize,
    /// Calls that each write a slot of their own of one contract.
    pub own_slot: usize,
    /// Calls that read the beneficiary's balance, or their own contract's, and keep it.
    pub balances: usize,
    /// Transfers to the beneficiary, directly or by a contract; and from it.
    pub beneficiary: usize,
    /// CREATE2 at two addresses, and SELFDESTRUCT of what is there: later, or within the transaction that has created it.
    pub destroy: usize,
    /// Creations, then calls of what was created.
    pub create: usize,
    /// Delegations set, changed, cleared and used, and transactions of those who have delegated (EIP-7702).
    pub delegate: usize,
    /// Questions to the contracts that system calls write: within their windows, and at times without.
    pub system: usize,
    /// Transactions with blobs (EIP-4844); together they may have more than a block may.
    pub blobs: usize,
    /// Transactions with more blobs than one may have, which makes the block invalid.
    pub too_many_blobs: usize,
    /// Calls that touch an empty account with nothing.
    pub touch: usize,
    /// Deposits, and requests of withdrawals and consolidations (EIP-6110, EIP-7002, EIP-7251).
    pub requests: usize,
    /// Calls that each read and write all of the same few slots.
    pub mixed: usize,
    /// Calls that each read the slot that the one before wrote, and write the next.
    pub links: usize,
}

/// A block, its senders, and the state it begins on.
#[derive(Debug, Clone)]
pub struct Generated {
    /// The block.
    pub block: Block,
    /// Senders in block order.
    pub senders: Vec<Address>,
    /// The state before it.
    pub pre_state: FlatState,
}

/// A chain at Amsterdam from the start, with mainnet's number.
///
/// # Panics
/// When the verifier refuses its configuration.
pub fn amsterdam_chain() -> ChainSpec {
    let blobs = json!({"target": 6, "max": 9, "baseFeeUpdateFraction": 5_007_716});
    let configuration = json!({
        "chainId": 1, "homesteadBlock": 0, "eip150Block": 0, "eip155Block": 0, "eip158Block": 0,
        "byzantiumBlock": 0, "constantinopleBlock": 0, "petersburgBlock": 0, "istanbulBlock": 0,
        "berlinBlock": 0, "londonBlock": 0, "terminalTotalDifficulty": 0, "shanghaiTime": 0, "cancunTime": 0,
        "pragueTime": 0, "osakaTime": 0, "amsterdamTime": 0,
        "blobSchedule": {"cancun": blobs, "prague": blobs, "osaka": blobs, "amsterdam": blobs}
    });
    ChainSpec::from_json(configuration.to_string().as_bytes()).expect("a sound configuration")
}

/// What the block's beacon root is.
pub const BEACON_ROOT: B256 = B256::repeat_byte(4);
/// What the block's parent hash is.
pub const PARENT_HASH: B256 = B256::repeat_byte(5);

impl Generated {
    /// A block of `transactions` transactions, mixed by `mix`, for mainnet at `number` and `timestamp`.
    pub fn new(seed: u64, mix: Mix, transactions: usize, number: u64, timestamp: u64) -> Self {
        let prague = timestamp >= PRAGUE_TIME;
        let cancun = timestamp >= CANCUN_TIME;
        let weights = [
            mix.apart,
            mix.among_few,
            mix.hot_slot,
            mix.own_slot,
            mix.balances,
            mix.beneficiary,
            mix.destroy,
            mix.create,
            if prague { mix.delegate } else { 0 },
            if cancun { mix.system } else { 0 },
            if cancun { mix.blobs } else { 0 },
            if cancun { mix.too_many_blobs } else { 0 },
            mix.touch,
            if prague { mix.requests } else { 0 },
            mix.mixed,
            mix.links,
        ];
        let mut making = Making::new(seed, (number, timestamp));
        for _ in 0..transactions {
            making.draw(&weights);
        }
        making.finish()
    }
}
