//! Waiting for a future or a task.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use crate::any_promise::AnyPromise;
use crate::cancel::{Node, On, Place};
use crate::error::JoinError;
use crate::future::{Future, State};
use crate::promise::Promise;
use crate::task::TaskCell;

/// A place among those who wait for a result.
pub(crate) struct Waiting<T: 'static> {
    promise: Rc<Promise<T>>,
    key: Option<u64>,
    place: Place,
    /// A task that waits for itself was told so, and has one more turn to go.
    told: bool,
}

impl<T> Waiting<T> {
    pub(crate) fn new(promise: Rc<Promise<T>>) -> Self {
        Self {
            place: Place::new(On::Result(promise.clone())),
            promise,
            key: None,
            told: false,
        }
    }

    pub(crate) fn promise(&self) -> &Rc<Promise<T>> {
        &self.promise
    }

    /// Ready when the result is there; an error for a task that waits for itself.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), JoinError>> {
        if self.promise.state() == State::Pending {
            if TaskCell::current().is_some_and(|task| task.makes(&*self.promise)) {
                return self.tell(cx);
            }
            self.key = Some(self.promise.wait(self.key, cx.waker()));
            self.place.wait_here();
            return Poll::Pending;
        }
        self.key = None;
        self.place.leave();
        if self.place.leaf().was_asked()
            && let Some(cancelled) = self.promise.cover()
        {
            // The request that went out from here has come back: it arrives at this task's own scope.
            Node::current("a wait that was cancelled").raise(cancelled);
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    /// The wait is for the task that waits: an error, one turn later.
    fn tell(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), JoinError>> {
        if std::mem::replace(&mut self.told, true) {
            return Poll::Ready(Err(JoinError::AwaitsItself));
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<T> Drop for Waiting<T> {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            self.promise.forget(key);
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
    waiting: Waiting<T>,
}

impl<T> Join<T> {
    pub(crate) fn new(promise: &Rc<Promise<T>>) -> Self {
        Self {
            waiting: Waiting::new(promise.clone()),
        }
    }
}

impl<T: Clone> std::future::Future for Join<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let waiting = &mut self.waiting;
        let ready = ready!(waiting.poll(cx));
        Poll::Ready(ready.and_then(|()| waiting.promise.copy()))
    }
}

impl<T> fmt::Debug for Join<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Join")
            .field(&self.waiting.promise.state())
            .finish()
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
