//! What a provider of proofs answers (EIP-1186).
//!
//! Invariant: these are the provider's words; nothing here is believed before a recording has held it to a hash.

use alloy_consensus::Header;
use alloy_primitives::{Address, B256, Bytes, U256};

/// Gives accounts and slots with Merkle proofs, codes and headers: a node behind JSON-RPC, a database. All answers about the
/// state are about the one after the recorded block's parent.
///
/// The recorder believes nothing it says: a proof is walked from the parent's state root down, a code and a header are held
/// to their hashes. What is wrong or missing is a [`RecordError`](super::RecordError).
pub trait ProofProvider: Sync {
    /// Why it could not answer.
    type Error: core::error::Error + Send + Sync + 'static;

    /// The account at `address` and its `slots` with their proofs, as `eth_getProof` gives them (EIP-1186). An account or slot
    /// that is absent has a proof of that.
    ///
    /// # Errors
    /// When there is no answer; it becomes [`RecordError::Provider`](super::RecordError::Provider).
    fn proof(&self, address: Address, slots: &[U256]) -> Result<AccountProof, Self::Error>;

    /// The code of the account at `address`, whose Keccak-256 is `code_hash` by the account's proof.
    ///
    /// # Errors
    /// As [`Self::proof`].
    fn code(&self, address: Address, code_hash: B256) -> Result<Bytes, Self::Error>;

    /// The header of the ancestor of the block with this `number`, whose hash by its child's header is `hash`.
    ///
    /// # Errors
    /// As [`Self::proof`].
    fn header(&self, number: u64, hash: B256) -> Result<Header, Self::Error>;
}

/// An account with proofs: the answer of `eth_getProof` (EIP-1186).
///
/// The values are what the provider says; they are compared with what the proofs show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountProof {
    /// Balance in wei; 0 for an account that is absent.
    pub balance: U256,
    /// Nonce; 0 for an account that is absent.
    pub nonce: u64,
    /// Keccak-256 of the code. Of an account that is absent it is not looked at: nodes differ in what they say.
    pub code_hash: B256,
    /// Root of the storage trie. Likewise.
    pub storage_hash: B256,
    /// RLP of the nodes of the account trie from the root to the account, or to where it is shown to be absent; those written
    /// into their parents may be left out.
    pub account_proof: Vec<Bytes>,
    /// The slots asked for.
    pub storage_proof: Vec<StorageProof>,
}

/// A slot with its proof.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StorageProof {
    /// The slot.
    pub key: U256,
    /// Its value; 0 for a slot that is absent.
    pub value: U256,
    /// RLP of the nodes of the storage trie from its root to the slot, as in [`AccountProof::account_proof`].
    pub proof: Vec<Bytes>,
}

/// What a proof is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofKey {
    /// An account.
    Account(Address),
    /// A slot of an account.
    Slot {
        /// The account.
        address: Address,
        /// The slot.
        slot: U256,
    },
}

impl core::fmt::Display for ProofKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Account(address) => write!(f, "account {address}"),
            Self::Slot { address, slot } => write!(f, "slot {slot:#x} of account {address}"),
        }
    }
}
