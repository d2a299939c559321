//! A call in another thread, awaited on the loop.

use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use crate::error::{JoinError, Panic};
use crate::future::{Future, State};
use crate::join::Waiter;
use crate::promise::{Promise, What};
use crate::report::{Report, ReportKind};
use crate::shared::Core;
use crate::task::Payload;
use crate::threads::errand::Errand;
use crate::threads::{ThreadPool, away};

/// A call in another thread. Awaiting it gives what the function returned; dropping it leaves the call alone, which
/// goes on.
///
/// asyncio: the future of `loop.run_in_executor()`.
///
/// ```
/// use final_runtime::{ThreadCall, run, running_loop};
///
/// run(async {
///     let call: ThreadCall<u64> = running_loop().run_in_executor(None, || (1..=20).product());
///     assert_eq!(call.await.unwrap(), 2_432_902_008_176_640_000);
/// });
/// ```
///
/// # Panics
///
/// To poll it again after it has given its result.
///
/// # Cancel safety
///
/// To drop a wait half-way drops the result, when it comes; the call itself goes on, and one that has not begun will.
/// A *request* to the task that waits, or [`cancel`](Self::cancel), ends the wait at once; a call that has not begun then
/// never does, and one that has goes on to its end, since nobody can end a thread: its result is dropped, and a panic goes to
/// the exception handler. [`shield`](crate::shield) keeps requests off.
pub struct ThreadCall<T: 'static> {
    promise: Promise<T>,
    waiter: Waiter,
}

impl<T: Send + 'static> ThreadCall<T> {
    pub(super) fn start<F>(core: &Rc<Core>, pool: &ThreadPool, function: F) -> Self
    where
        F: FnOnce() -> T + Send + 'static,
    {
        let promise = Promise::by_hand(core, What::ThreadCall);
        let errand = Arc::new(Errand::new(function));
        let back = {
            let (errand, promise) = (errand.clone(), promise.clone());
            away::send(
                core,
                Box::new(move || settle(&promise, errand.take_outcome())),
            )
        };
        let job = {
            let errand = errand.clone();
            Box::new(move || {
                errand.run();
                // First, so that what it holds is the loop's to drop.
                drop(errand);
                drop(back);
            })
        };
        match pool.submit(job) {
            Ok(()) => {
                promise.on_settled(move |promise| {
                    if promise.state() == State::Cancelled {
                        errand.call_off();
                    }
                });
            }
            Err(refused) => promise.settle(Err(JoinError::failed(refused))),
        }
        Self {
            promise,
            waiter: Waiter::default(),
        }
    }
}

/// The call is over, or was called off, or thrown away.
fn settle<T: 'static>(promise: &Promise<T>, outcome: Option<Result<T, Payload>>) {
    let outcome = match outcome {
        Some(outcome) => outcome.map_err(|payload| JoinError::Panicked(Panic::new(payload))),
        None if promise.is_done() => return,
        None => return promise.cancel_as(&None),
    };
    match outcome {
        outcome if !promise.is_done() => promise.settle(outcome),
        Ok(unwanted) => drop(unwanted),
        Err(error) => {
            let report = Report::new(ReportKind::Unseen, None, error);
            promise.core().reports.send(&report);
        }
    }
}

impl<T: 'static> ThreadCall<T> {
    /// Whether its outcome is here.
    ///
    /// asyncio: `Future.done()`.
    ///
    /// ```
    /// use final_runtime::{run, running_loop, sleep};
    /// use std::time::Duration;
    ///
    /// run(async {
    ///     let call = running_loop().run_in_executor(None, || 7);
    ///     while !call.is_done() {
    ///         sleep(Duration::from_millis(1)).await;
    ///     }
    ///     assert_eq!(call.await.unwrap(), 7);
    /// });
    /// ```
    pub fn is_done(&self) -> bool {
        self.promise.is_done()
    }

    /// Ends the wait for it. A call that has not begun never will. `false` if it was over.
    ///
    /// asyncio: `Future.cancel()`.
    ///
    /// ```
    /// use final_runtime::{run, running_loop};
    ///
    /// run(async {
    ///     let call = running_loop().run_in_executor(None, || "too late");
    ///     assert!(call.cancel());
    ///     assert!(call.await.unwrap_err().is_cancelled());
    /// });
    /// ```
    pub fn cancel(&self) -> bool {
        self.future().cancel()
    }

    /// The result as a future, which many may hold.
    ///
    /// asyncio: the future itself.
    ///
    /// ```
    /// use final_runtime::{run, running_loop};
    /// use futures_util::join;
    /// use std::future::IntoFuture;
    ///
    /// run(async {
    ///     let call = running_loop().run_in_executor(None, || 7);
    ///     let many = join!(call.future().into_future(), call.future().into_future());
    ///     assert_eq!((many.0.unwrap(), many.1.unwrap()), (7, 7));
    /// });
    /// ```
    pub fn future(&self) -> Future<T> {
        Future {
            promise: self.promise.clone(),
        }
    }
}

/// Gives the result, once. To poll it again afterwards panics.
impl<T> std::future::Future for ThreadCall<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { promise, waiter } = &mut *self;
        let ready = ready!(waiter.poll(promise, cx));
        Poll::Ready(ready.and_then(|()| promise.take()))
    }
}

impl<T> Unpin for ThreadCall<T> {}

impl<T> Drop for ThreadCall<T> {
    fn drop(&mut self) {
        self.waiter.leave(&self.promise);
    }
}

impl<T> From<&ThreadCall<T>> for Future<T> {
    fn from(call: &ThreadCall<T>) -> Self {
        call.future()
    }
}

impl<T> From<ThreadCall<T>> for Future<T> {
    fn from(call: ThreadCall<T>) -> Self {
        call.future()
    }
}

impl<T> fmt::Debug for ThreadCall<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ThreadCall")
            .field(&self.promise.state())
            .finish()
    }
}
