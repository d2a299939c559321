//! A callback that was queued, and the right to call it off.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::Location;
use std::rc::{Rc, Weak};
use std::time::Duration;

use crate::EventLoop;
use crate::task::Step;
use crate::wheel::{Key, Wheel};

/// What the loop runs: a closure that is lent the loop, or a task.
pub(crate) enum Callback {
    /// From `call_soon`: called once.
    Once(Box<dyn FnOnce(&EventLoop)>),
    /// From `spawn`: stepped until it is done.
    Step(Box<dyn Step>),
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
    armed: Cell<Option<Armed>>,
}

/// Where a handle is kept that waits for its time.
struct Armed {
    timers: Weak<RefCell<Wheel<Handle>>>,
    key: Key,
}

impl Handle {
    pub(crate) fn new(name: &str, callback: Callback, at: &'static Location<'static>) -> Self {
        Self {
            entry: Rc::new(Entry {
                name: name.to_owned(),
                at,
                callback: RefCell::new(Some(callback)),
                cancelled: Cell::new(false),
                armed: Cell::new(None),
            }),
        }
    }

    /// Calls the callback off: if it has not run yet, it never will, and what
    /// it holds is dropped now.
    pub fn cancel(&self) {
        self.entry.cancelled.set(true);
        drop(self.entry.callback.take());
        if let Some(armed) = self.entry.armed.take()
            && let Some(timers) = armed.timers.upgrade()
        {
            timers.borrow_mut().cancel(armed.key);
        }
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

    /// Arms it: it is queued when its time has come.
    pub(crate) fn arm(&self, timers: &Rc<RefCell<Wheel<Handle>>>, due: Duration) {
        let key = timers.borrow_mut().insert(due, self.clone());
        let timers = Rc::downgrade(timers);
        self.entry.armed.set(Some(Armed { timers, key }));
    }

    /// Takes the closure out to be called; there is none if it was cancelled.
    pub(crate) fn take(&self) -> Option<Callback> {
        self.entry.callback.take()
    }

    /// Takes back what has run and may run again; if the handle was cancelled
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
