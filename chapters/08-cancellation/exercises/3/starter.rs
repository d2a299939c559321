//! Exercise 3, for you to change.

use std::pin::Pin;
use std::rc::Rc;

use chapter_08::{EventLoop, Failure};

/// Something that may succeed.
pub type Attempt<T> = Pin<Box<dyn Future<Output = Result<T, Failure>>>>;

/// The value of the first attempt that succeeds; when all have failed, every failure.
pub async fn first_success<T: Clone + 'static>(
    _event_loop: &Rc<EventLoop>,
    attempts: Vec<Attempt<T>>,
) -> Result<T, Vec<Failure>> {
    // One after the other: the last waits for all before it.
    let mut failures = Vec::new();
    for attempt in attempts {
        match attempt.await {
            Ok(value) => return Ok(value),
            Err(failure) => failures.push(failure),
        }
    }
    Err(failures)
}
