//! Switches between tasks that exist: yields, and wakes by each other and by another thread.

mod common;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Poll, Waker};
use std::thread;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use final_runtime::{EventLoop, spawn, yield_now};

use common::run;

const SWITCHES: u64 = 10_000;

/// `tasks` tasks share the yields evenly.
async fn yields(tasks: u64) {
    let share = SWITCHES / tasks;
    let yielder = || {
        spawn(async move {
            for _ in 0..share {
                yield_now().await;
            }
        })
    };
    let tasks: Vec<_> = (0..tasks).map(|_| yielder()).collect();
    for task in tasks {
        task.await.unwrap();
    }
}

/// A place for one waker, and whose turn it is.
#[derive(Default)]
struct Court {
    turn: Cell<u64>,
    waiting: RefCell<Option<Waker>>,
}

/// Two tasks take turns: each hands over to the other and waits.
async fn ping_pong() {
    let court = Rc::new(Court::default());
    let player = |side: u64| {
        let court = court.clone();
        spawn(async move {
            for _ in 0..SWITCHES / 2 {
                poll_fn(|cx| {
                    if court.turn.get() % 2 == side {
                        return Poll::Ready(());
                    }
                    *court.waiting.borrow_mut() = Some(cx.waker().clone());
                    Poll::Pending
                })
                .await;
                court.turn.set(court.turn.get() + 1);
                if let Some(waker) = court.waiting.take() {
                    waker.wake();
                }
            }
        })
    };
    let players = [player(0), player(1)];
    for player in players {
        player.await.unwrap();
    }
}

/// Another thread counts and wakes.
async fn from_a_thread() {
    let count = Arc::new(AtomicU64::new(0));
    let theirs = count.clone();
    let waker = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;
    let thread = thread::spawn(move || {
        for _ in 0..SWITCHES {
            theirs.fetch_add(1, Ordering::Release);
            waker.wake_by_ref();
        }
    });
    poll_fn(|_| match count.load(Ordering::Acquire) {
        SWITCHES => Poll::Ready(()),
        _ => Poll::Pending,
    })
    .await;
    thread.join().unwrap();
}

fn wakes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("wake");
    let event_loop = EventLoop::new();
    group.throughput(Throughput::Elements(SWITCHES));
    for tasks in [1, 1000] {
        group.bench_function(format!("yields of {tasks}"), |bencher| {
            run(bencher, &event_loop, || yields(tasks));
        });
    }
    group.bench_function("ping-pong", |bencher| {
        run(bencher, &event_loop, ping_pong);
    });
    group.bench_function("from another thread", |bencher| {
        run(bencher, &event_loop, from_a_thread);
    });
    group.finish();
}

criterion_group!(benches, wakes);
criterion_main!(benches);
