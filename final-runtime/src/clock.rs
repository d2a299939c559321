//! What time it is: the monotonic clock, or one that a test drives.
//!
//! A loop counts nanoseconds from an origin, 584 years of them; to its users it speaks in [`Instant`]s. A virtual clock
//! stands still while anything is ready, and jumps to the next deadline when nothing is.
//!
//! In the book: chapter 6.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// Where a loop takes its time from.
pub(crate) struct Clock {
    origin: Instant,
    /// The same, as the system counts it.
    origin_raw: u64,
    kind: Kind,
    /// The last reading.
    now: Cell<u64>,
}

enum Kind {
    /// The machine's monotonic clock.
    Monotonic,
    /// Moves only when the loop moves it.
    Virtual,
}

impl Clock {
    /// The machine's clock.
    pub(crate) fn monotonic() -> Self {
        Self::new(Kind::Monotonic)
    }

    /// A virtual clock that starts now.
    pub(crate) fn new_virtual() -> Self {
        Self::new(Kind::Virtual)
    }

    fn new(kind: Kind) -> Self {
        // The origin in this order, so that what the loop takes for an instant is never ahead of it.
        let origin = Instant::now();
        Self {
            origin,
            origin_raw: raw(),
            kind,
            now: Cell::new(0),
        }
    }

    #[inline]
    pub(crate) fn is_virtual(&self) -> bool {
        matches!(self.kind, Kind::Virtual)
    }

    /// The last reading.
    #[inline]
    pub(crate) fn last(&self) -> u64 {
        self.now.get()
    }

    /// The time now.
    #[inline]
    pub(crate) fn read(&self) -> u64 {
        if let Kind::Monotonic = self.kind {
            self.now.set(raw() - self.origin_raw);
        }
        self.now.get()
    }

    /// The time now, which the loop does not take as read: it decides by the last reading what is due.
    pub(crate) fn peek(&self) -> u64 {
        match self.kind {
            Kind::Monotonic => raw() - self.origin_raw,
            Kind::Virtual => self.now.get(),
        }
    }

    /// Lets virtual time pass until `then`.
    pub(crate) fn jump(&self, then: u64) {
        self.now.set(self.now.get().max(then));
    }

    /// What is before the origin, is at the origin; what is past all that can be counted, is there.
    #[inline]
    pub(crate) fn nanoseconds(&self, instant: Instant) -> u64 {
        nanoseconds(instant.saturating_duration_since(self.origin))
    }

    /// What `nanoseconds` came from.
    pub(crate) fn instant(&self, nanoseconds: u64) -> Instant {
        self.origin + Duration::from_nanos(nanoseconds)
    }

    /// `delay` after the time now; `None` when that cannot be counted, which is never.
    #[inline]
    pub(crate) fn after(&self, delay: Duration) -> Option<u64> {
        let after = self.read().checked_add(nanoseconds(delay))?;
        (after != u64::MAX).then_some(after)
    }
}

/// The system's clock, the one behind [`Instant`], in nanoseconds. To ask it here and not there saves three quarters of the
/// instructions: an `Instant` cannot be told in numbers but as a difference.
#[inline]
#[expect(unsafe_code, reason = "the clock is a function of the C library")]
fn raw() -> u64 {
    #[cfg(target_vendor = "apple")]
    const CLOCK: libc::clockid_t = libc::CLOCK_UPTIME_RAW;
    #[cfg(not(target_vendor = "apple"))]
    const CLOCK: libc::clockid_t = libc::CLOCK_MONOTONIC;
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is there to be written to for the time of the call.
    let status = unsafe { libc::clock_gettime(CLOCK, &raw mut time) };
    assert!(status == 0, "the system has no monotonic clock");
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

#[inline]
fn nanoseconds(duration: Duration) -> u64 {
    let seconds = duration.as_secs().saturating_mul(1_000_000_000);
    seconds.saturating_add(u64::from(duration.subsec_nanos()))
}
