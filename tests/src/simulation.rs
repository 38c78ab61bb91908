//! How fast a block could be on more threads than there are, by its dependency graph and its transactions' times.
//!
//! Simulated is list scheduling: whenever a thread is free it takes the first transaction in block order whose
//! dependencies have ended. Nothing is re-executed, and commits and hand-outs take no time; so this is what a schedule
//! that knew the graph could reach, not a promise.
//!
//! Invariant: a transaction begins no earlier than all it depends on have ended.

use crate::FlatBlock;
use blocklight_executor::{IncarnationEnd, Recording, Schedule};
use rayon::ThreadPool;
use std::{cmp::Reverse, collections::BinaryHeap};

/// Numbers of threads that are simulated.
pub const SIMULATED_THREADS: std::ops::RangeInclusive<usize> = 1..=16;
/// Recordings whose least time of each transaction counts.
const RECORDINGS: usize = 5;

/// A block's transactions: how long each takes and which ones it waits for.
#[derive(Debug, Clone)]
pub struct DependencyGraph {
    /// In whole nanoseconds.
    ns: Vec<u64>,
    on: Vec<Vec<usize>>,
}

/// What more threads could gain of one block.
#[derive(Debug, Clone)]
pub struct Simulated {
    /// By number of threads, in the order of [`SIMULATED_THREADS`]: how many times as fast as on one.
    pub speed_ups: Vec<f64>,
    /// All transactions' time by that of the longest chain: what no number of threads can pass.
    pub bound: f64,
}

impl DependencyGraph {
    /// Records `block` in `pool`, each transaction at its turn so that nothing disturbs its time. `None` where it
    /// cannot be recorded whole.
    pub fn record(block: &FlatBlock, pool: &ThreadPool) -> Option<Self> {
        let mut graph = None::<Self>;
        for _ in 0..RECORDINGS {
            let (_, recording) = pool.install(|| block.execution().recorded(Schedule::Sequential));
            let recorded = Self::of(recording?.as_ref(), block.senders.len())?;
            graph = Some(match graph {
                None => recorded,
                Some(mut least) => {
                    for (least, ns) in least.ns.iter_mut().zip(recorded.ns) {
                        *least = ns.min(*least);
                    }
                    least
                }
            });
        }
        graph
    }

    fn of(recording: &Recording, transactions: usize) -> Option<Self> {
        let mut graph = Self {
            ns: vec![0; transactions],
            on: vec![Vec::new(); transactions],
        };
        if recording.dependencies.edges_left_out > 0 {
            return None;
        }
        for edge in &recording.dependencies.edges {
            graph
                .on
                .get_mut(edge.transaction as usize)?
                .push(edge.on as usize);
        }
        for it in &recording.timeline.incarnations {
            if it.end == IncarnationEnd::Committed {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a cast from a float saturates"
                )]
                let ns = (it.ms * 1e6) as u64;
                *graph.ns.get_mut(it.transaction as usize)? = ns;
            }
        }
        Some(graph)
    }

    /// Simulates every number of threads.
    pub fn simulate(&self) -> Simulated {
        let whole = self.ns.iter().sum();
        Simulated {
            speed_ups: SIMULATED_THREADS
                .map(|threads| ratio(whole, self.makespan(threads)))
                .collect(),
            bound: ratio(whole, self.longest_chain()),
        }
    }

    fn time(&self, index: usize) -> u64 {
        self.ns.get(index).copied().unwrap_or(0)
    }

    /// Nanoseconds until the last of all ends on so many threads.
    fn makespan(&self, threads: usize) -> u64 {
        let mut waits: Vec<_> = self.on.iter().map(Vec::len).collect();
        let mut followers = vec![Vec::new(); self.on.len()];
        for (index, on) in self.on.iter().enumerate() {
            for before in on {
                if let Some(followers) = followers.get_mut(*before) {
                    followers.push(index);
                }
            }
        }
        let free = waits.iter().enumerate().filter(|(_, waits)| **waits == 0);
        let mut ready: BinaryHeap<_> = free.map(|(index, _)| Reverse(index)).collect();
        let mut running = BinaryHeap::new();
        let mut now = 0;
        loop {
            while running.len() < threads
                && let Some(Reverse(index)) = ready.pop()
            {
                running.push(Reverse((now + self.time(index), index)));
            }
            let Some(Reverse((end, index))) = running.pop() else {
                return now;
            };
            now = end;
            for follower in followers.get(index).into_iter().flatten() {
                if let Some(waits) = waits.get_mut(*follower) {
                    *waits -= 1;
                    if *waits == 0 {
                        ready.push(Reverse(*follower));
                    }
                }
            }
        }
    }

    /// Nanoseconds of the chain of dependencies that takes longest.
    fn longest_chain(&self) -> u64 {
        let mut ends: Vec<u64> = Vec::with_capacity(self.ns.len());
        for (index, on) in self.on.iter().enumerate() {
            let start = on.iter().filter_map(|before| ends.get(*before)).max();
            ends.push(start.copied().unwrap_or(0) + self.time(index));
        }
        ends.into_iter().max().unwrap_or(0)
    }
}

/// One, where there is nothing to do.
#[expect(clippy::cast_precision_loss, reason = "nanoseconds of a block are few")]
fn ratio(whole: u64, part: u64) -> f64 {
    if part == 0 {
        1.0
    } else {
        whole as f64 / part as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(ns: &[u64], on: &[&[usize]]) -> DependencyGraph {
        DependencyGraph {
            ns: ns.to_vec(),
            on: on.iter().map(|on| on.to_vec()).collect(),
        }
    }

    #[test]
    fn a_chain_gains_nothing() {
        let chain = graph(&[5, 5, 5], &[&[], &[0], &[1]]);
        assert_eq!([1, 2, 16].map(|threads| chain.makespan(threads)), [15; 3]);
        assert_eq!(chain.longest_chain(), 15);
    }

    #[test]
    fn independent_transactions_share_the_threads() {
        let apart = graph(&[5, 5, 5, 5], &[&[] as &[usize]; 4]);
        assert_eq!(
            [1, 2, 3, 4].map(|threads| apart.makespan(threads)),
            [20, 10, 10, 5]
        );
        assert!((apart.simulate().bound - 4.0).abs() < 1e-12);
    }

    #[test]
    fn who_waits_lets_later_ones_go_first() {
        // 1 waits for 0; 2 and 3 are free.
        let mixed = graph(&[10, 1, 4, 6], &[&[], &[0], &[], &[]]);
        assert_eq!(mixed.makespan(2), 11);
    }
}
