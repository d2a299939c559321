//! A task: a future of its own, driven by the loop.
//!
//! | file | what it is |
//! |---|---|
//! | `mod` | the handle that has the result |
//! | `builder` | a task with a name, or with its first step at once |
//! | `reference` | the handle without it |
//! | `cell` | the task itself: its future and its steps |
//! | `waker` | what puts it back into the ready queue |

use std::error::Error;
use std::fmt;
use std::future::IntoFuture;
use std::ops::Deref;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use crate::error::JoinError;
use crate::future::{CallbackId, Future, InvalidState};
use crate::join::{Join, Waiting};
use crate::promise::{Promise, Source};
use crate::shared::Core;

mod builder;
mod cell;
mod reference;
mod waker;

pub use builder::TaskBuilder;
pub(crate) use cell::{TaskCell, TaskId, TaskName};
pub use reference::TaskRef;

/// A handle to a spawned task. Dropping it detaches the task, which runs on.
///
/// Awaiting the task by value gives its result; awaiting `&task` gives a copy, to as many as wait. Awaiting one that
/// is done does not suspend. What does not need the result is in [`TaskRef`], to which this dereferences.
///
/// asyncio: `asyncio.Task`.
///
/// ```
/// final_runtime::run(async {
///     let task = final_runtime::spawn(async { "tea" });
///     assert_eq!((&task).await.unwrap(), "tea");
///     assert_eq!(task.await.unwrap(), "tea");
/// });
/// ```
///
/// # Panics
///
/// To poll it again after it has given its result panics; so does to await `&task` or to ask for its
/// [`result`](Self::result) then.
///
/// # Cancel safety
///
/// To drop a wait half-way loses nothing: the task runs on, and its result stays. A *request* to the task that waits
/// goes on to the task that it waits for; [`shield`](crate::shield) keeps it off.
pub struct Task<T: 'static> {
    waiting: Waiting<T>,
    reference: TaskRef,
}

impl<T: 'static> Task<T> {
    /// Makes a task of `future` and queues its first step.
    pub(crate) fn start<F>(core: &Rc<Core>, future: F) -> Self
    where
        F: std::future::Future<Output = T> + 'static,
    {
        let task = Self::make(core, async { Ok(future.await) });
        core.queue(task.cell());
        task
    }

    /// The same for a future that may fail, and its task with it.
    pub(crate) fn try_start<F, E>(core: &Rc<Core>, future: F) -> Self
    where
        F: std::future::Future<Output = Result<T, E>> + 'static,
        E: Into<Box<dyn Error>>,
    {
        let task = Self::make(core, async { future.await.map_err(JoinError::failed) });
        core.queue(task.cell());
        task
    }

    fn make<F>(core: &Rc<Core>, future: F) -> Self
    where
        F: std::future::Future<Output = Result<T, JoinError>> + 'static,
    {
        let promise = Promise::new(core, Source::Hand("a task"));
        let result = promise.clone();
        let body = Box::pin(async move { result.stage(future.await) });
        let cell = TaskCell::new(core, body, promise.clone());
        let name = cell.shared_name().clone();
        promise.set_source(Source::Task(Rc::downgrade(&cell), name));
        Self {
            waiting: Waiting::new(promise),
            reference: TaskRef::new(cell),
        }
    }

    pub(crate) fn cell(&self) -> &Rc<TaskCell> {
        self.reference.cell()
    }

    pub(crate) fn promise(&self) -> &Rc<Promise<T>> {
        self.waiting.promise()
    }

    /// The task's result as a future, which many may hold. It cannot be set, only awaited, asked and cancelled.
    ///
    /// asyncio: the task itself, which is a future.
    pub fn future(&self) -> Future<T> {
        Future {
            promise: self.promise().clone(),
        }
    }

    /// A copy of the result, without waiting.
    ///
    /// asyncio: `Task.result()`.
    ///
    /// # Errors
    ///
    /// If the task is not done yet.
    ///
    /// # Panics
    ///
    /// If the result was given to somebody who awaited the task by value.
    pub fn result(&self) -> Result<Result<T, JoinError>, InvalidState>
    where
        T: Clone,
    {
        self.future().result()
    }

    /// The error, if the task ended with one. Counts as looking at it.
    ///
    /// asyncio: `Task.exception()`.
    ///
    /// # Errors
    ///
    /// If the task is not done yet.
    pub fn error(&self) -> Result<Option<JoinError>, InvalidState> {
        self.future().error()
    }

    /// Calls `callback` with the task's result, as a future, in the turn after its end, in line with everybody who waits.
    ///
    /// asyncio: `Task.add_done_callback()`.
    pub fn add_done_callback(&self, callback: impl FnOnce(Future<T>) + 'static) -> CallbackId {
        self.future().add_done_callback(callback)
    }

    /// Takes a callback out again. `false` if it was queued already, or is not here.
    ///
    /// asyncio: `Task.remove_done_callback()`.
    pub fn remove_done_callback(&self, id: CallbackId) -> bool {
        self.future().remove_done_callback(id)
    }
}

impl<T> Deref for Task<T> {
    type Target = TaskRef;

    fn deref(&self) -> &TaskRef {
        &self.reference
    }
}

/// Gives the result, once. To poll it again afterwards panics.
impl<T> std::future::Future for Task<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let waiting = &mut self.waiting;
        let ready = ready!(waiting.poll(cx));
        Poll::Ready(ready.and_then(|()| waiting.promise().take()))
    }
}

impl<T: Clone> IntoFuture for &Task<T> {
    type Output = Result<T, JoinError>;
    type IntoFuture = Join<T>;

    fn into_future(self) -> Join<T> {
        Join::new(self.promise())
    }
}

impl<T> From<&Task<T>> for Future<T> {
    fn from(task: &Task<T>) -> Self {
        task.future()
    }
}

impl<T> From<Task<T>> for Future<T> {
    fn from(task: Task<T>) -> Self {
        task.future()
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reference.fmt(f)
    }
}
