//! A callback that was queued, and the right to call it off.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::Location;
use std::rc::Rc;

use crate::EventLoop;

/// What the loop runs: a closure that is lent the loop.
pub(crate) enum Callback {
    /// From `call_soon`: called once.
    Once(Box<dyn FnOnce(&EventLoop)>),
    /// From `add_reader` or `add_writer`: called each time its socket is ready.
    Again(Box<dyn FnMut(&EventLoop)>),
}

/// A queued callback. Clones mean the same callback.
#[derive(Clone)]
pub struct Handle {
    entry: Rc<Entry>,
}

/// What all clones of a handle share.
struct Entry {
    name: String,
    at: &'static Location<'static>,
    callback: RefCell<Option<Callback>>,
    cancelled: Cell<bool>,
}

impl Handle {
    pub(crate) fn new(name: &str, callback: Callback, at: &'static Location<'static>) -> Self {
        Self {
            entry: Rc::new(Entry {
                name: name.to_owned(),
                at,
                callback: RefCell::new(Some(callback)),
                cancelled: Cell::new(false),
            }),
        }
    }

    /// Calls the callback off: if it has not run yet, it never will, and what
    /// it holds is dropped now.
    pub fn cancel(&self) {
        self.entry.cancelled.set(true);
        drop(self.entry.callback.take());
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn cancelled(&self) -> bool {
        self.entry.cancelled.get()
    }

    /// The name that the callback was queued under.
    pub fn name(&self) -> &str {
        &self.entry.name
    }

    /// The line that queued it.
    pub(crate) fn at(&self) -> &'static Location<'static> {
        self.entry.at
    }

    /// Takes the closure out to be called; there is none if it was cancelled.
    pub(crate) fn take(&self) -> Option<Callback> {
        self.entry.callback.take()
    }

    /// Takes back a closure that has run and may run again; if the handle was cancelled
    /// meanwhile, it is dropped.
    pub(crate) fn put_back(&self, callback: Callback) {
        if !self.cancelled() {
            self.entry.callback.replace(Some(callback));
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("name", &self.name())
            .field("cancelled", &self.cancelled())
            .finish_non_exhaustive()
    }
}
