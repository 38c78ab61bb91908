//! A whole state that answers with proofs, as a node with `eth_getProof` does.
//!
//! Invariant: it shares no code with the recorder's own whole state but the trie, so that the two can be held to each other.

use alloy_consensus::Header;
use alloy_primitives::{Address, B256, Bytes, U64, U256, keccak256};
use blocklight_executor::StateChanges;
use blocklight_trie::{Account, EMPTY_CODE_HASH, EMPTY_ROOT_HASH, WholeTrie};
use blocklight_verifier::recorder::{AccountProof, ProofProvider, StorageProof};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, HashMap},
    sync::OnceLock,
};

/// Every account of a chain after a block, with the headers up to it.
#[derive(Debug, Default)]
pub struct ProvingState {
    accounts: BTreeMap<Address, Whole>,
    codes: HashMap<B256, Bytes>,
    headers: HashMap<B256, Header>,
    tries: OnceLock<Tries>,
}

#[derive(Debug)]
struct Whole {
    nonce: u64,
    balance: U256,
    code_hash: B256,
    storage: BTreeMap<U256, U256>,
}

#[derive(Debug)]
struct Tries {
    accounts: WholeTrie,
    storages: BTreeMap<Address, WholeTrie>,
}

#[derive(Deserialize)]
struct Alloc {
    balance: U256,
    #[serde(default)]
    nonce: Option<U64>,
    #[serde(default)]
    code: Option<Bytes>,
    #[serde(default)]
    storage: Option<BTreeMap<U256, U256>>,
}

/// What the state does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not in the state")]
pub struct NotThere;

impl ProvingState {
    /// Reads an `alloc` as geth's genesis JSON has it.
    ///
    /// # Errors
    /// When it is no such JSON.
    pub fn from_alloc_json(json: &str) -> Result<Self, serde_json::Error> {
        let alloc: BTreeMap<Address, Alloc> = serde_json::from_str(json)?;
        let mut state = Self::default();
        for (address, account) in alloc {
            let code = account.code.unwrap_or_default();
            let whole = Whole {
                nonce: account.nonce.unwrap_or_default().to(),
                balance: account.balance,
                code_hash: keccak256(&code),
                storage: account.storage.unwrap_or_default(),
            };
            state.codes.insert(whole.code_hash, code);
            state.accounts.insert(address, whole);
        }
        Ok(state)
    }

    /// Adds a header, to be asked for by its hash.
    pub fn add_header(&mut self, header: Header) {
        self.headers.insert(header.hash_slow(), header);
    }

    /// Takes over what a block changed.
    pub fn apply(&mut self, changes: &StateChanges) {
        self.tries = OnceLock::new();
        self.codes.extend(changes.codes.iter().cloned());
        for (address, change) in &changes.accounts {
            let Some(facts) = change.account else {
                self.accounts.remove(address);
                continue;
            };
            let before = self.accounts.remove(address).filter(|_| !change.storage_cleared);
            let mut storage = before.map(|before| before.storage).unwrap_or_default();
            storage.extend(change.storage.iter().copied());
            let whole = Whole {
                nonce: facts.nonce,
                balance: facts.balance,
                code_hash: facts.code_hash,
                storage,
            };
            self.accounts.insert(*address, whole);
        }
    }

    fn tries(&self) -> &Tries {
        self.tries.get_or_init(|| {
            let storages: BTreeMap<Address, WholeTrie> = self
                .accounts
                .iter()
                .map(|(address, account)| {
                    let slots = account.storage.iter().filter(|(_, value)| !value.is_zero());
                    let slots = slots.map(|(slot, value)| {
                        (
                            keccak256(slot.to_be_bytes::<32>()),
                            alloy_rlp::encode(value).into(),
                        )
                    });
                    (*address, WholeTrie::new(&slots.collect()))
                })
                .collect();
            let leaves = self.accounts.iter().zip(&storages);
            let leaves = leaves.map(|((address, account), (_, storage))| {
                let leaf = Account {
                    nonce: account.nonce,
                    balance: account.balance,
                    storage_root: storage.root(),
                    code_hash: account.code_hash,
                };
                (keccak256(address), alloy_rlp::encode(leaf).into())
            });
            Tries {
                accounts: WholeTrie::new(&leaves.collect()),
                storages,
            }
        })
    }
}

fn proof(trie: &WholeTrie, key: &B256) -> Vec<Bytes> {
    trie.way(key).into_iter().map(|(_, node)| node.clone()).collect()
}

impl ProofProvider for ProvingState {
    type Error = NotThere;

    fn proof(&self, address: Address, slots: &[U256]) -> Result<AccountProof, NotThere> {
        let tries = self.tries();
        let (account, trie) = (self.accounts.get(&address), tries.storages.get(&address));
        let slot = |slot: &U256| StorageProof {
            key: *slot,
            value: account
                .and_then(|account| account.storage.get(slot).copied())
                .unwrap_or_default(),
            proof: trie.map_or_else(Vec::new, |trie| proof(trie, &keccak256(slot.to_be_bytes::<32>()))),
        };
        Ok(AccountProof {
            balance: account.map_or(U256::ZERO, |account| account.balance),
            nonce: account.map_or(0, |account| account.nonce),
            code_hash: account.map_or(EMPTY_CODE_HASH, |account| account.code_hash),
            storage_hash: trie.map_or(EMPTY_ROOT_HASH, WholeTrie::root),
            account_proof: proof(&tries.accounts, &keccak256(address)),
            storage_proof: slots.iter().map(slot).collect(),
        })
    }

    fn code(&self, address: Address, _code_hash: B256) -> Result<Bytes, NotThere> {
        let account = self.accounts.get(&address).ok_or(NotThere)?;
        self.codes.get(&account.code_hash).cloned().ok_or(NotThere)
    }

    fn header(&self, _number: u64, hash: B256) -> Result<Header, NotThere> {
        self.headers.get(&hash).cloned().ok_or(NotThere)
    }
}
