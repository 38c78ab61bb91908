//! Blocks in which each transaction depends on others: on all before it, or on the one before it.

use super::{assert_executes_alike, assert_generated};
use alloy_primitives::{Address, U256};
use blocklight_tests::{CANCUN, FORKS, Generated, MIXED, MIXER, Mix, RELAY, slot_after};

fn number(address: Address) -> U256 {
    address.into_word().into()
}

/// What a call of the mixer makes of its slots.
fn mix_up(slots: &mut [U256; MIXED], caller: Address) {
    (0..MIXED).for_each(|place| {
        let after = slots[(place + 1) % MIXED];
        let own = slots[place].wrapping_mul(U256::from(3));
        slots[place] = own.wrapping_add(after).wrapping_add(number(caller));
    });
}

#[test]
fn everybody_reads_and_writes_all_of_some_slots() {
    let mixed = Mix {
        mixed: 1,
        ..Mix::default()
    };
    assert_generated(mixed, 60);
    let it = Generated::new(1, mixed, 60, CANCUN.0, CANCUN.1);
    let output = assert_executes_alike("all on all", &it);
    let mut slots = [U256::ZERO; MIXED];
    for sender in &it.senders {
        mix_up(&mut slots, *sender);
    }
    for (place, value) in slots.into_iter().enumerate() {
        assert_eq!(slot_after(&output, MIXER, U256::from(place)), Some(value));
    }
}

#[test]
fn everybody_reads_what_the_one_before_wrote() {
    let links = Mix {
        links: 1,
        ..Mix::default()
    };
    assert_generated(links, 60);
    for (block, time) in [FORKS[0], CANCUN] {
        let it = Generated::new(1, links, 60, block, time);
        let output = assert_executes_alike("a chain", &it);
        let mut handed_on = U256::ZERO;
        for (place, sender) in it.senders.iter().enumerate() {
            handed_on = handed_on
                .wrapping_mul(U256::from(3))
                .wrapping_add(number(*sender));
            assert_eq!(slot_after(&output, RELAY, U256::from(place + 1)), Some(handed_on));
        }
    }
}

/// Chains through others' transactions, so that whoever commits has something to wait for and something to go on with.
#[test]
fn chains_among_transactions_apart() {
    let mix = Mix {
        links: 1,
        mixed: 1,
        apart: 4,
        own_slot: 2,
        ..Mix::default()
    };
    assert_generated(mix, 60);
}
