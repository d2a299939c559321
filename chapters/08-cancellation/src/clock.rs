//! What time it is: the machine's clock, or one that stands still while anything runs and
//! jumps when nothing does.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// Where a loop has its time from. It begins at zero when the loop is made.
#[derive(Debug)]
pub(crate) enum Clock {
    /// The machine's monotonic clock, which nobody sets back.
    Real(Instant),
    /// Moves when the loop has nothing else to do, and when it is told to.
    Virtual(Cell<Duration>),
}

impl Default for Clock {
    fn default() -> Self {
        Clock::Real(Instant::now())
    }
}

impl Clock {
    /// The time since the loop was made.
    pub(crate) fn now(&self) -> Duration {
        match self {
            Clock::Real(start) => start.elapsed(),
            Clock::Virtual(now) => now.get(),
        }
    }

    /// How long the kernel has to sleep so that `wait` passes.
    pub(crate) fn to_sleep(&self, wait: Duration) -> Duration {
        match self {
            Clock::Real(_) => wait,
            Clock::Virtual(_) => Duration::ZERO,
        }
    }

    /// Lets `wait` pass on a virtual clock. The real one needs no help.
    pub(crate) fn pass(&self, wait: Duration) {
        if let Clock::Virtual(now) = self {
            now.set(now.get().saturating_add(wait));
        }
    }
}
