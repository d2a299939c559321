//! A task's handle without its result: the same type for every task.
//!
//! In the book: chapter 5.

use std::fmt;

use crate::cancel::{Answer, request};
use crate::future::State;
use crate::promise::AnyPromise;
use crate::task_tree::TaskId;

/// A task, whatever its result. Clones mean the same task; dropping them does nothing to it.
///
/// asyncio: what `asyncio.current_task()` and `asyncio.all_tasks()` give.
///
/// ```
/// use final_runtime::{TaskRef, run, running_loop, spawn};
///
/// run(async {
///     let task = spawn(async { "tea" });
///     task.set_name("kettle");
///     let all: Vec<TaskRef> = running_loop().all_tasks();
///     let names: Vec<String> = all.iter().map(TaskRef::name).collect();
///     assert_eq!(names, ["Task-1", "kettle"]);
/// });
/// ```
#[derive(Clone)]
pub struct TaskRef {
    promise: AnyPromise,
}

impl TaskRef {
    #[inline]
    pub(crate) fn new(promise: AnyPromise) -> Self {
        Self { promise }
    }

    #[inline]
    pub(crate) fn promise(&self) -> &AnyPromise {
        &self.promise
    }

    /// Which task of its loop it is, in a [`TaskTree`](crate::TaskTree).
    ///
    /// asyncio: `id(task)`.
    ///
    /// ```
    /// use final_runtime::{run, spawn};
    ///
    /// run(async {
    ///     let (first, second) = (spawn(async {}), spawn(async {}));
    ///     assert!(first.id() < second.id());
    /// });
    /// ```
    pub fn id(&self) -> TaskId {
        TaskId(self.promise.number())
    }

    /// The task's name: `Task-1`, `Task-2`, … unless somebody gave it another.
    ///
    /// asyncio: `Task.get_name()`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     assert_eq!(final_runtime::current_task().unwrap().name(), "Task-1");
    /// });
    /// ```
    pub fn name(&self) -> String {
        self.promise.name()
    }

    /// Gives the task a name, for those who look at it.
    ///
    /// asyncio: `Task.set_name()`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let task = final_runtime::spawn(async {});
    ///     task.set_name("kettle");
    ///     assert_eq!(task.name(), "kettle");
    /// });
    /// ```
    pub fn set_name(&self, name: &str) {
        let before = self.promise.make_cold().name.replace(Some(name.into()));
        drop(before);
    }

    /// Where it stands. Does not count as looking at an error.
    ///
    /// asyncio: `Task.done()`, `Task.cancelled()`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let task = final_runtime::spawn(async {});
    ///     assert_eq!(task.state(), final_runtime::State::Pending);
    /// });
    /// ```
    pub fn state(&self) -> State {
        self.promise.state()
    }

    /// Whether it has come to its end.
    ///
    /// asyncio: `Task.done()`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let task = final_runtime::spawn(async {});
    ///     final_runtime::yield_now().await;
    ///     assert!(task.is_done());
    /// });
    /// ```
    pub fn is_done(&self) -> bool {
        self.state() != State::Pending
    }

    /// Whether it ended with an error at which nobody has looked; its last handle's end would report it.
    ///
    /// asyncio: `Task._log_traceback`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let task = final_runtime::try_spawn(async { Err::<(), _>("spilt") });
    ///     final_runtime::yield_now().await;
    ///     assert!(task.is_unseen());
    ///     assert!(task.await.is_err());
    /// });
    /// ```
    pub fn is_unseen(&self) -> bool {
        self.promise.is_unseen()
    }

    /// Asks the task to cancel. It arrives where the task waits, at the innermost
    /// [`catch_cancel`](crate::catch_cancel) around that; without one the task's future is dropped. `false` if the
    /// task is done.
    ///
    /// asyncio: `Task.cancel()`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let task = final_runtime::spawn(std::future::pending::<()>());
    ///     assert!(task.cancel());
    ///     assert!(task.await.unwrap_err().is_cancelled());
    /// });
    /// ```
    pub fn cancel(&self) -> bool {
        request::ask(&self.promise, &None) != Answer::Refused
    }

    /// As [`cancel`](Self::cancel), with a word for whoever catches it.
    ///
    /// asyncio: `Task.cancel(msg)`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let task = final_runtime::spawn(std::future::pending::<()>());
    ///     task.cancel_with("closing time");
    ///     assert_eq!(task.await.unwrap_err().to_string(), "cancelled: closing time");
    /// });
    /// ```
    pub fn cancel_with(&self, message: &str) -> bool {
        request::ask(&self.promise, &Some(message.into())) != Answer::Refused
    }

    /// How many requests to cancel were not taken back.
    ///
    /// asyncio: `Task.cancelling()`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let task = final_runtime::spawn(std::future::pending::<()>());
    ///     task.cancel();
    ///     task.cancel();
    ///     assert_eq!(task.cancelling(), 2);
    /// });
    /// ```
    pub fn cancelling(&self) -> u32 {
        self.promise.requests()
    }

    /// Takes one request back: who caught it and goes on says so. Gives how many are left; at none, a request that is
    /// noted and not delivered is dropped.
    ///
    /// asyncio: `Task.uncancel()`.
    ///
    /// ```
    /// use final_runtime::{catch_cancel, current_task, run, spawn, yield_now};
    ///
    /// run(async {
    ///     let task = spawn(async {
    ///         let caught = catch_cancel(std::future::pending::<()>()).await;
    ///         assert!(caught.is_err());
    ///         current_task().unwrap().uncancel() // and it goes on
    ///     });
    ///     yield_now().await;
    ///     task.cancel();
    ///     assert_eq!(task.await.unwrap(), 0);
    /// });
    /// ```
    pub fn uncancel(&self) -> u32 {
        match self.promise.root() {
            Some(root) => root.take_back_of(&self.promise),
            None => 0,
        }
    }
}

impl PartialEq for TaskRef {
    fn eq(&self, other: &Self) -> bool {
        self.promise.is(&other.promise)
    }
}

impl Eq for TaskRef {}

impl fmt::Debug for TaskRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("name", &self.name())
            .field("state", &self.state())
            .finish()
    }
}
