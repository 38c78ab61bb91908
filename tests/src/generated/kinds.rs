//! What the kinds of a [`Mix`](super::Mix) are.
//!
//! Invariant: each kind adds one transaction.

use super::{
    Authority, Making,
    contracts::{
        ASKER, BENEFICIARY, CALLER, COUNTER, EMPTY, FACTORY, KEEPER, MAYFLY, MIXER, RELAY, TIPPER, WATCHER,
        child_init_code, child_of,
    },
    making::GAS_LIMIT,
};
use alloy_consensus::{SignableTransaction, TxEip4844};
use alloy_eips::{
    eip2930::AccessList, eip6110::MAINNET_DEPOSIT_CONTRACT_ADDRESS,
    eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS, eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS,
};
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, keccak256};

/// Blobs that no fork has let a transaction have.
const TOO_MANY_BLOBS: usize = 100;
/// How many accounts sign authorizations.
const AUTHORITIES: usize = 4;

impl Making {
    /// One of few accounts.
    fn few(&mut self) -> Address {
        Self::account(self.random.below(8))
    }

    /// Adds a transaction whose kind is drawn by these weights.
    pub(super) fn draw(&mut self, weights: &[usize]) {
        let mut left = self.random.below(weights.iter().sum::<usize>().max(1));
        let kind = weights.iter().position(|weight| {
            let here = left < *weight;
            left = left.saturating_sub(*weight);
            here
        });
        self.add_kind(kind.unwrap_or(0));
    }

    fn add_kind(&mut self, kind: usize) {
        let place = self.transactions.len();
        let (few, own) = (self.few(), Self::account(1000 + place));
        let value = self.random.next() % 1000;
        match kind {
            0 => self.push(own, Self::account(5000 + place).into(), value, vec![]),
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
            6 => match self.random.below(6) {
                0 => self.push(own, FACTORY.into(), value, vec![]),
                1 => self.push(own, child_of(FACTORY).into(), value, vec![]),
                2 => self.push(own, child_of(FACTORY).into(), value, vec![1]),
                3 => self.push(own, MAYFLY.into(), value, vec![]),
                4 => self.push(own, MAYFLY.into(), value, vec![1]),
                _ => {
                    let input = vec![1; self.random.below(2)];
                    self.push(own, child_of(MAYFLY).into(), value, input);
                }
            },
            7 => {
                let call = self.random.below(2) == 0;
                if let Some(created) = self.created.last().copied().filter(|_| call) {
                    self.push(own, created.into(), value, vec![]);
                } else {
                    let nonce = self.next_nonce(few);
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
            12 => {
                let touched = [EMPTY, Self::account(9000), Self::account(9001)][self.random.below(3)];
                if self.random.below(2) == 0 {
                    self.push(few, touched.into(), value % 2, vec![]);
                } else {
                    self.push(own, CALLER.into(), 0, Self::word(touched));
                }
            }
            13 => self.request(own),
            14 => self.push(own, MIXER.into(), value, vec![]),
            _ => {
                let link = B256::from(U256::from(self.links));
                self.links += 1;
                self.push(own, RELAY.into(), value, link.to_vec());
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

    /// A deposit, or a request of a withdrawal or a consolidation.
    fn request(&mut self, own: Address) {
        // More than the fee, which is one wei where there have been few requests.
        let value = 1000;
        match self.random.below(3) {
            0 => self.push(own, MAINNET_DEPOSIT_CONTRACT_ADDRESS.into(), value, vec![]),
            1 => {
                let key_and_amount = self.random.bytes(48 + 8);
                self.push(
                    own,
                    WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS.into(),
                    value,
                    key_and_amount,
                );
            }
            _ => {
                let keys = self.random.bytes(48 + 48);
                self.push(own, CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS.into(), value, keys);
            }
        }
    }

    fn carry_blobs(&mut self, count: usize, own: Address, few: Address, value: u64) {
        let transaction = TxEip4844 {
            chain_id: 1,
            nonce: self.nonce(own),
            gas_limit: GAS_LIMIT,
            max_fee_per_gas: self.base_fee() + 5,
            max_priority_fee_per_gas: 1,
            to: [few, COUNTER, KEEPER][self.random.below(3)],
            value: U256::from(value),
            access_list: AccessList::default(),
            blob_versioned_hashes: (0..count).map(blob_hash).collect(),
            max_fee_per_blob_gas: 1000,
            input: Bytes::from(Self::word(own)),
        };
        self.add(own, transaction.into_signed(Signature::test_signature()).into());
    }

    /// An authority is given code, another, or none, and called at once; is called; or sends a transaction itself.
    fn delegate(&mut self, own: Address, few: Address, value: u64) {
        let authority = Authority::new(self.random.below(AUTHORITIES));
        let (address, input) = (authority.address(), Self::word(few));
        match self.random.below(6) {
            0 => self.push(address, few.into(), value, vec![]),
            1 => self.push(own, address.into(), value, input),
            2 => {
                // Not the nonce that it has: this authorization is passed over.
                let passed_over = authority.delegate(COUNTER, self.next_nonce(address) + 1);
                let nonce = self.nonce(own);
                self.add_set_code((own, nonce), address, value, input, vec![passed_over]);
            }
            _ => {
                let code = [COUNTER, KEEPER, Address::ZERO][self.random.below(3)];
                self.push_set_code(own, address, value, input, &[(&authority, code)]);
            }
        }
    }
}

/// A versioned hash of KZG's version.
fn blob_hash(index: usize) -> B256 {
    let mut hash = keccak256(index.to_be_bytes());
    hash[0] = alloy_eips::eip4844::VERSIONED_HASH_VERSION_KZG;
    hash
}
