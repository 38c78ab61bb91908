//! When each incarnation ran, by which worker, and how it ended.
//!
//! Invariant: an account of one run; another run of the same block differs, and its outcome does not.

use super::location::Location;
use serde::Serialize;

/// The incarnations of a block's transactions as they ran.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Timeline {
    /// In order of start.
    pub incarnations: Vec<Incarnation>,
    /// Number of incarnations beyond the first of each transaction.
    pub re_executions: u32,
    /// Milliseconds of the chain of dependencies that took longest, by the committed incarnations: what any number of
    /// threads would have taken at least.
    pub critical_path_ms: f64,
    /// Milliseconds of all committed incarnations together: what one thread would have taken at least.
    pub committed_ms: f64,
}

/// One run of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Incarnation {
    /// Transaction index.
    pub transaction: u32,
    /// How many ran before it, of the same transaction.
    pub incarnation: u32,
    /// Which thread of the pool ran it, from 0.
    pub worker: u32,
    /// Milliseconds from the clock's zero to its start.
    pub start_ms: f64,
    /// Milliseconds from its start to its end.
    pub ms: f64,
    /// Whether it was run at its turn, on the committed state, rather than ahead.
    pub at_turn: bool,
    /// What became of it.
    pub end: IncarnationEnd,
}

/// What became of an incarnation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub enum IncarnationEnd {
    /// It was committed.
    Committed,
    /// At its turn it held a value that was no longer the latest.
    Aborted {
        /// Where.
        location: Location,
        /// The transaction that has written there last; absent if none has, and the incarnation had read what another
        /// took back.
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<u32>,
    },
    /// It could not go on ahead of its turn.
    Blocked {
        /// The transaction whose ESTIMATE it met; absent where only its turn can tell what it asked for.
        #[serde(skip_serializing_if = "Option::is_none")]
        on: Option<u32>,
    },
}

impl Timeline {
    /// Puts incarnations in order of start and numbers those of each transaction.
    pub(super) fn new(mut incarnations: Vec<Incarnation>, transactions: usize) -> Self {
        // Of two that start within the clock's grain, the one at its turn came later.
        incarnations.sort_by(|left, right| {
            left.start_ms
                .total_cmp(&right.start_ms)
                .then(left.at_turn.cmp(&right.at_turn))
        });
        let mut numbers = vec![0_u32; transactions];
        for it in &mut incarnations {
            if let Some(number) = numbers.get_mut(it.transaction as usize) {
                it.incarnation = *number;
                *number += 1;
            }
        }
        Self {
            re_executions: numbers.iter().map(|number| number.saturating_sub(1)).sum(),
            critical_path_ms: 0.0,
            committed_ms: incarnations
                .iter()
                .filter(|it| it.end == IncarnationEnd::Committed)
                .map(|it| it.ms)
                .sum(),
            incarnations,
        }
    }

    /// By transaction, nanoseconds of the incarnation that was committed.
    pub(super) fn committed_ns(&self, transactions: usize) -> Vec<u64> {
        let mut times = vec![0; transactions];
        for it in &self.incarnations {
            if it.end == IncarnationEnd::Committed
                && let Some(time) = times.get_mut(it.transaction as usize)
            {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a cast from a float saturates"
                )]
                let ns = (it.ms * 1e6) as u64;
                *time = ns;
            }
        }
        times
    }
}
