//! Waiting for a future or a task.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::error::JoinError;
use crate::future::{Future, Promise, State};

/// A place among those who wait for a result.
pub(crate) struct Waiting<T> {
    promise: Rc<Promise<T>>,
    key: Option<u64>,
}

impl<T> Waiting<T> {
    pub(crate) fn new(promise: Rc<Promise<T>>) -> Self {
        Self { promise, key: None }
    }

    pub(crate) fn promise(&self) -> &Rc<Promise<T>> {
        &self.promise
    }

    /// Ready when the result is there.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.promise.state() == State::Pending {
            self.key = Some(self.promise.wait(self.key, cx.waker()));
            return Poll::Pending;
        }
        self.key = None;
        Poll::Ready(())
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
#[must_use = "futures do nothing unless awaited"]
pub struct Join<T> {
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
        waiting.poll(cx).map(|()| waiting.promise.copy())
    }
}

impl<T> fmt::Debug for Join<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Join")
            .field(&self.waiting.promise.state())
            .finish()
    }
}

impl<T: Clone> IntoFuture for Future<T> {
    type Output = Result<T, JoinError>;
    type IntoFuture = Join<T>;

    fn into_future(self) -> Join<T> {
        Join::new(&self.promise)
    }
}

impl<T: Clone> IntoFuture for &Future<T> {
    type Output = Result<T, JoinError>;
    type IntoFuture = Join<T>;

    fn into_future(self) -> Join<T> {
        Join::new(&self.promise)
    }
}
