//! Memory for tasks and futures, by size class: what one gives back, the next of its size takes.
//!
//! An allocator for everybody pays for what it does not know: the size at `free`, the thread, the neighbours. Here a block
//! of up to [`LARGEST`] bytes belongs to the class of its size, in steps of [`STEP`] bytes; a free block holds the address
//! of the next one. To take and to give back are a load and a store each. Blocks are cut from *chunks*, which double in
//! size and go back to the system with the loop. So a loop keeps the memory of its largest crowd, for the next one.
//!
//! ```text
//! class 72:   free -> [next|....] -> [next|....] -> null
//!             cut  -> |  block  |  block  |  …  |<- end      (the newest chunk; what was never cut is never touched)
//! ```
//!
//! With `--cfg unpooled` every block is an allocation of its own, so that a sanitizer sees each use after its end.
//!
//! In the book: chapter 13.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::cell::{Cell, RefCell};
use std::ptr::{NonNull, null_mut};

/// The classes differ by this many bytes.
const STEP: usize = 8;
/// The largest block that is pooled, in bytes.
pub(crate) const LARGEST: usize = 1024;
const CLASSES: usize = LARGEST / STEP + 1;
/// Chunks, and so every block whose size is a multiple of its alignment, are aligned to this many bytes.
const ALIGN: usize = 128;
/// The first chunk of a class holds this many blocks, the next twice as many, and so on.
const FIRST_BLOCKS: usize = 8;
/// A chunk is not larger than this many bytes.
const LARGEST_CHUNK: usize = 64 * 1024;

/// The memory of one loop's tasks and futures.
pub(crate) struct Pool {
    classes: [Class; CLASSES],
    chunks: RefCell<Vec<(NonNull<u8>, Layout)>>,
}

/// Blocks of one size.
struct Class {
    /// The first free block; each holds the address of the next.
    free: Cell<*mut u8>,
    /// Where the next block is cut, and where the chunk ends.
    cut: Cell<*mut u8>,
    end: Cell<*mut u8>,
    /// How many blocks the next chunk will hold.
    blocks: Cell<usize>,
}

impl Class {
    const fn new() -> Self {
        Self {
            free: Cell::new(null_mut()),
            cut: Cell::new(null_mut()),
            end: Cell::new(null_mut()),
            blocks: Cell::new(FIRST_BLOCKS),
        }
    }
}

/// What a block is for: its layout, and the class that follows from it.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    layout: Layout,
    /// Beyond the classes for a block that is not pooled.
    class: usize,
}

impl Shape {
    pub(crate) const fn of<T>() -> Self {
        Self::new(Layout::new::<T>())
    }

    const fn new(layout: Layout) -> Self {
        let is_pooled = !cfg!(unpooled) && layout.size() <= LARGEST && layout.align() <= ALIGN;
        Self {
            layout,
            class: match is_pooled {
                true => layout.size().div_ceil(STEP),
                false => CLASSES,
            },
        }
    }
}

#[expect(unsafe_code, reason = "this is the module that hands out memory")]
impl Pool {
    pub(crate) fn new() -> Self {
        Self {
            classes: [const { Class::new() }; CLASSES],
            chunks: RefCell::default(),
        }
    }

    /// A block of this shape, not initialised.
    #[inline(always)]
    pub(crate) fn take(&self, shape: Shape) -> NonNull<u8> {
        let Some(class) = self.classes.get(shape.class) else {
            return system(shape.layout);
        };
        let Some(block) = NonNull::new(class.free.get()) else {
            return self.cut(shape.class);
        };
        // SAFETY: a block in the list is ours, at least a pointer large, aligned to STEP, and `give_back` has written the
        // next one's address into it.
        class.free.set(unsafe { block.cast::<*mut u8>().read() });
        block
    }

    /// # Safety
    ///
    /// `block` was given by `take` of this pool for this shape, and nobody uses it any more.
    #[inline(always)]
    pub(crate) unsafe fn give_back(&self, block: NonNull<u8>, shape: Shape) {
        let Some(class) = self.classes.get(shape.class) else {
            // SAFETY: `take` had it from the system for the same layout.
            return unsafe { dealloc(block.as_ptr(), shape.layout) };
        };
        // SAFETY: by the caller's promise the block is free, and it is large enough and aligned for a pointer.
        unsafe { block.cast::<*mut u8>().write(class.free.get()) };
        class.free.set(block.as_ptr());
    }

    /// A block that was never used.
    #[cold]
    #[inline(never)]
    fn cut(&self, class: usize) -> NonNull<u8> {
        let (class, size) = (&self.classes[class], class * STEP);
        if class.cut.get() == class.end.get() {
            self.add_chunk(class, size);
        }
        let block = class.cut.get();
        // SAFETY: the chunk is a whole number of blocks, and this is not its end.
        class.cut.set(unsafe { block.add(size) });
        // SAFETY: it points into a chunk.
        unsafe { NonNull::new_unchecked(block) }
    }

    fn add_chunk(&self, class: &Class, size: usize) {
        let blocks = class.blocks.get();
        if blocks * size < LARGEST_CHUNK {
            class.blocks.set(blocks * 2);
        }
        let layout = Layout::from_size_align(blocks * size, ALIGN).expect("a chunk is small");
        let chunk = system(layout);
        self.chunks.borrow_mut().push((chunk, layout));
        class.cut.set(chunk.as_ptr());
        // SAFETY: the end of the allocation.
        class.end.set(unsafe { chunk.as_ptr().add(blocks * size) });
    }
}

#[expect(unsafe_code, reason = "this is the module that hands out memory")]
fn system(layout: Layout) -> NonNull<u8> {
    // SAFETY: no layout here has size 0: a chunk holds blocks, and a block holds a header.
    let memory = unsafe { alloc(layout) };
    NonNull::new(memory).unwrap_or_else(|| handle_alloc_error(layout))
}

impl Drop for Pool {
    #[expect(unsafe_code, reason = "this is the module that hands out memory")]
    fn drop(&mut self) {
        for (chunk, layout) in self.chunks.take() {
            // SAFETY: it came from the system for this layout. Whoever holds a block holds the loop, and with it the pool.
            unsafe { dealloc(chunk.as_ptr(), layout) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(unsafe_code, reason = "the blocks are given back")]
    fn give_back(pool: &Pool, block: NonNull<u8>, shape: Shape) {
        // SAFETY: the tests give back what they took from the pool for the shape, once.
        unsafe { pool.give_back(block, shape) }
    }

    #[test]
    #[cfg(not(unpooled))]
    fn a_block_that_was_given_back_is_the_next_of_its_size() {
        let pool = Pool::new();
        let shape = Shape::of::<[u64; 9]>();
        let (first, second) = (pool.take(shape), pool.take(shape));
        assert_ne!(first, second);
        give_back(&pool, first, shape);
        give_back(&pool, second, shape);
        assert_eq!(pool.take(shape), second);
        assert_eq!(pool.take(shape), first);
        assert_ne!(pool.take(Shape::of::<[u64; 10]>()), first);
    }

    /// Every layout that a type can have around the classes and beyond them.
    fn layouts() -> impl Iterator<Item = Layout> {
        let aligns = (0..13).map(|power| 1 << power);
        aligns.flat_map(|align: usize| {
            let sizes = (1..=LARGEST.max(align) + 2 * STEP.max(align)).step_by(align.min(STEP));
            let layout = move |size| Layout::from_size_align(size, align).unwrap().pad_to_align();
            sizes.map(layout)
        })
    }

    #[test]
    fn blocks_are_aligned_apart_and_as_large_as_they_must_be() {
        let pool = Pool::new();
        for layout in layouts() {
            let shape = Shape::new(layout);
            let mut blocks: Vec<_> = (0..20).map(|_| pool.take(shape)).collect();
            blocks.sort_unstable();
            let addresses: Vec<usize> = blocks.iter().map(|block| block.addr().get()).collect();
            assert!(addresses.iter().all(|at| at.is_multiple_of(layout.align())));
            assert!(
                addresses
                    .windows(2)
                    .all(|pair| pair[1] - pair[0] >= layout.size())
            );
            for block in blocks {
                give_back(&pool, block, shape);
            }
        }
    }

    #[test]
    #[cfg(not(unpooled))]
    fn a_class_is_eight_bytes_and_what_is_too_large_or_too_aligned_has_none() {
        for layout in layouts() {
            let pooled = layout.size() <= LARGEST && layout.align() <= ALIGN;
            let (size, class) = (layout.size(), Shape::new(layout).class);
            match pooled {
                true => assert!((class * STEP - size) < STEP, "{layout:?}: {class}"),
                false => assert!(class >= CLASSES, "{layout:?}: {class}"),
            }
        }
    }
}
