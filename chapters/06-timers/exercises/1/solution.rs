//! Exercise 1, solved: each feeding cancels a timer and arms the next; what to do lies where any of them can take it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use chapter_06::{EventLoop, Handle};

type Bark = Box<dyn FnOnce(&EventLoop)>;

/// Barks when it was not fed for some time.
pub struct Watchdog {
    event_loop: Rc<EventLoop>,
    limit: Duration,
    bark: Rc<Cell<Option<Bark>>>,
    timer: RefCell<Option<Handle>>,
}

impl Watchdog {
    /// Calls `bark`, once, when `limit` has passed without a [`feed`](Self::feed).
    pub fn new(
        event_loop: &Rc<EventLoop>,
        limit: Duration,
        bark: impl FnOnce(&EventLoop) + 'static,
    ) -> Self {
        let watchdog = Self {
            event_loop: Rc::clone(event_loop),
            limit,
            bark: Rc::new(Cell::new(Some(Box::new(bark)))),
            timer: RefCell::new(None),
        };
        watchdog.arm();
        watchdog
    }

    /// The limit counts from now.
    pub fn feed(&self) {
        let bark = self.bark.take();
        if bark.is_some() {
            self.bark.set(bark);
            self.arm();
        }
    }

    fn arm(&self) {
        let bark = Rc::clone(&self.bark);
        let timer = self
            .event_loop
            .call_later("watchdog", self.limit, move |event_loop| {
                if let Some(bark) = bark.take() {
                    bark(event_loop);
                }
            });
        let before = self.timer.replace(Some(timer));
        if let Some(before) = before {
            before.cancel();
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        if let Some(timer) = self.timer.take() {
            timer.cancel();
        }
    }
}
