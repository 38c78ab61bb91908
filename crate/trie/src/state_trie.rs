//! The state: the account trie and every storage trie below it.
//!
//! Invariants: reads take `&self` and no lock; in each trie inserts and updates come before removals, the order a witness
//! is made for; an account's storage trie is hashed before the account is written.

use crate::{
    Account, AccountUpdate, EMPTY_ROOT_HASH, KeyLength, NodeError, PostState, Root, StateTrieError,
    TrieError, TrieId, WitnessNodes,
    account::storage_value,
    arena::{Arena, Leaves},
    link::Link,
    overlay::Overlay,
    read::Found,
    root::hash_changed,
    witness_nodes::{Seeded, SeededMap},
};
use alloy_primitives::{B256, Bytes, U256};
use nybbles::Nibbles;
use rayon::prelude::*;
use std::sync::Arc;

/// The state below a root, as far as a witness shows it.
#[derive(Debug, Clone)]
pub struct StateTrie {
    arena: Arc<Arena>,
    accounts: Overlay,
    /// Storage tries that changes were applied to, by hashed address.
    storages: SeededMap<Overlay>,
    /// Permutations spent on storage tries since the last root.
    spent: u64,
}

/// One account's change while its storage is brought up to date.
struct Job<'a> {
    hashed_address: B256,
    update: &'a AccountUpdate,
    /// The storage trie, if the change reaches into it.
    storage: Option<Overlay>,
    /// The storage root, if the change does not.
    storage_root: B256,
}

impl StateTrie {
    /// Reveals the account trie from `pre_state_root` down, and every storage trie of the accounts revealed.
    ///
    /// A node that is missing or malformed further down is an error of the read or change that needs it. `seed` should be
    /// random, as for [`WitnessNodes::new`].
    ///
    /// # Errors
    ///
    /// [`TrieError::Blinded`] at the empty path when the root's own node is missing; the empty trie has none.
    pub fn reveal(pre_state_root: B256, nodes: &WitnessNodes, seed: u64) -> Result<Self, StateTrieError> {
        let arena = Arena::reveal(pre_state_root, nodes.clone(), Leaves::Accounts);
        let accounts = Overlay::new(&arena, pre_state_root, KeyLength::Hashed);
        if accounts.root == Link::BlindedRoot {
            let source = TrieError::Blinded {
                path: Nibbles::default(),
                hash: pre_state_root,
            };
            return Err(StateTrieError::Trie {
                trie: TrieId::Account,
                key: None,
                source: Box::new(source),
            });
        }
        let storages = SeededMap::with_hasher(Seeded(seed));
        Ok(Self {
            arena: Arc::new(arena),
            accounts,
            storages,
            spent: 0,
        })
    }

    /// The account at Keccak-256 of its address, or none if it is proved absent.
    ///
    /// # Errors
    ///
    /// A node on the way is missing or malformed, or the leaf does not hold an account.
    pub fn account(&self, hashed_address: &B256) -> Result<Option<Account>, StateTrieError> {
        let key = Nibbles::unpack(hashed_address);
        self.accounts
            .get(&self.arena, &key)
            .and_then(|found| found.map(|found| decode(found, Account::from_leaf)).transpose())
            .map_err(|source| on_the_way(TrieId::Account, hashed_address, source))
    }

    /// The value at Keccak-256 of a slot, in the storage of the account at `hashed_address` which [`Self::account`] said
    /// has this `storage_root`; zero if it is proved absent.
    ///
    /// # Errors
    ///
    /// A node on the way is missing or malformed, or the leaf does not hold a storage value.
    pub fn storage(
        &self,
        hashed_address: &B256,
        storage_root: B256,
        hashed_slot: &B256,
    ) -> Result<U256, StateTrieError> {
        let key = Nibbles::unpack(hashed_slot);
        let read = |trie: &Overlay| match trie.get(&self.arena, &key)? {
            None => Ok(U256::ZERO),
            Some(found) => decode(found, storage_value),
        };
        match self.storages.get(hashed_address) {
            Some(trie) => read(trie),
            None => read(&Overlay::new(&self.arena, storage_root, KeyLength::Hashed)),
        }
        .map_err(|source| {
            on_the_way(
                TrieId::Storage {
                    hashed_address: *hashed_address,
                },
                hashed_slot,
                source,
            )
        })
    }

    /// The root after a post-state is applied; this trie stays as it is.
    ///
    /// # Errors
    ///
    /// As [`Self::apply`].
    pub fn post_state_root(&self, post_state: &PostState) -> Result<Root, StateTrieError> {
        let mut after = self.clone();
        after.apply(post_state)?;
        Ok(after.root())
    }

    /// Applies changes, whose storage tries it hashes on all threads.
    ///
    /// # Errors
    ///
    /// A node that is needed is missing or malformed, or an account is named twice. The trie may then hold some of the
    /// changes and not others, and says nothing worth having any more.
    pub fn apply(&mut self, post_state: &PostState) -> Result<(), StateTrieError> {
        let mut updates: Vec<&(B256, AccountUpdate)> = post_state.accounts.iter().collect();
        updates.sort_unstable_by_key(|(hashed_address, _)| hashed_address);
        for pair in updates.windows(2) {
            if let [(a, _), (b, _)] = pair
                && a == b
            {
                return Err(StateTrieError::DuplicateAccount { hashed_address: *a });
            }
        }
        let started: Vec<_> = updates
            .into_iter()
            .map(|(address, update)| (*address, update, self.storages.remove(address)))
            .collect();
        // Rayon's own collecting of results keeps whichever error comes up first in time; of several nodes that are
        // missing always the same one, the first in order of address, is to be named.
        let outcomes: Vec<Result<Job<'_>, _>> = started
            .into_par_iter()
            .map(|(address, update, storage)| self.start(address, update, storage))
            .collect();
        let mut jobs = outcomes.into_iter().collect::<Result<Vec<_>, _>>()?;

        let tries: Vec<&Overlay> = jobs.iter().filter_map(|job| job.storage.as_ref()).collect();
        let (arena, accounts) = (&*self.arena, &mut self.accounts);
        let untouched = || jobs.iter().filter(|job| job.storage.is_none());
        // Most accounts change without their storage, so they need not wait for any.
        let (spent, written) = rayon::join(
            || hash_changed(arena, &tries),
            || write_accounts(arena, accounts, untouched()),
        );
        written?;
        self.spent += spent;
        for job in &mut jobs {
            if let Some(storage) = &job.storage {
                let root = storage.root_hash(&self.arena);
                self.spent += root.permutations;
                job.storage_root = root.hash;
            }
        }
        let touched = jobs.iter().filter(|job| job.storage.is_some());
        write_accounts(&self.arena, &mut self.accounts, touched)?;
        self.remove_accounts(&jobs)?;
        for job in jobs {
            if let Some(storage) = job.storage {
                self.storages.insert(job.hashed_address, storage);
            }
        }
        Ok(())
    }

    /// The root, with what hashing the nodes changed since the last call cost.
    pub fn root(&mut self) -> Root {
        let spent = hash_changed(&self.arena, &[&self.accounts]);
        let root = self.accounts.root_hash(&self.arena);
        Root {
            hash: root.hash,
            permutations: root.permutations + spent + core::mem::take(&mut self.spent),
        }
    }

    /// Writes an account's changed slots into its storage trie, which is `changed` if earlier changes reached into it.
    fn start<'a>(
        &self,
        hashed_address: B256,
        update: &'a AccountUpdate,
        changed: Option<Overlay>,
    ) -> Result<Job<'a>, StateTrieError> {
        let job = |storage, storage_root| Job {
            hashed_address,
            update,
            storage,
            storage_root,
        };
        let empty = || Overlay::new(&self.arena, EMPTY_ROOT_HASH, KeyLength::Hashed);
        if update.account.is_none() {
            return Ok(job(Some(empty()), EMPTY_ROOT_HASH));
        }
        let mut trie = if update.storage_cleared {
            empty()
        } else if let Some(trie) = changed {
            trie
        } else {
            let root = self
                .account(&hashed_address)?
                .map_or(EMPTY_ROOT_HASH, |account| account.storage_root);
            if update.storage.is_empty() {
                return Ok(job(None, root));
            }
            Overlay::new(&self.arena, root, KeyLength::Hashed)
        };
        let id = TrieId::Storage { hashed_address };
        let (removed, written): (Vec<&(B256, U256)>, Vec<_>) =
            update.storage.iter().partition(|(_, value)| value.is_zero());
        for (slot, value) in written {
            let value = alloy_rlp::encode(value).into();
            trie.insert(&self.arena, &Nibbles::unpack(slot), value)
                .map_err(|source| on_the_way(id, slot, source))?;
        }
        for (slot, _) in removed {
            trie.remove(&self.arena, &Nibbles::unpack(slot))
                .map_err(|source| on_the_way(id, slot, source))?;
        }
        Ok(job(Some(trie), EMPTY_ROOT_HASH))
    }

    fn remove_accounts(&mut self, jobs: &[Job<'_>]) -> Result<(), StateTrieError> {
        for job in jobs.iter().filter(|job| job.update.account.is_none()) {
            self.accounts
                .remove(&self.arena, &Nibbles::unpack(job.hashed_address))
                .map_err(|source| on_the_way(TrieId::Account, &job.hashed_address, source))?;
        }
        Ok(())
    }
}

/// Writes the accounts that are there after the change, whose storage roots are known.
fn write_accounts<'a>(
    arena: &Arena,
    accounts: &mut Overlay,
    jobs: impl Iterator<Item = &'a Job<'a>>,
) -> Result<(), StateTrieError> {
    for job in jobs {
        let Some(account) = job.update.account else {
            continue;
        };
        let account = Account {
            nonce: account.nonce,
            balance: account.balance,
            storage_root: job.storage_root,
            code_hash: account.code_hash,
        };
        let value: Bytes = alloy_rlp::encode(account).into();
        accounts
            .insert(arena, &Nibbles::unpack(job.hashed_address), value)
            .map_err(|source| on_the_way(TrieId::Account, &job.hashed_address, source))?;
    }
    Ok(())
}

/// Says which key of which trie a node was needed for.
fn on_the_way(trie: TrieId, key: &B256, source: TrieError) -> StateTrieError {
    StateTrieError::Trie {
        trie,
        key: Some(*key),
        source: Box::new(source),
    }
}

/// Decodes a value, saying of one that does not decode where it was.
fn decode<T>(found: Found<'_>, decode: fn(&[u8]) -> Result<T, NodeError>) -> Result<T, TrieError> {
    decode(found.value).map_err(|error| {
        // Values of changed nodes were encoded here, so only revealed ones fail.
        let (path, hash) = found.node.unwrap_or_default();
        TrieError::Malformed { path, hash, error }
    })
}
