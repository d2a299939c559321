//! Exercise 2, solved: a loop with a timeout around each attempt and a sleep between two.

use std::rc::Rc;
use std::time::Duration;

use chapter_06::{EventLoop, sleep, timeout};

/// The result of the first attempt that succeeds, or the failure of the last.
pub async fn retry<T, F: Future<Output = Result<T, String>>>(
    event_loop: Rc<EventLoop>,
    attempts: u32,
    limit: Duration,
    mut attempt: impl FnMut() -> F,
) -> Result<T, String> {
    let mut pause = Duration::from_secs(1);
    let mut made = 1;
    loop {
        let failure = match timeout(&event_loop, limit, attempt()).await {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(failure)) => failure,
            Err(elapsed) => elapsed.to_string(),
        };
        if made >= attempts {
            return Err(failure);
        }
        sleep(&event_loop, pause).await;
        pause *= 2;
        made += 1;
    }
}
