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
    /// From Shanghai on it is in any case: forks by timestamp came after the merge. They wait for London.
    pub(crate) fn is_after(&self, header: &Header) -> bool {
        let active = |wanted: EthereumHardfork| {
            self.forks.iter().any(|(fork, condition)| {
                *fork == wanted && condition.active_at_timestamp_or_number(header.timestamp, header.number)
            })
        };
        let shanghai = active(EthereumHardfork::London) && active(EthereumHardfork::Shanghai);
        shanghai || header.difficulty.is_zero()
    }

    /// Whether the block may be on its side of the merge, on top of `parent`: `Ok(false)` for proof of work on top of a
    /// block without, or on top of one that alone is difficult enough to be the last.
    ///
    /// # Errors
    /// [`Undecidable`] for the first block without proof of work.
    pub(crate) fn may_follow(&self, header: &Header, parent: &Header) -> Result<bool, Undecidable> {
        match (self.is_after(header), parent.difficulty.is_zero()) {
            // The parent alone may be difficult enough.
            (after, false) if parent.difficulty >= self.terminal_total_difficulty => Ok(after),
            // As geth has it: a block with proof of work is held to that side.
            (true, true) | (false, false) => Ok(true),
            (false, true) => Ok(false),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn header(difficulty: u64) -> Header {
        Header {
            difficulty: U256::from(difficulty),
            ..Header::default()
        }
    }

    #[test]
    fn only_what_the_two_difficulties_decide_is_decided() {
        let merge = MergeByDifficulty {
            terminal_total_difficulty: U256::from(100),
            forks: Vec::new(),
        };
        for (parent, difficulty, expected) in [
            (0, 0, Ok(true)),
            (0, 7, Ok(false)),
            (99, 0, Err(Undecidable)),
            (99, 7, Ok(true)),
            (100, 0, Ok(true)),
            (100, 7, Ok(false)),
        ] {
            let got = merge.may_follow(&header(difficulty), &header(parent));
            assert_eq!(got, expected, "difficulty {difficulty} on {parent}");
        }
    }
}
