//! A pre-state of which each part is asked for when it is read, and recordings on it.
//!
//! Invariant: an answer is used only once the partial trie has read it from the parent's state root down, over the nodes of
//! its proof and no others; of these, just those that this took are kept.

use super::{
    AccountProof, Asked, ProofKey, ProofProvider, RecordError, Recording, SiblingFault,
    database::Touched,
    hashed_slot,
    key_search::key_below,
    pre_state::{NodesByHash, PreState, Sibling},
    proved_headers::ProvedHeaders,
    record_on,
};
use crate::{Block, ChainSpec, Mismatch, missing::from_trie};
use alloy_consensus::Transaction as _;
use alloy_primitives::{Address, B256, Bytes, U256};
use blocklight_keccak::{keccak256, keccak256_batch};
use blocklight_trie::{Account, EMPTY_ROOT_HASH, StateTrie, StateTrieError, TrieError, WitnessNodes};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The most nodes of a proof: a way of 64 nibbles has a branch at each, and a leaf.
pub const MAX_PROOF_NODES: usize = 65;

/// Makes the witness of `block`, a block of `chain`, from what `provider` answers about the state after the block's parent:
/// the same witness that [`Recorder::record`](super::Recorder::record) makes from that whole state. The block need not be
/// valid.
///
/// The provider is asked for each account, slot and code once, when the block first reads it, and for each header that is
/// needed. Where a delete leaves a sibling alone in its branch, it is asked for some key below the sibling, which is searched
/// by hashing: that takes some seconds for one six nibbles deep.
///
/// # Errors
/// [`RecordError::Provider`] when there is no answer; [`RecordError::Proof`], [`RecordError::ProofLength`],
/// [`RecordError::Stated`], [`RecordError::Code`] or [`RecordError::Header`] when the answer is not what the block's parent hash
/// leads to; [`RecordError::Sibling`] when no key is found below a sibling; [`RecordError::Ancestor`] when the ancestors'
/// numbers have a gap.
pub fn record_from_proofs(
    chain: &ChainSpec,
    block: &Block,
    provider: &impl ProofProvider,
) -> Result<Recording, RecordError> {
    let headers = ProvedHeaders::parent_of(block, provider)?;
    let pre_state = ProvedPreState {
        provider,
        root: headers.parent().state_root,
        headers: Mutex::new(headers),
        proved: Mutex::default(),
        named: Named::by(block),
    };
    record_on(chain, block, &pre_state)
}

/// What a provider proved so far.
#[derive(Debug, Default)]
struct Proved {
    accounts: BTreeMap<Address, Way<Option<Account>>>,
    slots: BTreeMap<(Address, U256), Way<U256>>,
    /// An account for each code hash read.
    code_owners: BTreeMap<B256, Address>,
    codes: BTreeMap<B256, Bytes>,
    /// The nodes of all ways.
    nodes: NodesByHash,
}

/// A value and the nodes that reading it took, by their hashes: for a slot without those of its account.
#[derive(Debug, Clone)]
struct Way<T> {
    value: T,
    nodes: Vec<B256>,
}

/// Keys that the block names and may not have read: one of them may lie below a sibling.
#[derive(Debug)]
struct Named {
    addresses: Vec<Address>,
    slots: BTreeSet<B256>,
}

impl Named {
    fn by(block: &Block) -> Self {
        let (mut addresses, mut slots) = (vec![block.header.beneficiary], BTreeSet::new());
        for transaction in &block.body.transactions {
            addresses.extend(transaction.to());
            for item in transaction.access_list().into_iter().flat_map(|list| list.iter()) {
                addresses.push(item.address);
                slots.extend(&item.storage_keys);
            }
        }
        let withdrawals = block.body.withdrawals.iter().flat_map(|list| list.iter());
        addresses.extend(withdrawals.map(|withdrawal| withdrawal.address));
        Self { addresses, slots }
    }
}

/// The state after a block's parent, as far as a provider has proved it.
#[derive(Debug)]
struct ProvedPreState<'a, P> {
    provider: &'a P,
    root: B256,
    headers: Mutex<ProvedHeaders>,
    proved: Mutex<Proved>,
    named: Named,
}

impl<P: ProofProvider> ProvedPreState<'_, P> {
    /// A poisoned lock means a panic of another thread, which ends the recording anyway.
    fn proved(&self) -> MutexGuard<'_, Proved> {
        self.proved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, of: ProofKey) -> Result<AccountProof, RecordError> {
        let answer = match of {
            ProofKey::Account(address) => self.provider.proof(address, &[]),
            ProofKey::Slot { address, slot } => self.provider.proof(address, &[slot]),
        };
        answer.map_err(|source| RecordError::Provider {
            asked: Asked::Proof(of),
            source: Box::new(source),
        })
    }

    /// Reads a value over the nodes `known` and as few of `proof` as it takes, which are kept.
    fn read<T>(
        &self,
        of: ProofKey,
        known: &[B256],
        proof: &[Bytes],
        read: impl Fn(&StateTrie) -> Result<T, StateTrieError>,
    ) -> Result<Way<T>, RecordError> {
        if proof.len() > MAX_PROOF_NODES {
            return Err(RecordError::ProofLength {
                of,
                expected: MAX_PROOF_NODES,
                got: proof.len(),
            });
        }
        let mut given: BTreeMap<B256, &Bytes> = keccak256_batch(proof).into_iter().zip(proof).collect();
        let known: Vec<Bytes> = {
            let proved = self.proved();
            let known = known.iter().filter_map(|hash| proved.nodes.get(hash).cloned());
            known.collect()
        };
        let mut way: Vec<(B256, &Bytes)> = Vec::new();
        // Each turn takes one of the nodes given, so there is an end.
        loop {
            let nodes = known.iter().chain(way.iter().map(|(_, node)| *node)).cloned();
            let nodes = WitnessNodes::new(nodes.collect(), 0);
            let error = match StateTrie::reveal(self.root, &nodes, 0).and_then(|trie| read(&trie)) {
                Ok(value) => {
                    let nodes = way.iter().map(|(hash, _)| *hash).collect();
                    let way = way.into_iter().map(|(hash, node)| (hash, node.clone()));
                    self.proved().nodes.extend(way);
                    return Ok(Way { value, nodes });
                }
                Err(error) => error,
            };
            let next = blinded(&error).and_then(|hash| given.remove_entry(&hash));
            way.push(next.ok_or_else(|| RecordError::Proof {
                of,
                missing: Box::new(from_trie(error)),
            })?);
        }
    }

    /// The account, asked for if it was not yet.
    fn account_way(&self, address: Address) -> Result<Way<Option<Account>>, RecordError> {
        if let Some(known) = self.proved().accounts.get(&address) {
            return Ok(known.clone());
        }
        let of = ProofKey::Account(address);
        let said = self.ask(of)?;
        let hashed_address = keccak256(address.as_slice());
        let way = self.read(of, &[], &said.account_proof, |trie| trie.account(&hashed_address))?;
        let account = way.value.unwrap_or(Account {
            nonce: 0,
            balance: U256::ZERO,
            storage_root: said.storage_hash,
            code_hash: said.code_hash,
        });
        for (field, expected, got) in [
            ("nonce", U256::from(account.nonce), U256::from(said.nonce)),
            ("balance", account.balance, said.balance),
            (
                "storageHash",
                account.storage_root.into(),
                said.storage_hash.into(),
            ),
            ("codeHash", account.code_hash.into(), said.code_hash.into()),
        ] {
            hold(of, field, expected, got)?;
        }
        let mut proved = self.proved();
        if let Some(account) = way.value {
            proved.code_owners.insert(account.code_hash, address);
        }
        proved.accounts.insert(address, way.clone());
        Ok(way)
    }

    /// The slot, asked for if it was not yet.
    fn slot_way(&self, address: Address, slot: U256) -> Result<Way<U256>, RecordError> {
        if let Some(known) = self.proved().slots.get(&(address, slot)) {
            return Ok(known.clone());
        }
        let account = self.account_way(address)?;
        let root = account
            .value
            .map_or(EMPTY_ROOT_HASH, |account| account.storage_root);
        let way = if root == EMPTY_ROOT_HASH {
            Way {
                value: U256::ZERO,
                nodes: Vec::new(),
            }
        } else {
            let of = ProofKey::Slot { address, slot };
            let said = self.ask(of)?.storage_proof;
            // A slot that the answer leaves out is one without a proof.
            let said = said.into_iter().find(|said| said.key == slot).unwrap_or_default();
            let (hashed_address, hashed_slot) = (keccak256(address.as_slice()), hashed_slot(slot));
            let way = self.read(of, &account.nodes, &said.proof, |trie| {
                trie.storage(&hashed_address, root, &hashed_slot)
            })?;
            hold(of, "value", way.value, said.value)?;
            way
        };
        self.proved().slots.insert((address, slot), way.clone());
        Ok(way)
    }

    /// Asks for the proof of a key that lies below a sibling, so that its node is among those proved.
    fn ask_below(&self, sibling: &Sibling<'_>) -> Result<(), RecordError> {
        let unknown = |fault: SiblingFault| RecordError::Sibling {
            node: Box::new(sibling.missing.clone()),
            fault,
        };
        let Some(address) = sibling.storage_of else {
            let address = key_below(sibling.path, &self.named.addresses).map_err(unknown)?;
            return self.account_way(address).map(drop);
        };
        // Contracts of one make have slots in common, such as the one of a holder's balance.
        let read: Vec<B256> = self
            .proved()
            .slots
            .keys()
            .map(|(_, slot)| (*slot).into())
            .collect();
        let known: BTreeSet<B256> = read.into_iter().chain(self.named.slots.iter().copied()).collect();
        let known: Vec<B256> = known.into_iter().collect();
        let slot = key_below(sibling.path, &known).map_err(unknown)?;
        self.slot_way(address, slot.into()).map(drop)
    }
}

impl<P: ProofProvider> PreState for ProvedPreState<'_, P> {
    fn root(&self) -> B256 {
        self.root
    }

    fn account(&self, address: Address) -> Result<Option<Account>, RecordError> {
        Ok(self.account_way(address)?.value)
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, RecordError> {
        Ok(self.slot_way(address, slot)?.value)
    }

    fn code(&self, hash: B256) -> Result<Bytes, RecordError> {
        let (known, owner) = {
            let proved = self.proved();
            (
                proved.codes.get(&hash).cloned(),
                proved.code_owners.get(&hash).copied(),
            )
        };
        if let Some(code) = known {
            return Ok(code);
        }
        let address = owner.ok_or_else(|| RecordError::Internal {
            missing: Box::new(crate::Missing::Code { hash }),
        })?;
        let code = self
            .provider
            .code(address, hash)
            .map_err(|source| RecordError::Provider {
                asked: Asked::Code(address),
                source: Box::new(source),
            })?;
        let got = keccak256(&code);
        if got != hash {
            return Err(RecordError::Code {
                address,
                expected: hash,
                got,
            });
        }
        self.proved().codes.insert(hash, code.clone());
        Ok(code)
    }

    fn block_hash(&self, number: u64) -> Result<B256, RecordError> {
        let mut headers = self.headers.lock().unwrap_or_else(PoisonError::into_inner);
        headers.hash(number, self.provider)
    }

    fn ways(&self, touched: &Touched) -> Result<NodesByHash, RecordError> {
        let mut way = BTreeSet::new();
        for address in &touched.accounts {
            way.extend(self.account_way(*address)?.nodes);
        }
        for (address, slot) in &touched.slots {
            way.extend(self.slot_way(*address, *slot)?.nodes);
        }
        if touched.accounts.is_empty() {
            // Every way begins with the root's node.
            let any = self.account_way(Address::ZERO)?.nodes;
            way.extend(any.into_iter().take(1));
        }
        let proved = self.proved();
        let node = |hash| Some((hash, proved.nodes.get(&hash)?.clone()));
        Ok(way.into_iter().filter_map(node).collect())
    }

    fn sibling(&self, sibling: &Sibling<'_>) -> Result<Bytes, RecordError> {
        let known = || self.proved().nodes.get(&sibling.hash).cloned();
        if let Some(node) = known() {
            return Ok(node);
        }
        self.ask_below(sibling)?;
        // Reading any key below it takes it.
        known().ok_or_else(|| RecordError::Internal {
            missing: Box::new(sibling.missing.clone()),
        })
    }

    fn headers(&self, oldest: Option<u64>) -> Result<Vec<Bytes>, RecordError> {
        let mut headers = self.headers.lock().unwrap_or_else(PoisonError::into_inner);
        headers.back_to(oldest, self.provider)
    }
}

/// The hash of the node that is not known, if that is the error.
fn blinded(error: &StateTrieError) -> Option<B256> {
    match error {
        StateTrieError::Trie { source, .. } => match **source {
            TrieError::Blinded { hash, .. } => Some(hash),
            _ => None,
        },
        StateTrieError::DuplicateAccount { .. } => None,
    }
}

/// Holds what the provider says to what the proof shows.
fn hold(of: ProofKey, field: &'static str, expected: U256, got: U256) -> Result<(), RecordError> {
    if expected == got {
        return Ok(());
    }
    Err(RecordError::Stated {
        of,
        field,
        mismatch: Box::new(Mismatch { expected, got }),
    })
}
