//! Waiting for a future or a task.
//!
//! In the book: chapter 5.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::cancel::{Node, Place, Wait};
use crate::error::JoinError;
use crate::future::Future;
use crate::here;
use crate::promise::{AnyPromise, Promise};

/// A place among those who wait for a promise.
pub(crate) struct Waiter {
    /// Its key among the listeners; [`NOT`](Self::NOT) while it does not wait.
    key: u64,
    place: Place,
    /// A task that waits for itself was told so, and has one more turn to go.
    told: bool,
}

impl Default for Waiter {
    #[inline]
    fn default() -> Self {
        Self {
            key: Self::NOT,
            place: Place::default(),
            told: false,
        }
    }
}

impl Waiter {
    /// No listener has this key.
    const NOT: u64 = u64::MAX;

    /// Ready when the result is there; an error for a task that waits for itself.
    #[inline]
    pub(crate) fn poll(
        &mut self,
        promise: &AnyPromise,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), JoinError>> {
        match promise.is_done() {
            true if self.key == Self::NOT => Poll::Ready(Ok(())),
            true => self.end(promise),
            false => self.wait(promise, cx),
        }
    }

    fn wait(&mut self, promise: &AnyPromise, cx: &mut Context<'_>) -> Poll<Result<(), JoinError>> {
        if here::is_running(promise) {
            return self.tell(cx);
        }
        let key = Some(self.key).filter(|key| *key != Self::NOT);
        self.key = promise.listen(key, cx.waker());
        self.place.wait_here(Wait::promise(promise));
        Poll::Pending
    }

    /// It has waited, and the result is there.
    fn end(&mut self, promise: &AnyPromise) -> Poll<Result<(), JoinError>> {
        self.key = Self::NOT;
        self.place.leave();
        if self.place.was_asked()
            && let Some(cancelled) = promise.cover()
        {
            // The request that went out from here has come back: it arrives at this task's own scope.
            Node::current("a wait that was cancelled").raise(cancelled);
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    /// The wait is for the task that waits: an error, one turn later.
    #[cold]
    fn tell(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), JoinError>> {
        if std::mem::replace(&mut self.told, true) {
            return Poll::Ready(Err(JoinError::AwaitsItself));
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// The wait is given up. It must be before the hold on the promise is.
    #[inline]
    pub(crate) fn leave(&mut self, promise: &AnyPromise) {
        if self.key != Self::NOT {
            promise.forget(std::mem::replace(&mut self.key, Self::NOT));
            self.place.leave();
        }
    }
}

/// The wait for a result that others may wait for too. Gives each a copy.
///
/// Made by awaiting a [`Future`] or a reference to a [`Task`](crate::Task).
///
/// asyncio: the iterator of `Future.__await__()`.
///
/// ```
/// use final_runtime::{Join, run, spawn};
/// use std::future::IntoFuture;
///
/// run(async {
///     let task = spawn(async { 2 });
///     let wait: Join<i32> = (&task).into_future();
///     let (first, second) = futures_util::join!(wait, (&task).into_future());
///     assert_eq!((first.unwrap(), second.unwrap()), (2, 2));
/// });
/// ```
///
/// # Panics
///
/// When polled after the task was awaited by value: the result is gone.
///
/// # Cancel safety
///
/// To drop it loses nothing. A request goes on to the task or gather that makes the result; a future that is settled
/// by hand it cancels, for everybody.
#[must_use = "futures do nothing unless awaited"]
pub struct Join<T: 'static> {
    promise: Promise<T>,
    waiter: Waiter,
}

impl<T> Join<T> {
    pub(crate) fn new(promise: &Promise<T>) -> Self {
        Self {
            promise: promise.clone(),
            waiter: Waiter::default(),
        }
    }
}

impl<T> Unpin for Join<T> {}

impl<T> Drop for Join<T> {
    fn drop(&mut self) {
        self.waiter.leave(&self.promise);
    }
}

impl<T: Clone> std::future::Future for Join<T> {
    type Output = Result<T, JoinError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { promise, waiter } = &mut *self;
        let ready = ready!(waiter.poll(promise, cx));
        Poll::Ready(ready.and_then(|()| promise.copy()))
    }
}

impl<T> fmt::Debug for Join<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Join").field(&self.promise.state()).finish()
    }
}

impl<T: Clone + 'static> IntoFuture for Future<T> {
    type Output = Result<T, JoinError>;
    type IntoFuture = Join<T>;

    fn into_future(self) -> Join<T> {
        Join::new(&self.promise)
    }
}

impl<T: Clone + 'static> IntoFuture for &Future<T> {
    type Output = Result<T, JoinError>;
    type IntoFuture = Join<T>;

    fn into_future(self) -> Join<T> {
        Join::new(&self.promise)
    }
}
