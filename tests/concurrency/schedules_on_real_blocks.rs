//! On every real block every schedule gives what the sequential one gives, with any number of threads, and however the
//! threads are held up.
//!
//! `BLOCKLIGHT_FULL=1` runs each block 20 times instead of once with each number of threads.

use alloy_consensus::{ReceiptEnvelope, proofs::calculate_receipt_root, transaction::SignerRecoverable};
use alloy_hardforks::EthereumHardforks;
use alloy_primitives::{Address, B256, Bloom, U256};
use blocklight_executor::{Receipt, Schedule};
use blocklight_tests::{
    Execution, FlatBlock, FlatState, NoSuchCode, Perturbed, Preread, assert_same, flat_blocks, full_sweeps,
    pool, pools, shared_blocks,
};
use blocklight_verifier::{Block, ChainSpec, Input, Limits};
use revm::{DatabaseRef, bytecode::Bytecode, state::AccountInfo};
use std::sync::atomic::{AtomicBool, Ordering};

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

#[test]
fn real_blocks_come_out_as_their_headers_say() {
    let Some(blocks) = flat_blocks("").expect("readable") else {
        return;
    };
    let pool = pool(2);
    let mut as_their_headers_say = 0;
    for it in &blocks {
        let header = &it.block.header;
        let asked = Asked {
            state: &it.pre_state,
            for_hash: AtomicBool::new(false),
        };
        let outcome = pool.install(|| execution(it, &asked).outcome(Schedule::Speculative));
        if asked.for_hash.into_inner() {
            continue;
        }
        let output = outcome.unwrap_or_else(|error| panic!("{}: {error}", it.name));
        let (root, bloom) = receipts_root_and_bloom(&it.block, &output.receipts);
        assert_eq!(output.gas_used, header.gas_used, "{}", it.name);
        assert_eq!(bloom, header.logs_bloom, "{}", it.name);
        // Before Byzantium receipts hold state roots, which a flat state has not.
        if it.chain.is_byzantium_active_at_block(header.number) {
            assert_eq!(root, header.receipts_root, "{}", it.name);
        }
        as_their_headers_say += 1;
    }
    assert!(
        as_their_headers_say * 3 > blocks.len() * 2,
        "only {as_their_headers_say} ask for no block hash"
    );
}

#[test]
fn real_blocks_with_flat_pre_state() {
    let Some(blocks) = flat_blocks("").expect("readable") else {
        return;
    };
    let pools = pools();
    for it in &blocks {
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
        let input = Input::decode(&file.read().expect("readable"), &Limits::default()).expect("decodable");
        let chain = input.chain_id.and_then(ChainSpec::by_id).expect("a chain");
        let transactions = &input.block.body.transactions;
        let senders: Vec<_> = transactions
            .iter()
            .map(|it| it.recover_signer_unchecked().expect("a signer"))
            .collect();
        let database = Preread::of_witness(&input);
        let mut execution = Execution::new(&chain, &input.block, &senders, &database);
        let list = execution.list();
        execution.access_list = Some(&list);
        let expected = execution.outcome(Schedule::Sequential);
        assert_same(&file.name, &pools, rounds(), &expected, |schedule, _| {
            execution.outcome(schedule)
        });
    }
}

#[test]
fn real_blocks_whose_readers_are_held_up() {
    let Some(blocks) = flat_blocks("").expect("readable") else {
        return;
    };
    let pools = pools();
    // Small ones: being held up takes time.
    let blocks = blocks
        .iter()
        .filter(|it| full_sweeps() || (20..250).contains(&it.senders.len()));
    for it in blocks {
        let mut execution = execution(it, &it.pre_state);
        let list = execution.list();
        execution.access_list = Some(&list);
        let expected = execution.outcome(Schedule::Sequential);
        assert_same(&it.name, &pools, rounds(), &expected, |schedule, seed| {
            execution
                .on(&Perturbed::new(&it.pre_state, seed))
                .outcome(schedule)
        });
    }
}
