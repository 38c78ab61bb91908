//! The record of checks, filled as they are made.
//!
//! Invariant: a check is on record whether it passes or fails, with expected and got as they were compared; a rule that
//! could not be checked is on record as such; the first failure ends the record.

use crate::{Check, CheckStatus, InvalidReason, Mismatch, Rule};
use std::fmt::Display;

/// Collects [`Check`]s in the order made.
#[derive(Debug, Default)]
pub(crate) struct Checks(Vec<Check>);

impl Checks {
    /// Holds `got` to be equal to `expected`.
    pub(crate) fn equal<T: PartialEq + Display>(
        &mut self,
        rule: Rule,
        expected: T,
        got: T,
        reason: impl FnOnce(Mismatch<T>) -> InvalidReason,
    ) -> Result<(), InvalidReason> {
        let holds = expected == got;
        self.record(rule, holds, &expected, &got);
        if holds {
            Ok(())
        } else {
            Err(reason(Mismatch { expected, got }))
        }
    }

    /// Holds `got` to be at most `bound`.
    pub(crate) fn at_most(
        &mut self,
        rule: Rule,
        bound: u64,
        got: u64,
        reason: impl FnOnce(Mismatch<u64>) -> InvalidReason,
    ) -> Result<(), InvalidReason> {
        let holds = got <= bound;
        self.record(rule, holds, format_args!("≤ {bound}"), got);
        if holds {
            Ok(())
        } else {
            Err(reason(Mismatch { expected: bound, got }))
        }
    }

    /// Holds `got` to be at least `bound`.
    pub(crate) fn at_least(
        &mut self,
        rule: Rule,
        bound: u64,
        got: u64,
        reason: impl FnOnce(Mismatch<u64>) -> InvalidReason,
    ) -> Result<(), InvalidReason> {
        let holds = got >= bound;
        self.record(rule, holds, format_args!("≥ {bound}"), got);
        if holds {
            Ok(())
        } else {
            Err(reason(Mismatch { expected: bound, got }))
        }
    }

    /// Records a check that is made of many small ones.
    pub(crate) fn outcome(
        &mut self,
        rule: Rule,
        expected: impl Display,
        outcome: Result<(), InvalidReason>,
    ) -> Result<(), InvalidReason> {
        match &outcome {
            Ok(()) => self.record(rule, true, &expected, &expected),
            Err(reason) => self.record(rule, false, &expected, reason),
        }
        outcome
    }

    /// Records that a rule was not checked, and why.
    pub(crate) fn unchecked(&mut self, rule: Rule, expected: impl Display, why: impl Display) {
        self.push(rule, CheckStatus::Unchecked, expected, why);
    }

    /// Records a broken rule that was not compared here, unless it ended the record already.
    pub(crate) fn broken(&mut self, reason: &InvalidReason) {
        if self
            .0
            .last()
            .is_none_or(|check| check.status != CheckStatus::Failed)
        {
            self.record(reason.rule(), false, "the rule holds", reason);
        }
    }

    /// The record.
    pub(crate) fn into_rows(self) -> Vec<Check> {
        self.0
    }

    fn record(&mut self, rule: Rule, holds: bool, expected: impl Display, got: impl Display) {
        let status = if holds {
            CheckStatus::Passed
        } else {
            CheckStatus::Failed
        };
        self.push(rule, status, expected, got);
    }

    fn push(&mut self, rule: Rule, status: CheckStatus, expected: impl Display, got: impl Display) {
        self.0.push(Check {
            rule,
            status,
            expected: expected.to_string(),
            got: got.to_string(),
        });
    }
}
