//! Memory of tasks that wait.

use std::cell::Cell;
use std::future::pending;
use std::rc::Rc;

use super::{Workload, scheduling};
use crate::rt::Runtime;
use crate::util::{self, Report, Stopwatch};

pub fn run<R: Runtime>(workload: &Workload) -> Option<Report> {
    (workload.name == "mem_task").then(|| mem_task::<R>(workload.n))
}

/// Resident bytes of a task that waits for ever.
fn mem_task<R: Runtime>(n: u64) -> Report {
    R::new().block_on(async move {
        R::spawn(async {}).await;
        let started = Rc::new(Cell::new(0));
        let before = util::rss();
        let watch = Stopwatch::start();
        for _ in 0..n {
            let started = started.clone();
            R::spawn_detached(async move {
                started.set(started.get() + 1);
                pending::<()>().await
            });
        }
        scheduling::wait_until::<R>(started, n).await;
        let report = watch.stop(n);
        let bytes = util::rss() - before;
        report
            .with("bytes", bytes as f64 / n as f64)
            .print("mem_task", R::NAME, n);
        // Not every runtime can be dropped with tasks that never end.
        std::process::exit(0)
    })
}
