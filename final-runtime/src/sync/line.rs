//! Those who wait, in order. The rules:
//!
//! - Each has a waiter of its own: a future of the loop that it waits on. To *call* somebody is to settle that; a cancel
//!   request to the task settles it, too.
//! - Who was called, or cancelled, stays in the line until it runs, or is dropped.
//! - A waiter is settled with no borrow held: a waker may be anybody's code.
//! - In the line of a lock each waiter says which task is in front of it, the one that holds the lock in front of the first.
//!   That stays right when the one in front comes to hold the lock, and is said anew when it gives up.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use crate::error::JoinError;
use crate::future::Future;
use crate::promise::{Identity, What};
use crate::run::running_loop;
use crate::state::State;

/// Those who wait, first come first.
pub(super) struct Line {
    /// What they wait for.
    what: What,
    next_key: Cell<u64>,
    /// Whose key is smaller was called or cancelled: a burst of calls does not look at them again.
    settled: Cell<u64>,
    /// In order of their keys.
    waiting: RefCell<VecDeque<(u64, Future<()>)>>,
}

impl Line {
    pub(super) const fn new(what: What) -> Self {
        Self {
            what,
            next_key: Cell::new(0),
            settled: Cell::new(0),
            waiting: RefCell::new(VecDeque::new()),
        }
    }

    /// Waits at the end of the line until called. Who gives up before has left the line when `given_up` learns whether
    /// it had been called: then the call is somebody else's.
    ///
    /// # Panics
    ///
    /// When polled on a thread whose loop is not running.
    pub(super) async fn wait(&self, given_up: impl FnOnce(bool)) {
        let waiter = Future::of(&running_loop().core, self.what);
        self.wait_as(waiter, given_up).await;
    }

    /// The same in the line of a lock, which the task that `holder` gives holds.
    pub(super) async fn wait_behind(
        &self,
        holder: impl Fn() -> Option<Identity>,
        given_up: impl FnOnce(),
    ) {
        let waiter = Future::of(&running_loop().core, self.what);
        let ahead = last_task(self.waiting.borrow().iter()).unwrap_or_else(&holder);
        waiter.promise.set_ahead(ahead);
        let key = self.next_key.get();
        let given_up = |_| {
            self.renew_ahead(key, holder());
            given_up();
        };
        self.wait_as(waiter, given_up).await;
    }

    /// In the line of a lock: the first whose key is not less, says who is in front of it now.
    pub(super) fn renew_ahead(&self, key: u64, holder: Option<Identity>) {
        let waiting = self.waiting.borrow();
        let at = waiting.partition_point(|(known, _)| *known < key);
        if let Some((_, waiter)) = waiting.get(at)
            && waiter.state() == State::Pending
        {
            let ahead = last_task(waiting.range(..at)).unwrap_or(holder);
            waiter.promise.set_ahead(ahead);
        }
    }

    async fn wait_as(&self, waiter: Future<()>, given_up: impl FnOnce(bool)) {
        let key = self.next_key.get();
        self.next_key.set(key + 1);
        let place = Place {
            line: self,
            key,
            waiter: waiter.clone(),
            given_up: Some(given_up),
        };
        self.waiting.borrow_mut().push_back((key, waiter.clone()));
        // Its own request arrives at the task's scope and not here.
        if let Err(JoinError::Cancelled(cancelled)) = waiter.await {
            cancelled.resume().await
        }
        place.done();
    }

    /// How many wait, the called and the cancelled included.
    pub(super) fn len(&self) -> usize {
        self.waiting.borrow().len()
    }

    /// Whether nobody waits but those who were cancelled.
    pub(super) fn is_clear(&self) -> bool {
        self.find(|state| state != State::Cancelled).is_none()
    }

    /// Calls the first, who may have been called or cancelled already.
    pub(super) fn call_first(&self) {
        call(self.find(|_| true));
    }

    /// Calls the first who was neither called nor cancelled. Whether there was one.
    pub(super) fn call_next(&self) -> bool {
        let waiting = self.waiting.borrow();
        let from = waiting.partition_point(|(key, _)| *key < self.settled.get());
        let mut unseen = waiting.range(from..);
        let next = unseen.find(|(_, waiter)| waiter.state() == State::Pending);
        let next = next.cloned();
        drop(waiting);
        let settled = next
            .as_ref()
            .map_or(self.next_key.get(), |(key, _)| key + 1);
        self.settled.set(settled);
        call(next.map(|(_, waiter)| waiter))
    }

    /// Calls everybody.
    pub(super) fn call_all(&self) {
        let waiting = self.waiting.borrow().clone();
        for (_, waiter) in waiting {
            call(Some(waiter));
        }
    }

    fn find(&self, is_it: impl Fn(State) -> bool) -> Option<Future<()>> {
        let waiting = self.waiting.borrow();
        let found = waiting.iter().find(|(_, waiter)| is_it(waiter.state()));
        found.map(|(_, waiter)| waiter.clone())
    }

    fn leave(&self, key: u64) {
        let mut waiting = self.waiting.borrow_mut();
        let found = waiting.binary_search_by_key(&key, |(known, _)| *known);
        let left = found.ok().and_then(|at| waiting.remove(at));
        drop(waiting);
        drop(left);
    }
}

/// The last of these who was not cancelled, if there is one, and which task that is, if that is known.
fn last_task<'a>(
    mut waiting: impl DoubleEndedIterator<Item = &'a (u64, Future<()>)>,
) -> Option<Option<Identity>> {
    let last = waiting.rfind(|(_, waiter)| waiter.state() != State::Cancelled);
    last.map(|(_, waiter)| waiter.promise.first_awaiter())
}

/// Whether there was somebody to call, whom nobody had called or cancelled.
fn call(waiter: Option<Future<()>>) -> bool {
    waiter.is_some_and(|waiter| waiter.set_result(()).is_ok())
}

/// A place in the line, until it is dropped.
struct Place<'a, F: FnOnce(bool)> {
    line: &'a Line,
    key: u64,
    waiter: Future<()>,
    /// Absent once the wait is over.
    given_up: Option<F>,
}

impl<F: FnOnce(bool)> Place<'_, F> {
    /// The wait is over.
    fn done(mut self) {
        self.given_up = None;
    }
}

impl<F: FnOnce(bool)> Drop for Place<'_, F> {
    fn drop(&mut self) {
        self.line.leave(self.key);
        if let Some(given_up) = self.given_up.take() {
            given_up(self.waiter.state() == State::Ok);
        }
    }
}
