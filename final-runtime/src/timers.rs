//! The timers of one loop: callbacks and sleepers in a [wheel](crate::wheel), by the loop's own clock.
//!
//! A timer that is due leaves the wheel for the list of this turn, and is run behind everything else that is ready, in the
//! order of (deadline, creation); until then it can still be taken back. A sleeper's turn wakes its task, which runs one
//! turn later.
//!
//! In the book: chapter 6.

use std::cell::{Cell, RefCell};
use std::task::Waker;

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

/// The timers of one loop. Times are those of its [`Clock`](crate::clock::Clock).
pub(crate) struct Timers {
    wheel: RefCell<Wheel<Timer>>,
    /// Nothing is due before this.
    quiet_until: Cell<u64>,
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            wheel: RefCell::new(Wheel::new()),
            quiet_until: Cell::new(u64::MAX),
        }
    }
}

/// What a sleeper finds.
pub(crate) enum Slept {
    Waiting,
    Fired,
    Ended,
}

impl Timers {
    #[inline]
    pub(crate) fn arm(&self, due: u64, timer: Timer) -> Key {
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
        match self.wheel.borrow().get(key) {
            None | Some(Timer::Fired) => return Slept::Fired,
            Some(Timer::Ended) => return Slept::Ended,
            Some(Timer::Wake(known)) if TaskKey::of(waker) == Some(*known) => {
                return Slept::Waiting;
            }
            Some(_) => {}
        }
        // A waker of others is cloned and dropped when no borrow is held.
        let timer = Timer::wake(waker);
        let mut wheel = self.wheel.borrow_mut();
        let other = wheel
            .get_mut(key)
            .map(|known| std::mem::replace(known, timer));
        drop(wheel);
        drop(other);
        Slept::Waiting
    }

    /// When it is due.
    pub(crate) fn due(&self, key: Key) -> Option<u64> {
        self.wheel.borrow().due(key)
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
    pub(crate) fn next_due(&self) -> Option<u64> {
        self.wheel.borrow_mut().next_due()
    }

    /// Until when the loop may sleep: a deadline, or somewhat before one that is far.
    pub(crate) fn wake_at(&self) -> Option<u64> {
        self.wheel.borrow_mut().wake_at()
    }

    /// Whether something may be due by the last reading of the clock.
    #[inline(always)]
    pub(crate) fn may_be_due(&self, now: u64) -> bool {
        self.quiet_until.get() <= now
    }

    /// Lists what is due at `now`, the last first.
    #[cold]
    pub(crate) fn list_due(&self, now: u64, due: &mut Vec<Key>) {
        let mut wheel = self.wheel.borrow_mut();
        while let Some(key) = wheel.pop_due(now) {
            due.push(key);
        }
        due.reverse();
        self.quiet_until.set(wheel.wake_at().unwrap_or(u64::MAX));
    }

    /// What is to be done at a timer that was listed, if it was not taken back.
    pub(crate) fn take_due(&self, key: Key) -> Option<Timer> {
        let mut wheel = self.wheel.borrow_mut();
        match wheel.get_mut(key)? {
            Timer::Call(_) => wheel.remove(key),
            timer @ (Timer::Wake(_) | Timer::WakeOther(_)) => {
                Some(std::mem::replace(timer, Timer::Fired))
            }
            Timer::Fired | Timer::Ended => None,
        }
    }

    /// Takes out everything, for a loop that closes.
    pub(crate) fn take_all(&self) -> Vec<Timer> {
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
