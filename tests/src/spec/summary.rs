//! What came of a run: counts by fork, failures by name, causes of skips.
//!
//! Invariant: it is the same whatever the order in which cases ended.

use super::case::{Failure, Outcome};
use std::{collections::BTreeMap, fmt, path::Path};

/// Counts of one fork.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Row {
    /// Cases that went as the fixture says.
    pub passed: usize,
    /// Cases that did not.
    pub failed: usize,
    /// Cases not run to their end.
    pub skipped: usize,
}

/// Counts and failures of a run.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    forks: BTreeMap<String, Row>,
    failures: Vec<String>,
    skips: BTreeMap<String, usize>,
}

impl Summary {
    /// Adds a case of a file.
    pub fn add(&mut self, file: &Path, name: &str, fork: &str, outcome: Outcome) {
        let row = self.forks.entry(fork.to_owned()).or_default();
        match outcome {
            Outcome::Passed => row.passed += 1,
            Outcome::Skipped(cause) => {
                row.skipped += 1;
                *self.skips.entry(cause).or_default() += 1;
            }
            Outcome::Failed(Failure { block, expected, got }) => {
                row.failed += 1;
                let block = block.map_or_else(String::new, |index| format!(", block {index}"));
                self.failures.push(format!(
                    "{}\n    {name}{block}\n    expected {expected}\n    got      {got}",
                    file.display()
                ));
            }
        }
    }

    /// Adds another run's.
    pub fn merge(&mut self, other: Self) {
        for (fork, row) in other.forks {
            let own = self.forks.entry(fork).or_default();
            own.passed += row.passed;
            own.failed += row.failed;
            own.skipped += row.skipped;
        }
        for (cause, count) in other.skips {
            *self.skips.entry(cause).or_default() += count;
        }
        self.failures.extend(other.failures);
    }

    pub(super) fn sort(&mut self) {
        self.failures.sort();
    }

    /// Counts over all forks.
    pub fn total(&self) -> Row {
        self.forks.values().fold(Row::default(), |total, row| Row {
            passed: total.passed + row.passed,
            failed: total.failed + row.failed,
            skipped: total.skipped + row.skipped,
        })
    }

    /// The forks and their counts.
    pub const fn forks(&self) -> &BTreeMap<String, Row> {
        &self.forks
    }
}

/// The failures, the causes of skips, the table, and the line that counts.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failures {
            writeln!(f, "failed: {failure}")?;
        }
        for (cause, count) in &self.skips {
            writeln!(f, "not run: {count} × {cause}")?;
        }
        writeln!(f, "{:<28}{:>8}{:>8}{:>8}", "fork", "passed", "failed", "skipped")?;
        for (fork, row) in &self.forks {
            let Row {
                passed,
                failed,
                skipped,
            } = row;
            writeln!(f, "{fork:<28}{passed:>8}{failed:>8}{skipped:>8}")?;
        }
        let Row {
            passed,
            failed,
            skipped,
        } = self.total();
        writeln!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}
