//! Timers that fire, and the far more that are called off.

mod common;

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use final_runtime::{EventLoop, sleep, spawn, timeout};

use common::run;

const TIMERS: u32 = 1000;

fn timers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("timers");
    group.throughput(Throughput::Elements(TIMERS.into()));

    group.bench_function("a timeout around what is ready", |bencher| {
        run(bencher, &EventLoop::new(), || async {
            for i in 0..TIMERS {
                let ready = timeout(Duration::from_secs(60), async { i });
                black_box(ready.await.unwrap());
            }
        });
    });
    // On a virtual clock: what firing costs, without the wait. Deadlines within a second, not in order.
    group.bench_function("sleeps that fire", |bencher| {
        let micros = |i: u32| u64::from(i) * 7919 % 1_000_003;
        run(bencher, &EventLoop::with_virtual_clock(), || async move {
            let sleeper = |i| spawn(sleep(Duration::from_micros(micros(i))));
            let tasks: Vec<_> = (0..TIMERS).map(sleeper).collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
    });
    group.bench_function("call_later, cancelled", |bencher| {
        let event_loop = EventLoop::new();
        bencher.iter(|| {
            for i in 0..TIMERS {
                let due = Duration::from_millis(1000 + u64::from(i));
                event_loop.call_later(due, || ()).cancel();
            }
            event_loop.run_until_complete(async {}).unwrap();
        });
    });
    group.finish();
}

criterion_group!(benches, timers);
criterion_main!(benches);
