//! The timers of one loop: callbacks and sleepers in a [wheel](crate::wheel), by the loop's own clock.
//!
//! A timer that is due leaves the wheel for the list of this turn, and is run behind everything else that is ready, in the
//! order of (deadline, creation); until then it can still be taken back. A sleeper's turn wakes its task, which runs one
//! turn later. (Chapter 6.)

use std::cell::{Cell, RefCell};
use std::task::Waker;
use std::time::Instant;

use crate::cancel::Answer;
use crate::handle::Handle;
use crate::task::TaskKey;
use crate::wheel::{Key, Wheel};

/// What is done when a timer is due.
pub(crate) enum Timer {
    Call(Handle),
    /// A task of this runtime sleeps.
    Wake(TaskKey),
    /// Somebody else sleeps.
    WakeOther(Box<Waker>),
    /// The sleeper was woken.
    Fired,
    /// A request ended the sleep.
    Ended,
}

/// The timers of one loop.
pub(crate) struct Timers {
    /// What the wheel counts nanoseconds from. What is due before, is due then.
    origin: Instant,
    wheel: RefCell<Wheel<Timer>>,
    /// Nothing is due before this.
    quiet_until: Cell<u64>,
    /// What is due in this turn, and was not run yet.
    due: RefCell<Vec<Key>>,
}

/// What a sleeper finds.
pub(crate) enum Slept {
    Waiting,
    Fired,
    Ended,
}

impl Timers {
    pub(crate) fn new(origin: Instant) -> Self {
        Self {
            origin,
            wheel: RefCell::new(Wheel::new()),
            quiet_until: Cell::new(u64::MAX),
            due: RefCell::default(),
        }
    }

    /// 584 years after the origin is as far as the wheel goes; what is due later, is due then.
    #[inline]
    fn nanoseconds(&self, when: Instant) -> u64 {
        let since = when.saturating_duration_since(self.origin);
        since
            .as_secs()
            .saturating_mul(1_000_000_000)
            .saturating_add(u64::from(since.subsec_nanos()))
    }

    #[inline]
    pub(crate) fn arm(&self, when: Instant, timer: Timer) -> Key {
        let due = self.nanoseconds(when);
        self.quiet_until.set(self.quiet_until.get().min(due));
        self.wheel.borrow_mut().insert(due, timer)
    }

    /// Takes a timer back, also one that is due and was not run yet.
    #[inline]
    pub(crate) fn disarm(&self, key: Key) -> Option<Timer> {
        self.wheel.borrow_mut().remove(key)
    }

    /// A sleeper looks, and leaves its waker.
    pub(crate) fn sleep(&self, key: Key, waker: &Waker) -> Slept {
        let mut wheel = self.wheel.borrow_mut();
        let Some(timer) = wheel.get_mut(key) else {
            return Slept::Fired;
        };
        match timer {
            Timer::Fired => return Slept::Fired,
            Timer::Ended => return Slept::Ended,
            Timer::Wake(known) if TaskKey::of(waker) == Some(*known) => return Slept::Waiting,
            _ => {}
        }
        // The other waker is dropped when no borrow is held.
        let other = std::mem::replace(timer, Timer::wake(waker));
        drop(wheel);
        drop(other);
        Slept::Waiting
    }

    /// A request reaches a sleeper.
    pub(crate) fn end(&self, key: Key) -> Answer {
        let mut wheel = self.wheel.borrow_mut();
        let Some(timer @ (Timer::Wake(_) | Timer::WakeOther(_))) = wheel.get_mut(key) else {
            return Answer::Refused;
        };
        let ended = std::mem::replace(timer, Timer::Ended);
        drop(wheel);
        drop(ended);
        Answer::Settled
    }

    /// The earliest deadline, for a clock that jumps there.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let due = self.wheel.borrow_mut().next_due()?;
        Some(self.instant(due))
    }

    /// How long the loop may sleep: until a deadline, or until somewhat before one that is far.
    pub(crate) fn wake_at(&self) -> Option<Instant> {
        let wake = self.wheel.borrow_mut().wake_at()?;
        Some(self.instant(wake))
    }

    fn instant(&self, nanoseconds: u64) -> Instant {
        self.origin + std::time::Duration::from_nanos(nanoseconds)
    }

    /// Lists what is due at `now` for this turn.
    #[inline]
    pub(crate) fn collect_due(&self, now: Instant) {
        if self.quiet_until.get() != u64::MAX {
            self.collect_due_at(self.nanoseconds(now));
        }
    }

    #[inline]
    fn collect_due_at(&self, now: u64) {
        if self.quiet_until.get() > now {
            return;
        }
        let mut wheel = self.wheel.borrow_mut();
        let mut due = self.due.borrow_mut();
        while let Some(key) = wheel.pop_due(now) {
            due.push(key);
        }
        // The list is run from its end.
        due.reverse();
        self.quiet_until.set(wheel.wake_at().unwrap_or(u64::MAX));
    }

    /// Takes the next of this turn: what is to be done, if it was not taken back.
    #[inline]
    pub(crate) fn take_due(&self) -> Option<Timer> {
        loop {
            let key = self.due.borrow_mut().pop()?;
            let mut wheel = self.wheel.borrow_mut();
            match wheel.get_mut(key) {
                Some(Timer::Call(_)) => return wheel.remove(key),
                Some(timer @ (Timer::Wake(_) | Timer::WakeOther(_))) => {
                    return Some(std::mem::replace(timer, Timer::Fired));
                }
                _ => {}
            }
        }
    }

    /// Takes out everything, for a loop that closes.
    pub(crate) fn take_all(&self) -> Vec<Timer> {
        self.due.take();
        self.quiet_until.set(u64::MAX);
        self.wheel.borrow_mut().take_all().collect()
    }
}

impl Timer {
    #[inline]
    pub(crate) fn wake(waker: &Waker) -> Self {
        match TaskKey::of(waker) {
            Some(task) => Self::Wake(task),
            None => Self::WakeOther(Box::new(waker.clone())),
        }
    }
}
