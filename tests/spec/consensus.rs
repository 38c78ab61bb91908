//! A slice of the consensus tests that fits a minute, over every fork; `BLOCKLIGHT_FULL=1` runs them all.
//!
//! Invariant: which cases are run depends on the fixtures alone, and what is left out is said. A sample of those that passed is
//! left in the build folder, for `tests/consumers/consensus.test.mjs` to run in a browser: none that an earlier run left.
#![forbid(unsafe_code)]

use blocklight_tests::{
    full_sweeps, repository,
    spec::{Options, Sample, fixture_cache, fixture_files, run},
};
use std::{fs, path::Path, process::ExitCode};

/// The archives, of each every so many files, and of a file every so many cases.
const ARCHIVES: [(&str, usize, usize); 4] = [
    ("eest-v5.4.0", 1, 3),
    ("eest-v5.4.0-static", 4, 2),
    ("eest-amsterdam-bal-v5.7.0", 1, 1),
    (WITNESS_FORMAT, 1, 1),
];

/// The archive whose blocks have witnesses and SSZ inputs with them.
const WITNESS_FORMAT: &str = "eest-zkevm-v0.3.3";

/// Cases of each fork in the sample.
const SAMPLED: usize = 24;

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let sample_file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("consensus-sample.json");
    // It may not be there.
    drop(fs::remove_file(&sample_file));
    if !repository().join("../shared/fixtures").is_dir() {
        println!("skipped: ../shared is not here");
        return ExitCode::SUCCESS;
    }
    let mut failed = false;
    let mut sample = Sample::new(SAMPLED);
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
            sample: SAMPLED,
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
                failed |= summary.total().failed > 0 || summary.cases() == 0;
                let blocks = summary.total().blocks;
                // All but those that revm has otherwise (`known.rs`).
                if archive == WITNESS_FORMAT && blocks.stateless != 119 {
                    println!(
                        "{archive}: {} blocks were verified from their own inputs, where 119 can be",
                        blocks.stateless
                    );
                    failed = true;
                }
                // One test gives a node more than the block needs.
                if archive == WITNESS_FORMAT && (blocks.recorded, blocks.recorded_less) != (112, 1) {
                    println!(
                        "{archive}: {} recorded witnesses are the fixtures' own, {} have a node less, where 112 and 1 can be",
                        blocks.recorded, blocks.recorded_less
                    );
                    failed = true;
                }
                if (every, every_case) == (1, 1) {
                    for other in summary.other_counts(&[archive]) {
                        println!("{archive}: {other}");
                        failed = true;
                    }
                }
                sample.merge(summary.sample);
            }
            Err(error) => {
                println!("{archive}: {error}");
                failed = true;
            }
        }
    }
    println!(
        "{} cases of {} forks are left for the browser",
        sample.len(),
        sample.forks()
    );
    if let Err(error) = sample.write(&sample_file) {
        println!("{}: {error}", sample_file.display());
        failed = true;
    }
    ExitCode::from(u8::from(failed))
}
