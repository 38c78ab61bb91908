//! Whether running ahead pays, in the place of the executor's: the block says what is learnt.
//!
//! Invariant: how often and how long running ahead is suspended does not depend on what is measured.

/// How many transactions to let pass after one that was run in vain; 0 for never.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prospect {
    pub(super) pass: usize,
}

impl Prospect {
    pub(super) fn learn(&mut self, held: bool) -> Option<usize> {
        (!held && self.pass > 0).then_some(self.pass)
    }
}
