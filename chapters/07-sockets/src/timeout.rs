//! A wait that does not outlast a limit: what was waited for is dropped where it stands.
//!
//! The limit is asked first. A body that is ready in the same step as the limit comes too late.
//!
//! This is a toy, as the cancel of a task is one: the body can neither catch the end nor clean up
//! with an `.await`, and what the body waited for is not told. Chapter 8 replaces it by a request.

use std::error::Error;
use std::fmt;
use std::future;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use crate::EventLoop;
use crate::sleep;

/// The limit was reached before the body was ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed {
    limit: Duration,
}

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not ready within {:?}", self.limit)
    }
}

impl Error for Elapsed {}

/// Awaits `body` for at most `limit`, counted from the first poll.
pub async fn timeout<F: Future>(
    event_loop: &Rc<EventLoop>,
    limit: Duration,
    body: F,
) -> Result<F::Output, Elapsed> {
    let mut over = pin!(sleep::limit(event_loop, limit));
    let mut body = pin!(body);
    future::poll_fn(|context| {
        if over.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(Elapsed { limit }));
        }
        body.as_mut().poll(context).map(Ok)
    })
    .await
}
