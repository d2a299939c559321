//! Who waits for a promise: tasks and callbacks, in the order in which they came.
//!
//! The first, if it is a task of this runtime, is a word in the header: a task that one other awaits pays for no list. All
//! others are here, behind it.
//!
//! In the book: chapter 3.

use std::cell::{Cell, RefCell};
use std::mem;
use std::panic::Location;
use std::task::Waker;

use crate::context::Context;
use crate::promise::AnyPromise;

/// The place of the first, in the header.
pub(super) const FIRST: u64 = 0;

/// What is called with a promise that was settled.
pub(crate) type DoneCallback = Box<dyn FnOnce(AnyPromise)>;

/// Somebody who wants to hear that it is settled.
pub(super) enum Listener {
    Wake(Waker),
    /// With the context variables as they were when it was added, and where that was. It does not hold the promise: one that
    /// nobody settles must not hold itself.
    Call(DoneCallback, Context, &'static Location<'static>),
}

#[derive(Default)]
pub(crate) struct Listeners {
    list: RefCell<Vec<(u64, Listener)>>,
}

thread_local! {
    /// Of all promises of the thread, which they do not leave: the key of one finds nobody at another.
    static LAST_KEY: Cell<u64> = const { Cell::new(FIRST) };
}

impl Listeners {
    pub(super) fn is_empty(&self) -> bool {
        self.list.borrow().is_empty()
    }

    pub(super) fn add(&self, listener: Listener) -> u64 {
        let key = LAST_KEY.get() + 1;
        LAST_KEY.set(key);
        self.list.borrow_mut().push((key, listener));
        key
    }

    /// Puts the one that was first in the header in front.
    pub(super) fn add_first(&self, listener: Listener) {
        self.list.borrow_mut().insert(0, (FIRST, listener));
    }

    /// Puts a listener in the place that `key` has. What was there; or the listener, if there is no such place.
    pub(super) fn replace(&self, key: u64, listener: Listener) -> Result<Listener, Listener> {
        let mut list = self.list.borrow_mut();
        match list.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => Ok(mem::replace(known, listener)),
            None => Err(listener),
        }
    }

    pub(super) fn remove(&self, key: u64) -> Option<Listener> {
        let mut list = self.list.borrow_mut();
        let found = list.iter().position(|(known, _)| *known == key);
        found.map(|at| list.remove(at).1)
    }

    pub(super) fn take(&self) -> Vec<(u64, Listener)> {
        self.list.take()
    }
}
