//! Freed blocks kept by each thread, in front of an allocator that takes one lock for all threads.
//!
//! On wasm with threads the standard library's allocator, dlmalloc, is behind a single lock that is spun on: two threads
//! that share nothing else stand in each other's way there (`docs/speed.md`). [`ThreadCached`] keeps small blocks that a
//! thread frees with that thread, and hands them out there again without any lock.
//!
//! - Blocks of up to 1,024 bytes are got from the inner allocator in classes of 16 bytes, and given back as they were got.
//! - Larger ones, and those aligned to more than two words (16 bytes natively, 8 on wasm32), pass through.
//! - A thread keeps at most [`CLASS_LIMIT`] bytes of each class and [`THREAD_LIMIT`] bytes in all; what is freed beyond
//!   that goes back. So it is a bound too on what piles up where one thread frees what others allocate: a block goes to
//!   the thread that frees it, whichever it came from.
//!
//! Invariant: a block in the list of class *c* was got from the inner allocator with the layout of *c*, and nobody owns
//! it.
//!
//! This is the one crate here with `unsafe` code: it cannot be written without. Miri passes its tests with
//! `-Zmiri-tree-borrows -Zmiri-ignore-leaks`. Stacked Borrows has a pointer out of a `Box` reach no further than what is in
//! the box, while what comes back here with it is the whole block of a class.

#![deny(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks)]

mod class;
mod kept;

use class::Class;
pub use kept::{CLASS_LIMIT, THREAD_LIMIT};
use std::alloc::{GlobalAlloc, Layout, System};

/// An allocator whose threads keep small blocks that they free, in front of the inner one, `A`.
///
/// What a thread keeps when it ends is lost, but for what [`give_back`](Self::give_back) was called for. Wasm runs no
/// destructors when a worker ends, and none are wanted natively: a type without them needs neither to be registered nor
/// made when a thread first allocates.
#[derive(Debug)]
pub struct ThreadCached<A> {
    inner: A,
}

impl ThreadCached<System> {
    /// In front of the system's allocator.
    pub const fn new(inner: System) -> Self {
        Self { inner }
    }
}

impl<A: GlobalAlloc> ThreadCached<A> {
    /// In front of any allocator.
    ///
    /// # Safety
    /// A thread keeps blocks for all allocators of this type together. So all there ever are in a process, those by
    /// [`ThreadCached::new`] among them, must be in front of one and the same allocator, which is there to the end; and
    /// that must neither unwind nor allocate through one of them.
    pub const unsafe fn in_front_of(inner: A) -> Self {
        Self { inner }
    }

    /// Gives all that the calling thread keeps back to the inner allocator.
    pub fn give_back(&self) {
        for class in Class::all() {
            while let Some(block) = kept::take(class) {
                // SAFETY: by the invariant it was got with this layout, from this allocator since there is no other, and
                // is nobody's.
                unsafe { self.inner.dealloc(block.as_ptr(), class.layout()) };
            }
        }
    }
}

// SAFETY: a block is handed out either as the inner allocator gave it, or from the list of a class, where by the invariant
// it was nobody's; its layout is the one asked for, or that of its class, which is no smaller and no less aligned. Nothing
// unwinds. Which of the two it was, and with which layout, follows from the layout asked for alone, so a block is always
// given back as it was got.
unsafe impl<A: GlobalAlloc> GlobalAlloc for ThreadCached<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(class) = Class::of(layout) else {
            // SAFETY: promised by our caller.
            return unsafe { self.inner.alloc(layout) };
        };
        match kept::take(class) {
            Some(block) => block.as_ptr(),
            // SAFETY: the size of a class is not zero.
            None => unsafe { self.inner.alloc(class.layout()) },
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let Some(class) = Class::of(layout) else {
            // SAFETY: promised by our caller.
            return unsafe { self.inner.alloc_zeroed(layout) };
        };
        match kept::take(class) {
            Some(block) => {
                let block = block.as_ptr();
                // SAFETY: the block is ours, and a block of its class has as many bytes.
                unsafe { block.write_bytes(0, layout.size()) };
                block
            }
            // SAFETY: the size of a class is not zero.
            None => unsafe { self.inner.alloc_zeroed(class.layout()) },
        }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let Some(class) = Class::of(layout) else {
            // SAFETY: promised by our caller; a block of this layout passed through when it was got.
            return unsafe { self.inner.dealloc(block, layout) };
        };
        // SAFETY: our caller gives up a block that was got here with this layout, so with its class's.
        if !unsafe { kept::keep(block, class) } {
            // SAFETY: as above, and it was not kept.
            unsafe { self.inner.dealloc(block, class.layout()) };
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: our caller promises that `new_size`, rounded up to the alignment, is no more than `isize::MAX`.
        let new_layout = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        match (Class::of(layout), Class::of(new_layout)) {
            (Some(old), Some(new)) if old == new => block,
            // SAFETY: promised by our caller; both old and new block are of those that pass through.
            (None, None) => unsafe { self.inner.realloc(block, layout, new_size) },
            _ => {
                // SAFETY: our caller promises that `new_size` is not zero.
                let new_block = unsafe { self.alloc(new_layout) };
                if !new_block.is_null() {
                    // SAFETY: both blocks are this large, and two blocks in use share no byte.
                    unsafe { new_block.copy_from_nonoverlapping(block, layout.size().min(new_size)) };
                    // SAFETY: promised by our caller, who gives up the old block when he is given a new one.
                    unsafe { self.dealloc(block, layout) };
                }
                new_block
            }
        }
    }
}
