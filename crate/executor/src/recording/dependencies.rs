//! Which transaction depends on which, and what follows from it for running them at once.
//!
//! A transaction depends on an earlier one if it read a location that the earlier one was the last to write. A balance
//! that is only added to is not read by that, and a reader of it depends on all who have added since it was last set.
//!
//! Invariant: all of it follows from what the block's transactions observe and write when run one after the other, so it is
//! the same under every schedule and any number of threads.

use super::{bit_rows::BitRows, location::Location, widest::widest};
use serde::Serialize;
use std::collections::BTreeMap;

/// The dependencies between a block's transactions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Dependencies {
    /// Who depends directly on whom, in order of `transaction` and then `on`; the first 65,536.
    pub edges: Vec<Dependency>,
    /// How many edges there are besides; what follows here counts them too.
    pub edges_left_out: u64,
    /// Locations through which transactions depend on earlier ones, the most dependencies first; at most 64.
    pub hot_locations: Vec<HotLocation>,
    /// The chain of dependencies with the most gas, as transaction indices in block order.
    pub critical_path: Vec<u32>,
    /// Gas of that chain. The block's gas divided by this bounds what any number of threads can gain.
    pub critical_path_gas: u64,
    /// A largest set of transactions of which none depends on another, in block order.
    pub widest: Vec<u32>,
    /// The first transaction of each batch. A batch is a longest run of consecutive transactions of which none depends
    /// on another of the batch.
    pub batches: Vec<u32>,
}

/// `transaction` read what `on` had written last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Dependency {
    /// The later transaction's index.
    pub transaction: u32,
    /// The earlier one's.
    pub on: u32,
    /// At how many locations.
    pub locations: u32,
    /// The first of them, in order of kind and key.
    pub location: Location,
}

/// A location that transactions wait for each other at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct HotLocation {
    /// The location.
    pub location: Location,
    /// Number of edges it has a part in.
    pub dependencies: u32,
}

impl Dependencies {
    /// More edges than these are counted but not listed.
    pub const MAX_EDGES: usize = 1 << 16;
    /// More hot locations than these are not listed.
    pub const MAX_HOT_LOCATIONS: usize = 64;
    /// Blocks with more transactions are not recorded: who depends on whom takes a bit for each pair.
    pub const MAX_TRANSACTIONS: usize = 1 << 13;
}

/// The graph as it grows, transaction by transaction in block order.
#[derive(Debug)]
pub(crate) struct Graph {
    on: BitRows,
    edges: Vec<Dependency>,
    edges_left_out: u64,
    dependencies: BTreeMap<Location, u32>,
    /// By transaction: its own weight and the most gas of a chain that ends in it, and the one before it in that chain.
    gas: Vec<Chain>,
    batches: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Chain {
    weight: u64,
    before: Option<u32>,
}

/// The heaviest chain's link for a transaction that weighs `own` and depends on `on`.
fn link(chains: &[Chain], on: impl Iterator<Item = u32>, own: u64) -> Chain {
    let weight = |it: u32| chains.get(it as usize).map_or(0, |chain| chain.weight);
    // Of chains that weigh the same the first counts.
    let before = on.reduce(|best, it| if weight(it) > weight(best) { it } else { best });
    Chain {
        weight: own.saturating_add(before.map_or(0, weight)),
        before,
    }
}

impl Graph {
    pub(super) fn new(transactions: usize) -> Self {
        Self {
            on: BitRows::new(transactions),
            edges: Vec::new(),
            edges_left_out: 0,
            dependencies: BTreeMap::new(),
            gas: Vec::with_capacity(transactions),
            batches: Vec::new(),
        }
    }

    /// Adds the next transaction in block order, which used `gas` and depends on `found`: earlier transactions, and the
    /// locations at which it does.
    pub(super) fn add(&mut self, gas: u64, mut found: Vec<(u32, Location)>) {
        let row = self.gas.len();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "there are at most MAX_TRANSACTIONS"
        )]
        let transaction = row as u32;
        found.sort_unstable();
        found.dedup();
        for group in found.chunk_by(|left, right| left.0 == right.0) {
            let Some((on, location)) = group.first().copied() else {
                continue;
            };
            self.on.set(row, on as usize);
            if self.edges.len() < Dependencies::MAX_EDGES {
                self.edges.push(Dependency {
                    transaction,
                    on,
                    locations: u32::try_from(group.len()).unwrap_or(u32::MAX),
                    location,
                });
            } else {
                self.edges_left_out += 1;
            }
        }
        for (_, location) in &found {
            *self.dependencies.entry(*location).or_default() += 1;
        }
        let chain = link(&self.gas, found.iter().map(|(on, _)| *on), gas);
        self.gas.push(chain);
        let latest = found.last().map(|(on, _)| *on);
        match self.batches.last() {
            Some(first) if latest.is_none_or(|latest| latest < *first) => {}
            _ => self.batches.push(transaction),
        }
    }

    /// The heaviest chain of dependencies where each transaction weighs what `weights` says.
    pub(super) fn heaviest(&self, weights: &[u64]) -> u64 {
        let mut chains = Vec::with_capacity(weights.len());
        for (row, weight) in weights.iter().enumerate() {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "there are at most MAX_TRANSACTIONS"
            )]
            let on = self.on.columns(row).map(|on| on as u32);
            chains.push(link(&chains, on, *weight));
        }
        chains.iter().map(|chain| chain.weight).max().unwrap_or(0)
    }

    /// What is told of the whole graph.
    pub(super) fn finish(self) -> Dependencies {
        let transactions = self.gas.len();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "there are at most MAX_TRANSACTIONS"
        )]
        let widest = widest(&self.on.closed(transactions), transactions)
            .into_iter()
            .map(|it| it as u32)
            .collect();
        let mut hot_locations: Vec<_> = self
            .dependencies
            .into_iter()
            .map(|(location, dependencies)| HotLocation {
                location,
                dependencies,
            })
            .collect();
        // Stable: of equals the first by key stays first.
        hot_locations.sort_by_key(|hot| std::cmp::Reverse(hot.dependencies));
        hot_locations.truncate(Dependencies::MAX_HOT_LOCATIONS);
        let critical_path = critical_path(&self.gas);
        Dependencies {
            edges: self.edges,
            edges_left_out: self.edges_left_out,
            hot_locations,
            critical_path_gas: self.gas.iter().map(|chain| chain.weight).max().unwrap_or(0),
            critical_path,
            widest,
            batches: self.batches,
        }
    }
}

/// The transactions of the heaviest chain, in block order.
fn critical_path(chains: &[Chain]) -> Vec<u32> {
    let mut path = Vec::new();
    let most = chains.iter().map(|chain| chain.weight).max();
    let last = chains.iter().position(|chain| Some(chain.weight) == most);
    let mut next = last.and_then(|last| u32::try_from(last).ok());
    while let Some(transaction) = next {
        path.push(transaction);
        next = chains.get(transaction as usize).and_then(|chain| chain.before);
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::Address;

    fn account(number: u8) -> Location {
        Location::Account {
            address: Address::with_last_byte(number),
        }
    }

    #[test]
    fn a_graph_tells_chain_batches_and_hot_locations() {
        let mut graph = Graph::new(6);
        graph.add(100, vec![]);
        graph.add(50, vec![(0, account(1))]);
        graph.add(10, vec![]);
        graph.add(10, vec![(1, account(2)), (1, account(1)), (2, account(1))]);
        graph.add(10, vec![(2, account(3))]);
        graph.add(70, vec![(0, account(1)), (0, account(1))]);
        assert_eq!(graph.heaviest(&[1, 1, 5, 1, 9, 1]), 14);
        let told = graph.finish();
        let edges: Vec<_> = told
            .edges
            .iter()
            .map(|edge| (edge.transaction, edge.on, edge.locations, edge.location))
            .collect();
        assert_eq!(
            edges,
            [
                (1, 0, 1, account(1)),
                (3, 1, 2, account(1)),
                (3, 2, 1, account(1)),
                (4, 2, 1, account(3)),
                (5, 0, 1, account(1)),
            ]
        );
        assert_eq!(told.critical_path, [0, 5]);
        assert_eq!(told.critical_path_gas, 170);
        assert_eq!(told.batches, [0, 1, 3]);
        assert_eq!(told.widest.len(), 3);
        assert_eq!(
            told.hot_locations.first(),
            Some(&HotLocation {
                location: account(1),
                dependencies: 4
            })
        );
    }

    #[test]
    fn a_graph_of_nothing_tells_nothing() {
        assert_eq!(Graph::new(0).finish(), Dependencies::default());
    }
}
