//! A request that was delivered, and the scope that catches it.

use std::fmt;
use std::future::poll_fn;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::EventLoop;
use crate::scope::Scope;

/// A request to end that was delivered. Whoever holds it may clean up, with `.await`, and
/// then resume it or let it be.
#[must_use = "a request that is dropped is swallowed: `resume` it, or drop it on purpose"]
pub struct Cancelled {
    event_loop: Rc<EventLoop>,
}

impl Cancelled {
    /// A cancellation that nobody asked for, to be resumed: a body may end as cancelled by itself.
    pub fn new(event_loop: &Rc<EventLoop>) -> Self {
        let event_loop = Rc::clone(event_loop);
        Self { event_loop }
    }

    /// Hands it on to the next scope out, in the same step. With no scope around,
    /// the task ends as cancelled.
    pub async fn resume(self) -> ! {
        poll_fn(|_| {
            let scope = self.event_loop.scope();
            scope.expect("a request is resumed in its task").raise();
            Poll::Pending
        })
        .await
    }
}

impl fmt::Debug for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cancelled")
    }
}

/// Runs `body`. When a request comes, the body is dropped where it stands,
/// and what follows may wait.
#[track_caller]
pub fn catch_cancel<F: Future>(event_loop: &Rc<EventLoop>, body: F) -> CatchCancel<F> {
    CatchCancel::new(event_loop, None, body)
}

/// What [`catch_cancel`] gives.
#[must_use = "a future does nothing unless it is awaited"]
pub struct CatchCancel<F> {
    event_loop: Rc<EventLoop>,
    at: &'static Location<'static>,
    scope: Option<Rc<Scope>>,
    body: Option<Pin<Box<F>>>,
}

impl<F: Future> CatchCancel<F> {
    /// With a `scope` that its maker can ask, or else with one that the first poll makes.
    #[track_caller]
    pub(crate) fn new(event_loop: &Rc<EventLoop>, scope: Option<Rc<Scope>>, body: F) -> Self {
        Self {
            event_loop: Rc::clone(event_loop),
            at: Location::caller(),
            scope,
            body: Some(Box::pin(body)),
        }
    }
}

impl<F> CatchCancel<F> {
    /// The body is dropped first, so that what it waited for has been taken back.
    fn end(&mut self) {
        self.body = None;
        if let Some(scope) = self.scope.take() {
            scope.end();
        }
    }
}

impl<F: Future> Future for CatchCancel<F> {
    type Output = Result<F::Output, Cancelled>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let make = || Scope::inside(&this.event_loop);
        let scope = Rc::clone(this.scope.get_or_insert_with(make));
        scope.begin(context.waker());
        if !scope.take_raised() {
            let body = this.body.as_mut().expect("polled again after it was ready");
            let polled = scope.enter(&this.event_loop, || body.as_mut().poll(context));
            if let Poll::Ready(value) = polled {
                this.end();
                return Poll::Ready(Ok(value));
            }
            if !scope.take_raised() {
                return Poll::Pending;
            }
        }
        this.end();
        this.event_loop.note("catches", "cancel", this.at);
        Poll::Ready(Err(Cancelled::new(&this.event_loop)))
    }
}

impl<F> Drop for CatchCancel<F> {
    fn drop(&mut self) {
        self.end();
    }
}
