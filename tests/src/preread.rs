//! A pre-state in memory, to measure execution without tries.
//!
//! Invariant: what has been read once is answered from maps; once closed, everything is.

use crate::FlatState;
use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_rlp::Decodable;
use blocklight_executor::HasStorageRef;
use blocklight_trie::{EMPTY_ROOT_HASH, StateTrie, WitnessNodes};
use blocklight_verifier::Input;
use revm::{DatabaseRef, bytecode::Bytecode, context_interface::DBErrorMarker, state::AccountInfo};
use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock, RwLockReadGuard},
};

/// Accounts, slots and codes as a block found them.
#[derive(Debug)]
pub struct Preread {
    read: RwLock<Values>,
    codes: HashMap<B256, Bytecode>,
    /// Of the ancestors that the witness has.
    block_hashes: HashMap<u64, B256>,
    /// Where unread values come from, until closed.
    source: Option<StateTrie>,
}

#[derive(Debug, Default)]
struct Values {
    accounts: HashMap<Address, Option<AccountInfo>>,
    slots: HashMap<(Address, U256), U256>,
    have_storage: HashMap<Address, bool>,
}

/// A value that the witness does not hold, or that was not read before closing.
#[derive(Debug, Clone, Copy)]
pub struct NotThere;

impl std::fmt::Display for NotThere {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not in the pre-state that was read")
    }
}

impl std::error::Error for NotThere {}
impl DBErrorMarker for NotThere {}

impl Preread {
    /// The pre-state that a witness shows; codes are analysed now.
    ///
    /// # Panics
    /// When the witness lacks the parent or its state's root: this is for files known to be good.
    pub fn of_witness(input: &Input) -> Self {
        let parent = input.block.header.parent_hash;
        let mut block_hashes = HashMap::new();
        let mut root = None;
        for bytes in &input.witness.headers {
            let header = alloy_consensus::Header::decode(&mut bytes.as_ref()).expect("a header");
            let hash = keccak256(bytes);
            block_hashes.insert(header.number, hash);
            root = root.or((hash == parent).then_some(header.state_root));
        }
        let root = root.expect("the parent");
        let nodes = WitnessNodes::new(input.witness.state.clone(), 0);
        let codes = input.witness.codes.iter();
        let codes = codes
            .map(|code| (keccak256(code), Bytecode::new_raw(code.clone())))
            .collect();
        let source = StateTrie::reveal(root, &nodes, 0).expect("the root");
        Self {
            read: RwLock::default(),
            codes,
            block_hashes,
            source: Some(source),
        }
    }

    /// What has been read, in plain maps: looking there takes no lock.
    pub fn into_flat(self) -> FlatState {
        let values = self.read.into_inner().unwrap_or_else(PoisonError::into_inner);
        let accounts = values.accounts.into_iter();
        FlatState {
            accounts: accounts
                .filter_map(|(address, info)| Some((address, info?)))
                .collect(),
            slots: values.slots.into_iter().collect(),
            codes: self.codes.into_iter().collect(),
            block_hashes: self.block_hashes.into_iter().collect(),
        }
    }

    /// From now on only what has been read is there.
    pub fn close(&mut self) {
        self.source = None;
    }

    fn values(&self) -> RwLockReadGuard<'_, Values> {
        self.read.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn account(&self, address: Address) -> Result<Option<blocklight_trie::Account>, NotThere> {
        self.source
            .as_ref()
            .ok_or(NotThere)?
            .account(&keccak256(address))
            .map_err(|_| NotThere)
    }
}

impl DatabaseRef for Preread {
    type Error = NotThere;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, NotThere> {
        if let Some(known) = self.values().accounts.get(&address) {
            return Ok(known.clone());
        }
        let info = self.account(address)?.map(|account| AccountInfo {
            balance: account.balance,
            nonce: account.nonce,
            code_hash: account.code_hash,
            code: None,
            ..AccountInfo::default()
        });
        let mut values = self.read.write().unwrap_or_else(PoisonError::into_inner);
        values.accounts.insert(address, info.clone());
        Ok(info)
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, NotThere> {
        self.codes.get(&code_hash).cloned().ok_or(NotThere)
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, NotThere> {
        if let Some(known) = self.values().slots.get(&(address, slot)) {
            return Ok(*known);
        }
        let root = self
            .account(address)?
            .map_or(EMPTY_ROOT_HASH, |account| account.storage_root);
        let source = self.source.as_ref().ok_or(NotThere)?;
        let hashed_slot = keccak256(slot.to_be_bytes::<32>());
        let value = source
            .storage(&keccak256(address), root, &hashed_slot)
            .map_err(|_| NotThere)?;
        self.read
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .slots
            .insert((address, slot), value);
        Ok(value)
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, NotThere> {
        self.block_hashes.get(&number).copied().ok_or(NotThere)
    }
}

impl HasStorageRef for Preread {
    fn has_storage_ref(&self, address: Address) -> Result<bool, NotThere> {
        if let Some(known) = self.values().have_storage.get(&address) {
            return Ok(*known);
        }
        let account = self.account(address)?;
        let has = account.is_some_and(|account| account.storage_root != EMPTY_ROOT_HASH);
        let mut values = self.read.write().unwrap_or_else(PoisonError::into_inner);
        values.have_storage.insert(address, has);
        Ok(has)
    }
}
