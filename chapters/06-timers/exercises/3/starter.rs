//! Exercise 3, for you to change.

use std::time::Duration;

use chapter_06::{EventLoop, Handle};

/// The roundest whole millisecond from `due` to `due + slack`; `due` if there is none.
pub fn about(due: Duration, slack: Duration) -> Duration {
    // As exact as can be.
    let _ = slack;
    due
}

/// Queues `callback` when `delay` has passed, or up to `slack` later.
pub fn call_about(
    event_loop: &EventLoop,
    name: &str,
    delay: Duration,
    slack: Duration,
    callback: impl FnOnce(&EventLoop) + 'static,
) -> Handle {
    event_loop.call_at(name, about(event_loop.now() + delay, slack), callback)
}
