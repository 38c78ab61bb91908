//! Execution alone, sequential against parallel: synthetic blocks and real ones, with pre-state and analysed code in memory.
//! `--help` says what it can be asked.

mod arguments;
mod measure;
mod plot;
mod profile;
mod subject;
mod table;

use arguments::Arguments;
use blocklight_tests::{DependencyGraph, repository};
use clap::Parser as _;
use measure::Bench;
use plot::Results;
use std::{fs, io, path::PathBuf};

/// The command's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let bench = Bench::new(arguments.threads(), arguments.least);
    let (synthetic, mut real) = (
        subject::synthetic_blocks(&arguments)?,
        subject::real_blocks(&arguments)?,
    );
    if arguments.test {
        // Only to see that it runs.
        real.truncate(10);
    }
    if arguments.profile {
        for block in synthetic.iter().chain(&real) {
            profile::profile(block, &bench);
        }
        return Ok(());
    }
    let mut results = Results::new(arguments.threads());
    table::head(results.threads);
    for block in &synthetic {
        let measured = bench.measure(block, arguments.rounds(5));
        table::row(&measured);
        results.synthetic.push(measured);
    }
    for block in &real {
        let measured = bench.measure(block, arguments.rounds(15));
        table::row(&measured);
        results.real.push(measured);
        if block.block.header.gas_used >= subject::LARGE
            && let Some(graph) = DependencyGraph::record(block, bench.one())
        {
            results.simulated.push(graph.simulate());
        }
    }
    table::summary(&results);
    if !arguments.test {
        let file = plot_file()?;
        fs::write(&file, plot::svg(&results))?;
        println!();
        println!("Plot: {}", file.display());
    }
    Ok(())
}

/// `target/bench/execute.svg`, wherever cargo's target folder is.
fn plot_file() -> io::Result<PathBuf> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository().join("target"), PathBuf::from);
    let folder = target.join("bench");
    fs::create_dir_all(&folder)?;
    Ok(fs::canonicalize(folder)?.join("execute.svg"))
}
