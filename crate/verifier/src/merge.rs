//! EIP-3675, the merge, on a chain whose configuration gives a total difficulty and no block.
//!
//! Invariant: a block is held to the rules of the side of the merge that its own difficulty puts it on, as geth does;
//! where only the total difficulty could tell whether it may be there, there is no verdict.

use alloy_consensus::Header;
use alloy_hardforks::{EthereumHardfork, ForkCondition};
use alloy_primitives::U256;

/// A merge whose block is not known.
#[derive(Debug, Clone)]
pub(crate) struct MergeByDifficulty {
    /// The total difficulty from which on blocks are without proof of work.
    pub(crate) terminal_total_difficulty: U256,
    /// The chain's other forks.
    pub(crate) forks: Vec<(EthereumHardfork, ForkCondition)>,
}

/// The total difficulty decides, and the witness does not show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Undecidable;

impl MergeByDifficulty {
    /// Whether a block with this header is to be held to the rules after the merge.
    ///
    /// From Shanghai on it is in any case: forks by timestamp came after the merge.
    pub(crate) fn is_after(&self, header: &Header) -> bool {
        let shanghai = self.forks.iter().any(|(fork, condition)| {
            *fork == EthereumHardfork::Shanghai && condition.active_at_timestamp(header.timestamp)
        });
        shanghai || header.difficulty.is_zero()
    }

    /// Whether the block may be on its side of the merge, on top of `parent`: `Ok(false)` for proof of work on top of a
    /// block without.
    ///
    /// # Errors
    /// [`Undecidable`] for the first block without proof of work.
    pub(crate) fn may_follow(&self, header: &Header, parent: &Header) -> Result<bool, Undecidable> {
        match (self.is_after(header), parent.difficulty.is_zero()) {
            (true, true) | (false, false) => Ok(true),
            (false, true) => Ok(false),
            // The parent alone may be difficult enough.
            (true, false) if parent.difficulty >= self.terminal_total_difficulty => Ok(true),
            (true, false) => Err(Undecidable),
        }
    }

    /// The forks, as a block on this side of the merge sees them.
    pub(crate) fn forks(&self, after: bool) -> Vec<(EthereumHardfork, ForkCondition)> {
        let mut forks = self.forks.clone();
        if after {
            forks.push((EthereumHardfork::Paris, ForkCondition::Block(0)));
        }
        forks
    }
}
