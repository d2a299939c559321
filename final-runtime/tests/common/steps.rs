//! A future that is met at one of its steps.

use std::cell::RefCell;
use std::future::poll_fn;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

pub type Body = Pin<Box<dyn Future<Output = ()>>>;

/// Where a body stands between two polls, and may be dropped.
pub type Place = Rc<RefCell<Option<Body>>>;

/// Polls `body` until it is done or dropped, and does `act` behind its `step`th poll, if it waits then. `Break` drops it
/// there.
pub async fn at_step(body: Body, step: u32, act: impl FnOnce(&Place, &Waker) -> ControlFlow<()>) {
    let place = Rc::new(RefCell::new(Some(body)));
    let (mut polls, mut act) = (0, Some(act));
    poll_fn(|cx| {
        // Out of its place while it is polled, so that it may be dropped then.
        let Some(mut body) = place.take() else {
            return Poll::Ready(());
        };
        polls += 1;
        if body.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        if polls == step {
            let act = act.take().expect("there is one such poll");
            if act(&place, cx.waker()).is_break() {
                return Poll::Ready(());
            }
        }
        place.replace(Some(body));
        Poll::Pending
    })
    .await;
}
