//! Who waits at the sockets of a loop.
//!
//! A direction of a socket has one word for them:
//!
//! | lowest bit | who waits |
//! |---|---|
//! | 0, the word is 0 | nobody |
//! | 1 | one task of this runtime, as the socket's owner: its key |
//! | 0 | anybody, in the order in which they came: twice the first one's number in the list of all |
//!
//! So a connection whose task waits for it costs nothing beyond its slot. The list is one of places, from 1, linked by
//! number; those that are free are used again.

use std::mem::ManuallyDrop;
use std::num::NonZeroU64;
use std::task::Waker;

use crate::report::Reports;
use crate::task::TaskKey;

/// Who waits, so that it can be found again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Who(NonZeroU64);

/// Those who wait for one direction of a socket: the word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Waiting(u64);

/// Somebody who waits.
pub(crate) struct Waiter {
    pub(crate) who: Who,
    pub(crate) waker: Waker,
}

/// A place of the list.
#[derive(Default)]
struct Place {
    waiter: Option<Waiter>,
    /// The one behind it, or the next free place; 0 is none.
    next: u32,
}

/// Those whose word is a number.
#[derive(Default)]
pub(crate) struct List {
    places: Vec<Place>,
    free: u32,
}

impl Who {
    /// The owner of a socket, through traits that are polled: it waits for one thing at a time, and its last waker counts.
    pub(crate) const OWNER: Self = Self(NonZeroU64::MIN);
    /// Anybody who has a reference to a socket, through traits that are polled: each waker is another one.
    pub(crate) const ANYBODY: Self = Self(NonZeroU64::MAX);

    /// A future of ours, by its number, from 1. Its last waker counts, and it says when it waits no more.
    #[inline]
    pub(crate) fn future(number: u64) -> Self {
        Self(NonZeroU64::MIN.saturating_add(number))
    }
}

impl Waiting {
    pub(crate) const NOBODY: Self = Self(0);

    /// A task, as the socket's owner.
    #[inline]
    pub(crate) fn task(task: TaskKey) -> Self {
        Self(task.word())
    }

    #[inline]
    pub(crate) fn is_nobody(self) -> bool {
        self == Self::NOBODY
    }

    /// The owner's task, if that is who waits.
    #[inline]
    pub(crate) fn as_task(self) -> Option<TaskKey> {
        (self.0 & 1 == 1).then(|| TaskKey::from_word(self.0))
    }

    /// The place of the first.
    #[inline]
    fn first(self) -> u32 {
        match self.as_task() {
            Some(_) => 0,
            None => (self.0 >> 1) as u32,
        }
    }

    #[inline]
    fn from(first: u32) -> Self {
        Self(u64::from(first) << 1)
    }
}

impl Waiter {
    /// Wakes it, a task of this runtime by `wake`. An edge is told once: no waker's panic may keep others from hearing of it.
    #[inline]
    pub(crate) fn wake(self, reports: &Reports, wake: impl FnOnce(TaskKey)) {
        match TaskKey::of(&self.waker) {
            Some(task) => wake(task),
            None => reports.guard(|| self.waker.wake()),
        }
    }

    /// Whether it is `who`. Of those who have no name each waker is another one.
    fn is(&self, who: Who, waker: &Waker) -> bool {
        self.who == who && (who != Who::ANYBODY || self.waker.will_wake(waker))
    }
}

impl List {
    #[inline]
    fn at(&mut self, place: u32) -> &mut Place {
        &mut self.places[place as usize - 1]
    }

    /// A place for somebody, behind whom nobody stands.
    #[inline]
    fn place(&mut self, waiter: Waiter) -> u32 {
        if self.free == 0 {
            self.grow();
        }
        let free = self.free;
        let place = self.at(free);
        place.waiter = Some(waiter);
        self.free = std::mem::take(&mut place.next);
        free
    }

    #[cold]
    fn grow(&mut self) {
        self.places.push(Place::default());
        self.free = u32::try_from(self.places.len()).expect("fewer than 2³² wait");
    }

    /// Whether `who` is among those, with this waker.
    pub(crate) fn has(&self, waiting: Waiting, who: Who, waker: &Waker) -> bool {
        let mut next = waiting.first();
        while next != 0 {
            let place = &self.places[next as usize - 1];
            if let Some(waiter) = &place.waiter
                && waiter.is(who, waker)
            {
                return waiter.waker.will_wake(waker);
            }
            next = place.next;
        }
        false
    }

    /// The tasks of this runtime among those.
    pub(crate) fn tasks(&self, waiting: Waiting) -> impl Iterator<Item = TaskKey> {
        let place = |number: u32| self.places.get((number as usize).checked_sub(1)?);
        let places = std::iter::successors(place(waiting.first()), move |last| place(last.next));
        let waiters = places.filter_map(|place| place.waiter.as_ref());
        let in_list = waiters.filter_map(|waiter| TaskKey::of(&waiter.waker));
        waiting.as_task().into_iter().chain(in_list)
    }

    /// Makes `waiter` the first of nobody.
    #[inline]
    pub(crate) fn begin(&mut self, waiter: Waiter) -> Waiting {
        Waiting::from(self.place(waiter))
    }

    /// Adds somebody to those, or gives it another waker. What has to be dropped is given back.
    pub(crate) fn add(&mut self, waiting: &mut Waiting, waiter: Waiter) -> Option<Waiter> {
        if let Some(task) = waiting.as_task() {
            let owner = Waiter {
                who: Who::OWNER,
                waker: ManuallyDrop::into_inner(task.waker()),
            };
            *waiting = Waiting::from(self.place(owner));
        }
        let (mut last, mut next) = (0, waiting.first());
        while next != 0 {
            let place = self.at(next);
            match &mut place.waiter {
                Some(known) if known.is(waiter.who, &waiter.waker) => {
                    return Some(std::mem::replace(known, waiter));
                }
                _ => (last, next) = (next, place.next),
            }
        }
        let place = self.place(waiter);
        match last {
            0 => *waiting = Waiting::from(place),
            last => self.at(last).next = place,
        }
        None
    }

    /// Takes `who` out of those.
    #[inline]
    pub(crate) fn remove(&mut self, waiting: &mut Waiting, who: Who) -> Option<Waiter> {
        let (mut last, mut next) = (0, waiting.first());
        while next != 0 {
            let place = self.at(next);
            let behind = place.next;
            if place.waiter.as_ref().is_some_and(|known| known.who == who) {
                match last {
                    0 => *waiting = Waiting::from(behind),
                    last => self.at(last).next = behind,
                }
                return self.free(next);
            }
            (last, next) = (next, behind);
        }
        None
    }

    /// Takes out the first of those.
    #[inline]
    pub(crate) fn pop(&mut self, waiting: &mut Waiting) -> Option<Waiter> {
        match waiting.first() {
            0 => None,
            first => {
                *waiting = Waiting::from(self.at(first).next);
                self.free(first)
            }
        }
    }

    #[inline]
    fn free(&mut self, place: u32) -> Option<Waiter> {
        let free = std::mem::replace(&mut self.free, place);
        let place = self.at(place);
        place.next = free;
        place.waiter.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn future(number: u64) -> Waiter {
        Waiter {
            who: Who::future(number),
            waker: Waker::noop().clone(),
        }
    }

    fn drain(list: &mut List, mut waiting: Waiting) -> Vec<Who> {
        std::iter::from_fn(|| list.pop(&mut waiting).map(|waiter| waiter.who)).collect()
    }

    #[test]
    fn they_leave_in_the_order_in_which_they_came() {
        let mut list = List::default();
        let mut waiting = Waiting::task(TaskKey::new(1, 2, 3));
        (1..=4).for_each(|number| drop(list.add(&mut waiting, future(number))));
        assert!(
            list.add(&mut waiting, future(2)).is_some(),
            "it waits already"
        );
        assert!(list.remove(&mut waiting, Who::future(3)).is_some());
        assert!(list.remove(&mut waiting, Who::future(3)).is_none());
        let expected = [Who::OWNER, Who::future(1), Who::future(2), Who::future(4)];
        assert_eq!(drain(&mut list, waiting), expected);
    }

    #[test]
    fn a_place_that_is_free_is_used_again() {
        let mut list = List::default();
        for number in 1..=9 {
            let (mut here, mut there) = (Waiting::NOBODY, Waiting::NOBODY);
            list.add(&mut here, future(number));
            list.add(&mut there, future(number));
            list.remove(&mut here, Who::future(number));
            assert!(here.is_nobody());
            list.add(&mut there, future(10));
            assert_eq!(
                drain(&mut list, there),
                [Who::future(number), Who::future(10)]
            );
        }
        assert_eq!(list.places.len(), 2);
    }
}
