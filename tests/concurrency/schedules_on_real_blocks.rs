//! On every real block every schedule gives what the sequential one gives, with any number of threads, and however the
//! threads are held up.
//!
//! `BLOCKLIGHT_FULL=1` runs each block 20 times instead of once with each number of threads, and holds up the readers of all, less often,
//! instead of small ones.

use alloy_consensus::{ReceiptEnvelope, proofs::calculate_receipt_root, transaction::SignerRecoverable};
use alloy_hardforks::EthereumHardforks;
use alloy_primitives::{Address, B256, Bloom, U256};
use blocklight_executor::{HasStorageRef, Receipt, Schedule};
use blocklight_tests::{
    BlockFile, Execution, FlatBlock, FlatState, NoSuchCode, Preread, assert_same, flat_blocks, full_sweeps,
    pool, pools, shared_blocks, swept,
};
use blocklight_verifier::{Block, ChainSpec, Input, Limits};
use revm::{DatabaseRef, bytecode::Bytecode, state::AccountInfo};
use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
};

fn rounds() -> u64 {
    if full_sweeps() { 20 } else { 1 }
}

fn execution<'a, DB>(block: &'a FlatBlock, database: &'a DB) -> Execution<'a, DB> {
    Execution::new(&block.chain, &block.block, &block.senders, database)
}

/// Notes whether a block hash is asked for (BLOCKHASH): the files have none, so what follows from one is not as on mainnet.
struct Asked<'a> {
    state: &'a FlatState,
    for_hash: AtomicBool,
}

impl DatabaseRef for Asked<'_> {
    type Error = NoSuchCode;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, NoSuchCode> {
        self.state.basic_ref(address)
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, NoSuchCode> {
        self.state.code_by_hash_ref(code_hash)
    }

    fn storage_ref(&self, address: Address, index: U256) -> Result<U256, NoSuchCode> {
        self.state.storage_ref(address, index)
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, NoSuchCode> {
        self.for_hash.store(true, Ordering::Relaxed);
        self.state.block_hash_ref(number)
    }
}

impl HasStorageRef for Asked<'_> {
    fn has_storage_ref(&self, address: Address) -> Result<bool, NoSuchCode> {
        self.state.has_storage_ref(address)
    }
}

/// The root of the receipts as the block's transactions have them (EIP-2718), and the bloom over all.
fn receipts_root_and_bloom(block: &Block, receipts: &[Receipt]) -> (B256, Bloom) {
    let envelopes: Vec<_> = receipts
        .iter()
        .zip(&block.body.transactions)
        .map(|(receipt, transaction)| {
            ReceiptEnvelope::from_typed(transaction.tx_type(), receipt.clone().with_bloom())
        })
        .collect();
    let bloom = envelopes
        .iter()
        .fold(Bloom::ZERO, |all, it| all | *it.logs_bloom());
    (calculate_receipt_root(&envelopes), bloom)
}

/// Those of `../shared/blocks-with-prestate` that ask for a block hash, in order of number.
const ASK_FOR_A_HASH: [&str; 15] = [
    "mainnet-2462997",
    "mainnet-4864590",
    "mainnet-5283152",
    "mainnet-7279999",
    "mainnet-8889776",
    "mainnet-9069000",
    "mainnet-11114732",
    "mainnet-12047794",
    "mainnet-12459406",
    "mainnet-13217637",
    "mainnet-14029313",
    "mainnet-15199017",
    "mainnet-15537393",
    "mainnet-19923400",
    "mainnet-19933597",
];

#[test]
fn real_blocks_come_out_as_their_headers_say() {
    let Some(blocks) = flat_blocks("").expect("readable") else {
        return;
    };
    let pool = pool(2);
    let mut asking = Vec::new();
    for it in &blocks {
        let header = &it.block.header;
        let asked = Asked {
            state: &it.pre_state,
            for_hash: AtomicBool::new(false),
        };
        // Who runs ahead may ask for what nobody does in the end.
        let sequential = execution(it, &asked).outcome(Schedule::Sequential);
        if asked.for_hash.into_inner() {
            asking.push(it.name.as_str());
            continue;
        }
        let outcome = pool.install(|| execution(it, &it.pre_state).outcome(Schedule::Speculative));
        assert!(outcome == sequential, "{}", it.name);
        let output = outcome.unwrap_or_else(|error| panic!("{}: {error}", it.name));
        let (root, bloom) = receipts_root_and_bloom(&it.block, &output.receipts);
        assert_eq!(output.gas_used, header.gas_used, "{}", it.name);
        assert_eq!(bloom, header.logs_bloom, "{}", it.name);
        // Before Byzantium receipts hold state roots, which a flat state has not.
        if it.chain.is_byzantium_active_at_block(header.number) {
            assert_eq!(root, header.receipts_root, "{}", it.name);
        }
    }
    println!(
        "{} of {} blocks ask for a block hash, which is not in their files, and are not held to their headers: {asking:?}",
        asking.len(),
        blocks.len()
    );
    assert_eq!(asking, ASK_FOR_A_HASH);
}

/// Bytes of a file, as it is compressed, whose block takes well under a second to be run with readers held up.
const SMALL: u64 = 400_000;

/// A block on the state that its witness shows.
struct Witnessed {
    chain: ChainSpec,
    block: Block,
    senders: Vec<Address>,
    pre_state: Preread,
}

impl Witnessed {
    fn read(file: &BlockFile) -> Self {
        let input = Input::decode(&file.read().expect("readable"), &Limits::default()).expect("decodable");
        let transactions = input.block.body.transactions.iter();
        Self {
            chain: input.chain_id.and_then(ChainSpec::by_id).expect("a chain"),
            senders: transactions
                .map(|it| it.recover_signer_unchecked().expect("a signer"))
                .collect(),
            pre_state: Preread::of_witness(&input),
            block: input.block,
        }
    }

    fn execution(&self) -> Execution<'_, Preread> {
        Execution::new(&self.chain, &self.block, &self.senders, &self.pre_state)
    }
}

#[test]
fn real_blocks_with_flat_pre_state() {
    let Some(blocks) = flat_blocks("").expect("readable") else {
        return;
    };
    let pools = pools();
    for it in blocks.iter().step_by(swept(1, 1, 2)) {
        let mut execution = execution(it, &it.pre_state);
        let list = execution.list();
        execution.access_list = Some(&list);
        let expected = execution.outcome(Schedule::Sequential);
        assert_same(&it.name, &pools, rounds(), &expected, |schedule, _| {
            execution.outcome(schedule)
        });
    }
}

#[test]
fn real_blocks_with_witnesses() {
    let Some(files) = shared_blocks().expect("readable") else {
        return;
    };
    let pools = pools();
    for file in files {
        let it = Witnessed::read(&file);
        let mut execution = it.execution();
        let list = execution.list();
        execution.access_list = Some(&list);
        let expected = execution.outcome(Schedule::Sequential);
        assert_same(&file.name, &pools, rounds(), &expected, |schedule, _| {
            execution.outcome(schedule)
        });
    }
}

#[test]
fn real_blocks_with_witnesses_whose_readers_are_held_up() {
    let Some(files) = shared_blocks().expect("readable") else {
        return;
    };
    // One thread alone has nobody to get ahead of.
    let (pools, seeds) = if full_sweeps() {
        (pools(), 4)
    } else {
        (vec![pool(2), pool(4)], swept(3, 3, 1))
    };
    let (mut run, mut left_out) = (0, 0);
    for file in &files {
        let size = fs::metadata(&file.path).expect("a file").len();
        if size > SMALL && !full_sweeps() {
            left_out += 1;
            continue;
        }
        let it = Witnessed::read(file);
        let mut execution = it.execution();
        let list = execution.list();
        execution.access_list = Some(&list);
        let expected = execution.outcome(Schedule::Sequential);
        assert_same(&file.name, &pools, seeds, &expected, |schedule, seed| {
            execution.held_up(seed, schedule)
        });
        run += 1;
    }
    println!(
        "{run} blocks with {seeds} seeds each; {left_out} left out for their size (none with BLOCKLIGHT_FULL=1)"
    );
    assert!(run > files.len() / 2, "most files are small");
}

#[test]
fn real_blocks_whose_readers_are_held_up() {
    let Some(blocks) = flat_blocks("").expect("readable") else {
        return;
    };
    let pools = pools();
    // Small ones: being held up takes time.
    let small = swept(0..usize::MAX, 20..250, 20..120);
    let blocks = blocks.iter().filter(|it| small.contains(&it.senders.len()));
    for it in blocks {
        let mut execution = execution(it, &it.pre_state);
        let list = execution.list();
        execution.access_list = Some(&list);
        let expected = execution.outcome(Schedule::Sequential);
        assert_same(&it.name, &pools, swept(2, 1, 1), &expected, |schedule, seed| {
            execution.held_up(seed, schedule)
        });
    }
}
