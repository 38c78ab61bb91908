//! The blocks that parallel EVMs publish figures of, each of about as much gas as asked for: independent raw transfers,
//! independent ERC-20 transfers, independent Uniswap swaps; and a chain in which each transaction needs the one before.
//!
//! The contracts are those of the embedded sample (`OpenZeppelin`'s ERC-20, Uniswap v2's pair), their storage written as
//! Solidity lays it out. The transactions carry no valid signatures: the executor is told the senders.
//!
//! Invariant: in the independent sets no transaction reads what another writes, but for fees, and all succeed.

use crate::{FlatBlock, FlatState};
use alloy_consensus::{BlockBody, Header, SignableTransaction, TxEip1559};
use alloy_eips::eip2930::AccessList;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, address, hex, keccak256};
use blocklight_verifier::{Block, ChainSpec, Input, Transaction};
use revm::{bytecode::Bytecode, state::AccountInfo};

/// Which transactions a block is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synthetic {
    /// Transfers between accounts of their own.
    RawTransfers,
    /// Transfers of one ERC-20 token between accounts of their own.
    Erc20Transfers,
    /// Swaps in Uniswap v2 pairs of their own.
    UniswapSwaps,
    /// Calls that each count up the same slot.
    Chain,
}

impl Synthetic {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::RawTransfers,
        Self::Erc20Transfers,
        Self::UniswapSwaps,
        Self::Chain,
    ];

    /// What it is called in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RawTransfers => "independent raw transfers",
            Self::Erc20Transfers => "independent ERC-20 transfers",
            Self::UniswapSwaps => "independent Uniswap v2 swaps",
            Self::Chain => "fully dependent chain",
        }
    }

    /// Gas of one transaction, about.
    const fn gas(self) -> u64 {
        match self {
            Self::RawTransfers => 21_000,
            Self::Erc20Transfers => 34_000,
            Self::UniswapSwaps => 87_400,
            Self::Chain => 26_200,
        }
    }
}

const TOKEN: Address = address!("0x0000000000000000000000000000000000002001");
const COUNTER: Address = address!("0x0000000000000000000000000000000000002002");
const BENEFICIARY: Address = address!("0x00000000000000000000000000000000000000be");
const BASE_FEE: u64 = 7;
/// `transfer(address,uint256)`
const TRANSFER: [u8; 4] = hex!("a9059cbb");
/// `swap(uint256,uint256,address,bytes)`
const SWAP: [u8; 4] = hex!("022c0d9f");
/// `getReserves()`
const GET_RESERVES: [u8; 4] = hex!("0902f1ac");
/// `permit(address,address,uint256,uint256,uint8,bytes32,bytes32)`
const PERMIT: [u8; 4] = hex!("d505accf");

/// SSTORE(0, SLOAD(0) + 1)
const COUNTER_CODE: [u8; 8] = hex!("5f546001015f5500");
/// With calldata token, pair, amount in, amount out: `token.transfer(pair, in)`, then `pair.swap(0, out, CALLER, "")`;
/// reverts unless both succeed.
const SWAPPER_CODE: [u8; 85] = hex!(
    "63a9059cbb60e01b5f526020356004526040356024525f5f60445f5f5f355af163022c0d9f60e01b"
    "5f525f6004526060356024523360445260806064525f6084525f5f60a45f5f6020355af116605357"
    "5f5ffd5b00"
);

/// An address that nobody else knows.
fn own(kind: &str, index: usize) -> Address {
    Address::from_word(keccak256(format!("{kind} {index}")))
}

/// The slot of `key` in a Solidity mapping that lies at `base`.
fn mapping(base: u64, key: Address) -> U256 {
    let mut bytes = [0; 64];
    bytes[12..32].copy_from_slice(key.as_slice());
    bytes[56..].copy_from_slice(&base.to_be_bytes());
    keccak256(bytes).into()
}

/// The shortest of the sample's codes that knows all of these functions.
fn code(sample: &Input, selectors: &[[u8; 4]]) -> Bytes {
    let knows = |code: &Bytes| {
        selectors.iter().all(|selector| {
            // PUSH4
            let push = [&[0x63], selector.as_slice()].concat();
            code.windows(push.len()).any(|window| window == push)
        })
    };
    let codes = sample.witness.codes.iter().filter(|code| knows(code));
    codes
        .min_by_key(|code| code.len())
        .cloned()
        .expect("the sample has it")
}

struct Making {
    state: FlatState,
    transactions: Vec<Transaction>,
    senders: Vec<Address>,
}

impl Making {
    fn account(&mut self, address: Address, nonce: u64, code: Option<&Bytecode>) {
        let mut info = AccountInfo {
            nonce,
            balance: U256::from(10).pow(U256::from(20)),
            code: None,
            ..AccountInfo::default()
        };
        if let Some(code) = code {
            info.code_hash = code.hash_slow();
            self.state.codes.insert(info.code_hash, code.clone());
        }
        self.state.accounts.insert(address, info);
    }

    fn slot(&mut self, address: Address, slot: U256, value: U256) {
        self.state.slots.insert((address, slot), value);
    }

    fn push(&mut self, sender: Address, to: Address, value: u64, input: Vec<u8>) {
        self.account(sender, 1, None);
        let transaction = TxEip1559 {
            chain_id: 1,
            nonce: 1,
            gas_limit: 300_000,
            max_fee_per_gas: u128::from(BASE_FEE) + 2,
            max_priority_fee_per_gas: 1,
            to: TxKind::Call(to),
            value: U256::from(value),
            access_list: AccessList::default(),
            input: input.into(),
        };
        self.transactions
            .push(transaction.into_signed(Signature::test_signature()).into());
        self.senders.push(sender);
    }

    fn swap(&mut self, index: usize, sender: Address, token_code: &Bytecode, pair_code: &Bytecode) {
        let [swapper, pair, token0, token1] =
            ["swapper", "pair", "token 0", "token 1"].map(|kind| own(kind, index));
        let (reserve, amount) = (
            U256::from(10).pow(U256::from(24)),
            U256::from(10).pow(U256::from(18)),
        );
        self.account(swapper, 1, Some(&Bytecode::new_raw(SWAPPER_CODE.into())));
        self.account(pair, 1, Some(pair_code));
        for token in [token0, token1] {
            self.account(token, 1, Some(token_code));
            self.slot(token, mapping(0, pair), reserve);
            self.slot(token, mapping(0, swapper), amount * U256::from(2));
            self.slot(token, mapping(0, sender), amount);
        }
        self.slot(pair, U256::from(6), token0.into_word().into());
        self.slot(pair, U256::from(7), token1.into_word().into());
        // Two reserves of 112 bits, then the time of the last change.
        self.slot(
            pair,
            U256::from(8),
            reserve | reserve << 112 | U256::from(1) << 224,
        );
        self.slot(pair, U256::from(9), U256::from(1));
        self.slot(pair, U256::from(10), U256::from(1));
        // Not locked.
        self.slot(pair, U256::from(12), U256::from(1));
        let fee = amount * U256::from(997);
        let out = fee * reserve / (reserve * U256::from(1000) + fee);
        let words = [
            token0.into_word(),
            pair.into_word(),
            B256::from(amount),
            B256::from(out),
        ];
        self.push(sender, swapper, 0, words.concat());
    }
}

/// A block of `set` with about `gas` gas, and its state; `sample` is where the contracts' codes come from.
pub fn synthetic(set: Synthetic, gas: u64, sample: &Input) -> FlatBlock {
    let mut making = Making {
        state: FlatState::default(),
        transactions: Vec::new(),
        senders: Vec::new(),
    };
    let count = usize::try_from(gas / set.gas()).unwrap_or(usize::MAX);
    let token = Bytecode::new_raw(code(sample, &[TRANSFER, PERMIT]));
    let pair = Bytecode::new_raw(code(sample, &[SWAP, GET_RESERVES]));
    making.account(BENEFICIARY, 1, None);
    making.account(TOKEN, 1, Some(&token));
    making.account(COUNTER, 1, Some(&Bytecode::new_raw(COUNTER_CODE.into())));
    making.slot(COUNTER, U256::ZERO, U256::from(1));
    for index in 0..count {
        let (sender, to) = (own("sender", index), own("recipient", index));
        match set {
            Synthetic::RawTransfers => {
                making.account(to, 1, None);
                making.push(sender, to, 1, Vec::new());
            }
            Synthetic::Erc20Transfers => {
                for holder in [sender, to] {
                    making.slot(TOKEN, mapping(0, holder), U256::from(1000));
                }
                let amount = B256::with_last_byte(1);
                let input = [&TRANSFER, to.into_word().as_slice(), amount.as_slice()].concat();
                making.push(sender, TOKEN, 0, input);
            }
            Synthetic::UniswapSwaps => making.swap(index, sender, &token, &pair),
            Synthetic::Chain => making.push(sender, COUNTER, 0, Vec::new()),
        }
    }
    let header = Header {
        number: 20_000_000,
        timestamp: 1_718_000_000,
        beneficiary: BENEFICIARY,
        gas_limit: u64::MAX,
        gas_used: gas,
        base_fee_per_gas: Some(BASE_FEE),
        ..Header::default()
    };
    FlatBlock {
        name: set.name().to_owned(),
        chain: ChainSpec::mainnet(),
        block: Block {
            header: Header {
                excess_blob_gas: Some(0),
                blob_gas_used: Some(0),
                parent_beacon_block_root: Some(B256::ZERO),
                ..header
            },
            body: BlockBody {
                transactions: making.transactions,
                ommers: Vec::new(),
                withdrawals: Some(alloy_eips::eip4895::Withdrawals::default()),
            },
        },
        senders: making.senders,
        pre_state: making.state,
    }
}
