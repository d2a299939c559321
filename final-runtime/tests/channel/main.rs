//! Channels between threads: order, ends, what a drop and a request lose, who is woken.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

mod ends;
mod order;
mod threads;
mod tree;

/// Counts how often it is woken.
#[derive(Default)]
struct Counts(AtomicUsize);

impl Wake for Counts {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

impl Counts {
    fn new() -> (Arc<Self>, Waker) {
        let counts = Arc::new(Self::default());
        (counts.clone(), counts.into())
    }

    fn woken(&self) -> usize {
        self.0.load(SeqCst)
    }
}

fn poll<F: Future>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}
