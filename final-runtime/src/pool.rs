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
//! (Chapter 13.)

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
    const EMPTY: Self = Self {
        free: Cell::new(null_mut()),
        cut: Cell::new(null_mut()),
        end: Cell::new(null_mut()),
        blocks: Cell::new(FIRST_BLOCKS),
    };
}

/// Whether blocks of this layout are pooled.
const fn is_pooled(layout: Layout) -> bool {
    !cfg!(unpooled) && layout.size() <= LARGEST && layout.align() <= ALIGN
}

#[expect(unsafe_code, reason = "this is the module that hands out memory")]
impl Pool {
    pub(crate) fn new() -> Self {
        Self {
            classes: [const { Class::EMPTY }; CLASSES],
            chunks: RefCell::default(),
        }
    }

    /// A block for `layout`, not initialised. Its size is a multiple of its alignment, as it is of every type.
    #[inline]
    pub(crate) fn take(&self, layout: Layout) -> NonNull<u8> {
        debug_assert!(layout.size() >= size_of::<*mut u8>() && layout.size().is_multiple_of(layout.align()));
        if !is_pooled(layout) {
            return system(layout);
        }
        let class = &self.classes[layout.size().div_ceil(STEP)];
        let Some(block) = NonNull::new(class.free.get()) else {
            return self.cut(class, layout.size().next_multiple_of(STEP));
        };
        // SAFETY: a block in the list is ours, at least a pointer large, aligned to STEP, and `give_back` has written the
        // next one's address into it.
        class.free.set(unsafe { block.cast::<*mut u8>().read() });
        block
    }

    /// # Safety
    ///
    /// `block` was given by `take` of this pool for this `layout`, and nobody uses it any more.
    #[inline]
    pub(crate) unsafe fn give_back(&self, block: NonNull<u8>, layout: Layout) {
        if !is_pooled(layout) {
            // SAFETY: `take` had it from the system for the same layout.
            return unsafe { dealloc(block.as_ptr(), layout) };
        }
        let class = &self.classes[layout.size().div_ceil(STEP)];
        // SAFETY: by the caller's promise the block is free, and it is large enough and aligned for a pointer.
        unsafe { block.cast::<*mut u8>().write(class.free.get()) };
        class.free.set(block.as_ptr());
    }

    /// A block that was never used.
    fn cut(&self, class: &Class, size: usize) -> NonNull<u8> {
        if class.cut.get() == class.end.get() {
            self.add_chunk(class, size);
        }
        let block = class.cut.get();
        // SAFETY: the chunk is a whole number of blocks, and this is not its end.
        class.cut.set(unsafe { block.add(size) });
        // SAFETY: it points into a chunk.
        unsafe { NonNull::new_unchecked(block) }
    }

    #[cold]
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

    #[test]
    #[cfg(not(unpooled))]
    fn a_block_that_was_given_back_is_the_next_of_its_size() {
        let pool = Pool::new();
        let layout = Layout::new::<[u64; 9]>();
        let (first, second) = (pool.take(layout), pool.take(layout));
        assert_ne!(first, second);
        #[expect(unsafe_code, reason = "the blocks are given back")]
        // SAFETY: both are from this pool, for this layout, and not used after.
        unsafe {
            pool.give_back(first, layout);
            pool.give_back(second, layout);
        }
        assert_eq!(pool.take(layout), second);
        assert_eq!(pool.take(layout), first);
        let other = Layout::new::<[u64; 10]>();
        assert_ne!(pool.take(other), first);
    }

    #[test]
    fn blocks_are_aligned_and_apart() {
        let pool = Pool::new();
        for (size, align) in [(8, 8), (72, 8), (64, 16), (192, 64), (1024, 128), (4096, 8)] {
            let layout = Layout::from_size_align(size, align).unwrap();
            let mut blocks: Vec<_> = (0..100).map(|_| pool.take(layout)).collect();
            blocks.sort_unstable();
            let addresses: Vec<usize> = blocks.iter().map(|block| block.addr().get()).collect();
            assert!(addresses.iter().all(|at| at.is_multiple_of(align)));
            assert!(addresses.windows(2).all(|pair| pair[1] - pair[0] >= size));
            for block in blocks {
                #[expect(unsafe_code, reason = "the blocks are given back")]
                // SAFETY: it is from this pool, for this layout, and not used after.
                unsafe {
                    pool.give_back(block, layout);
                }
            }
        }
    }
}
