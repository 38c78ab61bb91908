//! A whole program on it: threads that share work and hand each other what they made give what one thread gives.
#![allow(
    clippy::disallowed_methods,
    reason = "threads that start and end are what is tested"
)]

use blocklight_allocator::ThreadCached;
use rayon::prelude::*;
use std::{
    alloc::{GlobalAlloc, Layout, System},
    collections::{BTreeMap, HashMap},
    fmt::Write,
    process::abort,
    sync::{Arc, mpsc},
    thread,
};

/// The system's allocator, with a note of its layout before each block and behind it, that ends the process where a block
/// is given back with another, or where somebody wrote beyond it.
struct Fenced;

/// Bytes of the note behind a block.
const NOTE: usize = size_of::<[usize; 2]>();

impl Fenced {
    /// Where the block begins within the system's, and the layout of that.
    fn around(layout: Layout) -> (usize, Layout) {
        let before = layout.align().max(NOTE);
        Layout::from_size_align(before + layout.size() + NOTE, before.max(align_of::<usize>()))
            .map_or_else(|_| abort(), |outer| (before, outer))
    }
}

// SAFETY: every block is within one of the system's, which is larger by the notes and aligned to no less.
unsafe impl GlobalAlloc for Fenced {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (before, outer) = Self::around(layout);
        let note = [layout.size(), layout.align()];
        // SAFETY: the size is not zero, and all that is written is within it.
        unsafe {
            let start = System.alloc(outer);
            if start.is_null() {
                return start;
            }
            let block = start.add(before);
            block.sub(NOTE).cast::<[usize; 2]>().write_unaligned(note);
            block
                .add(layout.size())
                .cast::<[usize; 2]>()
                .write_unaligned(note);
            block
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let (before, outer) = Self::around(layout);
        let note = [layout.size(), layout.align()];
        // SAFETY: the block is one of these, as the note before it confirms before more is believed.
        unsafe {
            let is_before = block.sub(NOTE).cast::<[usize; 2]>().read_unaligned() == note;
            if !is_before || block.add(layout.size()).cast::<[usize; 2]>().read_unaligned() != note {
                abort();
            }
            System.dealloc(block.sub(before), outer);
        }
    }
}

#[global_allocator]
// SAFETY: the only one in this process.
static ALLOCATOR: ThreadCached<Fenced> = unsafe { ThreadCached::in_front_of(Fenced) };

const TASKS: u64 = if cfg!(miri) { 3 } else { 64 };
const SIZE: u64 = if cfg!(miri) { 20 } else { 3000 };

/// What one task makes: many small pieces, grown step by step, some thrown away on the way.
type Made = (BTreeMap<String, Vec<u64>>, Vec<Box<[u8]>>, Arc<str>);

fn make(task: u64) -> Made {
    let mut words: HashMap<String, Vec<u64>> = HashMap::new();
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut state = task + 1;
    for round in 0..SIZE {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let chosen = state >> 33;
        words
            .entry(format!("word {}", chosen % (SIZE / 4)))
            .or_default()
            .push(round);
        let length = usize::try_from(chosen % 700).expect("small");
        pieces.push(vec![chosen.to_le_bytes()[0]; length].into_boxed_slice());
        if chosen.is_multiple_of(3) {
            words.remove(&format!("word {}", chosen % 97));
            pieces.swap_remove(usize::try_from(chosen).expect("32 bits") % pieces.len());
        }
        write!(text, "{chosen:x}").expect("a string");
    }
    (words.into_iter().collect(), pieces, text.into())
}

#[test]
fn tasks_shared_by_a_pool_make_what_one_thread_makes() {
    let alone: Vec<Made> = (0..TASKS).map(make).collect();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(4)
        .build()
        .expect("a pool");
    for _ in 0..2 {
        // What the pool makes is compared and dropped here, after the copies of it were dropped there.
        let shared: Vec<Made> = pool.install(|| (0..TASKS).into_par_iter().map(make).collect());
        assert!(shared == alone);
        let copied = pool.install(|| shared.par_iter().cloned().collect::<Vec<_>>());
        assert!(copied == alone);
        pool.install(|| copied.into_par_iter().for_each(drop));
    }
}

#[test]
fn what_threads_hand_on_is_what_they_made() {
    let (sender, receiver) = mpsc::channel();
    for task in 0..TASKS {
        let sender = sender.clone();
        thread::spawn(move || sender.send((task, make(task))));
    }
    drop(sender);
    let handed_on: BTreeMap<u64, Made> = receiver.into_iter().collect();
    assert!(handed_on == (0..TASKS).map(|task| (task, make(task))).collect());
}

#[test]
fn a_thread_may_allocate_while_it_ends() {
    /// Allocates and frees from the destructor of another of the thread's locals.
    struct AtTheEnd(mpsc::Sender<Vec<String>>);
    impl Drop for AtTheEnd {
        fn drop(&mut self) {
            let made = (0..50).map(|number| format!("number {number}")).collect();
            self.0.send(made).expect("somebody listens");
        }
    }
    thread_local! {
        static AT_THE_END: std::cell::RefCell<Option<AtTheEnd>> = const { std::cell::RefCell::new(None) };
    }
    let (sender, receiver) = mpsc::channel();
    let ending = thread::spawn(move || AT_THE_END.set(Some(AtTheEnd(sender))));
    ending.join().expect("it ends");
    let made = receiver.recv().expect("it was sent");
    assert_eq!(made.last().map(String::as_str), Some("number 49"));
}
