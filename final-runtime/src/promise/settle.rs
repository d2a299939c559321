//! Settling a promise, once, and telling everybody who listens.
//!
//! In the book: chapter 3.

use std::panic::Location;
use std::task::Waker;

use crate::cancel::{Cancelled, Message};
use crate::context::Context;
use crate::error::JoinError;
use crate::future::State;
use crate::handle::Handle;
use crate::here;
use crate::promise::header::{STOPS, UNSEEN, VALUE};
use crate::promise::listeners::{FIRST, Listener};
use crate::promise::{AnyPromise, CONTEXT, DoneCallback, Header};
use crate::task::TaskKey;
use crate::turn::Stopping;

impl Header {
    /// Keeps what a task's future failed with, until it is announced.
    #[cold]
    pub(super) fn keep_error(&self, error: JoinError) {
        self.make_cold().error.replace(Some(error));
    }
}

impl AnyPromise {
    #[inline]
    pub(super) fn settle_as(&self, state: State) {
        self.set_state(state);
        let first = self.listener.get();
        if first != 0 {
            self.listener.set(0);
            self.core().wake(TaskKey::from_word(first));
        }
        if !self.has_no_more() {
            self.settle_more();
        }
        if self.has(STOPS) && self.core().stopping.get() != Stopping::Now {
            self.core().stopping.set(Stopping::Next);
        }
    }

    /// Whether the loop is to end its run in the turn after this is settled; for one that is, in the first turn.
    pub(crate) fn stop_the_loop_when_done(&self, stops: bool) {
        match stops {
            true if self.is_done() => self.core().stopping.set(Stopping::Now),
            true => self.set(STOPS),
            false => self.clear(STOPS),
        }
    }

    /// Whether it is what the run is for.
    pub(crate) fn stops_the_loop(&self) -> bool {
        self.has(STOPS)
    }

    /// What few promises need.
    #[inline(never)]
    fn settle_more(&self) {
        self.count_waits_as_mere_holds();
        let Some(cold) = self.cold() else { return };
        let listeners = cold.listeners.take();
        here::enter(self.core(), || {
            for (_, listener) in listeners {
                match listener {
                    Listener::Wake(waker) => self.core().reports.wake(waker),
                    Listener::Call(callback, context, place) => self.call(callback, context, place),
                }
            }
            // Nobody looks at a task's variables any more, and one of them may hold the task. (Those of the task that a run
            // is for are its runner's.)
            if self.has(CONTEXT) && !self.stops_the_loop() {
                let context = cold.context.take();
                self.core().reports.guard(|| drop(context));
            }
        });
    }

    /// Queues a callback that is told of this promise.
    fn call(&self, callback: DoneCallback, context: Context, place: &'static Location<'static>) {
        let promise = self.clone();
        let call = Box::new(move || callback(promise));
        self.core().call(Handle::within(context, Some(place), call));
    }

    /// Whether the task's future gave an error that is not announced yet.
    pub(crate) fn keeps_error(&self) -> bool {
        !self.has(VALUE)
    }

    /// Announces what the task's future gave.
    #[inline]
    pub(crate) fn announce(&self) {
        if self.has(VALUE) {
            self.settle_as(State::Ok);
        } else {
            self.set(UNSEEN);
            self.settle_as(State::Failed);
        }
    }

    /// Announces an error instead of whatever is there.
    pub(crate) fn fail(&self, error: JoinError) {
        self.drop_value();
        self.keep_error(error);
        self.set(UNSEEN);
        self.settle_as(State::Failed);
    }

    /// Announces that it was cancelled: everybody is told what the request said.
    pub(crate) fn cancel_as(&self, message: &Message) {
        self.drop_value();
        if let Some(cold) = self.cold() {
            cold.error.take();
        }
        self.set_message(message);
        self.settle_as(State::Cancelled);
    }

    /// Announces that it ended with this cancellation: the first who asks gets it.
    pub(crate) fn end_cancelled(&self, cancelled: Cancelled) {
        if cancelled.said().is_some() {
            self.make_cold().first.replace(Some(cancelled));
        }
        self.cancel_as(&None);
    }
}

impl AnyPromise {
    /// Adds a waker, or puts it in the place that `key` has already.
    #[inline]
    pub(crate) fn listen(&self, key: Option<u64>, waker: &Waker) -> u64 {
        let is_first = self.listener.get() != 0;
        if let Some(task) = TaskKey::of(waker) {
            let becomes_first = match key {
                Some(FIRST) => is_first,
                Some(_) => false,
                None => !is_first && self.cold().is_none_or(|cold| cold.listeners.is_empty()),
            };
            if becomes_first {
                self.listener.set(task.word());
                return FIRST;
            }
        }
        self.listen_behind(key, waker)
    }

    #[cold]
    fn listen_behind(&self, key: Option<u64>, waker: &Waker) -> u64 {
        let listeners = &self.make_cold().listeners;
        // A waker of others is cloned and dropped when no borrow is held.
        let listener = Listener::Wake(waker.clone());
        let Some(key) = key else {
            return listeners.add(listener);
        };
        if key == FIRST && self.listener.replace(0) != 0 {
            listeners.add_first(listener);
            return FIRST;
        }
        match listeners.replace(key, listener) {
            Ok(before) => {
                drop(before);
                key
            }
            Err(listener) => listeners.add(listener),
        }
    }

    /// Queues `callback` when it is settled; at once if it is.
    #[track_caller]
    pub(crate) fn on_done(&self, callback: DoneCallback) -> u64 {
        let (context, place) = (Context::copy_current(), Location::caller());
        if self.is_done() {
            self.call(callback, context, place);
            return u64::MAX;
        }
        let listeners = &self.make_cold().listeners;
        listeners.add(Listener::Call(callback, context, place))
    }

    /// Takes a listener out. Whether it was there.
    #[inline]
    pub(crate) fn forget(&self, key: u64) -> bool {
        if key == FIRST && self.listener.replace(0) != 0 {
            return true;
        }
        // What it holds is dropped here, when no borrow is held.
        let listener = self.cold().and_then(|cold| cold.listeners.remove(key));
        listener.is_some()
    }
}
