//! What stays with its loop while something with its number is elsewhere, in another thread or in a future that may go to one.
//!
//! In the book: chapter 10.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// Values by number.
pub(crate) struct Numbered<T> {
    last: Cell<u64>,
    kept: RefCell<BTreeMap<u64, T>>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self {
            last: Cell::new(0),
            kept: RefCell::default(),
        }
    }
}

impl<T> Numbered<T> {
    /// A number that nothing has had.
    pub(crate) fn next(&self) -> u64 {
        self.last.set(self.last.get() + 1);
        self.last.get()
    }

    /// Keeps `value` under a number under which nothing is kept.
    pub(crate) fn keep(&self, number: u64, value: T) {
        self.kept.borrow_mut().insert(number, value);
    }

    /// Takes out what is kept under this number, if anything is.
    pub(crate) fn take(&self, number: u64) -> Option<T> {
        self.kept.borrow_mut().remove(&number)
    }

    /// Takes out something.
    pub(crate) fn take_any(&self) -> Option<T> {
        self.kept.borrow_mut().pop_first().map(|(_, value)| value)
    }
}
