//! A result that is kept from the requests of those who wait for it.

use std::rc::Rc;

use crate::{EventLoop, Failure, Promise};

/// The outcome of `inner`, which hears nothing of a request to whoever waits:
/// the request ends the wait.
pub fn shield<T: Clone + 'static>(
    event_loop: &Rc<EventLoop>,
    inner: &impl AsRef<Promise<T>>,
) -> Promise<T> {
    let inner = inner.as_ref().clone();
    let outer = Promise::new(event_loop, "shield");
    if let Some(outcome) = inner.result() {
        let _ = outer.settle(outcome);
        return outer;
    }
    let (from, to) = (inner.clone(), outer.clone());
    let copy = inner.add_done_callback("shield", move |_| {
        // An error here means that a request has ended the wait.
        let _ = to.settle(from.result().unwrap_or(Err(Failure::Cancelled)));
    });
    outer.add_done_callback("shield", move |_| copy.cancel());
    outer
}
