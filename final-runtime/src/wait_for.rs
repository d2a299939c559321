//! Waiting for a task or a future, and cancelling it when it takes too long.
//!
//! In the book: chapter 8.

use std::future::IntoFuture;
use std::rc::Rc;
use std::time::Duration;

use crate::error::JoinError;
use crate::future::Future;
use crate::promise::What;
use crate::timeout;
use crate::timeout_error::Elapsed;
use crate::wait::{Listening, weak};

/// Waits for `target` at most `limit`; then it is asked to cancel, and the wait goes on until it has ended. `None` is
/// no limit; with a limit of zero, what is not done yet is cancelled at once.
///
/// For a body that is no task, see [`timeout`](crate::timeout).
///
/// asyncio: `asyncio.wait_for()`.
///
/// ```
/// use std::time::Duration;
/// use final_runtime::{State, run, spawn, wait_for};
///
/// run(async {
///     let slow = spawn(std::future::pending::<()>());
///     let waited = wait_for(&slow, Some(Duration::from_millis(1))).await;
///     assert!(waited.is_err());
///     assert_eq!(slow.state(), State::Cancelled);
/// });
/// ```
///
/// # Errors
///
/// [`Elapsed`], if the time was over and the target ended as cancelled.
///
/// # Panics
///
/// With a `limit`, when polled outside a task. If the target is a task that was awaited by value: its result is gone.
///
/// # Cancel safety
///
/// A request goes on to the target. A drop leaves it alone.
pub async fn wait_for<T: Clone + 'static>(
    target: impl Into<Future<T>>,
    limit: Option<Duration>,
) -> Result<Result<T, JoinError>, Elapsed> {
    let target: Future<T> = target.into();
    match limit {
        None => Ok(target.await),
        Some(limit) if !limit.is_zero() => timeout::timeout(limit, target.into_future()).await,
        Some(_) => {
            if target.is_done() {
                return Ok(target.promise.copy());
            }
            cancel_and_wait(&target).await;
            match target.promise.copy() {
                Err(JoinError::Cancelled(_)) => Err(Elapsed::new()),
                outcome => Ok(outcome),
            }
        }
    }
}

/// Asks `target` to cancel and waits for its end, as somebody who can be cancelled alone.
async fn cancel_and_wait<T: 'static>(target: &Future<T>) {
    let waiter = Future::of(target.promise.core(), What::EndOfCancelled);
    let promises = Rc::new(vec![(*target.promise).clone()]);
    waiter.promise.note_targets(weak(&promises));
    let _listening = Listening::to(&promises, || {
        let waiter = waiter.clone();
        Box::new(move |_| {
            let _ = waiter.set_result(());
        })
    });
    target.cancel();
    let _ = waiter.await;
}
