//! What the calling thread keeps: for each class a list of blocks, linked through the blocks themselves.
//!
//! Invariant: a block in the list of class *c* was got from the inner allocator with the layout of *c*, nobody owns it, and
//! it is in that list once. The bytes counted are those of the blocks in the lists, and within both limits.

use crate::class::{CLASSES, Class, LARGEST};
use std::{alloc::Layout, cell::Cell, ptr::NonNull};

/// Most bytes that a thread keeps in blocks of one class.
pub const CLASS_LIMIT: usize = 256 << 10;
/// Most bytes that a thread keeps in all, so that a pool of 16 keeps no more than 64 MiB from use elsewhere. Without this it
/// would be [`CLASS_LIMIT`] for each of the 64 classes, four times as much.
pub const THREAD_LIMIT: usize = 4 << 20;

/// What is in a kept block.
struct Block {
    next: Option<NonNull<Block>>,
}

const _: () = assert!(matches!(Class::of(Layout::new::<Block>()), Some(class) if class.index() == 0));

/// The blocks of one class.
struct List {
    first: Cell<Option<NonNull<Block>>>,
    /// Bytes of all blocks in the list.
    bytes: Cell<usize>,
}

struct Kept {
    lists: [List; CLASSES],
    /// Bytes of all blocks in all lists.
    bytes: Cell<usize>,
    /// Nothing: it makes a thread's local data too large to be kept. On wasm a thread that starts allocates its stack and
    /// that data before it has any, by the start function of wasm-bindgen, and a look at the lists would then be one at
    /// some other memory. What is too large is allocated without.
    _local_data_is_large: [u8; LARGEST],
}

const _: () = assert!(size_of::<Kept>() > LARGEST);
const _: () = assert!(!std::mem::needs_drop::<Kept>());

// A constant without drop glue is just there, from the thread's start to its end: it is not allocated, and nothing is
// registered to end it, both of which would come back here. So it is where threads are native to the target or missing,
// as on wasm; not where std emulates local data.
thread_local! {
    static KEPT: Kept = const {
        Kept {
            lists: [const { List { first: Cell::new(None), bytes: Cell::new(0) } }; CLASSES],
            bytes: Cell::new(0),
            _local_data_is_large: [0; LARGEST],
        }
    };
}

/// Takes a block of the class out of what the calling thread keeps, if it keeps any. It is the caller's from then on.
#[inline]
pub(crate) fn take(class: Class) -> Option<NonNull<u8>> {
    let taken = KEPT.try_with(|kept| {
        let list = kept.lists.get(class.index())?;
        let block = list.first.get()?;
        // SAFETY: the block is in the list, so `keep` wrote this into it and nobody has touched it since.
        list.first.set(unsafe { block.read() }.next);
        // Neither wraps: they count this block. Written so, there is no panic in an allocator.
        list.bytes.set(list.bytes.get().wrapping_sub(class.size()));
        kept.bytes.set(kept.bytes.get().wrapping_sub(class.size()));
        Some(block.cast())
    });
    taken.ok().flatten()
}

/// Keeps a block with the calling thread. False, and nothing done, where that would be more than a limit.
///
/// # Safety
/// The block was got from the inner allocator with the layout of `class`, and is the caller's. Where it is kept, it is not
/// from then on.
#[inline]
pub(crate) unsafe fn keep(block: *mut u8, class: Class) -> bool {
    let kept = KEPT.try_with(|kept| {
        let list = kept.lists.get(class.index())?;
        // Neither wraps: both are within their limits before.
        let of_class = list.bytes.get().wrapping_add(class.size());
        let in_all = kept.bytes.get().wrapping_add(class.size());
        if of_class > CLASS_LIMIT || in_all > THREAD_LIMIT {
            return None;
        }
        let block = NonNull::new(block)?.cast::<Block>();
        let next = list.first.get();
        // SAFETY: the block is the caller's to write to; that fits into the smallest class.
        unsafe { block.write(Block { next }) };
        list.first.set(Some(block));
        list.bytes.set(of_class);
        kept.bytes.set(in_all);
        Some(())
    });
    matches!(kept, Ok(Some(())))
}
