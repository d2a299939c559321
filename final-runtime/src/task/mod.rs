//! A task: a future of its own, driven by the loop.
//!
//! | file | what it is |
//! |---|---|
//! | `mod` | the handle that has the result |
//! | `builder` | a task with a name, or with its first step at once |
//! | `reference` | the handle without it |
//! | `step` | what its future does between two waits, and how it ends |
//! | `waker` | what puts it back into the ready queue |
//!
//! In the book: chapter 5.

use std::error::Error;
use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use crate::error::JoinError;
use crate::future::{CallbackId, Future, InvalidState};
use crate::join::{Join, Waiter};
use crate::pool;
use crate::promise::{Body, Promise};
use crate::shared::Core;

mod builder;
mod reference;
mod step;
mod waker;

pub use builder::TaskBuilder;
pub use reference::TaskRef;
pub(crate) use step::Payload;
pub(crate) use waker::{MOST_TASKS, TaskKey, wake};

/// A handle to a spawned task. Dropping it detaches the task, which runs on.
///
/// Awaiting the task by value gives its result; awaiting `&task` gives a copy, to as many as wait. Awaiting one that
/// is done does not suspend. What does not need the result is in [`TaskRef`], to which this dereferences.
///
/// A task may give back a future that it has polled; who takes it goes on waiting there. Only a result that holds a handle
/// of its own task keeps itself, as an `Rc` in its own value does.
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
    reference: TaskRef,
    waiter: Waiter,
    value: PhantomData<T>,
}

/// What a task runs whose future cannot fail.
struct Plain<F>(PhantomData<F>);

impl<F: std::future::Future + 'static> Body for Plain<F> {
    type Future = F;
    type Value = F::Output;

    fn outcome(output: F::Output) -> Result<F::Output, JoinError> {
        Ok(output)
    }
}

/// What a task runs that fails with its future.
struct Fallible<F>(PhantomData<F>);

impl<F> Body for Fallible<F>
where
    F: std::future::Future<Output: Outcome> + 'static,
{
    type Future = F;
    type Value = <F::Output as Outcome>::Value;

    fn outcome(output: F::Output) -> Result<Self::Value, JoinError> {
        output.into_outcome()
    }
}

/// A `Result`, whose error's type need not be named.
trait Outcome {
    type Value: 'static;

    fn into_outcome(self) -> Result<Self::Value, JoinError>;
}

impl<T: 'static, E: Into<Box<dyn Error>>> Outcome for Result<T, E> {
    type Value = T;

    fn into_outcome(self) -> Result<T, JoinError> {
        self.map_err(JoinError::failed)
    }
}

/// A future of more bytes than this is boxed, so that a task of it is moved cheaply and gives its memory back at its end.
const LARGEST: usize = pool::LARGEST / 2;

impl<T: 'static> Task<T> {
    /// Makes a task of `future` and queues its first step.
    #[inline]
    #[track_caller]
    pub(crate) fn start<F>(core: &Rc<Core>, future: F) -> Self
    where
        F: std::future::Future<Output = T> + 'static,
    {
        Self::of(match size_of::<F>() > LARGEST {
            true => core.start_task::<Plain<Pin<Box<F>>>>(Box::pin(future)),
            false => core.start_task::<Plain<F>>(future),
        })
    }

    /// The same for a future that may fail, and its task with it.
    #[track_caller]
    pub(crate) fn try_start<F, E>(core: &Rc<Core>, future: F) -> Self
    where
        F: std::future::Future<Output = Result<T, E>> + 'static,
        E: Into<Box<dyn Error>>,
    {
        Self::of(match size_of::<F>() > LARGEST {
            true => core.start_task::<Fallible<Pin<Box<F>>>>(Box::pin(future)),
            false => core.start_task::<Fallible<F>>(future),
        })
    }

    /// Makes a task whose first step is the caller's to take or queue.
    #[track_caller]
    fn make<F>(core: &Rc<Core>, future: F) -> Self
    where
        F: std::future::Future<Output = T> + 'static,
    {
        Self::of(match size_of::<F>() > LARGEST {
            true => core.make_task::<Plain<Pin<Box<F>>>>(Box::pin(future)),
            false => core.make_task::<Plain<F>>(future),
        })
    }

    /// The same for a future that may fail.
    #[track_caller]
    fn try_make<F, E>(core: &Rc<Core>, future: F) -> Self
    where
        F: std::future::Future<Output = Result<T, E>> + 'static,
        E: Into<Box<dyn Error>>,
    {
        Self::of(match size_of::<F>() > LARGEST {
            true => core.make_task::<Fallible<Pin<Box<F>>>>(Box::pin(future)),
            false => core.make_task::<Fallible<F>>(future),
        })
    }

    #[inline]
    fn of(promise: Promise<T>) -> Self {
        Self {
            reference: TaskRef::new(promise.forget_type()),
            waiter: Waiter::default(),
            value: PhantomData,
        }
    }

    #[inline]
    #[expect(unsafe_code, reason = "a task of a `T` is kept as a task of any type")]
    pub(crate) fn promise(&self) -> &Promise<T> {
        // SAFETY: `of` made it of a promise of a `T`.
        unsafe { Promise::remember_ref(self.reference.promise()) }
    }

    /// The task's result as a future, which many may hold. It cannot be set, only awaited, asked and cancelled.
    ///
    /// asyncio: the task itself, which is a future.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let task = final_runtime::spawn(async { 4 });
    ///     let (first, second) = (task.future(), task.future());
    ///     assert_eq!((first.await.unwrap(), second.await.unwrap()), (4, 4));
    /// });
    /// ```
    pub fn future(&self) -> Future<T> {
        Future {
            promise: self.promise().clone(),
        }
    }

    /// A copy of the result, without waiting.
    ///
    /// asyncio: `Task.result()`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let task = final_runtime::spawn(async { 4 });
    ///     assert!(task.result().is_err(), "not yet");
    ///     final_runtime::yield_now().await;
    ///     assert_eq!(task.result().unwrap().unwrap(), 4);
    /// });
    /// ```
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
    /// ```
    /// final_runtime::run(async {
    ///     let task = final_runtime::try_spawn(async { Err::<(), _>("spilt") });
    ///     final_runtime::yield_now().await;
    ///     assert_eq!(task.error().unwrap().unwrap().to_string(), "failed: spilt");
    /// });
    /// ```
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
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let task = final_runtime::spawn(async { 4 });
    ///     task.add_done_callback(|done| assert_eq!(done.result().unwrap().unwrap(), 4));
    ///     task.await.unwrap();
    /// });
    /// ```
    #[track_caller]
    pub fn add_done_callback(&self, callback: impl FnOnce(Future<T>) + 'static) -> CallbackId {
        self.future().add_done_callback(callback)
    }

    /// Takes a callback out again. `false` if it was queued already, or is another's.
    ///
    /// asyncio: `Task.remove_done_callback()`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let task = final_runtime::spawn(async { 4 });
    ///     let id = task.add_done_callback(|_| unreachable!("taken out"));
    ///     assert!(task.remove_done_callback(id));
    /// });
    /// ```
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

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self {
            reference, waiter, ..
        } = &mut *self;
        let ready = ready!(waiter.poll(reference.promise(), cx));
        Poll::Ready(ready.and_then(|()| self.promise().take()))
    }
}

impl<T> Unpin for Task<T> {}

impl<T> Drop for Task<T> {
    #[inline]
    fn drop(&mut self) {
        self.waiter.leave(self.reference.promise());
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
