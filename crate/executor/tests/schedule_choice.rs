//! Which schedule is taken for a block, and why.

use alloy_consensus::{BlockBody, Header, SignableTransaction, TxLegacy};
use alloy_evm::{EvmEnv, eth::spec::EthSpec};
use alloy_primitives::{Address, Signature};
use blocklight_executor::{
    AmsterdamRules, Block, BlockAccessList, BlockExecution, Schedule, ScheduleReason as Why, Senders,
};

/// Enough gas and transactions to be worth sharing, and too little of both.
const BUSY: (u64, usize) = (12_000_000, 150);
const SMALL: (u64, usize) = (63_000, 3);

/// What is taken for a block of so much gas and so many transactions when `asked` for, in a pool of `threads`.
fn chosen(
    asked: Schedule,
    (gas_used, transactions): (u64, usize),
    list: Option<&BlockAccessList>,
    changes_after_each: bool,
    threads: usize,
) -> (Schedule, Why) {
    chosen_while(
        Outstanding(0),
        asked,
        (gas_used, transactions),
        list,
        changes_after_each,
        threads,
    )
}

/// So many senders are yet to be recovered.
#[derive(Clone, Copy)]
struct Outstanding(usize);

impl Senders for Outstanding {
    fn sender(&self, _: usize) -> Option<Address> {
        None
    }

    fn outstanding(&self) -> usize {
        self.0
    }
}

/// The same with so many senders outstanding.
fn chosen_while(
    senders: Outstanding,
    asked: Schedule,
    (gas_used, transactions): (u64, usize),
    list: Option<&BlockAccessList>,
    changes_after_each: bool,
    threads: usize,
) -> (Schedule, Why) {
    let transaction = TxLegacy::default().into_signed(Signature::test_signature());
    let block = Block {
        header: Header {
            number: 20_000_000,
            timestamp: 1_718_000_000,
            gas_used,
            gas_limit: 30_000_000,
            ..Header::default()
        },
        body: BlockBody {
            transactions: vec![transaction.into(); transactions],
            ..BlockBody::default()
        },
    };
    let spec = EthSpec::mainnet();
    let execution = BlockExecution {
        spec: &spec,
        env: EvmEnv::for_eth_block(&block.header, &spec, 1, None),
        block: &block,
        senders: &senders,
        amsterdam: AmsterdamRules::default(),
        access_list: list,
        wants_access_list: false,
        seed: 0,
        recording: None,
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("a pool");
    let choice = pool.install(|| asked.choose(&execution, changes_after_each));
    (choice.schedule, choice.reason)
}

#[test]
fn what_is_asked_for_is_taken_whatever_the_block_and_the_pool() {
    let list = BlockAccessList::new();
    for block in [BUSY, SMALL] {
        for threads in [1, 2] {
            for asked in [Schedule::Sequential, Schedule::Speculative, Schedule::AccessList] {
                let got = chosen(asked, block, Some(&list), false, threads);
                assert_eq!(got, (asked, Why::Asked));
            }
        }
    }
    // But for what cannot be done: without a list there is nothing to run by, and changes after each are told in order.
    let got = chosen(Schedule::AccessList, BUSY, None, false, 2);
    assert_eq!(got, (Schedule::Speculative, Why::NoAccessList));
    let got = chosen(Schedule::Speculative, BUSY, None, true, 2);
    assert_eq!(got, (Schedule::Sequential, Why::ChangesAfterEach));
}

#[test]
fn auto_shares_a_busy_block_and_nothing_else() {
    let list = BlockAccessList::new();
    let auto = |block, list, threads| chosen(Schedule::Auto, block, list, false, threads);
    assert_eq!(auto(BUSY, None, 1), (Schedule::Sequential, Why::OneThread));
    assert_eq!(auto(SMALL, None, 2), (Schedule::Sequential, Why::LittleWork));
    assert_eq!(auto(BUSY, None, 2), (Schedule::Speculative, Why::EnoughWork));
    assert_eq!(
        auto(BUSY, Some(&list), 2),
        (Schedule::AccessList, Why::AccessList)
    );
    // One transaction has nobody to share with, however much it does.
    assert_eq!(
        auto((30_000_000, 1), None, 2),
        (Schedule::Sequential, Why::LittleWork)
    );
}

#[test]
fn auto_runs_nothing_ahead_while_the_other_threads_have_senders_to_recover() {
    let auto = |outstanding, threads| {
        let senders = Outstanding(outstanding);
        chosen_while(senders, Schedule::Auto, BUSY, None, false, threads)
    };
    // 150 senders take some 20 ms, which four threads need 5 of, and eight 2 and a half; running the transactions ahead saves 3 of 9.
    assert_eq!(auto(150, 2), (Schedule::Sequential, Why::SendersOutstanding));
    assert_eq!(auto(150, 4), (Schedule::Sequential, Why::SendersOutstanding));
    assert_eq!(auto(150, 8), (Schedule::Speculative, Why::EnoughWork));
    assert_eq!(auto(20, 2), (Schedule::Speculative, Why::EnoughWork));
    let asked = chosen_while(Outstanding(150), Schedule::Speculative, BUSY, None, false, 2);
    assert_eq!(asked, (Schedule::Speculative, Why::Asked));
}
