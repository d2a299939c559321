//! A result that is not there yet: settled once, awaited by many.
//!
//! Settling queues everybody who waits, tasks and callbacks mixed, in the order in which they came; they run in the
//! next turn.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::task::Waker;

use crate::current;
use crate::error::JoinError;
use crate::event_loop::Core;
use crate::handle::Callback;
use crate::report::Report;

/// A result that somebody will set. Clones mean the same result.
///
/// Awaiting it gives `Result<T, JoinError>`, to as many as wait. Awaiting a settled one does not suspend.
///
/// asyncio: `asyncio.Future`.
///
/// ```
/// final_runtime::run(async {
///     let future = final_runtime::Future::new();
///     let setter = future.clone();
///     final_runtime::spawn(async move { setter.set_result(7) });
///     assert_eq!(future.await.unwrap(), 7);
/// });
/// ```
///
/// # Cancel safety
///
/// To drop a wait half-way loses nothing: the result stays for the others, and for a later wait.
pub struct Future<T> {
    pub(crate) promise: Rc<Promise<T>>,
}

/// Where a [`Future`] or a [`Task`](crate::Task) stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not settled yet.
    Pending,
    /// It has a result.
    Ok,
    /// It has an error.
    Failed,
    /// It was cancelled.
    Cancelled,
}

/// What was asked of a future does not fit its state.
///
/// asyncio: `asyncio.InvalidStateError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidState {
    attempted: &'static str,
    found: State,
}

impl fmt::Display for InvalidState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { attempted, found } = self;
        write!(f, "{attempted} found the future in state {found:?}; ")?;
        match found {
            State::Pending => f.write_str("await it first"),
            _ => f.write_str("a future is settled once"),
        }
    }
}

impl std::error::Error for InvalidState {}

impl<T: 'static> Future<T> {
    /// A pending future of the running loop.
    ///
    /// # Panics
    ///
    /// If no loop is running on this thread.
    #[track_caller]
    #[expect(clippy::new_without_default, reason = "it belongs to the running loop")]
    pub fn new() -> Self {
        Self::of(&current::expect("Future::new"))
    }

    pub(crate) fn of(core: &Rc<Core>) -> Self {
        Self {
            promise: Promise::new(core),
        }
    }

    /// Settles it with `value`.
    ///
    /// asyncio: `Future.set_result()`.
    ///
    /// # Errors
    ///
    /// If it is settled already.
    pub fn set_result(&self, value: T) -> Result<(), InvalidState> {
        if self.promise.state() != State::Pending {
            return Err(InvalidState {
                attempted: "set_result",
                found: self.promise.state(),
            });
        }
        self.promise.settle(Ok(value));
        Ok(())
    }

    /// Where it stands. Does not count as looking at an error.
    ///
    /// asyncio: `Future.done()`, `Future.cancelled()`.
    pub fn state(&self) -> State {
        self.promise.state()
    }
}

impl<T> Clone for Future<T> {
    fn clone(&self) -> Self {
        Self {
            promise: self.promise.clone(),
        }
    }
}

impl<T> fmt::Debug for Future<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Future")
            .field(&self.promise.state())
            .finish()
    }
}

/// What the handles of a future or a task share.
pub(crate) struct Promise<T> {
    core: Rc<Core>,
    /// The name of the task it belongs to, for reports.
    task: RefCell<Option<String>>,
    slot: RefCell<Slot<T>>,
    /// A result that is not announced yet: a task's, between its last step and its end.
    staged: Cell<Option<T>>,
    listeners: RefCell<Vec<(u64, Listener)>>,
    next_key: Cell<u64>,
    /// Somebody looked at the error, or there is none.
    looked_at: Cell<bool>,
}

/// Somebody who wants to hear that it is settled.
enum Listener {
    Wake(Waker),
    Call(Callback),
}

enum Slot<T> {
    Pending,
    Value(T),
    /// The value went to somebody who did not need a copy.
    Taken,
    Error(JoinError),
}

impl<T> Promise<T> {
    pub(crate) fn new(core: &Rc<Core>) -> Rc<Self> {
        Rc::new(Self {
            core: core.clone(),
            task: RefCell::new(None),
            slot: RefCell::new(Slot::Pending),
            staged: Cell::new(None),
            listeners: RefCell::default(),
            next_key: Cell::new(0),
            looked_at: Cell::new(true),
        })
    }

    pub(crate) fn state(&self) -> State {
        match &*self.slot.borrow() {
            Slot::Pending => State::Pending,
            Slot::Value(_) | Slot::Taken => State::Ok,
            Slot::Error(JoinError::Cancelled) => State::Cancelled,
            Slot::Error(_) => State::Failed,
        }
    }

    /// Names the task in reports.
    pub(crate) fn set_task(&self, name: &str) {
        self.task.replace(Some(name.to_owned()));
    }

    pub(crate) fn stage(&self, value: T) {
        self.staged.set(Some(value));
    }

    pub(crate) fn settle(&self, outcome: Result<T, JoinError>) {
        let slot = match outcome {
            Ok(value) => Slot::Value(value),
            Err(error) => {
                self.looked_at.set(matches!(error, JoinError::Cancelled));
                Slot::Error(error)
            }
        };
        self.slot.replace(slot);
        let listeners = self.listeners.take();
        current::enter(&self.core, || {
            for (_, listener) in listeners {
                match listener {
                    Listener::Wake(waker) => waker.wake(),
                    Listener::Call(callback) => drop(self.core.call_soon(callback)),
                }
            }
        });
    }

    /// Adds a waker, or puts it in the place that `key` has already.
    pub(crate) fn wait(&self, key: Option<u64>, waker: &Waker) -> u64 {
        let mut listeners = self.listeners.borrow_mut();
        if let Some(key) = key
            && let Some((_, Listener::Wake(known))) =
                listeners.iter_mut().find(|(known, _)| *known == key)
        {
            known.clone_from(waker);
            return key;
        }
        let key = self.next_key();
        listeners.push((key, Listener::Wake(waker.clone())));
        key
    }

    /// Queues `callback` when it is settled; at once if it is.
    pub(crate) fn on_done(&self, callback: Callback) {
        if self.state() == State::Pending {
            let key = self.next_key();
            self.listeners
                .borrow_mut()
                .push((key, Listener::Call(callback)));
        } else {
            self.core.call_soon(callback);
        }
    }

    /// Takes a listener out again.
    pub(crate) fn forget(&self, key: u64) {
        let mut listeners = self.listeners.borrow_mut();
        let found = listeners.iter().position(|(known, _)| *known == key);
        let listener = found.map(|at| listeners.remove(at));
        drop(listeners);
        drop(listener);
    }

    fn next_key(&self) -> u64 {
        self.next_key.replace(self.next_key.get() + 1)
    }

    /// The result, moved out.
    ///
    /// # Panics
    ///
    /// If it is pending, or was moved out before.
    pub(crate) fn take(&self) -> Result<T, JoinError> {
        self.looked_at.set(true);
        let mut slot = self.slot.borrow_mut();
        match std::mem::replace(&mut *slot, Slot::Taken) {
            Slot::Value(value) => Ok(value),
            Slot::Error(error) => {
                *slot = Slot::Error(error.clone());
                Err(error)
            }
            Slot::Pending => unreachable!("taken before it was settled"),
            Slot::Taken => {
                panic!("the result was taken before; await `&task` where several need it")
            }
        }
    }

    /// A copy of the result.
    ///
    /// # Panics
    ///
    /// If it is pending, or was moved out.
    pub(crate) fn copy(&self) -> Result<T, JoinError>
    where
        T: Clone,
    {
        self.looked_at.set(true);
        match &*self.slot.borrow() {
            Slot::Value(value) => Ok(value.clone()),
            Slot::Error(error) => Err(error.clone()),
            Slot::Pending => unreachable!("copied before it was settled"),
            Slot::Taken => {
                panic!("the result was taken before; await `&task` where several need it")
            }
        }
    }
}

/// The end of a task, whatever the type of its result.
pub(crate) trait Settle {
    /// Announces the staged result.
    fn settle_staged(&self);
    /// Announces an error.
    fn settle_error(&self, error: JoinError);
}

impl<T> Settle for Promise<T> {
    fn settle_staged(&self) {
        if let Some(value) = self.staged.take() {
            self.settle(Ok(value));
        }
    }

    fn settle_error(&self, error: JoinError) {
        drop(self.staged.take());
        self.settle(Err(error));
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        if !self.looked_at.get()
            && let Slot::Error(error) = &*self.slot.borrow()
        {
            let task = self.task.take();
            let message = "an error that nobody looked at";
            self.core
                .reports
                .send(&Report::new(message, task, error.clone()));
        }
    }
}
