//! A block of the model.
//!
//! Invariant: [`Block::in_order`] runs one transaction after the other, with nothing of the schedule's.

use crate::{
    block_state::BlockState,
    scheduler::Before,
    script::{self, Account, Reads, Step, Stop},
};
use alloy_primitives::{Address, B256, U256};
use revm::{Database, DatabaseCommit, DatabaseRef, bytecode::Bytecode, state::AccountInfo};
use std::{collections::HashMap, convert::Infallible};

/// A transaction.
#[derive(Debug, Clone)]
pub struct Transaction {
    /// Who sends it.
    pub sender: Account,
    /// Its work: 16 is as much as is ever claimed at once.
    pub weight: u8,
    /// What it does.
    pub steps: Vec<Step>,
}

/// A thread that leaves in the middle of its work, as one that panics does.
#[derive(Debug, Clone, Copy)]
pub enum Death {
    /// When it runs this transaction ahead.
    Ahead(usize),
    /// When it commits this transaction.
    Committing(usize),
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Block {
    /// In block order.
    pub transactions: Vec<Transaction>,
    /// How many threads there are.
    pub threads: usize,
    /// How many transactions to let pass after one that was run in vain; 0 for none.
    pub pass: usize,
    /// Who leaves.
    pub death: Option<Death>,
}

/// What came of a block: the sum that each transaction read, the first that is invalid, and what is at all locations
/// named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) sums: Vec<U256>,
    pub(crate) invalid: Option<usize>,
    pub(crate) state: Vec<U256>,
}

impl Block {
    /// A block on so many `threads`; each of `transactions` has a sender of its own, and is claimed alone.
    pub fn new<const N: usize>(threads: usize, transactions: [&[Step]; N]) -> Self {
        let transactions = (1..).zip(transactions).map(|(sender, steps)| Transaction {
            sender,
            weight: 16,
            steps: steps.to_vec(),
        });
        Self {
            transactions: transactions.collect(),
            threads,
            pass: 0,
            death: None,
        }
    }

    /// With all transactions sent by one account.
    #[must_use]
    pub fn of_one_sender(mut self) -> Self {
        self.transactions.iter_mut().for_each(|it| it.sender = 1);
        self
    }

    /// With transactions of which so many are claimed at once.
    #[must_use]
    pub fn claimed_at_once(mut self, many: u8) -> Self {
        self.transactions.iter_mut().for_each(|it| it.weight = 16 / many);
        self
    }

    /// With running ahead suspended for so many transactions after one that was run in vain.
    #[must_use]
    pub fn suspending(mut self, pass: usize) -> Self {
        self.pass = pass;
        self
    }

    /// With a thread that leaves.
    #[must_use]
    pub fn with_death(mut self, death: Death) -> Self {
        self.death = Some(death);
        self
    }

    pub(crate) fn before(&self) -> Vec<Before> {
        let mut latest = HashMap::new();
        let all = self.transactions.iter().enumerate().map(|(index, it)| Before {
            same_sender: latest.insert(it.sender, index),
            weight: it.weight,
        });
        all.collect()
    }

    /// The nonce of transaction `index`.
    pub(crate) fn nonce(&self, index: usize) -> u64 {
        let sender = self.transactions[index].sender;
        let earlier = self.transactions[..index].iter();
        1 + earlier.filter(|it| it.sender == sender).count() as u64
    }

    /// What comes of running one transaction after the other.
    pub(crate) fn in_order(&self) -> Output {
        let mut state = BlockState::new(PreStateOfModel::by_database(), 0, 0);
        let (mut sums, mut invalid) = (Vec::new(), None);
        for (index, it) in self.transactions.iter().enumerate() {
            let run = script::run(&mut AtTurn(&mut state), it.sender, self.nonce(index), &it.steps);
            let Ok((sum, changes)) = run else {
                invalid = Some(index);
                break;
            };
            state.commit(changes);
            sums.push(sum);
        }
        let state = Self::state(&mut state);
        Output { sums, invalid, state }
    }

    /// What is at all locations that the block names.
    pub(crate) fn state<DB: Database<Error = Infallible>>(state: &mut BlockState<DB>) -> Vec<U256> {
        let mut reads = AtTurn(state);
        let mut all = Vec::new();
        for account in 0..=8 {
            let info = reads.account(script::address(account)).expect("never fails");
            all.extend([info.balance, U256::from(info.nonce)]);
        }
        reads.account(script::CONTRACT).expect("never fails");
        all.extend((0..8).map(|slot| reads.slot(U256::from(slot)).expect("never fails")));
        all
    }
}

/// Reads the committed state.
pub(crate) struct AtTurn<'a, DB>(pub(crate) &'a mut BlockState<DB>);

impl<DB: Database<Error = Infallible>> Reads for AtTurn<'_, DB> {
    const AT_TURN: bool = true;

    fn account(&mut self, address: Address) -> Result<AccountInfo, Stop> {
        let Ok(info) = self.0.basic(address);
        Ok(info.unwrap_or_default())
    }

    fn slot(&mut self, slot: U256) -> Result<U256, Stop> {
        let Ok(value) = self.0.storage(script::CONTRACT, slot);
        Ok(value)
    }

    fn observe_balance(&mut self, _address: Address) {}
}

/// What the block begins on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PreStateOfModel;

impl PreStateOfModel {
    fn by_database() -> revm::database::WrapDatabaseRef<Self> {
        revm::database::WrapDatabaseRef(Self)
    }
}

impl DatabaseRef for PreStateOfModel {
    type Error = Infallible;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        Ok(Some(script::account_before(address)))
    }

    fn code_by_hash_ref(&self, _code_hash: B256) -> Result<Bytecode, Infallible> {
        Ok(Bytecode::default())
    }

    fn storage_ref(&self, _address: Address, slot: U256) -> Result<U256, Infallible> {
        Ok(script::slot_before(slot))
    }

    fn block_hash_ref(&self, _number: u64) -> Result<B256, Infallible> {
        Ok(B256::ZERO)
    }
}
