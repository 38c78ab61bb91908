//! The runner over blockchain tests of the execution specifications, `blockchain_test` JSON.
//!
//! A fixture has a whole pre-state and no witness. So the recorder makes one for each block, and the verifier is called
//! as a user calls it: block as RLP, witness as JSON, through the decoder. The chain goes on from what the block changed.
//!
//! Invariant: a case passes only if every block of it got the verdict the fixture names, invalid ones for the reason it
//! names, the same under every schedule, and the chain ended at the fixture's last hash and state. What is not run is counted,
//! with its cause.

mod case;
mod every_schedule;
mod exception;
mod fixture;
mod known;
mod network;
mod sample;
mod stateless;
mod summary;

pub use case::{CaseRun, Failure, Outcome, run_case};
pub use exception::{Refusal, is_refusal_for};
pub use fixture::{Case, FixtureBlock, FixtureError, read_fixture};
pub use known::OtherCount;
pub use network::{NetworkError, chain_of, configuration_of};
pub use sample::{Sample, SampleBlock, SampleVerdict};
pub use stateless::StatelessOutput;
pub use summary::{BlockCounts, Row, Summary};

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// Which cases are run, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// Only cases whose file or name contains this.
    pub filter: Option<String>,
    /// Every so many files only, from the first on; 1 for all.
    pub every: usize,
    /// Every so many cases of a file only, from the first on; 1 for all.
    pub every_case: usize,
    /// Cases at once.
    pub jobs: usize,
    /// Threads that transactions are run ahead on; each block is verified in order on one thread besides.
    pub threads: usize,
    /// Cases of each fork that are kept in [`Summary::sample`].
    pub sample: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            filter: None,
            every: 1,
            every_case: 1,
            jobs: thread::available_parallelism().map_or(1, usize::from),
            threads: 2,
            sample: 0,
        }
    }
}

/// Every `.json` file below a folder, in order of path, but for what is hidden; the file itself if it is one.
///
/// # Errors
/// When a folder cannot be read.
pub fn fixture_files(root: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut files, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(path) = folders.pop() {
        if path.is_dir() {
            for entry in fs::read_dir(&path)? {
                let entry = entry?;
                // What is hidden is about the tests (`.meta/index.json`), and none itself.
                if !entry.file_name().as_encoded_bytes().starts_with(b".") {
                    folders.push(entry.path());
                }
            }
        } else if path.extension().is_some_and(|ending| ending == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The folder that `scripts/set-up fixtures` unpacks archives into.
pub fn fixture_cache() -> PathBuf {
    let cache = std::env::var_os("BLOCKLIGHT_CACHE").map(PathBuf::from);
    let xdg = || std::env::var_os("XDG_CACHE_HOME").map(|folder| PathBuf::from(folder).join("blocklight"));
    let home = || std::env::var_os("HOME").map(|folder| PathBuf::from(folder).join(".cache/blocklight"));
    cache
        .or_else(xdg)
        .or_else(home)
        .unwrap_or_default()
        .join("fixtures")
}

/// Runs the cases of `files`.
///
/// # Errors
/// When a pool cannot be started.
pub fn run(files: &[PathBuf], options: &Options) -> Result<Summary, rayon::ThreadPoolBuildError> {
    let next = AtomicUsize::new(0);
    let whole = Mutex::new(Summary::sampling(options.sample));
    // Each job has pools of its own: jobs on one pool would take up one another's cases while they wait, on one stack.
    let pool = |threads| ThreadPoolBuilder::new().num_threads(threads).build();
    let pools = (0..options.jobs.max(1))
        .map(|_| Ok((pool(1)?, pool(options.threads)?)))
        .collect::<Result<Vec<_>, _>>()?;
    thread::scope(|scope| {
        for (in_order, ahead) in &pools {
            scope.spawn(|| {
                in_order.install(|| {
                    let mut part = Summary::sampling(options.sample);
                    while let Some(file) =
                        files.get(next.fetch_add(1, Ordering::Relaxed) * options.every.max(1))
                    {
                        run_file(file, options, ahead, &mut part);
                    }
                    whole.lock().unwrap_or_else(PoisonError::into_inner).merge(part);
                });
            });
        }
    });
    let mut summary = whole.into_inner().unwrap_or_else(PoisonError::into_inner);
    summary.sort();
    Ok(summary)
}

fn run_file(file: &Path, options: &Options, ahead: &ThreadPool, summary: &mut Summary) {
    let whole_file = options
        .filter
        .as_ref()
        .is_none_or(|filter| file.to_string_lossy().contains(filter));
    let cases = match read_fixture(file) {
        Ok(cases) => cases,
        Err(error @ FixtureError::Elsewhere) => {
            if whole_file {
                summary.add_unread(file, &error.to_string());
            }
            return;
        }
        Err(error) => return summary.add_garbled(file, &error.to_string()),
    };
    for (name, case) in cases.iter().step_by(options.every_case.max(1)) {
        let wanted = whole_file
            || options
                .filter
                .as_ref()
                .is_some_and(|filter| name.contains(filter));
        if !wanted {
            continue;
        }
        let sampled = summary.sample.wants(&case.network, name);
        let mut run = run_case(case, ahead, sampled);
        if let Outcome::Failed(failure) = &run.outcome
            && let Some(broken) = failure.broken
            && let Some(cause) = known::known_cause(&file.to_string_lossy(), broken)
        {
            run.outcome = Outcome::Excused(cause);
        }
        if sampled
            && matches!(run.outcome, Outcome::Passed)
            && let Ok(chain) = configuration_of(&case.network, &case.config)
        {
            let blocks = std::mem::take(&mut run.sample);
            summary.sample.add(name, &case.network, &chain, blocks);
        }
        summary.add(file, name, &case.network, run);
    }
}
