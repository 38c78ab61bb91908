//! `make spec DIR=…`: runs every blockchain test below a folder.
//!
//! Invariant: the exit status is a success only if nothing failed and a case was run; and where all there are were run, only if
//! the known causes stand for as many cases as they should.
#![forbid(unsafe_code)]

use blocklight_tests::spec::{Options, Summary, fixture_cache, fixture_files, run};
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

const USAGE: &str =
    "spec [--filter TEXT] [--every N] [--every-case N] [--jobs N] [--threads N] [--export N FILE] [DIR|FILE ...]
Runs the blockchain tests below each DIR; without one, those that scripts/set-up fixtures has unpacked. Each block is verified in
order on one thread, ahead of order on several, and by the access list that it has or that executing it gives; all must agree.
  --filter TEXT    only cases whose file or name contains TEXT
  --every N        every N-th file only
  --every-case N   every N-th case of a file only
  --jobs N         cases at once; without it, one for each core
  --threads N      threads to run ahead on; without it, 2
  --export N FILE  writes N cases of each fork that passed into FILE, as JSON: blocks, recorded witnesses, verdicts";

/// What was asked for.
#[derive(Default)]
struct Arguments {
    options: Options,
    export: Option<PathBuf>,
    roots: Vec<PathBuf>,
}

fn arguments() -> Result<Arguments, String> {
    let mut asked = Arguments::default();
    let options = &mut asked.options;
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
            "--export" => {
                options.sample = number(value()?)?;
                asked.export = Some(PathBuf::from(value()?));
            }
            "-h" | "--help" => return Err(String::new()),
            option if option.starts_with('-') => return Err(format!("no option {option}")),
            root => asked.roots.push(PathBuf::from(root)),
        }
    }
    Ok(asked)
}

fn main() -> ExitCode {
    let result = arguments()
        .map_err(|message| format!("{message}\n{USAGE}"))
        .and_then(|asked| spec(&asked));
    match result {
        Ok(well) => ExitCode::from(u8::from(!well)),
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(3)
        }
    }
}

/// Whether all went as it should.
fn spec(asked: &Arguments) -> Result<bool, String> {
    let Arguments {
        options,
        export,
        roots,
    } = asked;
    let cache = [fixture_cache()];
    let files = files(if roots.is_empty() { &cache } else { roots })?;
    let summary = run(&files, options).map_err(|error| error.to_string())?;
    print!("{summary}");
    if summary.cases() == 0 {
        return Err(nothing_run(files.len(), options));
    }
    if let Some(file) = export {
        let sample = &summary.sample;
        let written = sample.write(file);
        written.map_err(|error| format!("{}: {error}", file.display()))?;
        let (cases, forks) = (sample.len(), sample.forks());
        eprintln!("{cases} cases of {forks} forks written to {}", file.display());
    }
    let whole = roots.is_empty() && options.filter.is_none() && options.every <= 1 && options.every_case <= 1;
    let as_known = !whole || counts_are_known(&summary, &cache[0])?;
    Ok(summary.total().failed == 0 && as_known)
}

/// Why there was not a single case to run in so many files.
fn nothing_run(files: usize, options: &Options) -> String {
    let read = files.div_ceil(options.every.max(1));
    match &options.filter {
        Some(filter) => format!("no case matches the filter `{filter}` (files read: {read})"),
        None => format!("there is no case to run (files read: {read})"),
    }
}

fn files(roots: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for root in roots {
        let found = fixture_files(root).map_err(|error| format!("{}: {error}", root.display()))?;
        if found.is_empty() {
            return Err(format!("no .json below {}", root.display()));
        }
        files.extend(found);
    }
    Ok(files)
}

/// Whether the known causes stand for as many cases as they should in the archives that are unpacked.
fn counts_are_known(summary: &Summary, cache: &Path) -> Result<bool, String> {
    let unpacked = fs::read_dir(cache).map_err(|error| format!("{}: {error}", cache.display()))?;
    let names: Vec<String> = unpacked
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let archives: Vec<&str> = names.iter().map(String::as_str).collect();
    let others = summary.other_counts(&archives);
    for other in &others {
        eprintln!("{other}");
    }
    Ok(others.is_empty())
}
