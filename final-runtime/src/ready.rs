//! The ready queue: what runs next, first in, first out, callbacks and tasks mixed.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::handle::Handle;
use crate::task::TaskCell;

/// One thing that is ready to run.
pub(crate) enum Entry {
    /// A callback, unless it is cancelled by the time its turn comes.
    Callback(Handle),
    /// The next step of a task.
    Step(Rc<TaskCell>),
}

/// The ready queue of one loop.
#[derive(Default)]
pub(crate) struct Ready {
    entries: RefCell<VecDeque<Entry>>,
}

impl Ready {
    pub(crate) fn push(&self, entry: Entry) {
        self.entries.borrow_mut().push_back(entry);
    }

    pub(crate) fn pop(&self) -> Option<Entry> {
        self.entries.borrow_mut().pop_front()
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.borrow().len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.borrow().is_empty()
    }

    /// Takes out everything, for a loop that closes.
    pub(crate) fn take_all(&self) -> VecDeque<Entry> {
        self.entries.take()
    }
}
