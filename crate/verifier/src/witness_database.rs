//! The pre-state as the EVM reads it: every value proved by the witness, or an error.
//!
//! Invariant: a value that the witness does not prove is a [`Missing`], never zero, absent or empty code.

use crate::{Missing, ancestors::Ancestors, missing::from_trie};
use alloy_primitives::{Address, B256, Bytes, U256};
use blocklight_executor::{HasStorageRef, KeyedHasher, code_at};
use blocklight_keccak::{keccak256, keccak256_batch, permutations};
use blocklight_trie::{EMPTY_CODE_HASH, EMPTY_ROOT_HASH, StateTrie};
use revm::{DatabaseRef, bytecode::Bytecode, context_interface::DBErrorMarker, state::AccountInfo};
use std::{collections::HashMap, sync::RwLock};

/// Contract codes by their hash.
#[derive(Debug)]
pub(crate) struct Codes {
    by_hash: HashMap<B256, Bytes, KeyedHasher>,
    /// Keccak-f permutations spent on hashing them.
    pub(crate) permutations: u64,
}

impl Codes {
    /// Hashes the witness's codes on all threads.
    pub(crate) fn new(codes: &[Bytes], seed: u64) -> Self {
        let mut by_hash = HashMap::with_capacity_and_hasher(codes.len(), KeyedHasher::new(seed));
        by_hash.extend(keccak256_batch(codes).into_iter().zip(codes.iter().cloned()));
        Self {
            by_hash,
            permutations: codes.iter().map(|code| permutations(code.len())).sum(),
        }
    }
}

/// Where an account's storage is.
#[derive(Debug, Clone, Copy)]
struct StorageTrie {
    hashed_address: B256,
    root: B256,
}

/// [`DatabaseRef`] over an authenticated witness.
#[derive(Debug)]
pub(crate) struct WitnessDatabase<'a> {
    state: &'a StateTrie,
    codes: &'a Codes,
    ancestors: &'a Ancestors,
    /// Whether accounts can delegate to others (EIP-7702).
    delegates: bool,
    /// Storage tries of the accounts read so far, so that each address is hashed once however many slots follow.
    storage_tries: RwLock<HashMap<Address, StorageTrie, KeyedHasher>>,
}

/// A [`Missing`] as a database error.
#[derive(Debug, Clone, thiserror::Error)]
#[error(transparent)]
pub(crate) struct Unproved(pub(crate) Box<Missing>);

impl DBErrorMarker for Unproved {}

impl From<Missing> for Unproved {
    fn from(missing: Missing) -> Self {
        Self(Box::new(missing))
    }
}

impl<'a> WitnessDatabase<'a> {
    pub(crate) fn new(
        state: &'a StateTrie,
        codes: &'a Codes,
        ancestors: &'a Ancestors,
        delegates: bool,
        seed: u64,
    ) -> Self {
        let storage_tries = RwLock::new(HashMap::with_hasher(KeyedHasher::new(seed)));
        Self {
            state,
            codes,
            ancestors,
            delegates,
            storage_tries,
        }
    }

    /// Reads an account, and remembers where its storage is.
    fn read_account(
        &self,
        address: Address,
    ) -> Result<(StorageTrie, Option<blocklight_trie::Account>), Unproved> {
        let hashed_address = keccak256(address.as_slice());
        let account = self.state.account(&hashed_address).map_err(from_trie)?;
        let root = account.map_or(EMPTY_ROOT_HASH, |account| account.storage_root);
        let storage_trie = StorageTrie { hashed_address, root };
        // A poisoned lock means another thread's panic, which ends the verification anyway.
        if let Ok(mut known) = self.storage_tries.write() {
            known.insert(address, storage_trie);
        }
        Ok((storage_trie, account))
    }

    /// Where the account's storage is.
    fn storage_trie(&self, address: Address) -> Result<StorageTrie, Unproved> {
        let known = self
            .storage_tries
            .read()
            .ok()
            .and_then(|known| known.get(&address).copied());
        match known {
            Some(trie) => Ok(trie),
            None => Ok(self.read_account(address)?.0),
        }
    }
}

impl DatabaseRef for WitnessDatabase<'_> {
    type Error = Unproved;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Unproved> {
        let (_, account) = self.read_account(address)?;
        Ok(account.map(|account| AccountInfo {
            balance: account.balance,
            nonce: account.nonce,
            code_hash: account.code_hash,
            // Not `Some(empty)`: with a code given, revm would never ask for the real one.
            code: None,
            ..AccountInfo::default()
        }))
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, Unproved> {
        if code_hash == EMPTY_CODE_HASH {
            return Ok(Bytecode::new());
        }
        let code = self
            .codes
            .by_hash
            .get(&code_hash)
            .ok_or(Missing::Code { hash: code_hash })?;
        Ok(code_at(code, self.delegates))
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, Unproved> {
        let trie = self.storage_trie(address)?;
        if trie.root == EMPTY_ROOT_HASH {
            return Ok(U256::ZERO);
        }
        let hashed_slot = keccak256(slot.to_be_bytes::<32>().as_slice());
        Ok(self
            .state
            .storage(&trie.hashed_address, trie.root, &hashed_slot)
            .map_err(from_trie)?)
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Unproved> {
        Ok(self.ancestors.hash(number).ok_or(Missing::Ancestor { number })?)
    }
}

impl HasStorageRef for WitnessDatabase<'_> {
    fn has_storage_ref(&self, address: Address) -> Result<bool, Unproved> {
        Ok(self.storage_trie(address)?.root != EMPTY_ROOT_HASH)
    }
}
