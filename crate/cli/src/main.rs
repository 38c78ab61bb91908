//! `blocklight`, the native twin of the page: verifies blocks from files, and records witnesses of a chain's own or
//! of a node's.
//!
//! Invariant: the exit status tells the worst outcome, and 0 is given only when every block asked about is valid.
#![forbid(unsafe_code)]

mod args;
mod chain;
mod host;
mod interrupt;
mod json;
mod line;
mod node;
mod outcome;
mod read;
mod record;
mod rpc;
mod verify;

use args::{Arguments, Command};
use clap::Parser as _;
use std::process::ExitCode;

/// glibc's own makes a thread that frees what another has allocated wait for a lock, and parallel execution does that all
/// the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit status for an error of ours; wrong usage is one, as clap's own 2 would read as *incomplete*.
const ERROR: u8 = 3;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version arrive here too, and are no errors. Nowhere to tell of a closed terminal.
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(ERROR)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    match arguments.command {
        Command::Verify(arguments) => verify::run(&arguments).unwrap_or_else(|error| {
            anstream::eprintln!("blocklight: {error}");
            ExitCode::from(ERROR)
        }),
        Command::Record(arguments) => match record::run(&arguments) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                anstream::eprintln!("blocklight: {error}");
                ExitCode::from(ERROR)
            }
        },
    }
}
