//! Time and again: ticks at a steady pace, and three ways to go on when one was missed.
//!
//! In the book: chapter 6.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use futures_core::Stream;

use crate::run::running_loop;
use crate::sleep::{Sleep, sleep_until};

const CENTURY: Duration = Duration::from_secs(100 * 365 * 86_400);

/// Ticks every `period`, the first time at once: in the turn after the first poll.
///
/// Each tick gives control up at least once, so that an interval that is always late starves nobody.
///
/// asyncio: none.
///
/// ```
/// use std::time::{Duration, Instant};
/// use final_runtime::{interval, run};
///
/// run(async {
///     let start = Instant::now();
///     let mut interval = interval(Duration::from_millis(2));
///     let first = interval.tick().await;
///     assert_eq!(interval.tick().await, first + Duration::from_millis(2));
///     assert!(start.elapsed() >= Duration::from_millis(2));
/// });
/// ```
///
/// # Panics
///
/// When `period` is zero.
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    Interval::new(None, period)
}

/// Ticks at `start`, and every `period` from then on.
///
/// asyncio: none.
///
/// ```
/// use std::time::Duration;
/// use final_runtime::{interval_at, run, running_loop};
///
/// run(async {
///     let start = running_loop().now() + Duration::from_millis(2);
///     assert_eq!(interval_at(start, Duration::from_secs(1)).tick().await, start);
/// });
/// ```
///
/// # Panics
///
/// When `period` is zero.
#[track_caller]
pub fn interval_at(start: Instant, period: Duration) -> Interval {
    Interval::new(Some(start), period)
}

/// What an [`Interval`] does when a tick is taken so late that the next one was due already.
///
/// ```text
/// a period of 10 ms; behind the tick at 10, 25 ms of work
///
///        0    10   20   30   40   50   60
/// Burst  │    │~~~~~~~~~~~││ │    │    │       the ticks of 20 and 30 at 35, then in step
/// Delay  │    │~~~~~~~~~~~│    │    │    │     that of 20 at 35, then 45, 55, 65
/// Skip   │    │~~~~~~~~~~~│  │    │    │       that of 20 at 35, none for 30, then in step
/// ```
///
/// asyncio: none.
///
/// ```
/// use std::time::Duration;
/// use final_runtime::{MissedTickBehavior, interval};
///
/// let mut interval = interval(Duration::from_secs(1));
/// assert_eq!(interval.missed_tick_behavior(), MissedTickBehavior::Burst);
/// interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
/// assert_eq!(interval.missed_tick_behavior(), MissedTickBehavior::Skip);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissedTickBehavior {
    /// Ticks without a pause until none is missing.
    #[default]
    Burst,
    /// Lets the missed ticks go; the next one comes a period after the late one was taken.
    Delay,
    /// Lets the missed ticks go; the next one comes when it would have come anyway.
    Skip,
}

/// Ticks at a steady pace; made by [`interval`] and [`interval_at`].
///
/// It is a [`Stream`] of the times at which ticks were due, and never ends.
///
/// asyncio: none.
///
/// ```
/// use std::time::Duration;
/// use final_runtime::{Interval, interval, run};
/// use futures_util::StreamExt;
///
/// run(async {
///     let ticks: Interval = interval(Duration::from_millis(1));
///     let due: Vec<_> = ticks.take(3).collect().await;
///     assert_eq!(due[2] - due[0], Duration::from_millis(2));
/// });
/// ```
#[derive(Debug)]
#[must_use = "an interval ticks only when asked"]
pub struct Interval {
    /// When the next tick is due. `None`: at the first poll.
    next: Option<Instant>,
    period: Duration,
    behavior: MissedTickBehavior,
    /// The wait for `next`, once it has begun.
    sleep: Option<Sleep>,
}

impl Interval {
    #[track_caller]
    fn new(next: Option<Instant>, period: Duration) -> Self {
        assert!(
            !period.is_zero(),
            "an interval was asked to tick every 0 s; give it a period, or use `yield_now`"
        );
        Self {
            next,
            period,
            behavior: MissedTickBehavior::default(),
            sleep: None,
        }
    }

    /// Waits for the next tick. The time at which it was due, which may be before now.
    ///
    /// asyncio has none.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// final_runtime::run(async {
    ///     let mut interval = final_runtime::interval(Duration::from_millis(1));
    ///     for _ in 0..3 {
    ///         interval.tick().await;
    ///     }
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// When polled on a thread whose loop is not running.
    ///
    /// # Cancel safety
    ///
    /// No tick is lost: the next call waits for the same one.
    pub async fn tick(&mut self) -> Instant {
        let due = self.due();
        sleep_until(due).await;
        self.take(due)
    }

    /// Polls for the next tick.
    ///
    /// asyncio has none.
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use std::time::Duration;
    ///
    /// final_runtime::run(async {
    ///     let mut interval = final_runtime::interval(Duration::from_millis(1));
    ///     poll_fn(|cx| interval.poll_tick(cx)).await;
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// When called on a thread whose loop is not running.
    pub fn poll_tick(&mut self, cx: &mut Context<'_>) -> Poll<Instant> {
        let due = self.due();
        let sleep = self.sleep.get_or_insert_with(|| sleep_until(due));
        ready!(Pin::new(sleep).poll(cx));
        Poll::Ready(self.take(due))
    }

    /// When the next tick is due. Asked for the first time, it is now.
    fn due(&mut self) -> Instant {
        *self.next.get_or_insert_with(|| running_loop().now())
    }

    /// The tick of `due` is taken.
    fn take(&mut self, due: Instant) -> Instant {
        self.sleep = None;
        self.next = Some(self.after(due, running_loop().now()));
        due
    }

    /// When the tick behind that of `due` comes, which is taken `now`.
    fn after(&self, due: Instant, now: Instant) -> Instant {
        let in_step = later(due, self.period);
        if now < in_step {
            return in_step;
        }
        match self.behavior {
            MissedTickBehavior::Burst => in_step,
            MissedTickBehavior::Delay => later(now, self.period),
            MissedTickBehavior::Skip => {
                let period = self.period.as_nanos();
                let into = (now - due).as_nanos() % period;
                let rest = u64::try_from(period - into).unwrap_or(u64::MAX);
                later(now, Duration::from_nanos(rest))
            }
        }
    }

    /// Begins anew: the next tick comes a period from now.
    ///
    /// asyncio has none.
    ///
    /// ```
    /// use std::time::Duration;
    /// use final_runtime::{interval, run, running_loop};
    ///
    /// run(async {
    ///     let mut interval = interval(Duration::from_millis(2));
    ///     let before = running_loop().now();
    ///     interval.reset();
    ///     assert!(interval.tick().await >= before + Duration::from_millis(2));
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// On a thread whose loop is not running.
    pub fn reset(&mut self) {
        self.next = Some(later(running_loop().now(), self.period));
        self.sleep = None;
    }

    /// How often it ticks.
    ///
    /// asyncio has none.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let second = Duration::from_secs(1);
    /// assert_eq!(final_runtime::interval(second).period(), second);
    /// ```
    pub fn period(&self) -> Duration {
        self.period
    }

    /// What it does about missed ticks.
    ///
    /// asyncio has none.
    ///
    /// ```
    /// use std::time::Duration;
    /// use final_runtime::{MissedTickBehavior, interval};
    ///
    /// let interval = interval(Duration::from_secs(1));
    /// assert_eq!(interval.missed_tick_behavior(), MissedTickBehavior::Burst);
    /// ```
    pub fn missed_tick_behavior(&self) -> MissedTickBehavior {
        self.behavior
    }

    /// Says what to do about missed ticks, from the next one on.
    ///
    /// asyncio has none.
    ///
    /// ```
    /// use std::time::Duration;
    /// use final_runtime::{MissedTickBehavior, interval};
    ///
    /// let mut interval = interval(Duration::from_secs(1));
    /// interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    /// assert_eq!(interval.missed_tick_behavior(), MissedTickBehavior::Delay);
    /// ```
    pub fn set_missed_tick_behavior(&mut self, behavior: MissedTickBehavior) {
        self.behavior = behavior;
    }
}

/// `period` after `at`, or so far off that nobody will be there.
fn later(at: Instant, period: Duration) -> Instant {
    at.checked_add(period).unwrap_or(at + CENTURY)
}

impl Stream for Interval {
    type Item = Instant;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Instant>> {
        self.poll_tick(cx).map(Some)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::MAX, None)
    }
}
