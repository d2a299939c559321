//! Spawns, yields, wakes and joins on one thread.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::hint::black_box;
use std::rc::Rc;
use std::task::{Poll, Waker};

use super::{Workload, timed};
use crate::local;
use crate::rt::Runtime;
use crate::util::{Report, Rng, Stopwatch};

pub fn run<R: Runtime>(workload: &Workload) -> Option<Report> {
    let Workload { n, size, .. } = *workload;
    Some(match workload.name.as_str() {
        "spawn_join" => timed::<R, _>(n, spawn_join::<R>),
        "yield_one" => timed::<R, _>(n, yield_one::<R>),
        "yield_rr" => timed::<R, _>(n, move |n| yield_rr::<R>(n, size)),
        "ping_pong" => timed::<R, _>(n, ping_pong::<R>),
        "chained_spawn" => timed::<R, _>(n, chained_spawn::<R>),
        "deep_join" => timed::<R, _>(n, move |n| deep_join::<R>(n, size)),
        "wake_one_of" => timed::<R, _>(n, move |n| wake_one_of::<R>(n, size)),
        "block_on" => block_on::<R>(n),
        "rt_new" => rt_new::<R>(n),
        _ => return None,
    })
}

/// Batches of a thousand tasks that are ready at once.
async fn spawn_join<R: Runtime>(n: u64) -> u64 {
    const BATCH: u64 = 1000;
    let mut handles = Vec::with_capacity(BATCH as usize);
    let mut done = 0;
    let mut left = n;
    while left > 0 {
        let batch = left.min(BATCH);
        left -= batch;
        for _ in 0..batch {
            handles.push(R::spawn(async { black_box(1) }));
        }
        for handle in handles.drain(..) {
            done += handle.await;
        }
    }
    done
}

async fn yield_one<R: Runtime>(n: u64) -> u64 {
    R::spawn(async move {
        let mut seen = 0;
        for _ in 0..n {
            R::yield_now().await;
            seen += 1;
        }
        seen
    })
    .await
}

/// `size` tasks yield round robin, `n` yields in all.
async fn yield_rr<R: Runtime>(n: u64, size: u64) -> u64 {
    let count = Rc::new(Cell::new(0));
    let handles: Vec<_> = (0..size)
        .map(|i| {
            let share = n / size + u64::from(i < n % size);
            let count = count.clone();
            R::spawn(async move {
                for _ in 0..share {
                    R::yield_now().await;
                    count.set(count.get() + 1);
                }
            })
        })
        .collect();
    for handle in handles {
        handle.await;
    }
    count.get()
}

/// An operation is a round trip: two messages, two wakes.
async fn ping_pong<R: Runtime>(n: u64) -> u64 {
    let (ping_tx, mut ping_rx) = local::channel::<u64>();
    let (pong_tx, mut pong_rx) = local::channel::<u64>();
    let echo = R::spawn(async move {
        for _ in 0..n {
            let value = ping_rx.recv().await;
            pong_tx.send(value + 1);
        }
    });
    let drive = R::spawn(async move {
        let mut value = 0;
        for _ in 0..n {
            ping_tx.send(value);
            value = pong_rx.recv().await;
        }
        value
    });
    echo.await;
    drive.await
}

/// Each task spawns the next and ends.
async fn chained_spawn<R: Runtime>(n: u64) -> u64 {
    fn step<R: Runtime>(left: u64, seen: Rc<Cell<u64>>, done: local::Sender<()>) {
        R::spawn_detached(async move {
            seen.set(seen.get() + 1);
            if left > 1 {
                step::<R>(left - 1, seen, done);
            } else {
                done.send(());
            }
        });
    }
    let seen = Rc::new(Cell::new(0));
    let (tx, mut rx) = local::channel();
    step::<R>(n, seen.clone(), tx);
    rx.recv().await;
    seen.get()
}

/// Chains of `size` tasks: each spawns a child and awaits it.
async fn deep_join<R: Runtime>(n: u64, size: u64) -> u64 {
    fn deep<R: Runtime>(depth: u64) -> R::Join<u64> {
        R::spawn(async move {
            if depth <= 1 {
                1
            } else {
                1 + deep::<R>(depth - 1).await
            }
        })
    }
    let mut seen = 0;
    let mut left = n;
    while left > 0 {
        let depth = left.min(size);
        left -= depth;
        seen += deep::<R>(depth).await;
    }
    seen
}

/// Yields until `count` is `target`; in a task of its own, since monoio polls a `block_on` future that wakes itself
/// again and again before any task.
pub(super) async fn wait_until<R: Runtime>(count: Rc<Cell<u64>>, target: u64) {
    R::spawn(async move {
        while count.get() < target {
            R::yield_now().await;
        }
    })
    .await
}

/// What the tasks of `wake_one_of` share.
struct Bench {
    /// The wakers of the tasks that sleep.
    sleepers: RefCell<Vec<Option<Waker>>>,
    /// How often one of them ran.
    runs: Cell<u64>,
    driver: RefCell<Option<Waker>>,
    stop: Cell<bool>,
}

/// `size` tasks sleep; a driver wakes one at random and waits until it has run. The driver is a task, since a runtime
/// may treat the `block_on` future apart.
async fn wake_one_of<R: Runtime>(n: u64, size: u64) -> u64 {
    let bench = Rc::new(Bench {
        sleepers: RefCell::new(vec![None; size as usize]),
        runs: Cell::new(0),
        driver: RefCell::new(None),
        stop: Cell::new(false),
    });
    let sleeper = |i: usize| {
        let bench = bench.clone();
        R::spawn(poll_fn(move |cx| {
            if bench.stop.get() {
                return Poll::Ready(());
            }
            bench.sleepers.borrow_mut()[i] = Some(cx.waker().clone());
            bench.runs.set(bench.runs.get() + 1);
            if let Some(waker) = bench.driver.take() {
                waker.wake();
            }
            Poll::Pending
        }))
    };
    let handles: Vec<_> = (0..size as usize).map(sleeper).collect();
    let all_asleep = bench.clone();
    R::spawn(async move {
        while all_asleep.runs.get() < size {
            R::yield_now().await;
        }
    })
    .await;
    bench.runs.set(0);
    let driver = bench.clone();
    let seen = R::spawn(async move {
        let mut rng = Rng::new();
        for i in 0..n {
            let target = rng.below(size) as usize;
            let mut waker = driver.sleepers.borrow_mut()[target].take();
            assert!(waker.is_some(), "it sleeps");
            poll_fn(|cx| {
                if driver.runs.get() > i {
                    return Poll::Ready(());
                }
                *driver.driver.borrow_mut() = Some(cx.waker().clone());
                if let Some(waker) = waker.take() {
                    waker.wake();
                }
                Poll::Pending
            })
            .await;
        }
        driver.runs.get()
    })
    .await;
    bench.stop.set(true);
    let wakers = bench.sleepers.take();
    wakers.into_iter().flatten().for_each(Waker::wake);
    for handle in handles {
        handle.await;
    }
    seen
}

/// A ready future on a runtime that exists already.
fn block_on<R: Runtime>(n: u64) -> Report {
    let mut runtime = R::new();
    let mut seen = 0;
    for _ in 0..n / 10 {
        runtime.block_on(async { black_box(1u64) });
    }
    let watch = Stopwatch::start();
    for _ in 0..n {
        seen += runtime.block_on(async { black_box(1u64) });
    }
    let report = watch.stop(n);
    assert_eq!(seen, n);
    report
}

/// A runtime made, used for one task and dropped.
fn rt_new<R: Runtime>(n: u64) -> Report {
    let mut seen = 0;
    let watch = Stopwatch::start();
    for _ in 0..n {
        seen += R::new().block_on(async { R::spawn(async { black_box(1u64) }).await });
    }
    let report = watch.stop(n);
    assert_eq!(seen, n);
    report
}
