//! Interior mutability without a flag: what the loop's hottest parts live in.
//!
//! A `RefCell` pays for its flag at every access, and a wake or a step makes several. Here the rule that it would check
//! is kept by hand: what is done inside an access is a few lines that call no code of others. Debug builds check it.
//!
//! In the book: chapter 13.

use std::cell::{Cell, UnsafeCell};

/// A value that is reached by one access at a time.
#[derive(Default)]
pub(crate) struct LeanCell<T> {
    value: UnsafeCell<T>,
    accessed: Cell<bool>,
}

impl<T> LeanCell<T> {
    /// Calls `access` with the value.
    ///
    /// # Safety
    ///
    /// Until it returns, `access` must not reach this cell again: it runs no code of others, no drop of a value of theirs
    /// included.
    #[inline(always)]
    #[allow(unsafe_code)]
    pub(crate) unsafe fn with<R>(&self, access: impl FnOnce(&mut T) -> R) -> R {
        if cfg!(debug_assertions) {
            assert!(!self.accessed.replace(true), "an access inside an access");
        }
        // SAFETY: the cell stays on its thread, since `UnsafeCell` is not `Sync`, and by the caller's promise this is the
        // one access to it; so there is no other reference to the value while this one lives.
        let result = access(unsafe { &mut *self.value.get() });
        if cfg!(debug_assertions) {
            self.accessed.set(false);
        }
        result
    }
}
