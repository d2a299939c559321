//! A task's handle without its result: the same type for every task.

use std::fmt;
use std::rc::Rc;

use crate::cancel::{Answer, Node};
use crate::error::Waiting;
use crate::future::State;
use crate::task::TaskCell;

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
    cell: Rc<TaskCell>,
}

impl TaskRef {
    pub(crate) fn new(cell: Rc<TaskCell>) -> Self {
        Self { cell }
    }

    pub(crate) fn cell(&self) -> &Rc<TaskCell> {
        &self.cell
    }

    /// The task's name: `Task-1`, `Task-2`, … unless somebody gave it another.
    ///
    /// asyncio: `Task.get_name()`.
    pub fn name(&self) -> String {
        self.cell.name()
    }

    /// Gives the task a name, for those who look at it.
    ///
    /// asyncio: `Task.set_name()`.
    pub fn set_name(&self, name: &str) {
        self.cell.shared_name().replace(name.to_owned());
    }

    /// Where it stands. Does not count as looking at an error.
    ///
    /// asyncio: `Task.done()`, `Task.cancelled()`.
    pub fn state(&self) -> State {
        self.cell.result().state()
    }

    /// Whether it has come to its end.
    ///
    /// asyncio: `Task.done()`.
    pub fn is_done(&self) -> bool {
        self.state() != State::Pending
    }

    /// Whether it ended with an error at which nobody has looked; its last handle's end would report it.
    ///
    /// asyncio: `Task._log_traceback`.
    pub fn is_unseen(&self) -> bool {
        self.cell.result().is_unseen()
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
        self.cell.cancel(&None) != Answer::Refused
    }

    /// As [`cancel`](Self::cancel), with a word for whoever catches it.
    ///
    /// asyncio: `Task.cancel(msg)`.
    pub fn cancel_with(&self, message: &str) -> bool {
        self.cell.cancel(&Some(message.into())) != Answer::Refused
    }

    /// How many requests to cancel were not taken back.
    ///
    /// asyncio: `Task.cancelling()`.
    pub fn cancelling(&self) -> u32 {
        self.cell.requests()
    }

    /// Takes one request back: who caught it and goes on says so. Gives how many are left; at none, a request that is
    /// noted and not delivered is dropped.
    ///
    /// asyncio: `Task.uncancel()`.
    pub fn uncancel(&self) -> u32 {
        Node::take_back(self.cell.root())
    }

    /// What it waits for, if it has begun, is not done and not about to run.
    pub(crate) fn waiting(&self) -> Option<Waiting> {
        let waits = self.cell.is_waiting() && !self.cell.is_queued() && !self.is_done();
        waits.then(|| Waiting {
            task: self.name(),
            reasons: self.cell.root().reasons(),
        })
    }
}

impl PartialEq for TaskRef {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.cell, &other.cell)
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
