//! Generated blocks with as much conflict as wanted, on a state in memory.
//!
//! The transactions carry no valid signatures: the executor is told the senders.
//!
//! Invariant: the same seed and mix give the same block.

use crate::{FlatState, Seeded};
use alloy_consensus::{BlockBody, Header, SignableTransaction, TxEip1559, TxEip4844, TxEip7702, TxLegacy};
use alloy_eips::{
    eip2930::AccessList,
    eip4895::{Withdrawal, Withdrawals},
    eip7702::Authorization,
};
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, address, keccak256};
use blocklight_verifier::{Block, ChainSpec, Transaction};
use revm::{bytecode::Bytecode, state::AccountInfo};
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
    /// CREATE2 at one address, and SELFDESTRUCT of what is there.
    pub destroy: usize,
    /// Creations, then calls of what was created.
    pub create: usize,
    /// Delegations set, cleared and used (EIP-7702).
    pub delegate: usize,
    /// Questions to the contracts that system calls write: within their windows, and at times without.
    pub system: usize,
    /// Transactions with blobs (EIP-4844); together they may have more than a block may.
    pub blobs: usize,
    /// Transactions with more blobs than one may have, which makes the block invalid.
    pub too_many_blobs: usize,
    /// Calls that touch an empty account with nothing.
    pub touch: usize,
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

/// The generated blocks' beneficiary.
pub const BENEFICIARY: Address = address!("0x00000000000000000000000000000000000000be");
/// Counts up slot 0.
pub const COUNTER: Address = address!("0x0000000000000000000000000000000000001001");
/// Adds the call's value to the slot that the input names.
const KEEPER: Address = address!("0x0000000000000000000000000000000000001002");
/// Keeps the balance of the address in the input, and its own.
const WATCHER: Address = address!("0x0000000000000000000000000000000000001003");
/// Sends the call's value on to the block's beneficiary.
const TIPPER: Address = address!("0x0000000000000000000000000000000000001004");
/// Creates [`CHILD_CODE`] at the same address every time (CREATE2, salt 0).
const FACTORY: Address = address!("0x0000000000000000000000000000000000001005");
/// Calls the address in its input with no value, and stores the outcome in slot 1.
const CALLER: Address = address!("0x0000000000000000000000000000000000001006");
/// Asks the address in its input about the word after that, and keeps the answer in the slot of the caller's address;
/// zero where the answer is a failure.
pub const ASKER: Address = address!("0x0000000000000000000000000000000000001007");
/// What the block's beacon root is.
pub const BEACON_ROOT: B256 = B256::repeat_byte(4);
/// What the block's parent hash is.
pub const PARENT_HASH: B256 = B256::repeat_byte(5);
/// An account that exists and is empty, which only states older than EIP-161 have.
const EMPTY: Address = address!("0x00000000000000000000000000000000000000ee");

/// SSTORE(0, SLOAD(0) + 1)
const COUNTER_CODE: &[u8] = &[0x60, 0, 0x54, 0x60, 1, 0x01, 0x60, 0, 0x55];
/// k = CALLDATALOAD(0); SSTORE(k, SLOAD(k) + CALLVALUE)
const KEEPER_CODE: &[u8] = &[0x60, 0, 0x35, 0x80, 0x54, 0x34, 0x01, 0x90, 0x55];
/// a = CALLDATALOAD(0); SSTORE(a, BALANCE(a)); SSTORE(1, SELFBALANCE)
const WATCHER_CODE: &[u8] = &[0x60, 0, 0x35, 0x80, 0x31, 0x90, 0x55, 0x47, 0x60, 1, 0x55];
/// CALL(GAS, COINBASE, CALLVALUE, 0, 0, 0, 0)
const TIPPER_CODE: &[u8] = &[0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0x34, 0x41, 0x5a, 0xf1, 0x50];
/// MSTORE(0, PUSH of the child's init code); SSTORE(0, CREATE2(CALLVALUE, 32 - length, length, 0))
fn factory_code() -> Vec<u8> {
    let init = child_init_code();
    let length = u8::try_from(init.len()).expect("short");
    let mut code = vec![0x5f + length];
    code.extend(&init);
    code.extend([
        0x60,
        0,
        0x52,
        0x60,
        0,
        0x60,
        length,
        0x60,
        32 - length,
        0x34,
        0xf5,
        0x60,
        0,
        0x55,
    ]);
    code
}
/// SSTORE(2, 5) while being created; then the code: with input SELFDESTRUCT(CALLER), without SSTORE(0, SLOAD(0) + 1).
fn child_init_code() -> Vec<u8> {
    let code = child_code();
    let length = u8::try_from(code.len()).expect("short");
    let mut init = vec![0x60, 5, 0x60, 2, 0x55, 0x5f + length];
    init.extend(code);
    init.extend([0x60, 0, 0x52, 0x60, length, 0x60, 32 - length, 0xf3]);
    init
}
fn child_code() -> Vec<u8> {
    // CALLDATASIZE; JUMPI 14; count; STOP; JUMPDEST; CALLER; SELFDESTRUCT
    vec![
        0x36, 0x60, 14, 0x57, 0x60, 1, 0x60, 0, 0x54, 0x01, 0x60, 0, 0x55, 0x00, 0x5b, 0x33, 0xff,
    ]
}
/// SSTORE(1, CALL(GAS, CALLDATALOAD(0), 0, 0, 0, 0, 0))
const CALLER_CODE: &[u8] = &[
    0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0x35, 0x5a, 0xf1, 0x60, 1, 0x55,
];

/// MSTORE(0, CALLDATALOAD(32)); SSTORE(CALLER, STATICCALL(GAS, CALLDATALOAD(0), 0, 32, 0, 32) * MLOAD(0))
const ASKER_CODE: &[u8] = &[
    0x60, 32, 0x35, 0x60, 0, 0x52, 0x60, 32, 0x60, 0, 0x60, 32, 0x60, 0, 0x60, 0, 0x35, 0x5a, 0xfa, 0x60, 0,
    0x51, 0x02, 0x33, 0x55,
];

/// Where [`FACTORY`] puts the child.
fn child() -> Address {
    FACTORY.create2(B256::ZERO, keccak256(child_init_code()))
}

/// An account that pays for `index`; none but `index` knows it if it is large.
fn account(index: usize) -> Address {
    Address::from_word(keccak256(index.to_be_bytes()))
}

struct Making {
    random: Seeded,
    nonces: std::collections::HashMap<Address, u64>,
    transactions: Vec<Transaction>,
    senders: Vec<Address>,
    created: Vec<Address>,
    number: u64,
    timestamp: u64,
    /// None before London.
    base_fee: Option<u64>,
}

/// Blobs that no fork has let a transaction have.
const TOO_MANY_BLOBS: usize = 100;

impl Making {
    /// The least that everybody pays for gas.
    fn base_fee(&self) -> u128 {
        u128::from(self.base_fee.unwrap_or(1))
    }

    fn nonce(&mut self, sender: Address) -> u64 {
        let nonce = self.nonces.entry(sender).or_default();
        *nonce += 1;
        *nonce - 1
    }

    fn push(&mut self, sender: Address, to: TxKind, value: u64, input: Vec<u8>) {
        let nonce = self.nonce(sender);
        let tip = self.random.below(3) as u128;
        let is_legacy = self.random.below(2) == 0;
        let transaction = if is_legacy || self.base_fee.is_none() {
            let legacy = TxLegacy {
                chain_id: self.base_fee.map(|_| 1),
                nonce,
                gas_price: self.base_fee() + tip,
                gas_limit: 400_000,
                to,
                value: U256::from(value),
                input: Bytes::from(input),
            };
            legacy.into_signed(Signature::test_signature()).into()
        } else {
            let dynamic = TxEip1559 {
                chain_id: 1,
                nonce,
                gas_limit: 400_000,
                max_fee_per_gas: self.base_fee() + 5,
                max_priority_fee_per_gas: tip,
                to,
                value: U256::from(value),
                access_list: AccessList::default(),
                input: Bytes::from(input),
            };
            dynamic.into_signed(Signature::test_signature()).into()
        };
        self.transactions.push(transaction);
        self.senders.push(sender);
    }

    /// One of few accounts.
    fn few(&mut self) -> Address {
        account(self.random.below(8))
    }

    /// A contract of [`Making::contracts`], as an input.
    fn word(address: Address) -> Vec<u8> {
        address.into_word().to_vec()
    }

    fn add(&mut self, kind: usize) {
        let place = self.transactions.len();
        let (few, own) = (self.few(), account(1000 + place));
        let value = self.random.next() % 1000;
        match kind {
            0 => self.push(own, account(5000 + place).into(), value, vec![]),
            1 => {
                let to = self.few();
                self.push(few, to.into(), value, vec![]);
            }
            2 => self.push(own, COUNTER.into(), 0, vec![]),
            3 => self.push(own, KEEPER.into(), value, Self::word(own)),
            4 => {
                let of = [BENEFICIARY, few, KEEPER, WATCHER][self.random.below(4)];
                self.push(own, WATCHER.into(), value, Self::word(of));
            }
            5 => match self.random.below(4) {
                0 => self.push(BENEFICIARY, few.into(), value, vec![]),
                1 => self.push(few, BENEFICIARY.into(), value, vec![]),
                _ => self.push(own, TIPPER.into(), value, vec![]),
            },
            6 => match self.random.below(3) {
                0 => self.push(own, FACTORY.into(), value, vec![]),
                1 => self.push(own, child().into(), value, vec![]),
                _ => self.push(own, child().into(), value, vec![1]),
            },
            7 => {
                let call = self.random.below(2) == 0;
                if let Some(created) = self.created.last().copied().filter(|_| call) {
                    self.push(own, created.into(), value, vec![]);
                } else {
                    let nonce = self.nonces.get(&few).copied().unwrap_or_default();
                    self.created.push(few.create(nonce));
                    self.push(few, TxKind::Create, value, child_init_code());
                }
            }
            8 => self.delegate(own, few, value),
            9 => self.ask(own),
            10 => {
                let count = 1 + self.random.below(3);
                self.carry_blobs(count, own, few, value);
            }
            11 => self.carry_blobs(TOO_MANY_BLOBS, own, few, value),
            _ => {
                let touched = [EMPTY, account(9000), account(9001)][self.random.below(3)];
                if self.random.below(2) == 0 {
                    self.push(few, touched.into(), value % 2, vec![]);
                } else {
                    self.push(own, CALLER.into(), 0, Self::word(touched));
                }
            }
        }
    }

    /// Asks for what the block's own system calls wrote, or for what is in no window.
    fn ask(&mut self, own: Address) {
        let (contract, known) = [
            (alloy_eips::eip2935::HISTORY_STORAGE_ADDRESS, self.number - 1),
            (alloy_eips::eip4788::BEACON_ROOTS_ADDRESS, self.timestamp),
        ][self.random.below(2)];
        let asked = if self.random.below(4) == 0 { 1000 } else { known };
        let mut input = Self::word(contract);
        input.extend(B256::from(U256::from(asked)));
        self.push(own, ASKER.into(), 0, input);
    }

    fn carry_blobs(&mut self, count: usize, own: Address, few: Address, value: u64) {
        let transaction = TxEip4844 {
            chain_id: 1,
            nonce: self.nonce(own),
            gas_limit: 400_000,
            max_fee_per_gas: self.base_fee() + 5,
            max_priority_fee_per_gas: 1,
            to: [few, COUNTER, KEEPER][self.random.below(3)],
            value: U256::from(value),
            access_list: AccessList::default(),
            blob_versioned_hashes: (0..count).map(blob_hash).collect(),
            max_fee_per_blob_gas: 1000,
            input: Bytes::from(Self::word(own)),
        };
        self.transactions
            .push(transaction.into_signed(Signature::test_signature()).into());
        self.senders.push(own);
    }

    fn delegate(&mut self, own: Address, few: Address, value: u64) {
        // Authorizations do need a signature: some signature recovers to some authority, known only afterwards.
        let authorization = Authorization {
            chain_id: U256::ZERO,
            address: [COUNTER, KEEPER, Address::ZERO][self.random.below(3)],
            nonce: self.random.next() % 2,
        };
        let signed = authorization.into_signed(Signature::test_signature());
        let authority = signed.recover_authority().unwrap_or(few);
        let transaction = TxEip7702 {
            chain_id: 1,
            nonce: self.nonce(own),
            gas_limit: 400_000,
            max_fee_per_gas: self.base_fee() + 5,
            max_priority_fee_per_gas: 1,
            to: authority,
            value: U256::from(value),
            access_list: AccessList::default(),
            authorization_list: vec![signed],
            input: Bytes::from(Self::word(few)),
        };
        self.transactions
            .push(transaction.into_signed(Signature::test_signature()).into());
        self.senders.push(own);
    }
}

/// A versioned hash of KZG's version.
fn blob_hash(index: usize) -> B256 {
    let mut hash = keccak256(index.to_be_bytes());
    hash[0] = alloy_eips::eip4844::VERSIONED_HASH_VERSION_KZG;
    hash
}

fn contract(code: Vec<u8>) -> (AccountInfo, Bytecode) {
    let code = Bytecode::new_raw(code.into());
    let info = AccountInfo {
        nonce: 1,
        code_hash: code.hash_slow(),
        code: None,
        ..AccountInfo::default()
    };
    (info, code)
}

impl Generated {
    /// A block of `transactions` transactions, mixed by `mix`, for mainnet at `number` and `timestamp`.
    pub fn new(seed: u64, mix: Mix, transactions: usize, number: u64, timestamp: u64) -> Self {
        let prague = timestamp >= PRAGUE_TIME;
        let cancun = timestamp >= CANCUN_TIME;
        let shanghai = timestamp >= SHANGHAI_TIME;
        let london = number >= LONDON_BLOCK || shanghai;
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
        ];
        let mut making = Making {
            random: Seeded::new(seed),
            nonces: std::collections::HashMap::new(),
            transactions: Vec::new(),
            senders: Vec::new(),
            created: Vec::new(),
            number,
            timestamp,
            base_fee: london.then_some(7),
        };
        for _ in 0..transactions {
            let mut left = making.random.below(weights.iter().sum::<usize>().max(1));
            let kind = weights.iter().position(|weight| {
                let here = left < *weight;
                left = left.saturating_sub(*weight);
                here
            });
            making.add(kind.unwrap_or(0));
        }
        let pre_state = Self::pre_state(&making.senders);
        let header = Header {
            number,
            timestamp,
            beneficiary: BENEFICIARY,
            gas_limit: 30_000_000 + 400_000 * transactions as u64,
            base_fee_per_gas: making.base_fee,
            // A blob's gas costs more than a wei.
            excess_blob_gas: cancun.then_some(10_000_000),
            blob_gas_used: cancun.then_some(0),
            parent_beacon_block_root: cancun.then_some(BEACON_ROOT),
            parent_hash: PARENT_HASH,
            ..Header::default()
        };
        let withdrawal = Withdrawal {
            index: 0,
            validator_index: 0,
            address: account(3),
            amount: 11,
        };
        let body = BlockBody {
            transactions: making.transactions,
            ommers: Vec::new(),
            withdrawals: shanghai.then(|| Withdrawals::new(vec![withdrawal])),
        };
        Self {
            block: Block { header, body },
            senders: making.senders,
            pre_state,
        }
    }

    fn pre_state(senders: &[Address]) -> FlatState {
        let mut state = FlatState::default();
        let mut contracts = vec![
            (COUNTER, COUNTER_CODE.to_vec()),
            (KEEPER, KEEPER_CODE.to_vec()),
            (WATCHER, WATCHER_CODE.to_vec()),
            (TIPPER, TIPPER_CODE.to_vec()),
            (FACTORY, factory_code()),
            (CALLER, CALLER_CODE.to_vec()),
            (ASKER, ASKER_CODE.to_vec()),
        ];
        for (address, code) in [
            (
                alloy_eips::eip2935::HISTORY_STORAGE_ADDRESS,
                alloy_eips::eip2935::HISTORY_STORAGE_CODE.to_vec(),
            ),
            (
                alloy_eips::eip4788::BEACON_ROOTS_ADDRESS,
                alloy_eips::eip4788::BEACON_ROOTS_CODE.to_vec(),
            ),
            (
                alloy_eips::eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS,
                alloy_eips::eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_CODE.to_vec(),
            ),
            (
                alloy_eips::eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS,
                alloy_eips::eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_CODE.to_vec(),
            ),
        ] {
            contracts.push((address, code));
        }
        for (address, code) in contracts {
            let (info, code) = contract(code);
            state.codes.insert(info.code_hash, code);
            state.accounts.insert(address, info);
        }
        for sender in senders {
            let info = AccountInfo {
                balance: U256::from(10).pow(U256::from(18)),
                code: None,
                ..AccountInfo::default()
            };
            state.accounts.insert(*sender, info);
        }
        let empty = AccountInfo {
            code: None,
            ..AccountInfo::default()
        };
        state.accounts.insert(EMPTY, empty);
        state.slots.insert((COUNTER, U256::ZERO), U256::from(41));
        state
    }
}
