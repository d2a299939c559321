//! One future and one thread, without a loop: the thread polls, and sleeps until it is woken.
//!
//! A toy: it serves one future, and on a loop's own thread it would keep the loop from running
//! whoever could wake it. Chapter 11 has `run`, which runs a loop until a future is ready.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// Wakes by waking the thread that polls.
struct ThreadWaker {
    thread: Thread,
}

impl Wake for ThreadWaker {
    fn wake(self: Arc<Self>) {
        self.thread.unpark();
    }
}

/// Keeps the thread until `future` is ready.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let thread = thread::current();
    let waker = Waker::from(Arc::new(ThreadWaker { thread }));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        // A wake between the poll and here is not lost: `park` then returns at once.
        thread::park();
    }
}
