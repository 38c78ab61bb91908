//! Keccak-256 of branch-sized inputs: this crate's ways against alloy-primitives' default.

use blocklight_keccak::{keccak256, keccak256_group, keccak256_pair};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

/// A full branch node's length.
const LEN: usize = 532;

fn hashing(c: &mut Criterion) {
    let a: Vec<u8> = (0..=u8::MAX).cycle().take(LEN).collect();
    let b: Vec<u8> = (0..=u8::MAX).rev().cycle().take(LEN).collect();
    let many: Vec<&[u8]> = (0..64)
        .map(|i| if i % 2 == 0 { &a[..] } else { &b[..] })
        .collect();

    let mut group = c.benchmark_group("keccak256 of 532 bytes");
    group.throughput(Throughput::Bytes(LEN as u64));
    group.bench_function("alloy-primitives", |bench| {
        bench.iter(|| alloy_primitives::keccak256(black_box(&a)));
    });
    group.bench_function("one", |bench| bench.iter(|| keccak256(black_box(&a))));
    group.throughput(Throughput::Bytes(2 * LEN as u64));
    group.bench_function("pair", |bench| {
        bench.iter(|| keccak256_pair(black_box(&a), black_box(&b)));
    });
    group.throughput(Throughput::Bytes((many.len() * LEN) as u64));
    group.bench_function("group of 64", |bench| {
        bench.iter(|| keccak256_group(black_box(&many)));
    });
    group.finish();
}

criterion_group!(benches, hashing);
criterion_main!(benches);
