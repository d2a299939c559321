//! Exercise 2, solved: a counter and a callback that can be taken once, shared by all clones.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use chapter_01::EventLoop;

type Callback = Box<dyn FnOnce(&EventLoop)>;

/// Waits for a number of arrivals, then queues a callback.
#[derive(Clone)]
pub struct Meeting {
    shared: Rc<Shared>,
}

struct Shared {
    missing: Cell<u32>,
    last: RefCell<Option<Callback>>,
}

impl Meeting {
    /// A meeting of `people`, which ends in `last`.
    pub fn new(
        event_loop: &EventLoop,
        people: u32,
        last: impl FnOnce(&EventLoop) + 'static,
    ) -> Self {
        let meeting = Self {
            shared: Rc::new(Shared {
                missing: Cell::new(people),
                last: RefCell::new(Some(Box::new(last))),
            }),
        };
        meeting.end_if_complete(event_loop);
        meeting
    }

    /// One more has come.
    pub fn arrive(&self, event_loop: &EventLoop) {
        let missing = &self.shared.missing;
        missing.set(missing.get().saturating_sub(1));
        self.end_if_complete(event_loop);
    }

    fn end_if_complete(&self, event_loop: &EventLoop) {
        if self.shared.missing.get() == 0
            && let Some(last) = self.shared.last.take()
        {
            event_loop.call_soon("last", last);
        }
    }
}
