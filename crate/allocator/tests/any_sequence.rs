//! Any sequence of requests, on an inner allocator that keeps a ledger.
//!
//! One test alone: the ledger must be empty at its end.

mod recording;

use proptest::{collection::vec, prelude::*, sample::Index};
use recording::{ALLOCATOR, INNER, Ledger};
use std::alloc::{GlobalAlloc, Layout};

#[derive(Clone, Debug)]
enum Step {
    Allocate { size: usize, align: usize, zeroed: bool },
    Reallocate { which: Index, size: usize },
    Free { which: Index },
    FreeElsewhere { which: Index },
    GiveBack,
}

/// Sizes in every class, at the edges of classes, around the largest that is kept, and far beyond.
fn size() -> impl Strategy<Value = usize> {
    prop_oneof![
        4 => 1_usize..=256,
        2 => 1_usize..=1100,
        2 => (1_usize..=66, 0_usize..=2).prop_map(|(class, off)| class * 16 + off - 1),
        1 => 1100_usize..=9000,
    ]
}

fn step() -> impl Strategy<Value = Step> {
    // Mostly the small alignments that nearly all types have.
    let align = prop_oneof![4 => 0_u32..=3, 1 => 4_u32..=8].prop_map(|bits| 1 << bits);
    prop_oneof![
        6 => (size(), align, any::<bool>())
            .prop_map(|(size, align, zeroed)| Step::Allocate { size, align, zeroed }),
        4 => (any::<Index>(), size()).prop_map(|(which, size)| Step::Reallocate { which, size }),
        5 => any::<Index>().prop_map(|which| Step::Free { which }),
        1 => any::<Index>().prop_map(|which| Step::FreeElsewhere { which }),
        1 => Just(Step::GiveBack),
    ]
}

/// A block in use, and what it is filled with from.
struct Used {
    block: *mut u8,
    layout: Layout,
    seed: usize,
}

// SAFETY: it owns its block.
unsafe impl Send for Used {}

impl Used {
    fn expected(&self, at: usize) -> u8 {
        (self.seed.wrapping_mul(0x9e37) ^ at.wrapping_mul(131)).to_le_bytes()[1]
    }

    fn fill(&self) {
        for at in 0..self.layout.size() {
            // SAFETY: within the block.
            unsafe { self.block.add(at).write(self.expected(at)) };
        }
    }

    /// Holds the block's first bytes to what it was filled with.
    fn check(&self, block: *mut u8, bytes: usize) {
        for at in 0..bytes {
            // SAFETY: within the block, which was filled.
            let got = unsafe { block.add(at).read() };
            assert_eq!(got, self.expected(at), "byte {at} of {:?}", self.layout);
        }
    }

    fn free(self, ledger: &Ledger) {
        self.check(self.block, self.layout.size());
        ledger.take_back(self.block, self.layout);
        // SAFETY: got with this layout, and in use until here.
        unsafe { ALLOCATOR.dealloc(self.block, self.layout) };
    }
}

/// All blocks in use; those of a failed test are lost.
#[derive(Default)]
struct Heap {
    used: Vec<Used>,
    ledger: Ledger,
    seed: usize,
}

impl Heap {
    fn allocate(&mut self, layout: Layout, zeroed: bool) {
        // SAFETY: no size is zero.
        let block = unsafe {
            if zeroed {
                ALLOCATOR.alloc_zeroed(layout)
            } else {
                ALLOCATOR.alloc(layout)
            }
        };
        assert!(!block.is_null());
        self.ledger.hand_out(block, layout);
        if zeroed {
            for at in 0..layout.size() {
                // SAFETY: within the block.
                assert_eq!(unsafe { block.add(at).read() }, 0, "byte {at} of {layout:?}");
            }
        }
        self.put(block, layout);
    }

    fn put(&mut self, block: *mut u8, layout: Layout) {
        self.seed += 1;
        let used = Used {
            block,
            layout,
            seed: self.seed,
        };
        used.fill();
        self.used.push(used);
    }

    fn take(&mut self, which: Index) -> Option<Used> {
        (!self.used.is_empty()).then(|| self.used.swap_remove(which.index(self.used.len())))
    }

    fn reallocate(&mut self, old: &Used, size: usize) {
        self.ledger.take_back(old.block, old.layout);
        // SAFETY: got with this layout, in use until here, and the size is not zero.
        let block = unsafe { ALLOCATOR.realloc(old.block, old.layout, size) };
        assert!(!block.is_null());
        let layout = Layout::from_size_align(size, old.layout.align()).expect("a layout");
        self.ledger.hand_out(block, layout);
        old.check(block, size.min(old.layout.size()));
        self.put(block, layout);
    }

    #[allow(clippy::disallowed_methods, reason = "threads that end are what is tested")]
    fn run(&mut self, step: &Step) {
        match *step {
            Step::Allocate { size, align, zeroed } => {
                self.allocate(Layout::from_size_align(size, align).expect("a layout"), zeroed);
            }
            Step::Reallocate { which, size } => {
                if let Some(old) = self.take(which) {
                    self.reallocate(&old, size);
                }
            }
            Step::Free { which } => {
                if let Some(used) = self.take(which) {
                    used.free(&self.ledger);
                }
            }
            Step::FreeElsewhere { which } => {
                if let Some(used) = self.take(which) {
                    let ledger = &self.ledger;
                    std::thread::scope(|scope| {
                        scope.spawn(move || {
                            used.free(ledger);
                            ALLOCATOR.give_back();
                        });
                    });
                }
            }
            Step::GiveBack => ALLOCATOR.give_back(),
        }
    }
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: if cfg!(miri) { 4 } else { 512 },
        // Miri has no folder to look for earlier failures in.
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn blocks_are_apart_keep_their_bytes_and_go_back_as_they_were_got(steps in vec(step(), 0..200)) {
        let mut heap = Heap::default();
        for step in steps {
            heap.run(&step);
        }
        while let Some(used) = heap.used.pop() {
            used.free(&heap.ledger);
        }
        ALLOCATOR.give_back();
        prop_assert_eq!(INNER.ledger.blocks(), 0, "blocks were lost");
    }
}
