//! A result that is kept from the requests of those who wait for it.
//!
//! In the book: chapter 8.

use crate::future::{Future, State};
use crate::promise::{Upstream, What};

/// The same result, kept from the requests of those who wait: a request ends their wait and leaves `inner` alone.
///
/// asyncio: `asyncio.shield()`.
///
/// ```
/// use final_runtime::{run, shield, spawn, yield_now};
///
/// run(async {
///     let work = spawn(async {
///         yield_now().await;
///         "done"
///     });
///     let protected = shield(&work);
///     let waiter = spawn(async move { protected.await });
///     yield_now().await;
///     waiter.cancel();
///     assert!(waiter.await.unwrap_err().is_cancelled());
///     assert_eq!(work.await.unwrap(), "done");
/// });
/// ```
///
/// # Cancel safety
///
/// To drop it leaves `inner` alone, too. To cancel the future that this gives settles that one as cancelled, for all who
/// await it, and no other.
pub fn shield<T: Clone + 'static>(inner: impl Into<Future<T>>) -> Future<T> {
    let inner: Future<T> = inner.into();
    if inner.is_done() {
        return inner;
    }
    let outer = Future::of(inner.promise.core(), What::Shielded);
    let to = outer.promise.clone();
    let key = inner.promise.on_settled(move |from| {
        match (to.state(), from.state()) {
            // The outer one was cancelled: the inner one's error has nobody else to look at it.
            (State::Cancelled, State::Cancelled) => {}
            (State::Cancelled, _) => from.look(),
            (_, State::Cancelled) => to.cancel_as(&None),
            _ => to.settle_with(|| from.copy()),
        }
    });
    let shielded = Upstream::Shielded((*inner.promise).clone(), key);
    outer.promise.hold_upstream(shielded);
    outer.promise.on_settled(|outer| {
        if let Some(Upstream::Shielded(inner, key)) = outer.take_upstream() {
            inner.forget(key);
        }
    });
    outer
}
