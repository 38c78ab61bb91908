//! What came of a run: counts by fork, failures by name, causes of skips.
//!
//! Invariant: it is the same whatever the order in which cases ended; and a case counts once, a block in one way of being
//! executed beside in order.

use super::{
    case::{CaseRun, Failure, Outcome},
    every_schedule::Agreed,
    known::{OtherCount, other_counts},
    sample::Sample,
};
use blocklight_verifier::{Schedule, ScheduleChoice, ScheduleReason};
use std::{collections::BTreeMap, fmt, ops::AddAssign, path::Path};

/// How blocks were executed. All that were executed at all were so in order, and of each what other schedules gave was the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BlockCounts {
    /// Ahead of order too, speculatively.
    pub speculative: usize,
    /// Ahead of order too, by the list that came with them, or by the one that executing them gives.
    pub access_list: usize,
    /// In order under every schedule: before Byzantium, receipts hold the state after each transaction.
    pub before_byzantium: usize,
    /// In order under every schedule, which alone has the rules of a development network.
    pub development_rules: usize,
    /// Refused before it came to that.
    pub not_executed: usize,
    /// Of these, those whose bytes are no block.
    pub undecodable: usize,
    /// Of all these, those verified besides from the witness format's own JSON and SSZ.
    pub stateless: usize,
    /// Of all these, those whose recorded witness has the same items as the one in the fixture.
    pub recorded: usize,
    /// And those whose recorded witness has one node less, which the block does not need.
    pub recorded_less: usize,
}

impl BlockCounts {
    pub(super) fn add(&mut self, agreed: &Agreed) {
        let count = match agreed.speculative {
            None => &mut self.not_executed,
            Some(choice) if choice.schedule == Schedule::Speculative => &mut self.speculative,
            Some(choice) if choice.reason == ScheduleReason::ChangesAfterEach => &mut self.before_byzantium,
            Some(_) => &mut self.development_rules,
        };
        *count += 1;
        self.add_access_list(agreed.access_list);
    }

    pub(super) fn add_access_list(&mut self, choice: Option<ScheduleChoice>) {
        let taken = choice.is_some_and(|choice| choice.schedule == Schedule::AccessList);
        self.access_list += usize::from(taken);
    }

    /// Those that every schedule executes in order.
    const fn in_order(self) -> usize {
        self.before_byzantium + self.development_rules
    }
}

impl AddAssign for BlockCounts {
    fn add_assign(&mut self, other: Self) {
        self.speculative += other.speculative;
        self.access_list += other.access_list;
        self.before_byzantium += other.before_byzantium;
        self.development_rules += other.development_rules;
        self.not_executed += other.not_executed;
        self.undecodable += other.undecodable;
        self.stateless += other.stateless;
        self.recorded += other.recorded;
        self.recorded_less += other.recorded_less;
    }
}

/// Counts of one fork.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Row {
    /// Cases that went as the fixture says.
    pub passed: usize,
    /// Cases that did not.
    pub failed: usize,
    /// Cases not run to their end, or that went otherwise for a known cause.
    pub skipped: usize,
    /// The blocks of all of them.
    pub blocks: BlockCounts,
}

impl AddAssign for Row {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.blocks += other.blocks;
    }
}

/// Counts and failures of a run.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    forks: BTreeMap<String, Row>,
    failures: Vec<String>,
    excused: BTreeMap<&'static str, usize>,
    skips: BTreeMap<String, usize>,
    unread: Vec<String>,
    /// The cases that were asked for, to be run elsewhere.
    pub sample: Sample,
}

impl Summary {
    pub(super) fn sampling(of_each_fork: usize) -> Self {
        Self {
            sample: Sample::new(of_each_fork),
            ..Self::default()
        }
    }

    /// Adds a case of a file.
    pub fn add(&mut self, file: &Path, name: &str, fork: &str, run: CaseRun) {
        let row = self.forks.entry(fork.to_owned()).or_default();
        row.blocks += run.blocks;
        match run.outcome {
            Outcome::Passed => row.passed += 1,
            Outcome::Excused(cause) => {
                row.skipped += 1;
                *self.excused.entry(cause).or_default() += 1;
            }
            Outcome::Skipped(cause) => {
                row.skipped += 1;
                *self.skips.entry(cause).or_default() += 1;
            }
            Outcome::Failed(Failure {
                block, expected, got, ..
            }) => {
                let block = block.map_or_else(String::new, |index| format!(", block {index}"));
                self.add_failure(file, fork, &format!("{name}{block}"), &expected, &got);
            }
        }
    }

    /// Adds a file that is no blockchain test.
    pub(super) fn add_garbled(&mut self, file: &Path, error: &str) {
        self.add_failure(file, UNREAD, "no case", "a blockchain test", error);
    }

    /// Adds a file that is not here.
    pub(super) fn add_unread(&mut self, file: &Path, cause: &str) {
        self.forks.entry(UNREAD.to_owned()).or_default().skipped += 1;
        *self.skips.entry(cause.to_owned()).or_default() += 1;
        self.unread.push(file.display().to_string());
    }

    fn add_failure(&mut self, file: &Path, fork: &str, what: &str, expected: &str, got: &str) {
        self.forks.entry(fork.to_owned()).or_default().failed += 1;
        self.failures.push(format!(
            "{}\n    {what}\n    expected {expected}\n    got      {got}",
            file.display()
        ));
    }

    /// Adds another run's.
    pub fn merge(&mut self, other: Self) {
        for (fork, row) in other.forks {
            *self.forks.entry(fork).or_default() += row;
        }
        for (cause, count) in other.excused {
            *self.excused.entry(cause).or_default() += count;
        }
        for (cause, count) in other.skips {
            *self.skips.entry(cause).or_default() += count;
        }
        self.failures.extend(other.failures);
        self.unread.extend(other.unread);
        self.sample.merge(other.sample);
    }

    pub(super) fn sort(&mut self) {
        self.failures.sort();
        self.unread.sort();
    }

    /// Counts over all forks.
    pub fn total(&self) -> Row {
        self.forks.values().fold(Row::default(), |mut total, row| {
            total += *row;
            total
        })
    }

    /// How many cases were run; files that are not here have none.
    pub fn cases(&self) -> usize {
        let Row {
            passed,
            failed,
            skipped,
            ..
        } = self.total();
        (passed + failed + skipped).saturating_sub(self.unread.len())
    }

    /// Where this was a whole run of these archives: the known causes that stand for other numbers of cases than they should.
    pub fn other_counts(&self, archives: &[&str]) -> Vec<OtherCount> {
        other_counts(&self.excused, archives)
    }

    /// The forks and their counts.
    pub const fn forks(&self) -> &BTreeMap<String, Row> {
        &self.forks
    }
}

/// In the place of a fork's name, where no case could be read.
const UNREAD: &str = "unread";

/// The failures, the causes of skips, the table, and the line that counts.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failures {
            writeln!(f, "failed: {failure}")?;
        }
        for (cause, count) in &self.excused {
            writeln!(f, "known: {count} × {cause}")?;
        }
        for (cause, count) in &self.skips {
            writeln!(f, "not run: {count} × {cause}")?;
        }
        for file in &self.unread {
            writeln!(f, "    {file}")?;
        }
        let cases = format_args!("{:<28}{:>8}{:>8}{:>8}", "fork", "passed", "failed", "skipped").to_string();
        writeln!(
            f,
            "{cases}  blocks:{:>12}{:>12}{:>14}{:>14}",
            "speculative", "access list", "only in order", "not executed"
        )?;
        for (fork, row) in &self.forks {
            write_row(f, fork, row)?;
        }
        let total = self.total();
        if self.forks.len() > 1 {
            write_row(f, "all", &total)?;
        }
        let blocks = total.blocks;
        if blocks.before_byzantium > 0 {
            writeln!(
                f,
                "only in order: {} blocks before Byzantium, whose receipts hold the state after each transaction",
                blocks.before_byzantium
            )?;
        }
        if blocks.development_rules > 0 {
            writeln!(
                f,
                "only in order: {} blocks by the rules of bal@v5.7.0, which the sequential schedule alone has",
                blocks.development_rules
            )?;
        }
        if blocks.undecodable > 0 {
            writeln!(
                f,
                "not executed: {} blocks whose bytes are none, each an error and by the fault that stands for its exception",
                blocks.undecodable
            )?;
        }
        if blocks.stateless > 0 {
            writeln!(
                f,
                "from their own files: {} blocks by JSON and SSZ, as their output's success byte says; of the recorded witnesses {} are the files', {} have a node less",
                blocks.stateless, blocks.recorded, blocks.recorded_less
            )?;
        }
        let Row {
            passed,
            failed,
            skipped,
            ..
        } = total;
        writeln!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

fn write_row(f: &mut fmt::Formatter<'_>, name: &str, row: &Row) -> fmt::Result {
    let Row {
        passed,
        failed,
        skipped,
        blocks,
    } = row;
    writeln!(
        f,
        "{name:<28}{passed:>8}{failed:>8}{skipped:>8}  {:>19}{:>12}{:>14}{:>14}",
        blocks.speculative,
        blocks.access_list,
        blocks.in_order(),
        blocks.not_executed
    )
}
