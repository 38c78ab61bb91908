//! EIP-7928, block-level access lists: the list of what a block accessed and changed, rebuilt from its commits.
//!
//! Invariant: each change stands at the index of what made it: 0 for the system calls before the transactions, n + 1 for
//! transaction n, and one more than the last transaction's for all that follows. Whoever commits moves the index on before
//! each of these, by [`AccessListIndex`], and by nothing else.

use crate::{BlockExecution, block_state::BlockState};
use alloy_eips::eip7928::{BlockAccessIndex, BlockAccessList};
use revm::{Database, database::State};

/// Moves the index of the list that a state builds.
pub(crate) trait AccessListIndex {
    /// What is committed from now on is of transaction `index`; the number of transactions for what follows the last.
    fn at_transaction(&mut self, index: usize);
}

impl<DB: Database> AccessListIndex for State<DB> {
    fn at_transaction(&mut self, index: usize) {
        self.set_bal_index(BlockAccessIndex::from_tx_index(index as u64));
    }
}

impl<DB> AccessListIndex for BlockState<DB> {
    fn at_transaction(&mut self, index: usize) {
        self.access_list.bal_index = BlockAccessIndex::from_tx_index(index as u64);
    }
}

/// Whether the list of a block is to be built: because its fork wants one, or the caller does.
pub(crate) fn is_wanted(input: &BlockExecution<'_>) -> bool {
    let timestamp = input.block.header.timestamp;
    input.wants_access_list || input.spec.is_amsterdam_active_at_timestamp(timestamp)
}

/// Has `state` build the list of its block.
pub(crate) fn begin<DB: Database>(state: &mut State<DB>) {
    state.bal_state = std::mem::take(&mut state.bal_state).with_bal_builder();
}

/// The list in its one order, once everything is committed; none where none was to be built.
pub(crate) fn finish<DB: Database>(state: &mut State<DB>) -> Option<BlockAccessList> {
    state.take_built_alloy_bal()
}
