//! One thread's blocks: which are kept, and what becomes of them.

mod recording;

use blocklight_allocator::{CLASS_LIMIT, THREAD_LIMIT};
use recording::{ALLOCATOR, INNER, turn};
use std::{
    alloc::{GlobalAlloc, Layout},
    sync::{MutexGuard, atomic::Ordering},
};

/// Ends a test: with what the thread keeps given back, all is.
fn end(turn: MutexGuard<'static, ()>) {
    ALLOCATOR.give_back();
    assert_eq!(INNER.ledger.blocks(), 0);
    drop(turn);
}

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).expect("a layout")
}

fn allocate(layout: Layout) -> *mut u8 {
    // SAFETY: no size here is zero.
    let block = unsafe { ALLOCATOR.alloc(layout) };
    assert!(!block.is_null());
    block
}

fn free(block: *mut u8, layout: Layout) {
    // SAFETY: every test gives back what it got, as it got it.
    unsafe { ALLOCATOR.dealloc(block, layout) }
}

/// The bytes that the thread keeps in blocks of this size, once it has freed `count` of them.
fn kept_of(count: usize, size: usize) -> usize {
    let layout = layout(size, 8);
    let before = INNER.ledger.bytes();
    let blocks: Vec<_> = (0..count).map(|_| allocate(layout)).collect();
    for block in blocks {
        free(block, layout);
    }
    INNER.ledger.bytes() - before
}

#[test]
fn a_freed_block_is_handed_out_again_to_its_class_alone() {
    let turn = turn();
    let first = allocate(layout(40, 8));
    assert_eq!(
        INNER.ledger.layout(first).map(|got| got.size()),
        Some(48),
        "got in its class's size"
    );
    free(first, layout(40, 8));
    assert_eq!(INNER.ledger.blocks(), 1, "it is kept");
    let smaller = allocate(layout(32, 8));
    let larger = allocate(layout(49, 8));
    assert!(smaller != first && larger != first);
    let same = allocate(layout(33, 1));
    assert_eq!(same, first);
    free(smaller, layout(32, 8));
    free(larger, layout(49, 8));
    free(same, layout(33, 1));
    end(turn);
}

#[test]
fn every_alignment_is_honoured_fresh_and_kept() {
    let turn = turn();
    for _ in 0..2 {
        for size in [1, 8, 16, 24, 100, 1000, 1024, 1025, 3000] {
            for align in (0..=12).map(|bits| 1 << bits) {
                let layouts = [layout(size, align); 3];
                let blocks = layouts.map(allocate);
                for block in blocks {
                    assert!(block.addr().is_multiple_of(align), "{size} bytes to {align}");
                }
                for block in blocks {
                    free(block, layout(size, align));
                }
            }
        }
    }
    end(turn);
}

#[test]
fn large_and_overaligned_blocks_pass_through_with_their_own_layout() {
    let turn = turn();
    for layout in [
        layout(1025, 1),
        layout(70_000, 8),
        layout(8, 32),
        layout(1024, 4096),
    ] {
        let block = allocate(layout);
        assert_eq!(INNER.ledger.layout(block), Some(layout));
        // SAFETY: got with this layout.
        let block = unsafe { ALLOCATOR.realloc(block, layout, layout.size() + 5000) };
        let grown = Layout::from_size_align(layout.size() + 5000, layout.align()).expect("a layout");
        assert_eq!(INNER.ledger.layout(block), Some(grown));
        free(block, grown);
        assert_eq!(INNER.ledger.blocks(), 0, "it is not kept");
        // SAFETY: the size is not zero.
        let zeroed = unsafe { ALLOCATOR.alloc_zeroed(layout) };
        assert_eq!(INNER.ledger.layout(zeroed), Some(layout));
        // SAFETY: as large as this.
        let bytes = unsafe { std::slice::from_raw_parts(zeroed, layout.size()) };
        assert!(bytes.iter().all(|byte| *byte == 0));
        free(zeroed, layout);
    }
    end(turn);
}

#[test]
fn zeroed_blocks_are_zero_after_others_wrote_to_them() {
    let turn = turn();
    for size in [1, 7, 8, 16, 17, 500, 1024] {
        let layout = layout(size, 8);
        let dirty = allocate(layout);
        // SAFETY: as large as this.
        unsafe { dirty.write_bytes(0xff, size) };
        free(dirty, layout);
        // SAFETY: the size is not zero.
        let zeroed = unsafe { ALLOCATOR.alloc_zeroed(layout) };
        assert_eq!(zeroed, dirty, "the kept block is what is to be zeroed");
        // SAFETY: as large as this.
        let bytes = unsafe { std::slice::from_raw_parts(zeroed, size) };
        assert!(bytes.iter().all(|byte| *byte == 0), "{size} bytes");
        free(zeroed, layout);
    }
    end(turn);
}

#[test]
fn reallocation_keeps_the_bytes_and_within_a_class_the_block() {
    let turn = turn();
    let mut size = 1;
    let mut block = allocate(layout(size, 4));
    // SAFETY: one byte is there.
    unsafe { block.write(0) };
    let growing = (2..=40).chain([64, 1000, 1023, 1024, 1025, 1040, 5000]);
    let shrinking = [4000, 1025, 1024, 1000, 100, 90, 16, 15, 1];
    for new_size in growing.chain(shrinking) {
        // SAFETY: got with this layout.
        let moved = unsafe { ALLOCATOR.realloc(block, layout(size, 4), new_size) };
        if size.div_ceil(16) == new_size.div_ceil(16) && size.max(new_size) <= 1024 {
            assert_eq!(moved, block, "{size} to {new_size} bytes");
        }
        for at in 0..new_size {
            let expected = at.to_le_bytes()[0];
            // SAFETY: within the block; written before it is read.
            unsafe {
                if at < size {
                    assert_eq!(
                        moved.add(at).read(),
                        expected,
                        "byte {at}, {size} to {new_size} bytes"
                    );
                }
                moved.add(at).write(expected);
            }
        }
        (block, size) = (moved, new_size);
    }
    free(block, layout(size, 4));
    end(turn);
}

#[test]
fn where_the_inner_allocator_has_no_more_nothing_is_lost() {
    let turn = turn();
    let small = allocate(layout(20, 8));
    let kept = allocate(layout(100, 8));
    // SAFETY: as large as this.
    unsafe { small.write_bytes(7, 20) };
    free(kept, layout(100, 8));
    INNER.exhausted.store(true, Ordering::Relaxed);
    // SAFETY: no size is zero; the block was got with this layout, and stays in use where another cannot be had.
    unsafe {
        assert_eq!(allocate(layout(100, 8)), kept, "what is kept can still be had");
        assert!(ALLOCATOR.alloc(layout(100, 8)).is_null());
        assert!(ALLOCATOR.alloc_zeroed(layout(100, 8)).is_null());
        assert!(ALLOCATOR.alloc(layout(2000, 8)).is_null());
        assert!(ALLOCATOR.realloc(small, layout(20, 8), 200).is_null());
        assert!(ALLOCATOR.realloc(small, layout(20, 8), 2000).is_null());
        assert_eq!(std::slice::from_raw_parts(small, 20), [7; 20]);
    }
    INNER.exhausted.store(false, Ordering::Relaxed);
    free(small, layout(20, 8));
    free(kept, layout(100, 8));
    end(turn);
}

#[test]
#[cfg_attr(miri, ignore = "many blocks")]
fn what_is_kept_of_a_class_is_up_to_its_limit_and_used_before_more_is_taken() {
    let turn = turn();
    assert_eq!(kept_of(20_000, 32), CLASS_LIMIT);
    assert_eq!(
        kept_of(CLASS_LIMIT / 32, 32),
        0,
        "all of these came from the list"
    );
    assert_eq!(kept_of(20_000, 48), CLASS_LIMIT / 48 * 48);
    end(turn);
}

#[test]
#[cfg_attr(miri, ignore = "many blocks")]
fn what_is_kept_of_all_classes_is_up_to_the_limit_of_a_thread() {
    let turn = turn();
    for size in (16..=1024).step_by(16) {
        kept_of(CLASS_LIMIT / size + 1, size);
    }
    let kept = INNER.ledger.bytes();
    assert!(kept <= THREAD_LIMIT, "{kept} bytes");
    assert!(kept > THREAD_LIMIT - 1024, "{kept} bytes");
    ALLOCATOR.give_back();
    assert_eq!(INNER.ledger.bytes(), 0);
    assert_eq!(kept_of(20_000, 1024), CLASS_LIMIT, "there is room again");
    end(turn);
}
