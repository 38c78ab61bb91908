//! A block as its transactions are added.
//!
//! Invariant: a nonce is what the transactions and authorizations added so far leave, if all of them count.

use super::{
    Authority, BEACON_ROOT, CANCUN_TIME, Generated, LONDON_BLOCK, PARENT_HASH, SHANGHAI_TIME,
    contracts::{self, BENEFICIARY, COUNTER, EMPTY},
};
use crate::{FlatState, Seeded};
use alloy_consensus::{BlockBody, Header, SignableTransaction, TxEip1559, TxEip7702, TxLegacy};
use alloy_eips::{
    eip2930::AccessList,
    eip4895::{Withdrawal, Withdrawals},
    eip7002::{WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS, WITHDRAWAL_REQUEST_PREDEPLOY_CODE},
    eip7251::{CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS, CONSOLIDATION_REQUEST_PREDEPLOY_CODE},
    eip7702::SignedAuthorization,
};
use alloy_primitives::{Address, Bytes, Signature, TxKind, U256, keccak256};
use blocklight_verifier::{Block, Transaction};
use revm::{bytecode::Bytecode, state::AccountInfo};
use std::collections::HashMap;

/// Gas that each transaction asks for.
pub const GAS_LIMIT: u64 = 400_000;

/// A block for mainnet whose transactions are being added.
#[derive(Debug, Clone)]
pub struct Making {
    pub(super) random: Seeded,
    nonces: HashMap<Address, u64>,
    pub(super) transactions: Vec<Transaction>,
    senders: Vec<Address>,
    /// What creations have created.
    pub(super) created: Vec<Address>,
    /// How many transactions hand on.
    pub(super) links: u64,
    pub(super) number: u64,
    pub(super) timestamp: u64,
    /// None before London.
    base_fee: Option<u64>,
}

impl Making {
    /// A block without transactions yet, of this number and time. What is left to chance is drawn from `seed`.
    pub fn new(seed: u64, (number, timestamp): (u64, u64)) -> Self {
        let london = number >= LONDON_BLOCK || timestamp >= SHANGHAI_TIME;
        Self {
            random: Seeded::new(seed),
            nonces: HashMap::new(),
            transactions: Vec::new(),
            senders: Vec::new(),
            created: Vec::new(),
            links: 0,
            number,
            timestamp,
            base_fee: london.then_some(7),
        }
    }

    /// An account that pays for `index`; none but `index` knows it if it is large.
    pub fn account(index: usize) -> Address {
        Address::from_word(keccak256(index.to_be_bytes()))
    }

    /// An address as an input.
    pub fn word(address: Address) -> Vec<u8> {
        address.into_word().to_vec()
    }

    /// The least that everybody pays for gas.
    pub(super) fn base_fee(&self) -> u128 {
        u128::from(self.base_fee.unwrap_or(1))
    }

    /// Has `account` begin at this nonce; which its pre-state does not say of itself.
    pub fn begin_at(&mut self, account: Address, nonce: u64) {
        self.nonces.insert(account, nonce);
    }

    /// The nonce that `account` has after what was added so far.
    pub fn next_nonce(&self, account: Address) -> u64 {
        self.nonces.get(&account).copied().unwrap_or_default()
    }

    /// The same, which is used up by that.
    pub(super) fn nonce(&mut self, account: Address) -> u64 {
        let nonce = self.nonces.entry(account).or_default();
        *nonce += 1;
        *nonce - 1
    }

    pub(super) fn add(&mut self, sender: Address, transaction: Transaction) {
        self.transactions.push(transaction);
        self.senders.push(sender);
    }

    /// Adds a transaction of `sender`: before London a legacy one, from then on either that or one of EIP-1559, with a tip of
    /// up to two wei.
    pub fn push(&mut self, sender: Address, to: TxKind, value: u64, input: Vec<u8>) {
        let nonce = self.nonce(sender);
        let tip = self.random.below(3) as u128;
        let is_legacy = self.random.below(2) == 0;
        let transaction = if is_legacy || self.base_fee.is_none() {
            let legacy = TxLegacy {
                chain_id: self.base_fee.map(|_| 1),
                nonce,
                gas_price: self.base_fee() + tip,
                gas_limit: GAS_LIMIT,
                to,
                value: U256::from(value),
                input: Bytes::from(input),
            };
            legacy.into_signed(Signature::test_signature()).into()
        } else {
            let dynamic = TxEip1559 {
                chain_id: 1,
                nonce,
                gas_limit: GAS_LIMIT,
                max_fee_per_gas: self.base_fee() + 5,
                max_priority_fee_per_gas: tip,
                to,
                value: U256::from(value),
                access_list: AccessList::default(),
                input: Bytes::from(input),
            };
            dynamic.into_signed(Signature::test_signature()).into()
        };
        self.add(sender, transaction);
    }

    /// Adds a set-code transaction of `sender` (EIP-7702), in which each authority takes the code of the address beside it; or
    /// has none, where that is zero. The nonces are right, also where the sender is an authority itself.
    pub fn push_set_code(
        &mut self,
        sender: Address,
        to: Address,
        value: u64,
        input: Vec<u8>,
        delegations: &[(&Authority, Address)],
    ) {
        let nonce = self.nonce(sender);
        let signed = delegations.iter().map(|(authority, code)| {
            let nonce = self.nonce(authority.address());
            authority.delegate(*code, nonce)
        });
        let signed = signed.collect();
        self.add_set_code((sender, nonce), to, value, input, signed);
    }

    /// Adds a set-code transaction of a sender at this nonce, with authorizations as they are.
    pub(super) fn add_set_code(
        &mut self,
        (sender, nonce): (Address, u64),
        to: Address,
        value: u64,
        input: Vec<u8>,
        authorization_list: Vec<SignedAuthorization>,
    ) {
        let transaction = TxEip7702 {
            chain_id: 1,
            nonce,
            gas_limit: GAS_LIMIT,
            max_fee_per_gas: self.base_fee() + 5,
            max_priority_fee_per_gas: 1,
            to,
            value: U256::from(value),
            access_list: AccessList::default(),
            authorization_list,
            input: Bytes::from(input),
        };
        self.add(
            sender,
            transaction.into_signed(Signature::test_signature()).into(),
        );
    }

    /// The block, with gas for all of it, on a state in which all senders are rich.
    pub fn finish(self) -> Generated {
        let (shanghai, cancun) = (self.timestamp >= SHANGHAI_TIME, self.timestamp >= CANCUN_TIME);
        let header = Header {
            number: self.number,
            timestamp: self.timestamp,
            beneficiary: BENEFICIARY,
            gas_limit: 30_000_000 + GAS_LIMIT * self.transactions.len() as u64,
            base_fee_per_gas: self.base_fee,
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
            address: Self::account(3),
            amount: 11,
        };
        let pre_state = pre_state(&self.senders);
        let body = BlockBody {
            transactions: self.transactions,
            ommers: Vec::new(),
            withdrawals: shanghai.then(|| Withdrawals::new(vec![withdrawal])),
        };
        Generated {
            block: Block { header, body },
            senders: self.senders,
            pre_state,
        }
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

fn pre_state(senders: &[Address]) -> FlatState {
    let mut state = FlatState::default();
    let mut contracts = contracts::all();
    contracts.extend([
        (
            alloy_eips::eip2935::HISTORY_STORAGE_ADDRESS,
            alloy_eips::eip2935::HISTORY_STORAGE_CODE.to_vec(),
        ),
        (
            alloy_eips::eip4788::BEACON_ROOTS_ADDRESS,
            alloy_eips::eip4788::BEACON_ROOTS_CODE.to_vec(),
        ),
        (
            WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS,
            WITHDRAWAL_REQUEST_PREDEPLOY_CODE.to_vec(),
        ),
        (
            CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS,
            CONSOLIDATION_REQUEST_PREDEPLOY_CODE.to_vec(),
        ),
    ]);
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
