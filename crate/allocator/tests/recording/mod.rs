//! An inner allocator that keeps a ledger, and a ledger for what is in front of it.
#![allow(dead_code, reason = "no test file uses all of it")]

use blocklight_allocator::ThreadCached;
use std::{
    alloc::{GlobalAlloc, Layout, System},
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// What fresh memory is filled with, so that nothing is zero by chance.
const FRESH: u8 = 0xa5;
/// What memory is filled with that is given back.
const GIVEN_BACK: u8 = 0xdd;

/// The inner allocator of this test binary.
pub(crate) static INNER: Recording = Recording::new();
/// The one in front of it.
// SAFETY: the only one in this process.
pub(crate) static ALLOCATOR: ThreadCached<&Recording> = unsafe { ThreadCached::in_front_of(&INNER) };

/// Tests count what is in the one ledger, so they take turns.
pub(crate) fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = lock(&TURN);
    assert_eq!(INNER.ledger.blocks(), 0, "the test before left something");
    turn
}

/// A lock that a failed test leaves usable.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The blocks in use, by address. Panics where one is handed out or given back that must not be.
#[derive(Debug, Default)]
pub struct Ledger(Mutex<BTreeMap<usize, Layout>>);

impl Ledger {
    pub const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    /// Notes a block that is handed out: aligned, and apart from all others in use.
    pub fn hand_out(&self, block: *mut u8, layout: Layout) {
        let start = block.addr();
        assert!(
            start.is_multiple_of(layout.align()),
            "{block:?} is not aligned: {layout:?}"
        );
        let mut blocks = lock(&self.0);
        if let Some((other, below)) = blocks.range(..start + layout.size()).next_back() {
            assert!(
                other + below.size() <= start,
                "{block:?} {layout:?} is within a block in use"
            );
        }
        blocks.insert(start, layout);
    }

    /// Notes a block that is given back: in use, and with the layout it was got with.
    pub fn take_back(&self, block: *mut u8, layout: Layout) {
        let got_with = lock(&self.0).remove(&block.addr());
        assert_eq!(got_with, Some(layout), "{block:?} is not in use with this layout");
    }

    /// The layout of the block in use at this address.
    pub fn layout(&self, block: *mut u8) -> Option<Layout> {
        lock(&self.0).get(&block.addr()).copied()
    }

    /// Blocks in use.
    pub fn blocks(&self) -> usize {
        lock(&self.0).len()
    }

    /// Bytes in use.
    pub fn bytes(&self) -> usize {
        lock(&self.0).values().map(Layout::size).sum()
    }
}

/// The system's allocator with a ledger.
#[derive(Debug)]
pub struct Recording {
    pub ledger: Ledger,
    /// Whether nothing is handed out any more.
    pub exhausted: AtomicBool,
}

impl Recording {
    pub const fn new() -> Self {
        Self {
            ledger: Ledger::new(),
            exhausted: AtomicBool::new(false),
        }
    }

    fn hand_out(&self, block: *mut u8, layout: Layout) -> *mut u8 {
        assert!(!block.is_null(), "the system has no more memory");
        self.ledger.hand_out(block, layout);
        block
    }
}

// SAFETY: all blocks are the system's.
unsafe impl GlobalAlloc for &Recording {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        assert_ne!(layout.size(), 0);
        if self.exhausted.load(Ordering::Relaxed) {
            return std::ptr::null_mut();
        }
        // SAFETY: the size is not zero, and the block is that large.
        unsafe {
            let block = self.hand_out(System.alloc(layout), layout);
            block.write_bytes(FRESH, layout.size());
            block
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        assert_ne!(layout.size(), 0);
        if self.exhausted.load(Ordering::Relaxed) {
            return std::ptr::null_mut();
        }
        // SAFETY: the size is not zero.
        self.hand_out(unsafe { System.alloc_zeroed(layout) }, layout)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        self.ledger.take_back(block, layout);
        // SAFETY: the ledger says that the block was handed out with this layout.
        unsafe {
            block.write_bytes(GIVEN_BACK, layout.size());
            System.dealloc(block, layout);
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        assert_eq!(self.ledger.layout(block), Some(layout));
        let new_layout = Layout::from_size_align(new_size, layout.align()).expect("a layout");
        // SAFETY: the ledger says that the block was handed out with this layout; the copy is within both.
        unsafe {
            let new_block = self.alloc(new_layout);
            if !new_block.is_null() {
                new_block.copy_from_nonoverlapping(block, layout.size().min(new_size));
                self.dealloc(block, layout);
            }
            new_block
        }
    }
}
