//! `blocklight verify`: files in, a line each out.

use crate::{
    args::VerifyArguments,
    chain::{self, ChainError, Verifiers},
    host::Native,
    interrupt::{self, Printing},
    json, line,
    outcome::{Facts, Failure, Outcome, Worst},
    read::read,
};
use alloy_primitives::B256;
use blocklight_verifier::{EncodedInput, Error, Host as _, Input, Limits, Verdict, Verifier};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use std::{
    any::Any,
    io::{self, IsTerminal as _, Write as _},
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    process::ExitCode,
};

/// Why a run could not start or go on; what goes wrong with one file is that file's outcome.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error("--hash is one block's, but there are {0} files")]
    HashOfMany(usize),
    #[error("standard input can be read only once")]
    StandardInputTwice,
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error("cannot start the threads: {0}")]
    Threads(#[from] ThreadPoolBuildError),
    #[error("cannot wait for Ctrl-C: {0}")]
    Interrupt(#[from] ctrlc::Error),
    #[error("cannot write: {0}")]
    Write(#[from] io::Error),
}

/// One thing to verify.
#[derive(Debug)]
enum Job<'a> {
    File(&'a Path),
    Pair { block: &'a Path, witness: &'a Path },
}

impl Job<'_> {
    fn name(&self) -> String {
        let (Self::File(path) | Self::Pair { block: path, .. }) = self;
        path.display().to_string()
    }
}

/// Verifies what the command line asks for, and prints a line for each.
pub(crate) fn run(arguments: &VerifyArguments) -> Result<ExitCode, RunError> {
    let jobs = jobs(arguments)?;
    let chain = arguments.chain.as_deref().map(chain::given).transpose()?;
    let session = Session {
        verifiers: Verifiers::new(chain, arguments.limits(), arguments.schedule),
        limits: arguments.limits(),
        hash: arguments.hash,
        pool: ThreadPoolBuilder::new()
            .num_threads(arguments.threads.map_or(0, NonZeroUsize::get))
            .build()?,
    };
    let bar = progress_bar(jobs.len());
    let printing = Printing::default();
    interrupt::install(&printing, &bar)?;

    let mut worst = Worst::Valid;
    for job in &jobs {
        let outcome = session.verify(job);
        worst = worst.max(Worst::from(&outcome));
        // A poisoned lock would mean a panic while printing; there is nothing behind it to protect.
        let _line = printing.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match bar.suspend(|| print(&outcome, arguments, session.pool.current_num_threads())) {
            // The reader has seen enough (`| head`); what it has not seen is not vouched for.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                return Ok(ExitCode::from(crate::ERROR));
            }
            printed => printed?,
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(ExitCode::from(worst.exit_status()))
}

fn jobs(arguments: &VerifyArguments) -> Result<Vec<Job<'_>>, RunError> {
    let jobs: Vec<Job<'_>> = match (&arguments.block, &arguments.witness) {
        (Some(block), Some(witness)) => vec![Job::Pair { block, witness }],
        _ => arguments.files.iter().map(|path| Job::File(path)).collect(),
    };
    if arguments.hash.is_some() && jobs.len() != 1 {
        return Err(RunError::HashOfMany(jobs.len()));
    }
    let given = arguments
        .files
        .iter()
        .chain(&arguments.block)
        .chain(&arguments.witness);
    if given.filter(|path| path.as_os_str() == "-").count() > 1 {
        return Err(RunError::StandardInputTwice);
    }
    Ok(jobs)
}

fn print(outcome: &Outcome, arguments: &VerifyArguments, threads: usize) -> io::Result<()> {
    if arguments.json {
        let mut out = io::stdout().lock();
        writeln!(out, "{}", json::line(outcome, threads, arguments.verbose)?)?;
        out.flush()
    } else {
        let mut out = anstream::stdout().lock();
        writeln!(
            out,
            "{}",
            line::Line {
                outcome,
                verbose: arguments.verbose
            }
        )?;
        out.flush()
    }
}

fn progress_bar(files: usize) -> ProgressBar {
    if files < 2 || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(files as u64), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} blocks, {eta} left") {
        bar.set_style(style);
    }
    bar.tick();
    bar
}

/// What stays the same from file to file.
#[derive(Debug)]
struct Session {
    verifiers: Verifiers,
    limits: Limits,
    hash: Option<B256>,
    pool: ThreadPool,
}

impl Session {
    fn verify(&self, job: &Job<'_>) -> Outcome {
        let host = Native::new();
        let mut facts = Facts::default();
        let mut read_ms = 0.0;
        let result = self.result(job, &host, &mut facts, &mut read_ms);
        Outcome {
            file: job.name(),
            facts,
            result,
            read_ms,
        }
    }

    fn result(
        &self,
        job: &Job<'_>,
        host: &Native,
        facts: &mut Facts,
        read_ms: &mut f64,
    ) -> Result<Verdict, Failure> {
        let input = match job {
            Job::File(path) => EncodedInput::File(read(path, &self.limits)?),
            Job::Pair { block, witness } => EncodedInput::Pair {
                block: read(block, &self.limits)?,
                witness: read(witness, &self.limits)?,
            },
        };
        *read_ms = host.now_ms();
        let choose = |input: &Input| -> Result<Verifier, Error> {
            let header = &input.block.header;
            *facts = Facts {
                chain_id: input.chain_id,
                number: Some(header.number),
                hash: Some(header.hash_slow()),
            };
            let verifier = self.verifiers.for_chain(input.chain_id_hint())?;
            Ok(match self.hash {
                Some(hash) => verifier.with_trusted_hash(hash),
                None => verifier,
            })
        };
        let verdict = catch_unwind(AssertUnwindSafe(|| {
            self.pool.install(|| input.verify(&self.limits, host, choose))
        }));
        verdict
            .unwrap_or_else(|panic| Err(panicked(&*panic)))
            .map_err(Failure::Verifier)
    }
}

/// A panic is a bug of ours: this file gets an error, the next one its turn.
fn panicked(panic: &(dyn Any + Send)) -> Error {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Error::Internal {
        during: "verifying the block",
        source: message.unwrap_or("a panic").into(),
    }
}
