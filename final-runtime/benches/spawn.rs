//! Tasks that begin, end and are waited for.

mod common;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use final_runtime::{EventLoop, Task, TaskGroup, gather, spawn, task_group, yield_now};

use common::run;

const TASKS: u64 = 1000;

fn deep(depth: u64) -> Task<u64> {
    spawn(async move {
        match depth {
            0 => 0,
            _ => 1 + deep(depth - 1).await.unwrap(),
        }
    })
}

fn spawns(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("spawn");
    let event_loop = EventLoop::new();

    group.bench_function("an empty run", |bencher| {
        run(bencher, &event_loop, || async { black_box(1) });
    });

    group.throughput(Throughput::Elements(TASKS));
    group.bench_function("spawn, run, join", |bencher| {
        run(bencher, &event_loop, || async {
            let tasks: Vec<_> = (0..TASKS).map(|i| spawn(async move { i })).collect();
            for task in tasks {
                black_box(task.await.unwrap());
            }
        });
    });
    group.bench_function("spawn, run, join; a future of 4 KiB", |bencher| {
        let large = |i| async move {
            let buffer = [i as u8; 4096];
            yield_now().await;
            black_box(&buffer)[0]
        };
        run(bencher, &event_loop, || async move {
            let tasks: Vec<_> = (0..TASKS).map(|i| spawn(large(i))).collect();
            for task in tasks {
                black_box(task.await.unwrap());
            }
        });
    });
    group.bench_function("each awaits the next", |bencher| {
        run(bencher, &event_loop, || async {
            deep(TASKS).await.unwrap()
        });
    });
    group.bench_function("gather", |bencher| {
        run(bencher, &event_loop, || async {
            let tasks = (0..TASKS).map(|i| spawn(async move { i }));
            gather::<_, Vec<u64>>(tasks).await.unwrap()
        });
    });
    group.bench_function("a task group", |bencher| {
        let fill = async |group: &TaskGroup| {
            for i in 0..TASKS {
                drop(group.spawn(async move { black_box(i) }));
            }
        };
        run(bencher, &event_loop, || async move {
            task_group(fill).await.unwrap()
        });
    });
    group.finish();
}

criterion_group!(benches, spawns);
criterion_main!(benches);
