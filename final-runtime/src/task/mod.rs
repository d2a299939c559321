//! A task: a future of its own, driven by the loop.
//!
//! | file | what it is |
//! |---|---|
//! | `mod` | the handle |
//! | `cell` | the task itself: its future and its steps |
//! | `waker` | what puts it back into the ready queue |

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::error::JoinError;
use crate::event_loop::Core;
use crate::future::{Promise, State};
use crate::join::{Join, Waiting};

mod cell;
mod waker;

pub(crate) use cell::{TaskCell, TaskId};

/// A handle to a spawned task. Dropping it detaches the task, which runs on.
///
/// Awaiting the task by value gives its result; awaiting `&task` gives a copy, to as many as wait. Awaiting one that
/// is done does not suspend.
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
/// # Cancel safety
///
/// To drop a wait half-way loses nothing: the task runs on, and its result stays.
pub struct Task<T> {
    waiting: Waiting<T>,
    cell: Rc<TaskCell>,
}

impl<T: 'static> Task<T> {
    /// Makes a task of `future` and queues its first step.
    pub(crate) fn start<F>(core: &Rc<Core>, future: F) -> Self
    where
        F: std::future::Future<Output = T> + 'static,
    {
        let promise = Promise::new(core);
        let result = promise.clone();
        let body = Box::pin(async move { result.stage(future.await) });
        let cell = TaskCell::new(core, body, promise.clone());
        promise.set_task(&cell.name());
        core.queue(&cell);
        Self {
            waiting: Waiting::new(promise),
            cell,
        }
    }
}

impl<T> Task<T> {
    pub(crate) fn promise(&self) -> &Rc<Promise<T>> {
        self.waiting.promise()
    }

    /// The task's name.
    ///
    /// asyncio: `Task.get_name()`.
    pub fn name(&self) -> String {
        self.cell.name()
    }

    /// Where it stands. Does not count as looking at an error.
    ///
    /// asyncio: `Task.done()`, `Task.cancelled()`.
    pub fn state(&self) -> State {
        self.promise().state()
    }

    /// Whether it has come to its end.
    pub fn is_done(&self) -> bool {
        self.state() != State::Pending
    }
}

/// Gives the result, once. To poll it again afterwards panics.
impl<T> std::future::Future for Task<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let waiting = &mut self.waiting;
        waiting.poll(cx).map(|()| waiting.promise().take())
    }
}

impl<T: Clone> IntoFuture for &Task<T> {
    type Output = Result<T, JoinError>;
    type IntoFuture = Join<T>;

    fn into_future(self) -> Join<T> {
        Join::new(self.promise())
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("name", &self.name())
            .field("state", &self.state())
            .finish()
    }
}
