//! Exercise 1, solved: a task of its own, behind a shield, awaited again after each request.

use std::rc::Rc;

use chapter_08::{EventLoop, Failure, catch_cancel, shield};

/// Runs `body` to its end. A request that comes meanwhile is handed on when that is reached.
pub async fn to_the_end<T: Clone + 'static>(
    event_loop: &Rc<EventLoop>,
    body: impl Future<Output = T> + 'static,
) -> Result<T, Failure> {
    let task = event_loop.spawn("to the end", body);
    let mut asked = None;
    while !task.done() {
        let waited = catch_cancel(event_loop, shield(event_loop, &task)).await;
        asked = waited.err().or(asked);
    }
    match (asked, task.result()) {
        (Some(cancelled), Some(Ok(_))) => cancelled.resume().await,
        _ => task.await,
    }
}
