//! The blocks that are measured.
//!
//! Invariant: a block's gas is what executing it here uses, so that what is measured and what is said go together.

use crate::arguments::Arguments;
use blocklight_executor::Schedule;
use blocklight_tests::{FlatBlock, Synthetic, flat_blocks, sample_input, shared_blocks, synthetic};
use blocklight_verifier::{ChainSpec, Input, Limits};
use std::io;

/// Gas from which a real block counts in the geometric means, and from which one of `../shared/blocks` is large.
pub(crate) const LARGE: u64 = 4_000_000;

/// The blocks that parallel EVMs publish figures of, of about as much gas each as was asked for.
pub(crate) fn synthetic_blocks(arguments: &Arguments) -> io::Result<Vec<FlatBlock>> {
    let (_, sample) = sample_input()?;
    let sets = Synthetic::ALL.into_iter();
    let wanted = sets.filter(|set| arguments.wants("synthetic", set.name()));
    wanted
        .map(|set| {
            let asked = arguments.gas();
            let mut block = synthetic(set, asked, &sample);
            let output = block
                .execution()
                .outcome(Schedule::Sequential)
                .map_err(io::Error::other)?;
            let name = &block.name;
            assert!(output.reports.iter().all(|report| report.success), "{name}");
            let apart = output.gas_used.abs_diff(asked);
            assert!(apart <= asked / 20, "{name}: {} gas for {asked}", output.gas_used);
            block.block.header.gas_used = output.gas_used;
            Ok(block)
        })
        .collect()
}

/// Every block of `../shared/blocks-with-prestate`, and the large ones of `../shared/blocks` whose state a witness shows
/// whole; in order of gas.
pub(crate) fn real_blocks(arguments: &Arguments) -> io::Result<Vec<FlatBlock>> {
    let mut blocks = Vec::new();
    // What a name says is only known once the file is: "real" is in none.
    let part = arguments
        .block
        .as_deref()
        .filter(|asked| !["real", "synthetic"].contains(asked));
    blocks.extend(flat_blocks(part.unwrap_or_default())?.into_iter().flatten());
    for file in shared_blocks()?.into_iter().flatten() {
        if file.expected != "valid" || !arguments.wants("real", &file.name) {
            continue;
        }
        let input = Input::decode(&file.read()?, &Limits::default()).map_err(io::Error::other)?;
        let number = input.block.header.number;
        let known = blocks
            .iter()
            .any(|it: &FlatBlock| it.block.header.number == number);
        if known || input.block.header.gas_used < LARGE {
            continue;
        }
        let chain = input
            .chain_id
            .and_then(ChainSpec::by_id)
            .ok_or_else(|| io::Error::other("no built-in chain"))?;
        blocks.push(FlatBlock::of_witness(&file.name, chain, input)?);
    }
    for block in &mut blocks {
        let outcome = block.execution().outcome(Schedule::Sequential);
        // Files without the hashes of earlier blocks lead some transactions elsewhere: what is measured is what counts.
        match outcome.map(|output| output.gas_used) {
            Ok(gas) => block.block.header.gas_used = gas,
            Err(error) => println!("{} ends early, the same in every way: {error}", block.name),
        }
    }
    blocks.sort_by_key(|block| block.block.header.gas_used);
    Ok(blocks)
}
