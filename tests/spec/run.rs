//! `make spec DIR=…`: runs every blockchain test below a folder.
//!
//! Invariant: the exit status is a success only if nothing failed and something passed or was skipped with a cause.
#![forbid(unsafe_code)]

use blocklight_tests::spec::{Options, fixture_cache, fixture_files, run};
use std::{path::PathBuf, process::ExitCode};

const USAGE: &str =
    "spec [--filter TEXT] [--every N] [--every-case N] [--jobs N] [--threads N] [DIR|FILE ...]
Runs the blockchain tests below each DIR; without one, those that scripts/set-up fixtures has unpacked.
  --filter TEXT   only cases whose file or name contains TEXT
  --every N       every N-th file only
  --every-case N  every N-th case of a file only
  --jobs N        cases at once; without it, one for each core
  --threads N     threads for each verification; without it, 1";

fn arguments() -> Result<(Options, Vec<PathBuf>), String> {
    let (mut options, mut roots) = (Options::default(), Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .ok_or_else(|| format!("{argument} wants a value"))
        };
        let number = |text: String| text.parse().map_err(|_| format!("{text} is no number"));
        match argument.as_str() {
            "--filter" => options.filter = Some(value()?).filter(|text| !text.is_empty()),
            "--every" => options.every = number(value()?)?,
            "--every-case" => options.every_case = number(value()?)?,
            "--jobs" => options.jobs = number(value()?)?,
            "--threads" => options.threads = number(value()?)?,
            "-h" | "--help" => return Err(String::new()),
            option if option.starts_with('-') => return Err(format!("no option {option}")),
            root => roots.push(PathBuf::from(root)),
        }
    }
    Ok((options, roots))
}

fn main() -> ExitCode {
    let (options, mut roots) = match arguments() {
        Ok(arguments) => arguments,
        Err(message) => {
            eprintln!("{message}\n{USAGE}");
            return ExitCode::from(3);
        }
    };
    if roots.is_empty() {
        roots.push(fixture_cache());
    }
    let mut files = Vec::new();
    for root in &roots {
        match fixture_files(root) {
            Ok(found) if !found.is_empty() => files.extend(found),
            Ok(_) => {
                eprintln!("no .json below {}", root.display());
                return ExitCode::from(3);
            }
            Err(error) => {
                eprintln!("{}: {error}", root.display());
                return ExitCode::from(3);
            }
        }
    }
    match run(&files, &options) {
        Ok(summary) => {
            print!("{summary}");
            ExitCode::from(u8::from(summary.total().failed > 0))
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(3)
        }
    }
}
