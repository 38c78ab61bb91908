//! What the bench can be asked.

use clap::Parser;

/// Execution alone, sequential against parallel, with pre-state and analysed code in memory. Everything is measured in one
/// run and in turns, because times move from hour to hour; ratios hold.
///
/// Prints a Markdown table and writes a plot to target/bench/execute.svg.
#[derive(Debug, Parser)]
#[command(
    name = "cargo bench --bench execute --",
    after_help = "Examples:
  cargo bench --bench execute                              everything, some minutes
  cargo bench --bench execute -- synthetic                 the synthetic blocks alone
  cargo bench --bench execute -- 13217637 --rounds 50      one real block, more carefully
  cargo bench --bench execute -- --least                   on a machine that others use too
  cargo bench --bench execute -- synthetic --profile       what each thread did, and ten more runs for a profiler"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Arguments {
    /// Only blocks whose names hold this; `synthetic` is all synthetic ones, `real` all real ones
    pub(crate) block: Option<String>,
    /// Rounds; in each, everything is measured once, in turns [default: 15; 5 for synthetic blocks]
    #[arg(long)]
    rounds: Option<usize>,
    /// Threads of the parallel schedules [default: as many as the machine has cores, 2 at least]
    #[arg(long)]
    threads: Option<usize>,
    /// Gas of each synthetic block, in millions
    #[arg(long, default_value_t = 1000)]
    pub(crate) mgas: u64,
    /// Compare the least times instead of the medians: steadier where other programs run
    #[arg(long)]
    pub(crate) least: bool,
    /// Measure nothing: say what each thread did of each block, and run it ten times more
    #[arg(long)]
    pub(crate) profile: bool,
    /// Cargo's own: one round, only to see that it runs
    #[arg(long, hide = true)]
    pub(crate) test: bool,
    /// Cargo's own
    #[arg(long, hide = true)]
    bench: bool,
}

impl Arguments {
    pub(crate) fn rounds(&self, default: usize) -> usize {
        if self.test {
            1
        } else {
            self.rounds.unwrap_or(default).max(1)
        }
    }

    /// Gas of each synthetic block.
    pub(crate) const fn gas(&self) -> u64 {
        let mgas = if self.test { 1 } else { self.mgas };
        mgas * 1_000_000
    }

    pub(crate) fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(2, usize::from);
        self.threads.unwrap_or_else(cores).max(2)
    }

    /// Whether a block of this `kind` and `name` is asked for.
    pub(crate) fn wants(&self, kind: &str, name: &str) -> bool {
        self.block
            .as_deref()
            .is_none_or(|asked| asked == kind || name.contains(asked))
    }
}
