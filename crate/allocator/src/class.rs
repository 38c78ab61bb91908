//! The classes of blocks that are kept.
//!
//! Invariant: a layout's class follows from the layout alone, and a block of the class's own layout serves it: it is no
//! smaller and no less aligned.

use std::alloc::Layout;

/// Bytes from the size of one class to that of the next.
const STEP: usize = 16;
/// Bytes of the largest blocks that are kept.
pub(crate) const LARGEST: usize = 1024;
/// How many classes there are.
pub(crate) const CLASSES: usize = LARGEST / STEP;
/// What blocks of every class are aligned to: what dlmalloc and the C libraries align to without being asked. For more,
/// dlmalloc cuts each block out of a larger one.
const ALIGNMENT: usize = 2 * size_of::<usize>();

/// Blocks of one size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Class(usize);

impl Class {
    /// That of blocks with this layout; none where they are too large or too much aligned to be kept.
    #[inline]
    pub(crate) const fn of(layout: Layout) -> Option<Self> {
        // No layout without a size comes here; it would be in no class.
        let index = layout.size().wrapping_sub(1) / STEP;
        if index < CLASSES && layout.align() <= ALIGNMENT {
            Some(Self(index))
        } else {
            None
        }
    }

    /// All classes, smallest first.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..CLASSES).map(Self)
    }

    /// Its place among all classes, below [`CLASSES`].
    #[inline]
    pub(crate) const fn index(self) -> usize {
        self.0
    }

    /// Bytes of each of its blocks.
    #[inline]
    pub(crate) const fn size(self) -> usize {
        (self.0 + 1) * STEP
    }

    /// What its blocks are got with from the inner allocator, and given back with.
    #[inline]
    pub(crate) const fn layout(self) -> Layout {
        // SAFETY: two words are a power of two; the size is at most `LARGEST`, a multiple of that.
        unsafe { Layout::from_size_align_unchecked(self.size(), ALIGNMENT) }
    }
}

const _: () = assert!(ALIGNMENT.is_power_of_two() && LARGEST.is_multiple_of(ALIGNMENT));
const _: () = assert!(LARGEST.is_multiple_of(STEP));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_serves_every_layout_in_it_and_no_smaller_class_would() {
        for size in 1..=2 * LARGEST {
            for align in [1, 2, 4, 8, 16, 32, 4096] {
                let layout = Layout::from_size_align(size, align).expect("a layout");
                let kept = size <= LARGEST && align <= ALIGNMENT;
                assert_eq!(Class::of(layout).is_some(), kept, "{layout:?}");
                if let Some(class) = Class::of(layout) {
                    assert!(class.index() < CLASSES);
                    assert!(class.size() >= size && class.size() - size < STEP, "{layout:?}");
                    assert!(class.layout().align() >= align, "{layout:?}");
                    assert_eq!(Class::of(class.layout()), Some(class), "{layout:?}");
                }
            }
        }
    }

    #[test]
    fn the_layout_of_a_class_is_one_that_the_standard_library_accepts() {
        assert_eq!(Class::all().count(), CLASSES);
        for class in Class::all() {
            assert_eq!(
                Layout::from_size_align(class.size(), ALIGNMENT),
                Ok(class.layout())
            );
        }
    }

    #[test]
    fn what_has_no_size_or_the_largest_there_is_has_no_class() {
        for (size, align) in [(0, 1), (0, 8), (isize::MAX as usize, 1)] {
            assert_eq!(
                Class::of(Layout::from_size_align(size, align).expect("a layout")),
                None
            );
        }
    }
}
