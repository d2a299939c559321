//! Exercise 3, solved: the clones share the handle of the entry that is in the queue, and a flag for the moment when none is.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use chapter_01::{EventLoop, Handle};

/// An action that is repeated, and the right to call it off.
#[derive(Clone, Default)]
pub struct Repeat {
    shared: Rc<Shared>,
}

#[derive(Default)]
struct Shared {
    queued: RefCell<Option<Handle>>,
    cancelled: Cell<bool>,
}

impl Repeat {
    /// Calls off all repetitions that are still to come.
    pub fn cancel(&self) {
        self.shared.cancelled.set(true);
        if let Some(handle) = self.shared.queued.take() {
            handle.cancel();
        }
    }

    /// Queues the next repetition, which queues the one after it.
    fn queue(
        &self,
        event_loop: &EventLoop,
        name: &'static str,
        mut action: impl FnMut(&EventLoop) + 'static,
    ) {
        let repeat = self.clone();
        let handle = event_loop.call_soon(name, move |event_loop| {
            action(event_loop);
            if !repeat.shared.cancelled.get() {
                repeat.queue(event_loop, name, action);
            }
        });
        self.shared.queued.replace(Some(handle));
    }
}

/// Runs `action` once a turn, from the next turn on.
pub fn every_turn(
    event_loop: &EventLoop,
    name: &'static str,
    action: impl FnMut(&EventLoop) + 'static,
) -> Repeat {
    let repeat = Repeat::default();
    repeat.queue(event_loop, name, action);
    repeat
}
