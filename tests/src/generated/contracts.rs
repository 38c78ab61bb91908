//! The contracts that generated blocks call, and what they create.
//!
//! Invariant: each code does what the line above it says; those that use later instructions fail before these came.

use alloy_eips::eip6110::MAINNET_DEPOSIT_CONTRACT_ADDRESS;
use alloy_primitives::{Address, B256, address, b256, keccak256};

/// The generated blocks' beneficiary.
pub const BENEFICIARY: Address = address!("0x00000000000000000000000000000000000000be");
/// Counts up slot 0.
pub const COUNTER: Address = address!("0x0000000000000000000000000000000000001001");
/// Adds the call's value to the slot that the input names.
pub const KEEPER: Address = address!("0x0000000000000000000000000000000000001002");
/// Keeps the balance of the address in the input in that address's slot, and its own in slot 1 (from Istanbul on).
pub const WATCHER: Address = address!("0x0000000000000000000000000000000000001003");
/// Sends the call's value on to the block's beneficiary.
pub const TIPPER: Address = address!("0x0000000000000000000000000000000000001004");
/// Creates the child at the same address every time (CREATE2, salt 0), and keeps in slot 0 where.
pub(super) const FACTORY: Address = address!("0x0000000000000000000000000000000000001005");
/// Calls the address in its input with no value, and stores the outcome in slot 1.
pub const CALLER: Address = address!("0x0000000000000000000000000000000000001006");
/// Asks the address in its input about the word after that, and keeps the answer in the slot of the caller's address;
/// zero where the answer is a failure.
pub const ASKER: Address = address!("0x0000000000000000000000000000000000001007");
/// Creates the child as [`FACTORY`] does, keeps in the slot of the caller's address where, and calls it at once: with input,
/// if it has any itself, which destroys the child; else without.
pub const MAYFLY: Address = address!("0x0000000000000000000000000000000000001008");
/// Changes each of its slots below [`MIXED`], by what is there, by the slot after it, and by who calls.
pub const MIXER: Address = address!("0x0000000000000000000000000000000000001009");
/// Hands on: what is in the slot that the input names, changed by who calls, goes into the slot after that.
pub const RELAY: Address = address!("0x000000000000000000000000000000000000100a");
/// An account that exists and is empty, which only states older than EIP-161 have.
pub const EMPTY: Address = address!("0x00000000000000000000000000000000000000ee");
/// How many slots [`MIXER`] has.
pub const MIXED: usize = 4;

/// SSTORE(0, SLOAD(0) + 1)
const COUNTER_CODE: &[u8] = &[0x60, 0, 0x54, 0x60, 1, 0x01, 0x60, 0, 0x55];
/// k = CALLDATALOAD(0); SSTORE(k, SLOAD(k) + CALLVALUE)
const KEEPER_CODE: &[u8] = &[0x60, 0, 0x35, 0x80, 0x54, 0x34, 0x01, 0x90, 0x55];
/// a = CALLDATALOAD(0); SSTORE(a, BALANCE(a)); SSTORE(1, SELFBALANCE)
const WATCHER_CODE: &[u8] = &[0x60, 0, 0x35, 0x80, 0x31, 0x90, 0x55, 0x47, 0x60, 1, 0x55];
/// CALL(GAS, COINBASE, CALLVALUE, 0, 0, 0, 0)
const TIPPER_CODE: &[u8] = &[0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0x34, 0x41, 0x5a, 0xf1, 0x50];
/// SSTORE(1, CALL(GAS, CALLDATALOAD(0), 0, 0, 0, 0, 0))
const CALLER_CODE: &[u8] = &[
    0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0x35, 0x5a, 0xf1, 0x60, 1, 0x55,
];
/// MSTORE(0, CALLDATALOAD(32)); SSTORE(CALLER, STATICCALL(GAS, CALLDATALOAD(0), 0, 32, 0, 32) * MLOAD(0))
const ASKER_CODE: &[u8] = &[
    0x60, 32, 0x35, 0x60, 0, 0x52, 0x60, 32, 0x60, 0, 0x60, 32, 0x60, 0, 0x60, 0, 0x35, 0x5a, 0xfa, 0x60, 0,
    0x51, 0x02, 0x33, 0x55,
];
/// n = CALLDATALOAD(0); SSTORE(n + 1, SLOAD(n) * 3 + CALLER)
const RELAY_CODE: &[u8] = &[
    0x60, 0, 0x35, 0x80, 0x54, 0x60, 3, 0x02, 0x33, 0x01, 0x90, 0x60, 1, 0x01, 0x55,
];

/// All contracts that are there before a generated block, but for those that the protocol calls.
pub(super) fn all() -> Vec<(Address, Vec<u8>)> {
    vec![
        (COUNTER, COUNTER_CODE.to_vec()),
        (KEEPER, KEEPER_CODE.to_vec()),
        (WATCHER, WATCHER_CODE.to_vec()),
        (TIPPER, TIPPER_CODE.to_vec()),
        (FACTORY, factory_code()),
        (CALLER, CALLER_CODE.to_vec()),
        (ASKER, ASKER_CODE.to_vec()),
        (MAYFLY, mayfly_code()),
        (MIXER, mixer_code()),
        (RELAY, RELAY_CODE.to_vec()),
        (MAINNET_DEPOSIT_CONTRACT_ADDRESS, deposit_code()),
    ]
}

/// Leaves on the stack CREATE2(CALLVALUE, the child's init code, 0).
fn create_child() -> Vec<u8> {
    let init = child_init_code();
    let length = u8::try_from(init.len()).expect("short");
    // MSTORE(0, PUSH of the child's init code); CREATE2(CALLVALUE, 32 - length, length, 0)
    let mut code = vec![0x5f + length];
    code.extend(&init);
    code.extend([
        0x60,
        0,
        0x52,
        0x60,
        0,
        0x60,
        length,
        0x60,
        32 - length,
        0x34,
        0xf5,
    ]);
    code
}

/// SSTORE(0, CREATE2 of the child)
fn factory_code() -> Vec<u8> {
    let mut code = create_child();
    code.extend([0x60, 0, 0x55]);
    code
}

/// a = CREATE2 of the child; SSTORE(CALLER, a); CALL(GAS, a, 0, 0, CALLDATASIZE, 0, 0)
fn mayfly_code() -> Vec<u8> {
    let mut code = create_child();
    code.extend([0x80, 0x33, 0x55]);
    code.extend([0x60, 0, 0x60, 0, 0x36, 0x60, 0, 0x60, 0, 0x85, 0x5a, 0xf1, 0x50]);
    code
}

/// SSTORE(2, 5) while being created; then it has the [`child_code`].
///
/// # Panics
/// Never: that code is short.
pub fn child_init_code() -> Vec<u8> {
    let code = child_code();
    let length = u8::try_from(code.len()).expect("short");
    let mut init = vec![0x60, 5, 0x60, 2, 0x55, 0x5f + length];
    init.extend(code);
    init.extend([0x60, 0, 0x52, 0x60, length, 0x60, 32 - length, 0xf3]);
    init
}

/// With input SELFDESTRUCT(CALLER), without SSTORE(0, SLOAD(0) + 1).
pub fn child_code() -> Vec<u8> {
    // CALLDATASIZE; JUMPI 14; count; STOP; JUMPDEST; CALLER; SELFDESTRUCT
    vec![
        0x36, 0x60, 14, 0x57, 0x60, 1, 0x60, 0, 0x54, 0x01, 0x60, 0, 0x55, 0x00, 0x5b, 0x33, 0xff,
    ]
}

/// Where `creator`, which is [`FACTORY`] or [`MAYFLY`], puts the child.
pub fn child_of(creator: Address) -> Address {
    creator.create2(B256::ZERO, keccak256(child_init_code()))
}

/// For each slot i: SSTORE(i, SLOAD(i) * 3 + SLOAD(i + 1) + CALLER), the slot after the last being the first.
fn mixer_code() -> Vec<u8> {
    let slots = u8::try_from(MIXED).expect("few");
    (0..slots)
        .flat_map(|slot| {
            let after = (slot + 1) % slots;
            [
                0x60, 3, 0x60, slot, 0x54, 0x02, 0x60, after, 0x54, 0x01, 0x33, 0x01, 0x60, slot, 0x55,
            ]
        })
        .collect()
}

/// Keccak-256 of `DepositEvent(bytes,bytes,bytes,bytes,bytes)`.
const DEPOSIT_EVENT: B256 = b256!("649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5");
/// Where in a deposit log's data each field's offset stands, where the field begins, and how long it is (EIP-6110): public
/// key, withdrawal credentials, amount, signature, index.
const DEPOSIT_FIELDS: [(usize, usize, usize); 5] = [
    (0, 160, 48),
    (32, 256, 32),
    (64, 320, 8),
    (96, 384, 96),
    (128, 512, 8),
];

/// Stands for the deposit contract: counts up slot 0, and leaves a log of a deposit whose index is that count. The log is in
/// the code, after the instructions.
fn deposit_code() -> Vec<u8> {
    let mut log = [0_u8; 576];
    for (place, offset, length) in DEPOSIT_FIELDS {
        for (place, value) in [(place, offset), (offset, length)] {
            let value = u16::try_from(value).expect("small");
            log[place + 30..place + 32].copy_from_slice(&value.to_be_bytes());
        }
    }
    // CODECOPY(0, 65, 576); n = SLOAD(0) + 1; SSTORE(0, n); MSTORE(544, n << 192)
    let mut code = vec![
        0x61, 0x02, 0x40, 0x60, 65, 0x60, 0, 0x39, 0x60, 0, 0x54, 0x60, 1, 0x01, 0x80, 0x60, 0, 0x55, 0x60,
        192, 0x1b, 0x61, 0x02, 0x20, 0x52,
    ];
    // LOG1(0, 576, the event)
    code.push(0x7f);
    code.extend(DEPOSIT_EVENT.as_slice());
    code.extend([0x61, 0x02, 0x40, 0x60, 0, 0xa1, 0x00]);
    code.extend(log);
    code
}
