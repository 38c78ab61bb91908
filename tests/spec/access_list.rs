//! Block-level access lists (EIP-7928) on blocks made here: what comes with a block is held to its header, and the header to
//! what execution rebuilds.

use alloy_consensus::{SignableTransaction, TxEip1559, proofs};
use alloy_eips::eip2930::AccessList;
use alloy_eips::eip4895::Withdrawal;
use alloy_eips::eip7928::{
    AccountChanges, BalanceChange, BlockAccessIndex, BlockAccessList, NonceChange, SlotChanges,
    StorageChange, compute_block_access_list_hash, total_bal_items,
};
use alloy_primitives::{Address, B256, Bytes, Signature, U256, keccak256};
use blocklight_tests::pool;
use blocklight_verifier::{
    AccessListFault, AccessListPart, Block, ChainSpec, Input, InvalidReason, Limits, Missing, Quiet,
    Schedule, Transaction, Verdict, Verifier,
    recorder::{Genesis, Recorder, Recording},
};
use k256::ecdsa::SigningKey;
use rayon::ThreadPool;
use serde_json::{Value, json};

const PAID: Address = Address::repeat_byte(0x77);
const SCHEDULES: [Schedule; 4] = [
    Schedule::Sequential,
    Schedule::Speculative,
    Schedule::AccessList,
    Schedule::Auto,
];
/// How many accounts there are that can pay.
const PAYERS: usize = 12;

fn payer(index: usize) -> SigningKey {
    SigningKey::from_slice(keccak256(format!("payer {index}")).as_slice()).expect("a key")
}

/// A payer's transaction that pays a wei.
fn payment(payer: &SigningKey) -> Transaction {
    let transaction = TxEip1559 {
        chain_id: 7928,
        nonce: 0,
        gas_limit: 500_000,
        max_fee_per_gas: 2_000_000_000,
        max_priority_fee_per_gas: 1,
        to: PAID.into(),
        value: U256::ONE,
        access_list: AccessList::default(),
        input: Bytes::new(),
    };
    let signature = payer.sign_prehash_recoverable(transaction.signature_hash().as_slice());
    let signature = Signature::from(signature.expect("a signature"));
    transaction.into_signed(signature).into()
}

/// A chain at Amsterdam whose system contracts stop at once, but for the one that keeps beacon roots (EIP-4788), as that EIP
/// gives it.
fn genesis() -> Value {
    let beacon_roots = "0x3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f35801560495762001fff810690815414603c575f5ffd5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff015500";
    let stop = json!({"nonce": "0x1", "balance": "0x0", "code": "0x00"});
    let zero = format!("0x{}", "00".repeat(32));
    let blobs = json!({"target": 6, "max": 9, "baseFeeUpdateFraction": 5_007_716});
    let mut genesis = json!({
        "config": {
            "chainId": 7928, "homesteadBlock": 0, "eip150Block": 0, "eip155Block": 0, "eip158Block": 0,
            "byzantiumBlock": 0, "constantinopleBlock": 0, "petersburgBlock": 0, "istanbulBlock": 0,
            "berlinBlock": 0, "londonBlock": 0, "terminalTotalDifficulty": 0, "shanghaiTime": 0, "cancunTime": 0,
            "pragueTime": 0, "osakaTime": 0, "amsterdamTime": 0,
            "blobSchedule": {"cancun": blobs, "prague": blobs, "osaka": blobs, "amsterdam": blobs}
        },
        "nonce": "0x0", "timestamp": "0x64", "extraData": "0x", "gasLimit": "0x1c9c380", "difficulty": "0x0",
        "mixHash": zero, "coinbase": format!("0x{}", "00".repeat(20)),
        "alloc": {
            "0x000f3df6d732807ef1319fb7b8bb8522d0beac02": {"nonce": "0x1", "balance": "0x0", "code": beacon_roots},
            "0x0000f90827f1c53a10cb7a02335b175320002935": stop,
            "0x00000961ef480eb55e80d19ad83579a64c007002": stop,
            "0x0000bbddc7ce488642fb579f8b00f3a590007251": stop,
            "0x0000bff46984e3725691fa540a8c7589300d8282": stop,
            "0x000064d678505ad48f8ccb093bc65613800e8282": stop,
        }
    });
    for index in 0..PAYERS {
        let address = Address::from_public_key(payer(index).verifying_key());
        genesis["alloc"][address.to_string()] = json!({"balance": "0xde0b6b3a7640000"});
    }
    genesis
}

/// A valid block, its list and witness.
struct Case {
    chain: ChainSpec,
    recorder: Recorder,
    block: Block,
    recording: Recording,
}

impl Case {
    /// A block without transactions.
    fn new() -> Self {
        Self::with_payments(0)
    }

    /// A block in which the first so many payers pay.
    fn with_payments(count: usize) -> Self {
        let genesis = Genesis::from_json(genesis().to_string().as_bytes()).expect("a genesis");
        let (chain, recorder) = (genesis.chain.clone(), genesis.recorder().expect("its own state"));
        let mut block = Block {
            header: recorder.head().clone(),
            ..Block::default()
        };
        block.header.parent_hash = recorder.head().hash_slow();
        block.header.number += 1;
        block.header.timestamp += 12;
        block.header.base_fee_per_gas = Some(875_000_000);
        block.header.parent_beacon_block_root = Some(B256::repeat_byte(0xbe));
        block.header.beneficiary = Address::repeat_byte(0xbe);
        block.body.transactions = (0..count).map(|index| payment(&payer(index))).collect();
        block.header.transactions_root = proofs::calculate_transaction_root(&block.body.transactions);
        let withdrawals = vec![Withdrawal {
            address: PAID,
            amount: 3,
            ..Withdrawal::default()
        }];
        block.header.withdrawals_root = Some(proofs::calculate_withdrawals_root(&withdrawals));
        block.body.withdrawals = Some(withdrawals.into());
        let recording = recorder.record(&block).expect("recordable");
        let mut state = recorder.state().clone();
        state.apply(recording.changes.as_ref().expect("executed"));
        block.header.state_root = state.root();
        let mut case = Self {
            chain,
            recorder,
            block,
            recording,
        };
        let list = case.list().clone();
        case.commit_to(&list);
        while let Verdict::Invalid { reason, .. } = case.verdict(None) {
            let header = &mut case.block.header;
            match reason {
                InvalidReason::GasUsed(mismatch) => header.gas_used = mismatch.got,
                InvalidReason::ReceiptsRoot(mismatch) => header.receipts_root = mismatch.got,
                // Transfers are logged (EIP-7708).
                InvalidReason::LogsBloom(mismatch) => header.logs_bloom = mismatch.got,
                reason => panic!("{reason}"),
            }
        }
        case
    }

    fn list(&self) -> &BlockAccessList {
        self.recording.access_list.as_ref().expect("a list")
    }

    /// Has the header commit to this list, true or not.
    fn commit_to(&mut self, list: &BlockAccessList) {
        self.block.header.block_access_list_hash = Some(compute_block_access_list_hash(list));
    }

    /// The file that a server would give, with `list` beside the block.
    fn input(&self, list: Option<&Value>) -> Input {
        let rlp = alloy_primitives::Bytes::from(alloy_rlp::encode(&self.block));
        let witness: Value = serde_json::from_str(&self.recording.witness.to_json()).expect("JSON");
        let file = json!({"block": rlp, "witness": witness, "blockAccessList": list});
        Input::decode(file.to_string().as_bytes(), &Limits::default()).expect("decodable")
    }

    fn verdict(&self, list: Option<&BlockAccessList>) -> Verdict {
        let list = list.map(|list| json!(list));
        Verifier::new(self.chain.clone())
            .verify_input(&self.input(list.as_ref()), &Quiet)
            .expect("a verdict")
    }

    /// The verdict by one schedule on the threads of `pool`.
    fn verdict_by(&self, schedule: Schedule, pool: &ThreadPool, list: Option<&BlockAccessList>) -> Verdict {
        let list = list.map(|list| json!(list));
        let (chain, input) = (&self.chain, self.input(list.as_ref()));
        let verdict = pool.install(|| {
            let verifier = Verifier::new(chain.clone()).with_schedule(schedule);
            verifier.verify_input(&input, &Quiet)
        });
        verdict.expect("a verdict")
    }
}

#[test]
fn a_block_is_valid_with_its_list_and_without() {
    let case = Case::new();
    let list = case.list();
    // The recorded list says what happened, at the index of what did it: withdrawals come after the last transaction.
    let paid = list
        .iter()
        .find(|account| account.address == PAID)
        .expect("listed");
    let gwei = U256::from(3_000_000_000_u64);
    let expected =
        AccountChanges::new(PAID).with_balance_change(BalanceChange::new(BlockAccessIndex::new(1), gwei));
    assert_eq!(*paid, expected);
    for given in [None, Some(list)] {
        let verdict = case.verdict(given);
        assert!(verdict.is_valid(), "{verdict:?}");
    }
    case.recorder
        .clone()
        .advance(&case.block.header, &case.recording)
        .expect("the state that the header names");
}

#[test]
fn a_list_is_read_from_rlp_and_from_json_beside_the_block_and_within_it() {
    let case = Case::new();
    let list = case.list();
    let rlp = json!(alloy_primitives::Bytes::from(alloy_rlp::encode(list)));
    for form in [&rlp, &json!(list)] {
        assert_eq!(case.input(Some(form)).access_list.as_ref(), Some(list));
        let mut block = json!(case.block.header);
        block["transactions"] = json!([]);
        block["withdrawals"] = json!(case.block.body.withdrawals);
        block["blockAccessList"] = form.clone();
        let witness = case.recording.witness.to_json();
        let input = Input::decode_pair(
            block.to_string().as_bytes(),
            witness.as_bytes(),
            &Limits::default(),
        )
        .expect("decodable");
        assert_eq!(input.access_list.as_ref(), Some(list));
        assert_eq!(input.block, case.block);
    }
    assert_eq!(case.input(None).access_list, None);
}

#[test]
fn a_list_that_is_not_the_headers_tells_nothing_of_the_block() {
    let case = Case::new();
    let mut other = case.list().clone();
    other.pop();
    let verdict = case.verdict(Some(&other));
    let expected = case.block.header.block_access_list_hash.expect("a hash");
    let got = compute_block_access_list_hash(&other);
    assert!(
        matches!(&verdict, Verdict::Incomplete { missing, .. } if *missing == Missing::AccessList { expected, got }),
        "{verdict:?}"
    );
}

#[test]
fn before_the_fork_a_list_beside_a_block_changes_nothing() {
    let (chain, mut input) = blocklight_tests::sample_input().expect("readable");
    assert_eq!(input.block.header.block_access_list_hash, None);
    let beneficiary = input.block.header.beneficiary;
    let richest = BalanceChange::new(BlockAccessIndex::new(1), U256::MAX);
    input.access_list = Some(vec![
        AccountChanges::new(beneficiary).with_balance_change(richest),
        AccountChanges::new(PAID),
    ]);
    for schedule in SCHEDULES {
        let verdict = Verifier::new(chain.clone())
            .with_schedule(schedule)
            .verify_input(&input, &Quiet)
            .expect("a verdict");
        assert!(verdict.is_valid(), "{schedule:?}: {verdict:?}");
    }
}

/// Lies that a header may commit to, each with the account that it is about.
fn lies(list: &BlockAccessList) -> Vec<(&'static str, BlockAccessList, Address)> {
    let place = list
        .iter()
        .position(|account| account.address == PAID)
        .expect("listed");
    let changed = |change: fn(&mut AccountChanges)| {
        let mut list = list.clone();
        change(&mut list[place]);
        list
    };
    let one = BlockAccessIndex::new(1);
    let slot = |index| {
        SlotChanges::new(
            U256::from(5),
            vec![StorageChange::new(BlockAccessIndex::new(index), U256::ONE)],
        )
    };
    let mut under = list.clone();
    let missing = under.remove(0).address;
    let mut over = list.clone();
    let extra = Address::with_last_byte(1);
    over.insert(0, AccountChanges::new(extra));
    let mut storage = list.clone();
    let written = storage
        .iter()
        .position(|account| !account.storage_changes.is_empty())
        .expect("a write");
    let writer = storage[written].address;
    storage[written].storage_changes.pop();
    let mut read_only = list.clone();
    let slots = std::mem::take(&mut read_only[written].storage_changes);
    read_only[written].storage_reads = slots.iter().map(|slot| slot.slot).collect();
    assert_eq!(slot(1).slot, U256::from(5));
    vec![
        ("an account too many", over, extra),
        ("an account too few", under, missing),
        ("a write too few", storage, writer),
        ("writes as reads", read_only, writer),
        ("no balance", changed(|paid| paid.balance_changes.clear()), PAID),
        (
            "another balance",
            changed(|paid| paid.balance_changes[0].post_balance += U256::ONE),
            PAID,
        ),
        (
            "another index",
            changed(|paid| paid.balance_changes[0].block_access_index = BlockAccessIndex::new(0)),
            PAID,
        ),
        (
            "a nonce",
            changed(|paid| {
                paid.nonce_changes
                    .push(NonceChange::new(BlockAccessIndex::new(1), 1));
            }),
            PAID,
        ),
        (
            "a read too many",
            changed(|paid| paid.storage_reads.push(U256::ZERO)),
            PAID,
        ),
        (
            "a write too many",
            {
                let mut list = list.clone();
                list[place].storage_changes.push(slot(one.get()));
                list
            },
            PAID,
        ),
    ]
}

/// The schedule that each comes to on several threads, where a list came with the block or not.
fn taken(schedule: Schedule, listed: bool) -> Schedule {
    match schedule {
        // These blocks are small.
        Schedule::Auto => Schedule::Sequential,
        Schedule::AccessList if !listed => Schedule::Speculative,
        schedule => schedule,
    }
}

/// Where there are transactions, they are run ahead by the lie.
#[test]
fn a_header_that_commits_to_a_lie_is_invalid_and_the_account_is_named_where_the_list_came_along() {
    let pool = pool(2);
    for count in [0, PAYERS] {
        let mut case = Case::with_payments(count);
        let verdict = case.verdict(None);
        let paid = verdict.report().transaction_reports.iter();
        assert_eq!(paid.filter(|report| report.success).count(), count);
        let honest = case.list().clone();
        let got = compute_block_access_list_hash(&honest);
        for (what, lie, liar) in lies(&honest) {
            case.commit_to(&lie);
            let expected = compute_block_access_list_hash(&lie);
            for schedule in SCHEDULES {
                for (given, named) in [(None, None), (Some(&lie), Some(liar))] {
                    let what = format!("{what}, {count} transactions, {schedule:?}");
                    let verdict = case.verdict_by(schedule, &pool, given);
                    let Verdict::Invalid { reason, report } = &verdict else {
                        panic!("{what}: {verdict:?}");
                    };
                    let InvalidReason::AccessListHash { mismatch, account } = reason else {
                        panic!("{what}: {reason:?}");
                    };
                    assert_eq!(
                        (mismatch.expected, mismatch.got, *account),
                        (expected, got, named),
                        "{what}"
                    );
                    let choice = report.timing.schedule.expect("executed");
                    assert_eq!(choice.schedule, taken(schedule, given.is_some()), "{what}");
                }
            }
        }
    }
}

#[test]
fn a_header_that_commits_to_a_list_out_of_order_is_invalid() {
    let mut case = Case::new();
    let honest = case.list().clone();
    let place = honest
        .iter()
        .position(|account| account.address == PAID)
        .expect("listed");
    let with = |change: &dyn Fn(&mut BlockAccessList)| {
        let mut list = honest.clone();
        change(&mut list);
        list
    };
    let slot = U256::from(9);
    let empty = SlotChanges::new(slot, Vec::new());
    let full = SlotChanges::new(
        slot,
        vec![StorageChange::new(BlockAccessIndex::new(1), U256::ONE)],
    );
    let faults: Vec<(BlockAccessList, Address, AccessListFault)> = vec![
        (
            with(&|list| list.swap(0, 1)),
            honest[0].address,
            AccessListFault::AccountOrder,
        ),
        (
            with(&|list| list.insert(0, honest[0].clone())),
            honest[0].address,
            AccessListFault::AccountOrder,
        ),
        (
            with(&|list| list[place].storage_reads = vec![slot, slot]),
            PAID,
            AccessListFault::SlotOrder { slot },
        ),
        (
            with(&|list| list[place].storage_reads = vec![slot, U256::ONE]),
            PAID,
            AccessListFault::SlotOrder { slot: U256::ONE },
        ),
        (
            with(&|list| {
                list[place].storage_changes = vec![full.clone()];
                list[place].storage_reads = vec![slot];
            }),
            PAID,
            AccessListFault::SlotOrder { slot },
        ),
        (
            with(&|list| list[place].storage_changes = vec![empty.clone()]),
            PAID,
            AccessListFault::EmptySlot { slot },
        ),
        (
            with(&|list| {
                let change = list[place].balance_changes[0].clone();
                list[place].balance_changes.push(change);
            }),
            PAID,
            AccessListFault::IndexOrder {
                index: 1,
                list: AccessListPart::Balance,
            },
        ),
        (
            with(&|list| {
                list[place].nonce_changes = vec![NonceChange::new(BlockAccessIndex::new(2), 1)];
            }),
            PAID,
            AccessListFault::IndexPastEnd {
                expected: 1,
                got: 2,
                list: AccessListPart::Nonce,
            },
        ),
    ];
    for (list, at, expected) in faults {
        case.commit_to(&list);
        let verdict = case.verdict(Some(&list));
        assert!(
            matches!(
                &verdict,
                Verdict::Invalid { reason: InvalidReason::AccessListOrder { account, fault }, .. }
                    if *account == at && *fault == expected
            ),
            "{expected}: {verdict:?}"
        );
        // Without it the same block is as invalid, for what execution rebuilds is in order.
        let verdict = case.verdict(None);
        assert!(
            matches!(
                &verdict,
                Verdict::Invalid {
                    reason: InvalidReason::AccessListHash { .. },
                    ..
                }
            ),
            "{expected}: {verdict:?}"
        );
    }
}

#[test]
fn a_list_may_have_so_many_items_as_the_gas_limit_pays_for() {
    let case = Case::new();
    let items = total_bal_items(case.list());
    for (gas_limit, fits) in [(items * 2_000, true), (items * 2_000 - 1, false)] {
        // The parent's gas limit is out of reach from there, so a genesis is made with it.
        let mut json = genesis();
        json["gasLimit"] = json!(format!("{gas_limit:#x}"));
        let genesis = Genesis::from_json(json.to_string().as_bytes()).expect("a genesis");
        let recorder = genesis.recorder().expect("its own state");
        let mut small = Case::new();
        small.block.header.gas_limit = gas_limit;
        small.block.header.parent_hash = recorder.head().hash_slow();
        small.recording = recorder.record(&small.block).expect("recordable");
        let list = small.list().clone();
        small.commit_to(&list);
        let mut state = recorder.state().clone();
        state.apply(small.recording.changes.as_ref().expect("executed"));
        small.block.header.state_root = state.root();
        for given in [None, Some(&list)] {
            let verdict = small.verdict(given);
            assert_eq!(verdict.is_valid(), fits, "{gas_limit}: {verdict:?}");
            if let Verdict::Invalid { reason, .. } = &verdict {
                assert!(matches!(reason, InvalidReason::AccessListItems(mismatch) if mismatch.got == items));
            }
        }
    }
}

#[test]
fn every_schedule_judges_a_block_with_a_list_alike() {
    let case = Case::new();
    let list = json!(case.list());
    for (schedule, given, taken) in [
        (Schedule::Auto, Some(&list), Schedule::Sequential),
        (Schedule::Sequential, Some(&list), Schedule::Sequential),
        (Schedule::Speculative, Some(&list), Schedule::Speculative),
        (Schedule::AccessList, Some(&list), Schedule::AccessList),
        (Schedule::AccessList, None, Schedule::Speculative),
    ] {
        let verdict = Verifier::new(case.chain.clone())
            .with_schedule(schedule)
            .verify_input(&case.input(given), &Quiet)
            .expect("a verdict");
        assert!(verdict.is_valid(), "{schedule:?}: {verdict:?}");
        let choice = verdict.report().timing.schedule.expect("executed");
        assert_eq!(choice.schedule, taken, "{schedule:?}: {:?}", choice.reason);
    }
}
