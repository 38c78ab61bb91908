//! Real blocks with their flat pre-state: `../shared/blocks-with-prestate`, whose README tells the format.
//!
//! Invariant: what the file does not list is absent, as the file means it; a code it lacks is an error.

use crate::{Execution, Preread, repository};
use alloy_consensus::{Block, BlockBody, Header, transaction::SignerRecoverable};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256, map::HashMap};
use blocklight_executor::{HasStorageRef, Schedule};
use blocklight_verifier::{ChainSpec, Input, Transaction};
use revm::{DatabaseRef, bytecode::Bytecode, context_interface::DBErrorMarker, state::AccountInfo};
use serde::Deserialize;
use std::{
    fs,
    io::{self, Read},
    path::Path,
};

/// A block, its senders and the state it begins on, all in memory.
#[derive(Debug)]
pub struct FlatBlock {
    /// File name without its endings, such as `mainnet-13217637`.
    pub name: String,
    /// Its chain.
    pub chain: ChainSpec,
    /// The block. The files give no ommers.
    pub block: Block<Transaction>,
    /// Senders in block order.
    pub senders: Vec<Address>,
    /// The state before it.
    pub pre_state: FlatState,
}

/// Accounts, slots and codes. Codes are analysed.
#[derive(Debug, Default, Clone)]
pub struct FlatState {
    /// Accounts by address.
    pub accounts: HashMap<Address, AccountInfo>,
    /// Slots that are not zero.
    pub slots: HashMap<(Address, U256), U256>,
    /// Codes by hash.
    pub codes: HashMap<B256, Bytecode>,
    /// Hashes of earlier blocks by number, where they are known.
    pub block_hashes: HashMap<u64, B256>,
}

/// A code that the state does not hold.
#[derive(Debug, Clone, Copy)]
pub struct NoSuchCode(pub B256);

impl std::fmt::Display for NoSuchCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no code with hash {}", self.0)
    }
}

impl std::error::Error for NoSuchCode {}
impl DBErrorMarker for NoSuchCode {}

impl DatabaseRef for FlatState {
    type Error = NoSuchCode;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, NoSuchCode> {
        Ok(self.accounts.get(&address).cloned())
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, NoSuchCode> {
        self.codes.get(&code_hash).cloned().ok_or(NoSuchCode(code_hash))
    }

    fn storage_ref(&self, address: Address, index: U256) -> Result<U256, NoSuchCode> {
        Ok(self.slots.get(&(address, index)).copied().unwrap_or_default())
    }

    /// The files hold no block hashes: where one is not known some other value, the same for everybody.
    fn block_hash_ref(&self, number: u64) -> Result<B256, NoSuchCode> {
        let known = self.block_hashes.get(&number).copied();
        Ok(known.unwrap_or_else(|| keccak256(number.to_string())))
    }
}

impl HasStorageRef for FlatState {
    fn has_storage_ref(&self, address: Address) -> Result<bool, NoSuchCode> {
        Ok(self.accounts.contains_key(&address) && self.slots.keys().any(|(of, _)| *of == address))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    chain_id: u64,
    block: serde_json::Value,
    pre_state: HashMap<Address, FileAccount>,
    codes: HashMap<B256, Bytes>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FileAccount {
    balance: U256,
    nonce: U256,
    code_hash: Option<B256>,
    #[serde(default)]
    storage: HashMap<U256, U256>,
}

/// The blocks of `../shared/blocks-with-prestate` whose file names hold `only`, in order of number, or `None`, said
/// plainly, where the folder is not there.
///
/// # Errors
/// When a file cannot be read or decoded.
pub fn flat_blocks(only: &str) -> io::Result<Option<Vec<FlatBlock>>> {
    let folder = repository().join("../shared/blocks-with-prestate");
    if !folder.is_dir() {
        println!("skipped: ../shared is not here");
        return Ok(None);
    }
    let mut blocks = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "xz")
            && path.to_string_lossy().contains(only)
        {
            blocks.push(FlatBlock::read(&path)?);
        }
    }
    blocks.sort_by_key(|block| block.block.header.number);
    Ok(Some(blocks))
}

impl FlatBlock {
    /// Reads one file.
    ///
    /// # Errors
    /// When it cannot be read or decoded, or names no built-in chain.
    pub fn read(path: &Path) -> io::Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Self::decode(name.trim_end_matches(".json.xz"), fs::File::open(path)?)
    }

    /// Decodes a file of `../shared/blocks-with-prestate`, compressed as it is there.
    ///
    /// # Errors
    /// When it cannot be read or decoded, or names no built-in chain.
    pub fn decode(name: &str, compressed: impl Read) -> io::Result<Self> {
        let mut json = Vec::new();
        lzma_rust2::XzReader::new(compressed, true).read_to_end(&mut json)?;
        let file: File = serde_json::from_slice(&json)?;
        let header: Header = serde_json::from_value(file.block.clone())?;
        let transactions: Vec<Transaction> =
            serde_json::from_value(file.block.get("transactions").cloned().unwrap_or_default())?;
        let withdrawals = file.block.get("withdrawals").filter(|it| !it.is_null()).cloned();
        let senders = transactions
            .iter()
            .map(SignerRecoverable::recover_signer_unchecked)
            .collect::<Result<_, _>>()
            .map_err(io::Error::other)?;
        let body = BlockBody {
            transactions,
            ommers: Vec::new(),
            withdrawals: withdrawals.map(serde_json::from_value).transpose()?,
        };
        Ok(Self {
            name: name.to_owned(),
            chain: ChainSpec::by_id(file.chain_id).ok_or_else(|| io::Error::other("no built-in chain"))?,
            block: Block { header, body },
            senders,
            pre_state: FlatState::from_file(file.pre_state, file.codes),
        })
    }

    /// A block with its witness, on what it reads of the pre-state.
    ///
    /// # Errors
    /// When a signature recovers to nobody, or the block cannot be executed on the witness.
    ///
    /// # Panics
    /// As [`Preread::of_witness`].
    pub fn of_witness(name: &str, chain: ChainSpec, input: Input) -> io::Result<Self> {
        let pre_state = Preread::of_witness(&input);
        let transactions = input.block.body.transactions.iter();
        let senders: Vec<_> = transactions
            .map(SignerRecoverable::recover_signer_unchecked)
            .collect::<Result<_, _>>()
            .map_err(io::Error::other)?;
        let execution = Execution::new(&chain, &input.block, &senders, &pre_state);
        execution
            .outcome(Schedule::Sequential)
            .map_err(io::Error::other)?;
        Ok(Self {
            name: name.to_owned(),
            chain,
            block: input.block,
            senders,
            pre_state: pre_state.into_flat(),
        })
    }

    /// The block on its state, ready to be executed.
    pub fn execution(&self) -> Execution<'_, FlatState> {
        Execution::new(&self.chain, &self.block, &self.senders, &self.pre_state)
    }
}

impl FlatState {
    fn from_file(accounts: HashMap<Address, FileAccount>, codes: HashMap<B256, Bytes>) -> Self {
        let mut state = Self {
            codes: codes
                .into_iter()
                .map(|(hash, code)| (hash, Bytecode::new_raw(code)))
                .collect(),
            ..Self::default()
        };
        for (address, account) in accounts {
            let mut info = AccountInfo {
                balance: account.balance,
                nonce: account.nonce.to(),
                code: None,
                ..AccountInfo::default()
            };
            if let Some(hash) = account.code_hash {
                info.code_hash = hash;
            }
            state.accounts.insert(address, info);
            let slots = account.storage.into_iter();
            state
                .slots
                .extend(slots.map(|(slot, value)| ((address, slot), value)));
        }
        state
    }
}
