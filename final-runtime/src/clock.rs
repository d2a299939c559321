//! What time it is: the monotonic clock, or one that a test drives.
//!
//! A virtual clock stands still while anything is ready, and jumps to the next deadline when nothing is.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// Where a loop takes its time from.
pub(crate) enum Clock {
    /// The machine's monotonic clock.
    Monotonic,
    /// Moves only when the loop moves it.
    Virtual(Cell<Instant>),
}

impl Clock {
    /// A virtual clock that starts now.
    pub(crate) fn new_virtual() -> Self {
        Self::Virtual(Cell::new(Instant::now()))
    }

    /// The time now.
    pub(crate) fn now(&self) -> Instant {
        match self {
            Self::Monotonic => Instant::now(),
            Self::Virtual(now) => now.get(),
        }
    }
}

/// `delay` after `now`; `None` when that is further off than an [`Instant`] can say, which is never.
pub(crate) fn deadline(now: Instant, delay: Duration) -> Option<Instant> {
    now.checked_add(delay)
}
