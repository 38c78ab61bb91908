//! The widest set of independent transactions: the most that could run at once, had they threads enough.
//!
//! By Dilworth's theorem the largest antichain of a partial order is as large as the least number of chains that
//! cover it, and that number comes of a maximum matching (Fulkerson's reduction): match each transaction with one that
//! depends on it, directly or not. By Kőnig's theorem the same matching gives the set itself. The matching is found by
//! the algorithm of Hopcroft and Karp (1973).
//!
//! Invariant: no recursion, so that a long chain of dependencies cannot overflow the stack.

use super::bit_rows::BitRows;
use std::collections::VecDeque;

/// A largest set of transactions of which none depends on another, in block order. `closed` says who depends on whom,
/// directly or by way of others.
pub(super) fn widest(closed: &BitRows, transactions: usize) -> Vec<usize> {
    let matching = Matching::maximum(closed, transactions);
    matching.antichain(closed)
}

/// A matching between transactions as those that depend (left) and as those depended on (right).
struct Matching {
    /// By left: its right.
    right: Vec<Option<usize>>,
    /// By right: its left.
    left: Vec<Option<usize>>,
}

/// Further than any path of a matching is long.
const FAR: usize = usize::MAX;

fn at<T: Copy>(list: &[T], place: usize, otherwise: T) -> T {
    list.get(place).copied().unwrap_or(otherwise)
}

fn put<T>(list: &mut [T], place: usize, value: T) {
    if let Some(it) = list.get_mut(place) {
        *it = value;
    }
}

impl Matching {
    fn maximum(edges: &BitRows, count: usize) -> Self {
        let mut it = Self {
            right: vec![None; count],
            left: vec![None; count],
        };
        let mut layers = vec![FAR; count];
        while it.layer(edges, &mut layers) {
            for left in 0..count {
                if at(&it.right, left, None).is_none() {
                    it.augment(edges, &mut layers, left);
                }
            }
        }
        it
    }

    /// Distances by alternating paths from the unmatched on the left; whether one reaches an unmatched on the right.
    fn layer(&self, edges: &BitRows, layers: &mut [usize]) -> bool {
        let mut queue = VecDeque::new();
        for (left, (layer, right)) in layers.iter_mut().zip(&self.right).enumerate() {
            *layer = if right.is_none() { 0 } else { FAR };
            if right.is_none() {
                queue.push_back(left);
            }
        }
        let mut reached = false;
        while let Some(left) = queue.pop_front() {
            let next = at(layers, left, FAR).saturating_add(1);
            for right in edges.columns(left) {
                match at(&self.left, right, None) {
                    None => reached = true,
                    Some(other) if at(layers, other, 0) == FAR => {
                        put(layers, other, next);
                        queue.push_back(other);
                    }
                    Some(_) => {}
                }
            }
        }
        reached
    }

    /// Matches `from` along a shortest alternating path, if there is one left in these layers.
    fn augment(&mut self, edges: &BitRows, layers: &mut [usize], from: usize) {
        // Each step: a left, and its rights yet to be tried.
        let mut path = vec![(from, edges.columns(from))];
        let mut taken = Vec::new();
        while let Some((left, rights)) = path.last_mut() {
            let left = *left;
            let Some(right) = rights.next() else {
                // A dead end for every later path too.
                put(layers, left, FAR);
                path.pop();
                taken.pop();
                continue;
            };
            match at(&self.left, right, None) {
                None => {
                    taken.push(right);
                    for ((left, _), right) in path.iter().zip(&taken) {
                        put(&mut self.right, *left, Some(*right));
                        put(&mut self.left, *right, Some(*left));
                    }
                    return;
                }
                Some(other) if at(layers, other, FAR) == at(layers, left, FAR).saturating_add(1) => {
                    taken.push(right);
                    path.push((other, edges.columns(other)));
                }
                Some(_) => {}
            }
        }
    }

    /// What a least vertex cover leaves out on both sides.
    fn antichain(&self, edges: &BitRows) -> Vec<usize> {
        let count = self.right.len();
        let (mut lefts, mut rights) = (vec![false; count], vec![false; count]);
        let mut queue: Vec<_> = (0..count)
            .filter(|left| at(&self.right, *left, None).is_none())
            .collect();
        for left in &queue {
            put(&mut lefts, *left, true);
        }
        while let Some(left) = queue.pop() {
            for right in edges.columns(left) {
                if at(&rights, right, true) {
                    continue;
                }
                put(&mut rights, right, true);
                if let Some(next) = at(&self.left, right, None)
                    && !at(&lefts, next, true)
                {
                    put(&mut lefts, next, true);
                    queue.push(next);
                }
            }
        }
        (0..count)
            .filter(|it| at(&lefts, *it, false) && !at(&rights, *it, true))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn closed(count: usize, edges: &[(usize, usize)]) -> BitRows {
        let mut rows = BitRows::new(count);
        for (transaction, on) in edges {
            rows.set(*transaction, *on);
        }
        rows.closed(count)
    }

    #[test]
    fn of_independent_transactions_all() {
        assert_eq!(widest(&closed(5, &[]), 5), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn of_a_chain_one() {
        let chain: Vec<_> = (1..3000).map(|it| (it, it - 1)).collect();
        assert_eq!(widest(&closed(3000, &chain), 3000).len(), 1);
    }

    #[test]
    fn not_the_widest_level() {
        // 0 ← 1 ← 2, and 3 to 5 on 0 alone but 6 on 3, 7 on 4: no level by depth holds 2, 5, 6 and 7.
        let edges = [(1, 0), (2, 1), (3, 0), (4, 0), (5, 0), (6, 3), (7, 4)];
        assert_eq!(widest(&closed(8, &edges), 8).len(), 4);
    }

    proptest! {
        #[test]
        fn is_independent_and_as_large_as_trying_all_finds(
            count in 1_usize..11,
            edges in prop::collection::vec((0_usize..11, 0_usize..11), 0..30),
        ) {
            let edges: Vec<_> = edges.into_iter().filter(|(it, on)| on < it && *it < count).collect();
            let closed = closed(count, &edges);
            let independent = |set: &[usize]| {
                set.iter().all(|it| set.iter().all(|on| !closed.get(*it, *on)))
            };
            let found = widest(&closed, count);
            prop_assert!(independent(&found));
            let most = (0_u32..1 << count)
                .filter_map(|chosen| {
                    let set: Vec<_> = (0..count).filter(|it| chosen >> it & 1 == 1).collect();
                    independent(&set).then_some(set.len())
                })
                .max();
            prop_assert_eq!(Some(found.len()), most);
        }
    }
}
