//! Generated blocks with as much conflict as wanted, on a state in memory.
//!
//! The transactions carry no valid signatures: the executor is told the senders.
//!
//! Invariant: the same seed and mix give the same block.

use crate::{FlatState, Seeded};
use alloy_consensus::{BlockBody, Header, SignableTransaction, TxEip1559, TxEip7702, TxLegacy};
use alloy_eips::{
    eip2930::AccessList,
    eip4895::{Withdrawal, Withdrawals},
    eip7702::Authorization,
};
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, address, keccak256};
use blocklight_verifier::{Block, ChainSpec, Transaction};
use revm::{bytecode::Bytecode, state::AccountInfo};
use serde_json::json;

/// Numbers and timestamps of mainnet blocks under London, Shanghai, Cancun and Prague.
pub const FORKS: [(u64, u64); 4] = [
    (13_000_000, 1_630_000_000),
    (17_500_000, 1_687_000_000),
    (20_000_000, 1_718_000_000),
    (22_600_000, 1_748_500_000),
];

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
    /// Calls of the system contracts.
    pub system: usize,
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
    // CALLDATASIZE; JUMPI 13; count; STOP; JUMPDEST; CALLER; SELFDESTRUCT
    vec![
        0x36, 0x60, 13, 0x57, 0x60, 1, 0x60, 0, 0x54, 0x01, 0x5f, 0x55, 0x00, 0x5b, 0x33, 0xff,
    ]
}
/// SSTORE(1, CALL(GAS, CALLDATALOAD(0), 0, 0, 0, 0, 0))
const CALLER_CODE: &[u8] = &[
    0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0x35, 0x5a, 0xf1, 0x60, 1, 0x55,
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
    base_fee: u64,
}

impl Making {
    fn push(&mut self, sender: Address, to: TxKind, value: u64, input: Vec<u8>) {
        let nonce = self.nonces.entry(sender).or_default();
        let tip = self.random.below(3) as u128;
        let transaction = if self.random.below(2) == 0 {
            let legacy = TxLegacy {
                chain_id: Some(1),
                nonce: *nonce,
                gas_price: u128::from(self.base_fee) + tip,
                gas_limit: 400_000,
                to,
                value: U256::from(value),
                input: Bytes::from(input),
            };
            legacy.into_signed(Signature::test_signature()).into()
        } else {
            let dynamic = TxEip1559 {
                chain_id: 1,
                nonce: *nonce,
                gas_limit: 400_000,
                max_fee_per_gas: u128::from(self.base_fee) + 5,
                max_priority_fee_per_gas: tip,
                to,
                value: U256::from(value),
                access_list: AccessList::default(),
                input: Bytes::from(input),
            };
            dynamic.into_signed(Signature::test_signature()).into()
        };
        *nonce += 1;
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
            9 => {
                let system = [
                    alloy_eips::eip2935::HISTORY_STORAGE_ADDRESS,
                    alloy_eips::eip4788::BEACON_ROOTS_ADDRESS,
                ][self.random.below(2)];
                self.push(own, system.into(), 0, U256::from(1000).to_be_bytes_vec());
            }
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

    fn delegate(&mut self, own: Address, few: Address, value: u64) {
        // Authorizations do need a signature: some signature recovers to some authority, known only afterwards.
        let authorization = Authorization {
            chain_id: U256::ZERO,
            address: [COUNTER, KEEPER, Address::ZERO][self.random.below(3)],
            nonce: self.random.next() % 2,
        };
        let signed = authorization.into_signed(Signature::test_signature());
        let authority = signed.recover_authority().unwrap_or(few);
        let nonce = self.nonces.entry(own).or_default();
        let transaction = TxEip7702 {
            chain_id: 1,
            nonce: *nonce,
            gas_limit: 400_000,
            max_fee_per_gas: u128::from(self.base_fee) + 5,
            max_priority_fee_per_gas: 1,
            to: authority,
            value: U256::from(value),
            access_list: AccessList::default(),
            authorization_list: vec![signed],
            input: Bytes::from(Self::word(few)),
        };
        *nonce += 1;
        self.transactions
            .push(transaction.into_signed(Signature::test_signature()).into());
        self.senders.push(own);
    }
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
        let prague = timestamp >= 1_746_612_311;
        let cancun = timestamp >= 1_710_338_135;
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
            mix.touch,
        ];
        let mut making = Making {
            random: Seeded::new(seed),
            nonces: std::collections::HashMap::new(),
            transactions: Vec::new(),
            senders: Vec::new(),
            created: Vec::new(),
            base_fee: 7,
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
            base_fee_per_gas: Some(making.base_fee),
            excess_blob_gas: cancun.then_some(0),
            blob_gas_used: cancun.then_some(0),
            parent_beacon_block_root: cancun.then_some(B256::repeat_byte(4)),
            parent_hash: B256::repeat_byte(5),
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
            withdrawals: Some(Withdrawals::new(vec![withdrawal])),
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
