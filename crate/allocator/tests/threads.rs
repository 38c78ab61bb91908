//! Blocks that one thread allocates and another frees.
#![allow(
    clippy::disallowed_methods,
    reason = "threads that start and end are what is tested"
)]

mod recording;

use blocklight_allocator::CLASS_LIMIT;
use recording::{ALLOCATOR, INNER, turn};
use std::{
    alloc::{GlobalAlloc, Layout},
    sync::mpsc,
    thread,
};

/// A block in use, all its bytes one value.
struct Used {
    block: *mut u8,
    layout: Layout,
    value: u8,
}

// SAFETY: it owns its block.
unsafe impl Send for Used {}

impl Used {
    fn new(size: usize, value: u8) -> Self {
        let layout = Layout::from_size_align(size, 8).expect("a layout");
        // SAFETY: no size here is zero, and the block is that large.
        let block = unsafe {
            let block = ALLOCATOR.alloc(layout);
            assert!(!block.is_null());
            block.write_bytes(value, size);
            block
        };
        Self { block, layout, value }
    }
}

impl Drop for Used {
    fn drop(&mut self) {
        // SAFETY: the block was got with this layout and filled.
        unsafe {
            let bytes = std::slice::from_raw_parts(self.block, self.layout.size());
            assert!(bytes.iter().all(|byte| *byte == self.value));
            ALLOCATOR.dealloc(self.block, self.layout);
        }
    }
}

#[test]
fn a_block_goes_to_the_thread_that_frees_it() {
    let turn = turn();
    let used = Used::new(100, 1);
    let address = used.block.addr();
    thread::scope(|scope| {
        scope.spawn(move || {
            drop(used);
            assert_eq!(INNER.ledger.blocks(), 1, "it is kept");
            let again = Used::new(100, 2);
            assert_eq!(again.block.addr(), address);
            drop(again);
            ALLOCATOR.give_back();
        });
    });
    assert_eq!(INNER.ledger.blocks(), 0);
    drop(turn);
}

#[test]
fn what_one_thread_keeps_no_other_hands_out() {
    let turn = turn();
    let used = Used::new(100, 1);
    let address = used.block.addr();
    drop(used);
    thread::scope(|scope| {
        scope.spawn(|| {
            assert_ne!(Used::new(100, 2).block.addr(), address);
            ALLOCATOR.give_back();
        });
    });
    assert_eq!(Used::new(100, 3).block.addr(), address);
    ALLOCATOR.give_back();
    assert_eq!(INNER.ledger.blocks(), 0);
    drop(turn);
}

#[test]
fn where_one_thread_frees_what_another_allocates_no_more_than_the_limit_piles_up() {
    const SIZE: usize = 256;
    /// Blocks on their way: in the channel, and at either end of it.
    const ON_THE_WAY: usize = 66;
    let count = if cfg!(miri) { 100 } else { 20_000 };
    let turn = turn();
    let (sender, receiver) = mpsc::sync_channel::<Used>(ON_THE_WAY - 2);
    thread::scope(|scope| {
        scope.spawn(move || {
            for value in (0..=u8::MAX).cycle().take(count) {
                sender
                    .send(Used::new(SIZE, value))
                    .expect("the other end is there");
            }
        });
        scope.spawn(move || {
            for used in receiver {
                drop(used);
                let bytes = INNER.ledger.blocks() * SIZE;
                assert!(bytes <= CLASS_LIMIT + ON_THE_WAY * SIZE, "{bytes} bytes");
            }
            ALLOCATOR.give_back();
        });
    });
    assert_eq!(INNER.ledger.blocks(), 0);
    drop(turn);
}

#[test]
fn threads_that_pass_blocks_around_keep_their_bytes_and_lose_none() {
    const THREADS: usize = 4;
    let rounds = if cfg!(miri) { 60 } else { 20_000 };
    let turn = turn();
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..THREADS).map(|_| mpsc::channel::<Used>()).unzip();
    thread::scope(|scope| {
        for (index, receiver) in receivers.into_iter().enumerate() {
            // Each sends to all others, and hears no more once they have ended.
            let mut senders = senders.clone();
            senders.swap_remove(index);
            scope.spawn(move || {
                let mut held = Vec::new();
                let mut state = index + 1;
                for round in 0_u32..rounds {
                    state = state
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695);
                    let chosen = state >> 16;
                    held.push(Used::new(chosen % 1200 + 1, round.to_le_bytes()[0]));
                    held.extend(receiver.try_iter());
                    if held.len() > 50 {
                        let used = held.swap_remove(chosen % held.len());
                        if chosen.is_multiple_of(3) {
                            drop(used);
                        } else {
                            // One that has ended already takes nothing more.
                            drop(
                                senders
                                    .get(chosen % senders.len())
                                    .map(|sender| sender.send(used)),
                            );
                        }
                    }
                }
                drop(senders);
                drop(held);
                drop(receiver);
                ALLOCATOR.give_back();
            });
        }
        drop(senders);
    });
    ALLOCATOR.give_back();
    assert_eq!(INNER.ledger.blocks(), 0);
    drop(turn);
}
