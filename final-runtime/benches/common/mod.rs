//! What the benchmarks share.

use criterion::Bencher;
use final_runtime::EventLoop;

/// Measures runs of a loop that exists already, each to the end of a new future.
pub fn run<F>(bencher: &mut Bencher<'_>, event_loop: &EventLoop, work: impl Fn() -> F)
where
    F: Future + 'static,
{
    bencher.iter(|| {
        event_loop
            .run_until_complete(work())
            .expect("the run ends with a value")
    });
}
