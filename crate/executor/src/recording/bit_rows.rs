//! A square matrix of bits: which transaction depends on which.

/// Rows of bits, one a transaction.
#[derive(Debug, Clone)]
pub(super) struct BitRows {
    words: usize,
    bits: Vec<u64>,
}

/// Bits of a word.
const WORD: usize = u64::BITS as usize;

impl BitRows {
    /// All zero.
    pub(super) fn new(rows: usize) -> Self {
        let words = rows.div_ceil(WORD);
        Self {
            words,
            bits: vec![0; words * rows],
        }
    }

    pub(super) fn set(&mut self, row: usize, column: usize) {
        if let Some(word) = self.bits.get_mut(row * self.words + column / WORD) {
            *word |= 1 << (column % WORD);
        }
    }

    #[cfg(test)]
    pub(super) fn get(&self, row: usize, column: usize) -> bool {
        self.row(row)
            .get(column / WORD)
            .is_some_and(|word| word >> (column % WORD) & 1 == 1)
    }

    fn row(&self, row: usize) -> &[u64] {
        self.bits
            .get(row * self.words..(row + 1) * self.words)
            .unwrap_or_default()
    }

    /// The columns set in `row`, in order.
    pub(super) fn columns(&self, row: usize) -> impl Iterator<Item = usize> + '_ {
        self.row(row).iter().enumerate().flat_map(|(place, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros() as usize;
                left &= left.wrapping_sub(1);
                (bit < WORD).then_some(place * WORD + bit)
            })
        })
    }

    /// Adds to `row` what is set in `other`, an earlier row.
    pub(super) fn join(&mut self, row: usize, other: usize) {
        let Some((before, from)) = self.bits.split_at_mut_checked(row * self.words) else {
            return;
        };
        let other = before.get(other * self.words..(other + 1) * self.words);
        for (word, more) in from.iter_mut().zip(other.unwrap_or_default()) {
            *word |= more;
        }
    }

    /// With every row joined with the rows it names: who depends on whom by way of others too. Rows name earlier rows
    /// alone.
    pub(super) fn closed(mut self, rows: usize) -> Self {
        for row in 0..rows {
            let direct: Vec<_> = self.columns(row).collect();
            for on in direct {
                self.join(row, on);
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_in_order_over_words() {
        let mut rows = BitRows::new(200);
        for column in [0, 63, 64, 130, 199] {
            rows.set(7, column);
        }
        assert!(rows.columns(7).eq([0, 63, 64, 130, 199]));
        assert!(rows.get(7, 130) && !rows.get(7, 131) && !rows.get(6, 130));
        assert_eq!(rows.columns(8).count(), 0);
    }

    #[test]
    fn closing_follows_chains() {
        let mut rows = BitRows::new(100);
        for row in 1..100 {
            rows.set(row, row - 1);
        }
        let closed = rows.closed(100);
        assert!(closed.columns(99).eq(0..99));
        assert!(closed.columns(0).next().is_none());
    }
}
