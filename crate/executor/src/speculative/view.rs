//! The state as one transaction sees it: while speculating through the multi-version memory, at its turn the
//! committed state itself.
//!
//! Invariant: while speculating, every value given to the EVM is in the read set; a read that cannot be answered
//! leaves its reason here and ends the incarnation.

use super::{
    cell::Found,
    memory::Memory,
    pre_state::{AtTurn, Codes, PreState},
    read_set::{Origin, ReadSet},
    scheduler::Blocked,
};
use crate::{
    KeyedHasher, access_list::ListedState, block_state::BlockState, database::Unreadable, eip7610::HasStorage,
};
use alloy_primitives::{Address, B256, U256};
use revm::{Database, bytecode::Bytecode, database::WrapDatabaseRef, state::AccountInfo};

/// What is committed so far, over the pre-state.
pub(super) type Committed<'a> = BlockState<WrapDatabaseRef<AtTurn<'a>>>;

/// An error of a read.
pub(super) type ReadError = Unreadable;

/// See the module.
pub(super) struct View<'a> {
    pre_state: &'a PreState<'a>,
    memory: &'a Memory,
    /// What the block's access list says, where that is read instead of what was run before.
    listed: Option<&'a ListedState<'a>>,
    /// The committed state while at the turn; else an empty stand-in.
    pub(super) committed: Box<Committed<'a>>,
    pub(super) at_turn: bool,
    /// Whether the execution is recorded.
    records: bool,
    /// Whether what is read at the turn is to be kept, for the recording.
    recording: bool,
    /// The transaction that reads.
    reader: usize,
    reads: ReadSet,
    /// Codes this thread has asked for: looking here needs no lock.
    codes: Codes,
    /// Whose balance the transaction has observed, with repetitions.
    observed: Vec<Address>,
    blocked: Option<Blocked>,
}

// By hand, since a database need not be `Debug`.
impl std::fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View")
            .field("reader", &self.reader)
            .field("at_turn", &self.at_turn)
            .field("blocked", &self.blocked)
            .finish_non_exhaustive()
    }
}

impl<'a> View<'a> {
    pub(super) fn new(
        pre_state: &'a PreState<'a>,
        listed: Option<&'a ListedState<'a>>,
        stand_in: Box<Committed<'a>>,
        records: bool,
    ) -> Self {
        Self {
            records,
            listed,
            pre_state,
            memory: pre_state.memory,
            committed: stand_in,
            at_turn: false,
            recording: false,
            reader: 0,
            reads: ReadSet::default(),
            codes: Codes::with_hasher(KeyedHasher::new(pre_state.seed)),
            observed: Vec::new(),
            blocked: None,
        }
    }

    /// Begins an incarnation of `reader`, sent by `sender`: at its turn, or ahead of it.
    pub(super) fn begin(&mut self, reader: usize, sender: Address, at_turn: bool) {
        self.reader = reader;
        self.at_turn = at_turn;
        self.recording = at_turn && self.records;
        self.reads = ReadSet::default();
        self.observed.clear();
        self.observed.push(sender);
        self.blocked = None;
    }

    /// What the incarnation has read, and what it is blocked on.
    pub(super) fn end(&mut self) -> (ReadSet, Option<Blocked>) {
        self.observed.sort_unstable();
        self.reads
            .end(|address| self.observed.binary_search(address).is_ok());
        (std::mem::take(&mut self.reads), self.blocked.take())
    }

    /// The transaction observes the balance of `address`.
    pub(super) fn observe_balance(&mut self, address: Address) {
        if (!self.at_turn || self.recording) && self.observed.last() != Some(&address) {
            self.observed.push(address);
        }
    }

    /// What is read from here on is not the transaction's own.
    pub(super) const fn stop_recording(&mut self) {
        self.recording = false;
    }

    fn block<T>(&mut self, blocked: Blocked) -> Result<T, ReadError> {
        self.blocked.get_or_insert(blocked);
        Err(Unreadable)
    }
}

impl Database for View<'_> {
    type Error = ReadError;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, ReadError> {
        if self.at_turn {
            let info = self.committed.basic(address)?;
            if self.recording {
                self.reads.add_account(address, info.as_ref(), Origin::PreState);
            }
            return Ok(info);
        }
        let read = || self.pre_state.databases.ahead.basic_ref(address);
        let reader = if self.listed.is_some() { 0 } else { self.reader };
        let (mut info, mut origin) = match self.memory.account(address, reader, read) {
            Ok(Found::Written(info, by)) => (info, Origin::Transaction(by)),
            Ok(Found::Before(info)) => (info, Origin::PreState),
            Ok(Found::Estimate(by)) => return self.block(Blocked::On(by)),
            Ok(Found::Unread) | Err(_) => return self.block(Blocked::UntilTurn),
        };
        let listed = self.listed;
        if let Some((later, by)) =
            listed.and_then(|listed| listed.account(address, self.reader, info.as_ref()))
        {
            (info, origin) = (later, by.map_or(Origin::ListedSystemCall, Origin::Transaction));
        }
        self.reads.add_account(address, info.as_ref(), origin);
        Ok(info)
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, ReadError> {
        if self.at_turn {
            return self.committed.code_by_hash(code_hash);
        }
        if let Some(code) = self.codes.get(&code_hash) {
            return Ok(code.clone());
        }
        match self.pre_state.code(code_hash, self.pre_state.databases.ahead) {
            Ok(code) => {
                self.codes.insert(code_hash, code.clone());
                Ok(code)
            }
            Err(_) => self.block(Blocked::UntilTurn),
        }
    }

    fn storage(&mut self, address: Address, index: U256) -> Result<U256, ReadError> {
        if self.at_turn {
            let value = self.committed.storage(address, index)?;
            if self.recording {
                self.reads.add_slot(address, index, value, Origin::PreState);
            }
            return Ok(value);
        }
        let listed = self.listed;
        if let Some((value, by)) = listed.and_then(|listed| listed.slot(address, index, self.reader)) {
            let origin = by.map_or(Origin::ListedSystemCall, Origin::Transaction);
            self.reads.add_slot(address, index, value, origin);
            return Ok(value);
        }
        let read = || self.pre_state.databases.ahead.storage_ref(address, index);
        let reader = if self.listed.is_some() { 0 } else { self.reader };
        let (value, origin) = match self.memory.slot(address, index, reader, read) {
            Ok(Found::Written(value, by)) => (value, Origin::Transaction(by)),
            Ok(Found::Before(value)) => (value, Origin::PreState),
            Ok(Found::Estimate(by)) => return self.block(Blocked::On(by)),
            Ok(Found::Unread) | Err(_) => return self.block(Blocked::UntilTurn),
        };
        self.reads.add_slot(address, index, value, origin);
        Ok(value)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, ReadError> {
        if self.at_turn {
            return self.committed.block_hash(number);
        }
        match self.pre_state.databases.ahead.block_hash_ref(number) {
            Ok(hash) => Ok(hash),
            Err(_) => self.block(Blocked::UntilTurn),
        }
    }
}

impl HasStorage for View<'_> {
    fn has_storage(&mut self, address: Address) -> Result<bool, ReadError> {
        if self.at_turn {
            return self.committed.has_storage(address);
        }
        match self.pre_state.databases.ahead.has_storage_ref(address) {
            // What became of it since is known at the turn.
            Ok(true) | Err(_) => self.block(Blocked::UntilTurn),
            Ok(false) => Ok(false),
        }
    }
}
