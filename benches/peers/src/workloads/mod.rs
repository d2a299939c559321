//! The workloads, written once over the traits of [`rt`](crate::rt).
//!
//! Each counts the operations that it saw complete, and the count is checked.

pub mod memory;
pub mod scheduling;
pub mod threads;
pub mod timers;

use crate::rt::Runtime;
use crate::util::{Report, Stopwatch};

/// What is asked for: its name, how many operations, and how many tasks (or timers) they are spread over.
pub struct Workload {
    pub name: String,
    pub n: u64,
    pub size: u64,
}

/// Measures `work` of `n` operations, after a warm-up of a tenth.
fn timed<R, F>(n: u64, work: impl Fn(u64) -> F + 'static) -> Report
where
    R: Runtime,
    F: Future<Output = u64> + 'static,
{
    R::new().block_on(async move {
        let warm_up = (n / 10).max(1);
        assert_eq!(work(warm_up).await, warm_up, "operations of the warm-up");
        let watch = Stopwatch::start();
        let seen = work(n).await;
        let report = watch.stop(n);
        assert_eq!(seen, n, "operations");
        report
    })
}
