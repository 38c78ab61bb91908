//! A small block made here that touches what blocks touch, for runs that cannot afford a real one; and the same at Amsterdam,
//! which comes with an access list.
//!
//! Invariant: the same blocks every time.

use crate::{Contract, MakeError, Maker, mutation::Original};
use alloy_eips::{
    eip2930::{AccessList, AccessListItem},
    eip2935::{HISTORY_STORAGE_ADDRESS, HISTORY_STORAGE_CODE},
    eip4788::{BEACON_ROOTS_ADDRESS, BEACON_ROOTS_CODE},
};
use alloy_primitives::{Address, B256, Bytes, TxKind};

/// SSTORE(CALLDATALOAD(0), SLOAD(CALLDATALOAD(0)) + 1), then a log of it.
const COUNTER: &[u8] = &[
    0x5f, 0x35, 0x80, 0x54, 0x60, 1, 0x01, 0x81, 0x55, 0x5f, 0x5f, 0xa1,
];
/// SSTORE(CALLDATALOAD(0), 0): a deletion.
const ERASER: &[u8] = &[0x5f, 0x5f, 0x35, 0x55];
/// Keeps BLOCKHASH(NUMBER - 1) and the balance of the address in the call data.
const WATCHER: &[u8] = &[
    0x60, 1, 0x43, 0x03, 0x40, 0x5f, 0x55, 0x5f, 0x35, 0x31, 0x60, 1, 0x55,
];

/// Where the three codes are.
const CONTRACTS: [Address; 3] = [
    Address::repeat_byte(0x11),
    Address::repeat_byte(0x22),
    Address::repeat_byte(0x33),
];
/// Gas that the block may use.
const BLOCK_GAS: u64 = 30_000_000;

/// The block, to be mutated: storage written, grown and deleted, a contract created, ancestors and balances read.
///
/// # Errors
/// When it cannot be made, which would be a bug.
pub fn tiny_original() -> Result<Original, MakeError> {
    original("tiny", Maker::new(BLOCK_GAS, &contracts())?, 200_000)
}

/// The same at Amsterdam with its access list (EIP-7928), in which there is something of every kind: system calls before the
/// transactions and after them, and of accounts all that can change.
///
/// # Errors
/// As [`tiny_original`].
pub fn tiny_amsterdam_original() -> Result<Original, MakeError> {
    let system: [Contract; 2] = [
        (BEACON_ROOTS_ADDRESS, BEACON_ROOTS_CODE.to_vec(), vec![]),
        (HISTORY_STORAGE_ADDRESS, HISTORY_STORAGE_CODE.to_vec(), vec![]),
    ];
    let contracts = [contracts(), system.to_vec()].concat();
    // New state has a price of its own there (EIP-8037).
    let gas_limit = 3_000_000;
    original(
        "tiny-amsterdam",
        Maker::amsterdam(BLOCK_GAS, &contracts)?,
        gas_limit,
    )
}

/// The three codes with what they find.
fn contracts() -> Vec<Contract> {
    let [counter, eraser, watcher] = CONTRACTS;
    let slots = |count: u8| {
        let slot = |slot| (B256::with_last_byte(slot), B256::with_last_byte(slot + 1));
        (0..count).map(slot).collect::<Vec<_>>()
    };
    vec![
        (counter, COUNTER.to_vec(), slots(20)),
        (eraser, ERASER.to_vec(), slots(5)),
        (watcher, WATCHER.to_vec(), vec![]),
    ]
}

/// The block made by `maker`, of transactions that may use `gas_limit` gas each.
fn original(name: &str, mut maker: Maker, gas_limit: u64) -> Result<Original, MakeError> {
    let [counter, eraser, watcher] = CONTRACTS;
    let word = |byte: u8| Bytes::from(B256::with_last_byte(byte).to_vec());
    let list = |address| {
        let storage_keys = vec![B256::with_last_byte(7)];
        AccessList(vec![AccessListItem {
            address,
            storage_keys,
        }])
    };
    for (to, input, access_list) in [
        (TxKind::Call(counter), word(3), AccessList::default()),
        (TxKind::Call(counter), word(99), list(counter)),
        (TxKind::Call(eraser), word(2), AccessList::default()),
        (
            TxKind::Call(watcher),
            Bytes::from(counter.into_word().to_vec()),
            list(eraser),
        ),
        (
            TxKind::Call(Address::repeat_byte(0x44)),
            Bytes::new(),
            AccessList::default(),
        ),
        // SSTORE(0, 1); RETURN(0, 1): a contract of one STOP.
        (
            TxKind::Create,
            Bytes::from_static(&[0x60, 1, 0x5f, 0x55, 0x60, 1, 0x5f, 0xf3]),
            AccessList::default(),
        ),
    ] {
        maker.transact(to, gas_limit, input, access_list)?;
    }
    let key = maker.key().clone();
    let (chain, input) = maker.make()?;
    let original = Original::new(name, chain, input).map_err(MakeError::Refused)?;
    Ok(original.with_keys([key]))
}
