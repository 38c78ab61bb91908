//! A slice of the consensus tests that fits a minute, over every fork; `BLOCKLIGHT_FULL=1` runs them all.
//!
//! Invariant: which cases are run depends on the fixtures alone, and what is left out is said.
#![forbid(unsafe_code)]

use blocklight_tests::{
    full_sweeps, repository,
    spec::{Options, fixture_cache, fixture_files, run},
};
use std::process::ExitCode;

/// The archives, of each every so many files, and of a file every so many cases.
const ARCHIVES: [(&str, usize, usize); 4] = [
    ("eest-v5.4.0", 1, 3),
    ("eest-v5.4.0-static", 4, 2),
    ("eest-amsterdam-bal-v5.7.0", 1, 1),
    ("eest-zkevm-v0.3.3", 1, 1),
];

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    if !repository().join("../shared/fixtures").is_dir() {
        println!("skipped: ../shared is not here");
        return ExitCode::SUCCESS;
    }
    let mut failed = false;
    for (archive, every, every_case) in ARCHIVES {
        let (every, every_case) = if full_sweeps() {
            (1, 1)
        } else {
            (every, every_case)
        };
        let files = match fixture_files(&fixture_cache().join(archive)) {
            Ok(files) if !files.is_empty() => files,
            _ => {
                println!("skipped: {archive} is not unpacked: run scripts/set-up fixtures");
                continue;
            }
        };
        let options = Options {
            every,
            every_case,
            ..Options::default()
        };
        match run(&files, &options) {
            Ok(summary) => {
                let taken = files.len().div_ceil(every);
                let left_out = files.len() - taken;
                println!(
                    "{archive}: {taken} files, {left_out} left out; of a file 1 case in {every_case} (make spec runs all)"
                );
                print!("{summary}");
                failed |= summary.total().failed > 0;
            }
            Err(error) => {
                println!("{archive}: {error}");
                failed = true;
            }
        }
    }
    ExitCode::from(u8::from(failed))
}
