//! Requests to end, by how far they have to travel.

mod common;

use std::future::pending;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use final_runtime::{EventLoop, Task, catch_cancel, spawn, yield_now};

use common::run;

const TASKS: usize = 1000;

/// Cancels tasks that wait, and waits for their end.
async fn cancel<F: Future<Output = ()> + 'static>(waiting: impl Fn() -> F) {
    let tasks: Vec<Task<()>> = (0..TASKS).map(|_| spawn(waiting())).collect();
    yield_now().await;
    for task in &tasks {
        task.cancel();
    }
    for task in tasks {
        let _ = task.await;
    }
}

fn cancels(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cancel");
    let event_loop = EventLoop::new();
    group.throughput(Throughput::Elements(TASKS as u64));
    group.bench_function("a task that waits", |bencher| {
        run(bencher, &event_loop, || cancel(pending));
    });
    group.bench_function("a scope that catches it", |bencher| {
        let caught = || async {
            assert!(catch_cancel(pending::<()>()).await.is_err());
        };
        run(bencher, &event_loop, || cancel(caught));
    });
    group.bench_function("a task that waits for a task", |bencher| {
        let through = || async {
            let _ = spawn(pending::<()>()).await;
        };
        run(bencher, &event_loop, || cancel(through));
    });
    group.finish();
}

criterion_group!(benches, cancels);
criterion_main!(benches);
