//! Exercise 1, for you to change.

use std::rc::Rc;
use std::time::Duration;

use chapter_06::{EventLoop, Handle};

/// Barks when it was not fed for some time.
pub struct Watchdog {
    _timer: Handle,
}

impl Watchdog {
    /// Calls `bark`, once, when `limit` has passed without a [`feed`](Self::feed).
    pub fn new(
        event_loop: &Rc<EventLoop>,
        limit: Duration,
        bark: impl FnOnce(&EventLoop) + 'static,
    ) -> Self {
        // It barks, fed or not.
        let timer = event_loop.call_later("watchdog", limit, bark);
        Self { _timer: timer }
    }

    /// The limit counts from now.
    pub fn feed(&self) {}
}
