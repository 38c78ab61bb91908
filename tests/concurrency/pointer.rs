//! A transaction follows a pointer that the one before it changes, and where it pointed before cannot be read.
//!
//! Invariant: whoever runs ahead does follow the old pointer, for the pointer is not changed before that or before a while
//! has passed.

use alloy_consensus::{SignableTransaction, TxLegacy};
use alloy_eips::eip7928::BlockAccessList;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, address};
use blocklight_executor::{HasStorageRef, Schedule};
use blocklight_tests::{COUNTER, Execution, FORKS, FlatState, Generated, Hole, Mix, PARALLEL, pools};
use blocklight_verifier::{ChainSpec, Transaction};
use revm::{DatabaseRef, bytecode::Bytecode, state::AccountInfo};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

/// With input: SLOAD([`GATE`]), then SSTORE(0, CALLDATALOAD(0)). Without it follows slot 0 and keeps in slot 1 what is there.
const POINTER: Address = address!("0x0000000000000000000000000000000000003001");
/// Where the pointer points before the block: a contract, and a slot's key.
const OLD: Address = address!("0x0000000000000000000000000000000000003002");
/// The slot that is read before the pointer is changed.
const GATE: u64 = 7;
/// How long a change of the pointer waits for the old one to be followed.
const LONG: Duration = Duration::from_millis(300);

/// What the pointer points at.
#[derive(Debug, Clone, Copy)]
enum Pointed {
    Slot,
    Balance,
    Code,
}

impl Pointed {
    const ALL: [Self; 3] = [Self::Slot, Self::Balance, Self::Code];

    /// Leaves on the stack what the pointer in slot 0 leads to.
    const fn follow(self) -> &'static [u8] {
        match self {
            // SLOAD(SLOAD(0))
            Self::Slot => &[0x60, 0, 0x54, 0x54],
            // BALANCE(SLOAD(0))
            Self::Balance => &[0x60, 0, 0x54, 0x31],
            // CALL(GAS, SLOAD(0), 0, 0, 0, 0, 0)
            Self::Code => &[
                0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0x54, 0x5a, 0xf1,
            ],
        }
    }

    fn code(self) -> Bytecode {
        let follow = self.follow();
        let set = u8::try_from(8 + follow.len()).expect("short");
        // CALLDATASIZE; JUMPI set; SSTORE(1, follow); STOP; set: as said.
        let mut code = vec![0x36, 0x60, set, 0x57];
        code.extend(follow);
        code.extend([0x60, 1, 0x55, 0x00]);
        let gate = u8::try_from(GATE).expect("small");
        code.extend([0x5b, 0x60, gate, 0x54, 0x50, 0x60, 0, 0x35, 0x60, 0, 0x55]);
        Bytecode::new_raw(code.into())
    }

    /// What cannot be read.
    fn hole(self) -> Hole {
        match self {
            Self::Slot => Hole::Slot(POINTER, OLD.into_word().into()),
            Self::Balance => Hole::Account(OLD),
            Self::Code => Hole::Code(B256::repeat_byte(3)),
        }
    }

    /// What is found by the new pointer, which names the [`COUNTER`].
    fn found(self) -> U256 {
        match self {
            Self::Slot => U256::from(77),
            Self::Balance => U256::from(78),
            // The call succeeds.
            Self::Code => U256::from(1),
        }
    }

    /// A block whose first transaction changes the pointer, whose second follows it, and whose others do neither.
    fn block(self, (number, timestamp): (u64, u64)) -> Generated {
        let apart = Mix {
            apart: 1,
            ..Mix::default()
        };
        let mut it = Generated::new(1, apart, 6, number, timestamp);
        let call = |input: Bytes| -> Transaction {
            let legacy = TxLegacy {
                chain_id: None,
                nonce: 0,
                gas_price: 10,
                gas_limit: 400_000,
                to: TxKind::Call(POINTER),
                value: U256::ZERO,
                input,
            };
            legacy.into_signed(Signature::test_signature()).into()
        };
        it.block.body.transactions[0] = call(Bytes::from(COUNTER.into_word().to_vec()));
        it.block.body.transactions[1] = call(Bytes::new());

        let state = &mut it.pre_state;
        let code = self.code();
        let contract = |code_hash| AccountInfo {
            nonce: 1,
            code_hash,
            code: None,
            ..AccountInfo::default()
        };
        state.accounts.insert(POINTER, contract(code.hash_slow()));
        state.accounts.insert(OLD, contract(B256::repeat_byte(3)));
        state.codes.insert(code.hash_slow(), code);
        state.accounts.entry(COUNTER).or_default().balance = U256::from(78);
        let slots = [(U256::ZERO, OLD), (U256::from(GATE), OLD)];
        state
            .slots
            .extend(slots.map(|(slot, value)| ((POINTER, slot), value.into_word().into())));
        state
            .slots
            .insert((POINTER, COUNTER.into_word().into()), U256::from(77));
        it
    }
}

/// A state with one hole, which keeps the reader of the gate until somebody has run into that.
struct Holed<'a> {
    state: &'a FlatState,
    hole: Hole,
    met: AtomicBool,
    waits: bool,
}

impl Holed<'_> {
    fn check(&self, read: &Hole) -> Result<(), Hole> {
        if *read == self.hole {
            self.met.store(true, Ordering::Relaxed);
            return Err(read.clone());
        }
        Ok(())
    }
}

impl DatabaseRef for Holed<'_> {
    type Error = Hole;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Hole> {
        self.check(&Hole::Account(address))?;
        Ok(self.state.basic_ref(address).expect("readable"))
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, Hole> {
        self.check(&Hole::Code(code_hash))?;
        Ok(self.state.code_by_hash_ref(code_hash).expect("readable"))
    }

    fn storage_ref(&self, address: Address, index: U256) -> Result<U256, Hole> {
        self.check(&Hole::Slot(address, index))?;
        let start = Instant::now();
        while self.waits
            && (address, index) == (POINTER, U256::from(GATE))
            && !self.met.load(Ordering::Relaxed)
            && start.elapsed() < LONG
        {
            thread::yield_now();
        }
        Ok(self.state.storage_ref(address, index).expect("readable"))
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Hole> {
        Ok(self.state.block_hash_ref(number).expect("readable"))
    }
}

impl HasStorageRef for Holed<'_> {
    fn has_storage_ref(&self, address: Address) -> Result<bool, Hole> {
        Ok(self.state.has_storage_ref(address).expect("readable"))
    }
}

/// The list without what it says of the pointer.
fn without_pointer(mut list: BlockAccessList) -> BlockAccessList {
    list.retain(|account| account.address != POINTER);
    list
}

#[test]
fn a_pointer_that_led_to_what_cannot_be_read() {
    let (chain, pools) = (ChainSpec::mainnet(), pools());
    for pointed in Pointed::ALL {
        let mut met = 0;
        for fork in FORKS {
            let it = pointed.block(fork);
            let holed = |waits| Holed {
                state: &it.pre_state,
                hole: pointed.hole(),
                met: AtomicBool::new(false),
                waits,
            };
            let database = holed(false);
            let mut execution = Execution::new(&chain, &it.block, &it.senders, &database);
            let list = execution.list();
            let wrong = without_pointer(list.clone());
            let expected = execution.outcome(Schedule::Sequential);
            assert!(!database.met.load(Ordering::Relaxed), "{pointed:?}, {fork:?}");
            let output = expected
                .as_ref()
                .unwrap_or_else(|error| panic!("{pointed:?}, {fork:?}: {error}"));
            let mut accounts = output.changes.accounts.iter();
            let pointer = accounts.find(|(address, _)| *address == POINTER);
            let kept = pointer.and_then(|(_, it)| it.storage.iter().find(|(slot, _)| *slot == U256::from(1)));
            assert_eq!(
                kept.map(|(_, value)| *value),
                Some(pointed.found()),
                "{pointed:?}, {fork:?}"
            );
            for (pool, schedule, list) in pools.iter().flat_map(|pool| {
                let lists = [&list, &wrong];
                PARALLEL
                    .into_iter()
                    .flat_map(move |schedule| lists.map(|list| (pool, schedule, list)))
            }) {
                let threads = pool.current_num_threads();
                // By the right list nobody follows the old pointer.
                let ahead = threads > 1 && (schedule == Schedule::Speculative || *list == wrong);
                let database = holed(ahead);
                execution.access_list = Some(list);
                let outcome = pool.install(|| execution.on(&database).outcome(schedule));
                assert!(
                    outcome == expected,
                    "{pointed:?}, {fork:?}, {schedule:?} on {threads} threads: {:?}",
                    outcome.err()
                );
                met += usize::from(database.met.into_inner());
            }
        }
        println!("{pointed:?}: the hole was met {met} times by who ran ahead");
        assert!(met > 0, "{pointed:?}: nobody ran ahead into the hole");
    }
}
