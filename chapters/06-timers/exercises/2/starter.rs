//! Exercise 2, for you to change.

use std::rc::Rc;
use std::time::Duration;

use chapter_06::EventLoop;

/// The result of the first attempt that succeeds, or the failure of the last.
pub async fn retry<T, F: Future<Output = Result<T, String>>>(
    event_loop: Rc<EventLoop>,
    attempts: u32,
    limit: Duration,
    mut attempt: impl FnMut() -> F,
) -> Result<T, String> {
    // One attempt, and it may take for ever.
    let _ = (event_loop, attempts, limit);
    attempt().await
}
