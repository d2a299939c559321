//! The virtual clock.

use std::time::Duration;

use final_runtime::EventLoop;

pub fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Runs on a virtual clock.
pub fn on_virtual_clock<F: Future + 'static>(main: F) -> F::Output {
    EventLoop::with_virtual_clock()
        .run_until_complete(main)
        .unwrap()
}
