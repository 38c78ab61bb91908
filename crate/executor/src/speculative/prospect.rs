//! Whether running ahead pays.
//!
//! Invariant: running ahead is suspended for so many transactions at a time, never for good.

/// How well running ahead has done lately. Kept by whoever commits.
#[derive(Debug)]
pub(super) struct Prospect {
    /// Falls with what was run in vain, rises with what was not.
    score: i32,
    /// How many transactions to let pass the next time.
    pass: usize,
}

impl Default for Prospect {
    fn default() -> Self {
        Self {
            score: Self::BEST,
            pass: Self::FIRST_PASS,
        }
    }
}

impl Prospect {
    const BEST: i32 = 24;
    const FIRST_PASS: usize = 8;
    const LONGEST_PASS: usize = 1024;
    /// What was run in vain cost its own time on another thread and some of the committer's.
    const COST: i32 = 4;

    /// A transaction that was run ahead has come to its turn: whether it held. How many transactions to let pass now.
    pub(super) fn learn(&mut self, held: bool) -> Option<usize> {
        if held {
            self.score = (self.score + 1).min(Self::BEST);
            if self.score == Self::BEST {
                self.pass = Self::FIRST_PASS;
            }
            return None;
        }
        self.score -= Self::COST;
        (self.score < 0).then(|| {
            self.score = Self::COST * 2;
            let pass = self.pass;
            self.pass = (pass * 2).min(Self::LONGEST_PASS);
            pass
        })
    }
}
