//! The witness of a real block: hashing, revealing, reading every account, changing every account and slot.

#[path = "../tests/witnessed_block/mod.rs"]
mod witnessed_block;

use alloy_primitives::U256;
use blocklight_trie::{StateTrie, WitnessNodes};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use witnessed_block::{Block, block, change_all, folder, keys};

const BLOCK: &str = "mainnet-24628608-zisk";

fn trie(c: &mut Criterion) {
    let Some(folder) = folder() else { return };
    let Block {
        parent_state_root,
        witness,
    } = block(&folder.join(format!("{BLOCK}.json.gz")));
    let nodes = WitnessNodes::new(witness.state.clone(), 1);
    let trie = StateTrie::reveal(parent_state_root, &nodes, 2).unwrap();
    let accounts = keys(&nodes, parent_state_root);
    let changes = change_all(
        &nodes,
        &trie,
        &accounts,
        |wei| wei + U256::ONE,
        |word| word ^ U256::from(0x5555_0000),
    );
    let slots: usize = changes
        .accounts
        .iter()
        .map(|(_, update)| update.storage.len())
        .sum();
    let bytes: usize = witness.state.iter().map(|node| node.len()).sum();
    let root = trie.post_state_root(&changes).unwrap();
    println!(
        "{BLOCK}: {} nodes, {bytes} bytes, {} permutations; {} accounts, {slots} slots; root {} after {} permutations",
        nodes.len(),
        nodes.permutations(),
        accounts.len(),
        root.hash,
        root.permutations,
    );

    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let mut group = c.benchmark_group(format!("{BLOCK}, {threads} threads"));
        group.sample_size(20);
        group.bench_function("hash nodes", |bench| {
            bench.iter_batched(
                || witness.state.clone(),
                |state| pool.install(|| WitnessNodes::new(state, 1)),
                BatchSize::LargeInput,
            );
        });
        group.bench_function("reveal", |bench| {
            bench.iter(|| pool.install(|| StateTrie::reveal(parent_state_root, &nodes, 2)));
        });
        group.bench_function("read every account", |bench| {
            bench.iter(|| {
                for address in &accounts {
                    black_box(trie.account(address).unwrap());
                }
            });
        });
        group.bench_function("post-state root of every account and slot changed", |bench| {
            bench.iter(|| pool.install(|| trie.post_state_root(&changes).unwrap()));
        });
        group.finish();
    }
}

criterion_group!(benches, trie);
criterion_main!(benches);
