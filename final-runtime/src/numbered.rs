//! What stays with its loop while something with its number is elsewhere, in another thread or in a future that may go to one.
//!
//! In the book: chapter 10.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// Values by number, in order of their numbers. The oldest mostly leave first, which is quick.
pub(crate) struct Numbered<T> {
    last: Cell<u64>,
    kept: RefCell<VecDeque<(u64, T)>>,
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
        let mut kept = self.kept.borrow_mut();
        let place = kept.partition_point(|(known, _)| *known < number);
        kept.insert(place, (number, value));
    }

    /// Takes out what is kept under this number, if anything is.
    pub(crate) fn take(&self, number: u64) -> Option<T> {
        let mut kept = self.kept.borrow_mut();
        let place = kept.binary_search_by_key(&number, |(known, _)| *known);
        kept.remove(place.ok()?).map(|(_, value)| value)
    }

    /// Drops all of it.
    pub(crate) fn forget_all(&self) {
        let kept = self.kept.take();
        drop(kept);
    }
}
