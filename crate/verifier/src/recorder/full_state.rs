//! A whole state: every account, slot and code.
//!
//! Invariant: no slot holds zero, and each trie that was built is of the entries as they are now.

use super::hashed_slot;
use alloy_genesis::GenesisAccount;
use alloy_primitives::{Address, B256, Bytes, U256};
use blocklight_executor::StateChanges;
use blocklight_keccak::keccak256;
use blocklight_trie::{Account, EMPTY_CODE_HASH, WholeTrie};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, OnceLock},
};

/// Every account of a chain at one block, with storage and code.
#[derive(Debug, Clone, Default)]
pub struct FullState {
    accounts: BTreeMap<Address, FullAccount>,
    codes: HashMap<B256, Bytes>,
    trie: OnceLock<Arc<WholeTrie>>,
}

/// An account with its storage.
#[derive(Debug, Clone)]
pub(super) struct FullAccount {
    pub(super) nonce: u64,
    pub(super) balance: U256,
    pub(super) code_hash: B256,
    pub(super) storage: BTreeMap<U256, U256>,
    trie: OnceLock<Arc<WholeTrie>>,
}

impl FullState {
    /// Reads an `alloc` as geth's genesis JSON has it: address → `{balance, nonce?, code?, storage?}`.
    ///
    /// # Errors
    /// When it is no such JSON.
    pub fn from_alloc_json(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json).map(Self::from_alloc)
    }

    pub(super) fn from_alloc(alloc: BTreeMap<Address, GenesisAccount>) -> Self {
        let mut state = Self::default();
        for (address, account) in alloc {
            let code = account.code.unwrap_or_default();
            let code_hash = if code.is_empty() {
                EMPTY_CODE_HASH
            } else {
                keccak256(&code)
            };
            let storage = account.storage.into_iter().flatten();
            let storage = storage
                .map(|(slot, value)| (slot.into(), U256::from_be_bytes(value.0)))
                .filter(|(_, value)| !value.is_zero());
            let account = FullAccount {
                nonce: account.nonce.unwrap_or_default(),
                balance: account.balance,
                code_hash,
                storage: storage.collect(),
                trie: OnceLock::new(),
            };
            state.accounts.insert(address, account);
            state.codes.insert(code_hash, code);
        }
        state
    }

    /// The state root.
    pub fn root(&self) -> B256 {
        self.trie().root()
    }

    /// Takes over what a block changed.
    pub fn apply(&mut self, changes: &StateChanges) {
        self.trie = OnceLock::new();
        self.codes.extend(changes.codes.iter().cloned());
        for (address, change) in &changes.accounts {
            let Some(facts) = change.account else {
                self.accounts.remove(address);
                continue;
            };
            let account = self.accounts.entry(*address).or_insert_with(|| FullAccount {
                nonce: 0,
                balance: U256::ZERO,
                code_hash: EMPTY_CODE_HASH,
                storage: BTreeMap::new(),
                trie: OnceLock::new(),
            });
            (account.nonce, account.balance, account.code_hash) =
                (facts.nonce, facts.balance, facts.code_hash);
            if change.storage_cleared || !change.storage.is_empty() {
                account.trie = OnceLock::new();
            }
            if change.storage_cleared {
                account.storage.clear();
            }
            for (slot, value) in &change.storage {
                if value.is_zero() {
                    account.storage.remove(slot);
                } else {
                    account.storage.insert(*slot, *value);
                }
            }
        }
    }

    pub(super) fn account(&self, address: &Address) -> Option<&FullAccount> {
        self.accounts.get(address)
    }

    /// The code with this hash.
    pub(super) fn code(&self, hash: &B256) -> Option<&Bytes> {
        self.codes.get(hash)
    }

    pub(super) fn trie(&self) -> &WholeTrie {
        self.trie.get_or_init(|| {
            let leaves = self.accounts.iter().map(|(address, account)| {
                let leaf = Account {
                    nonce: account.nonce,
                    balance: account.balance,
                    storage_root: account.trie().root(),
                    code_hash: account.code_hash,
                };
                (keccak256(address.as_slice()), alloy_rlp::encode(leaf).into())
            });
            Arc::new(WholeTrie::new(&leaves.collect()))
        })
    }
}

impl FullAccount {
    /// The storage trie.
    pub(super) fn trie(&self) -> &WholeTrie {
        self.trie.get_or_init(|| {
            let leaves = self
                .storage
                .iter()
                .map(|(slot, value)| (hashed_slot(*slot), alloy_rlp::encode(value).into()));
            Arc::new(WholeTrie::new(&leaves.collect()))
        })
    }
}
