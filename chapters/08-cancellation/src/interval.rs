//! A beat: moments that are a period apart, whatever is done between them.

use std::rc::Rc;
use std::time::Duration;

use crate::{EventLoop, sleep_until};

/// A beat.
pub struct Interval {
    event_loop: Rc<EventLoop>,
    period: Duration,
    next: Duration,
}

/// A beat whose first tick comes one `period` from now.
///
/// # Panics
///
/// Without a period there is no beat.
pub fn interval(event_loop: &Rc<EventLoop>, period: Duration) -> Interval {
    assert!(!period.is_zero(), "an interval needs a period above zero");
    Interval {
        event_loop: Rc::clone(event_loop),
        period,
        next: event_loop.now() + period,
    }
}

impl Interval {
    /// Waits for the next tick, and says when it was due. If several were missed, one comes
    /// late, and the others never.
    ///
    /// If it is dropped while it waits, no tick is lost: the next call waits for the same one.
    pub async fn tick(&mut self) -> Duration {
        sleep_until(&self.event_loop, self.next).await;
        let due = self.next;
        let now = self.event_loop.now();
        while self.next <= now {
            self.next += self.period;
        }
        due
    }
}
