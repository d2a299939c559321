//! Who waits at a socket: nearly always one task of this runtime, whose waker is a word; anybody else is boxed.

use std::task::Waker;

use crate::task::TaskKey;

/// Who waits, so that it can be found again. It leaves values over, with which [`First`] tells its kinds apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Who {
    low: u32,
    high: u16,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Owner,
    Anybody,
    Future,
}

/// The first who waits for one direction of a socket.
#[derive(Default)]
pub(crate) enum First {
    #[default]
    Nobody,
    Task(Who, TaskKey),
    Other(Box<Waiter>),
}

const _: () = assert!(size_of::<First>() == 16);

/// Somebody who waits for one direction of a socket.
pub(crate) struct Waiter {
    pub(crate) who: Who,
    pub(crate) waker: Waker,
}

impl Who {
    /// The owner of a socket, through traits that are polled: it waits for one thing at a time, and its last waker counts.
    pub(crate) const OWNER: Self = Self::new(Kind::Owner, 0);
    /// Anybody who has a reference to a socket, through traits that are polled: each waker is another one.
    pub(crate) const ANYBODY: Self = Self::new(Kind::Anybody, 0);

    /// A future of ours, by its number: the low 48 bits, which last for nine years at a million a second. Its last waker
    /// counts, and it says when it waits no more.
    #[inline]
    pub(crate) fn future(number: u64) -> Self {
        Self::new(Kind::Future, number)
    }

    const fn new(kind: Kind, number: u64) -> Self {
        Self {
            low: number as u32,
            high: (number >> 32) as u16,
            kind,
        }
    }
}

impl First {
    #[inline]
    pub(crate) fn is_nobody(&self) -> bool {
        matches!(self, Self::Nobody)
    }

    #[inline]
    pub(crate) fn who(&self) -> Option<Who> {
        match self {
            Self::Nobody => None,
            Self::Task(who, _) => Some(*who),
            Self::Other(waiter) => Some(waiter.who),
        }
    }

    /// Whether it is this one.
    pub(crate) fn is(&self, other: &Waiter) -> bool {
        match self {
            Self::Nobody => false,
            Self::Task(who, task) => other.is_so(*who, || TaskKey::of(&other.waker) == Some(*task)),
            Self::Other(waiter) => waiter.is(other),
        }
    }

    /// One that has to be dropped.
    pub(crate) fn into_other(self) -> Option<Waiter> {
        match self {
            Self::Nobody | Self::Task(..) => None,
            Self::Other(waiter) => Some(*waiter),
        }
    }

    /// Wakes it, a task of this runtime by `wake`.
    #[inline(always)]
    pub(crate) fn wake(self, wake: impl FnOnce(TaskKey)) {
        match self {
            Self::Nobody => {}
            Self::Task(_, task) => wake(task),
            Self::Other(waiter) => waiter.waker.wake(),
        }
    }
}

impl Waiter {
    /// Whether it is this one.
    pub(crate) fn is(&self, other: &Self) -> bool {
        other.is_so(self.who, || self.waker.will_wake(&other.waker))
    }

    /// Of those who have no name each waker is another one.
    fn is_so(&self, who: Who, same_waker: impl FnOnce() -> bool) -> bool {
        self.who == who && (who != Who::ANYBODY || same_waker())
    }
}

impl From<Waiter> for First {
    fn from(waiter: Waiter) -> Self {
        match TaskKey::of(&waiter.waker) {
            Some(task) => Self::Task(waiter.who, task),
            None => Self::Other(Box::new(waiter)),
        }
    }
}
