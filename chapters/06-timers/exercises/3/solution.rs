//! Exercise 3, solved: where the range crosses the roundest number, the first binary digit changes.

use std::time::Duration;

use chapter_06::{EventLoop, Handle};

/// The roundest whole millisecond from `due` to `due + slack`; `due` if there is none.
pub fn about(due: Duration, slack: Duration) -> Duration {
    let last = (due + slack).as_millis() as u64;
    let first = due.as_nanos().div_ceil(1_000_000) as u64;
    if first > last {
        return due;
    }
    let Some(before) = first.checked_sub(1) else {
        return Duration::ZERO;
    };
    let bit = (before ^ last).ilog2();
    Duration::from_millis(last >> bit << bit)
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
