//! A value that is not there yet: what asyncio calls a `Future`. std has given that name to its
//! trait, so here it is a promise.
//!
//! One side settles it, once: with a result, with an error, or as cancelled. The other side finds
//! out in two ways. A *done callback* is queued when the promise is settled. A *poll* answers
//! `Pending` before, and leaves a waker to be called. Both stand in one list, and their order is
//! the order in which they came.
//!
//! A request that comes to a promise goes on to its maker, a task or a gather. One that is kept by
//! hand has no maker, and is settled as cancelled.

use std::cell::RefCell;
use std::error::Error;
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

use crate::handle::Callback;
use crate::scope::{Answer, Ask, Place};
use crate::{EventLoop, Handle};

/// A value to come. Clones mean the same value.
pub struct Promise<T> {
    event_loop: Weak<EventLoop>,
    name: Rc<str>,
    state: Rc<RefCell<State<T>>>,
    maker: Option<Rc<dyn Ask>>,
    place: Place,
}

/// Either somebody waits for the outcome, or it is there.
enum State<T> {
    Pending(Vec<Waiter>),
    Settled(Rc<Result<T, Failure>>),
}

/// Somebody who wants to know when the promise is settled.
enum Waiter {
    Callback(Handle),
    Waker(Waker),
}

/// Why a promise has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// What was promised went wrong.
    Error(String),
    /// It is not wanted any more.
    Cancelled,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Error(error) => write!(f, "{error}"),
            Failure::Cancelled => write!(f, "cancelled"),
        }
    }
}

impl Error for Failure {}

/// The error of settling a promise a second time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlreadySettled {
    name: Rc<str>,
}

impl fmt::Display for AlreadySettled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        write!(
            f,
            "the promise {name:?} is settled already; ask `done` first"
        )
    }
}

impl Error for AlreadySettled {}

impl<T: Clone> Promise<T> {
    /// A promise that nobody has settled yet.
    pub fn new(event_loop: &Rc<EventLoop>, name: &str) -> Self {
        Self {
            event_loop: Rc::downgrade(event_loop),
            name: name.into(),
            state: Rc::new(RefCell::new(State::Pending(Vec::new()))),
            maker: None,
            place: Place::default(),
        }
    }

    /// The same, of something that somebody makes who can be asked to end.
    pub(crate) fn made_by(event_loop: &Rc<EventLoop>, name: &str, maker: Rc<dyn Ask>) -> Self {
        Self {
            maker: Some(maker),
            ..Self::new(event_loop, name)
        }
    }

    /// Keeps the promise.
    #[track_caller]
    pub fn set_result(&self, value: T) -> Result<(), AlreadySettled> {
        self.settle(Ok(value))
    }

    /// Breaks the promise.
    #[track_caller]
    pub fn set_error(&self, error: impl Into<String>) -> Result<(), AlreadySettled> {
        self.settle(Err(Failure::Error(error.into())))
    }

    /// Calls it off, for everybody who waits for it; what a gather makes, by asking its tasks to
    /// end. Returns whether there was anything to call off.
    #[track_caller]
    pub fn cancel(&self) -> bool {
        self.ask() != Answer::Refused
    }

    /// Whether it is settled.
    pub fn done(&self) -> bool {
        matches!(*self.state.borrow(), State::Settled(_))
    }

    /// The outcome, if there is one yet.
    pub fn result(&self) -> Option<Result<T, Failure>> {
        let outcome = match &*self.state.borrow() {
            State::Settled(outcome) => Rc::clone(outcome),
            State::Pending(_) => return None,
        };
        Some(Result::clone(&outcome))
    }

    /// Queues `callback` when the promise is settled; at once if it is settled already.
    #[track_caller]
    pub fn add_done_callback(
        &self,
        name: &str,
        callback: impl FnOnce(&EventLoop) + 'static,
    ) -> Handle {
        let callback = Callback::Once(Box::new(callback));
        let handle = Handle::new(name, callback, Location::caller());
        if let State::Pending(waiters) = &mut *self.state.borrow_mut() {
            waiters.push(Waiter::Callback(handle.clone()));
        } else {
            self.queue(handle.clone());
        }
        handle
    }

    /// Notes the outcome, and tells everybody who waits, in the order in which they came.
    #[track_caller]
    pub(crate) fn settle(&self, outcome: Result<T, Failure>) -> Result<(), AlreadySettled> {
        if self.done() {
            let name = Rc::clone(&self.name);
            return Err(AlreadySettled { name });
        }
        if let Some(event_loop) = self.event_loop.upgrade() {
            let how = match &outcome {
                Ok(_) => "result",
                Err(Failure::Error(_)) => "error",
                Err(Failure::Cancelled) => "cancel",
            };
            let note = format!("{}: {how}", self.name);
            event_loop.note("settles", note, Location::caller());
        }
        let pending = self.state.replace(State::Settled(Rc::new(outcome)));
        if let State::Pending(waiters) = pending {
            for waiter in waiters {
                match waiter {
                    Waiter::Callback(handle) if handle.cancelled() => {}
                    Waiter::Callback(handle) => self.queue(handle),
                    Waiter::Waker(waker) => waker.wake(),
                }
            }
        }
        Ok(())
    }

    /// Queues a done callback. If the loop is gone, nobody is left to run it.
    fn queue(&self, handle: Handle) {
        if let Some(event_loop) = self.event_loop.upgrade() {
            event_loop.queue(handle);
        }
    }
}

impl<T: Clone> Ask for Promise<T> {
    #[track_caller]
    fn ask(&self) -> Answer {
        match &self.maker {
            _ if self.done() => Answer::Refused,
            Some(maker) => maker.ask(),
            None => {
                let cancelled = self.settle(Err(Failure::Cancelled));
                cancelled.map_or(Answer::Refused, |()| Answer::Ended)
            }
        }
    }

    fn passes_on(&self) -> bool {
        self.maker.is_some()
    }

    fn describe(&self) -> String {
        let settled = if self.done() { " (settled)" } else { "" };
        format!("{}{settled}", self.name)
    }
}

impl<T: Clone + 'static> Future for Promise<T> {
    type Output = Result<T, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // First of all, since it is somebody else's code, and could settle this promise.
        let waker = context.waker().clone();
        let scope = self.event_loop.upgrade().and_then(|known| known.scope());
        if let Some(outcome) = self.result() {
            let asked = self.place.leave();
            if let (true, Some(scope), Err(Failure::Cancelled)) = (asked, scope, &outcome) {
                // The request that went out from here has come back. It is this task's own.
                scope.raise();
                return Poll::Pending;
            }
            return Poll::Ready(outcome);
        }
        if let Some(scope) = scope {
            let whom = self.clone();
            self.place.wait_in(&scope, whom);
        }
        if let State::Pending(waiters) = &mut *self.state.borrow_mut() {
            let is_this = |waiter: &Waiter| match waiter {
                Waiter::Callback(_) => false,
                Waiter::Waker(known) => known.will_wake(&waker),
            };
            if !waiters.iter().any(is_this) {
                waiters.push(Waiter::Waker(waker));
            }
        }
        Poll::Pending
    }
}

impl<T> Clone for Promise<T> {
    fn clone(&self) -> Self {
        Self {
            event_loop: Weak::clone(&self.event_loop),
            name: Rc::clone(&self.name),
            state: Rc::clone(&self.state),
            maker: self.maker.clone(),
            place: Place::default(),
        }
    }
}

impl<T> AsRef<Promise<T>> for Promise<T> {
    fn as_ref(&self) -> &Promise<T> {
        self
    }
}
