//! A wait that does not outlast a limit: when it is reached, the body is asked to end.
//!
//! The limit is a scope around the body, and a timer that makes a request at it. What comes out
//! of the body tells what to say: a value is a value, also when it is late. A body that has ended
//! by the request is an `Elapsed`, if nobody but the timeout has asked: a request from outside
//! goes on outwards as what it is. So timeouts nest.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use crate::cancel::CatchCancel;
use crate::scope::Scope;
use crate::{EventLoop, Handle};

/// The limit was reached, and the body has ended by that.
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

/// Awaits `body` for at most `limit`, counted from the first poll. Then it is asked to end,
/// and awaited until it has.
#[track_caller]
pub fn timeout<F: Future>(
    event_loop: &Rc<EventLoop>,
    limit: Duration,
    body: F,
) -> impl Future<Output = Result<F::Output, Elapsed>> {
    Timeout::new(event_loop, limit).run(body)
}

/// A limit that can be asked whether it was reached. Clones mean the same one.
#[derive(Clone)]
pub struct Timeout {
    event_loop: Rc<EventLoop>,
    limit: Duration,
    reached: Rc<Cell<bool>>,
}

impl Timeout {
    /// A limit for one body.
    pub fn new(event_loop: &Rc<EventLoop>, limit: Duration) -> Self {
        Self {
            event_loop: Rc::clone(event_loop),
            limit,
            reached: Rc::default(),
        }
    }

    /// Whether the limit was reached before the body was ready.
    pub fn expired(&self) -> bool {
        self.reached.get()
    }

    /// Awaits `body`, as [`timeout`] does.
    pub async fn run<F: Future>(self, body: F) -> Result<F::Output, Elapsed> {
        let scope = Scope::inside(&self.event_loop);
        let standing = scope.standing();
        let timer = self.arm(&scope);
        let outcome = CatchCancel::new(&self.event_loop, Some(Rc::clone(&scope)), body).await;
        drop(timer);
        match outcome {
            Ok(value) => Ok(value),
            Err(_) if self.expired() && scope.standing() <= standing => {
                Err(Elapsed { limit: self.limit })
            }
            Err(cancelled) => cancelled.resume().await,
        }
    }

    /// Sets the timer that makes the request.
    fn arm(&self, scope: &Rc<Scope>) -> Timer {
        let (reached, asked) = (Rc::clone(&self.reached), Rc::clone(scope));
        let ask = move |_: &EventLoop| {
            reached.set(true);
            asked.request();
        };
        Timer {
            handle: match self.limit {
                Duration::ZERO => self.event_loop.call_soon("limit", ask),
                limit => self.event_loop.call_later("limit", limit, ask),
            },
            reached: Rc::clone(&self.reached),
            scope: Rc::clone(scope),
        }
    }
}

/// What is armed while the body runs. However the body ends, the timer and
/// its request are taken back.
struct Timer {
    handle: Handle,
    reached: Rc<Cell<bool>>,
    scope: Rc<Scope>,
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.handle.cancel();
        if self.reached.get() {
            self.scope.take_back();
        }
    }
}
