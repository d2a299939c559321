//! Wakes from another thread.

use std::cell::Cell;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;

use super::Workload;
use crate::rt::Threads;
use crate::util::{self, Report, Stopwatch};

pub fn run<R: Threads>(workload: &Workload) -> Option<Report> {
    (workload.name == "thread_wake").then(|| thread_wake::<R>(workload.n))
}

/// Another thread counts and wakes the task, `n` times by one waker: what counts is what the runtime makes of wakes
/// of a task that is awake already, and how rarely it needs a system call.
fn thread_wake<R: Threads>(n: u64) -> Report {
    R::new().block_on(async move { R::spawn(waked::<R>(n)).await })
}

async fn waked<R: Threads>(n: u64) -> Report {
    let count = Arc::new(AtomicU64::new(0));
    let theirs = count.clone();
    let waker = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;
    let polls = Cell::new(0u64);
    let watch = Stopwatch::start();
    let thread = std::thread::spawn(move || {
        util::pin(1);
        let start = util::thread_cpu_ns();
        for _ in 0..n {
            theirs.fetch_add(1, Ordering::Release);
            waker.wake_by_ref();
        }
        util::thread_cpu_ns() - start
    });
    poll_fn(|_| {
        polls.set(polls.get() + 1);
        match count.load(Ordering::Acquire) == n {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
    let report = watch.stop(n);
    let sender = thread.join().expect("the other thread ends");
    report
        .with("other_thread_cpu_ns", sender as f64 / n as f64)
        .with("polls", polls.get() as f64)
}
