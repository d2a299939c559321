//! A wait that blocks its thread, where no loop runs.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use crate::here;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Blocks this thread until `future` is done.
///
/// # Panics
///
/// On the thread of a running loop: nothing else would go on there. `instead` is what to await.
#[track_caller]
pub(super) fn block_on<F: Future>(future: F, instead: &str) -> F::Output {
    assert!(
        here::core().is_none(),
        "a channel was waited for by blocking the thread of a running loop; await `{instead}`"
    );
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut cx = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
