//! Tasks that end together: the block that starts them does not end before they do.
//!
//! In the book: chapter 8.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt;
use std::rc::Rc;

use crate::cancel::{Cancelled, CatchCancel, Node, request};
use crate::error::JoinError;
use crate::future::Future;
use crate::group_error::{GroupClosed, GroupError};
use crate::here;
use crate::join::Join;
use crate::promise::{AnyPromise, Targets, What};
use crate::report::{Report, ReportKind};
use crate::shared::Core;
use crate::state::State;
use crate::task::{Task, TaskRef};

/// Runs `body` with a group to spawn tasks in, and ends when the body and all of them have ended.
///
/// The first failure, of a task or of the body, cancels the rest; a task that is cancelled by itself has not failed.
/// What failed comes out together.
///
/// asyncio: `async with asyncio.TaskGroup() as group:`.
///
/// ```
/// use final_runtime::{run, task_group};
///
/// run(async {
///     let sum = task_group(async |group| {
///         let a = group.spawn(async { 20 }).unwrap();
///         let b = group.spawn(async { 22 }).unwrap();
///         a.await.unwrap() + b.await.unwrap()
///     });
///     assert_eq!(sum.await.unwrap(), 42);
/// });
/// ```
///
/// # Errors
///
/// [`GroupError`], with every failure in order of ending.
///
/// # Panics
///
/// When polled outside a task.
///
/// # Cancel safety
///
/// A request ends the body and is put to every task; when all have ended it is raised further. To drop it half-way
/// puts a request to every task and waits for none: prefer a request.
pub async fn task_group<T>(body: impl AsyncFnOnce(&TaskGroup) -> T) -> Result<T, GroupError> {
    let infallible = async |group: &TaskGroup| Ok(body(group).await);
    run(infallible).await
}

/// As [`task_group`], with a body that may fail, which fails the group.
///
/// asyncio: `async with asyncio.TaskGroup()`, around a body that may raise.
///
/// ```
/// use final_runtime::{run, try_task_group};
///
/// run(async {
///     let outcome = try_task_group(async |_| "tea".parse::<i32>()).await;
///     assert_eq!(outcome.unwrap_err().failures().len(), 1);
/// });
/// ```
///
/// # Errors
///
/// As [`task_group`]; the body's own error is the last of them.
///
/// # Panics
///
/// As [`task_group`].
///
/// # Cancel safety
///
/// As [`task_group`].
pub async fn try_task_group<T, E>(
    body: impl AsyncFnOnce(&TaskGroup) -> Result<T, E>,
) -> Result<T, GroupError>
where
    E: Into<Box<dyn Error>>,
{
    run(async |group: &TaskGroup| body(group).await.map_err(JoinError::failed)).await
}

/// The right to spawn tasks in a group. Clones mean the same group.
///
/// asyncio: `asyncio.TaskGroup`.
///
/// ```
/// use final_runtime::{TaskGroup, run, task_group};
///
/// run(async {
///     let countdown = |group: TaskGroup| async move {
///         drop(group.spawn(async { "it is waited for, handle or not" }));
///     };
///     let done = task_group(async |group| countdown(group.clone()).await);
///     done.await.unwrap();
/// });
/// ```
#[derive(Clone)]
pub struct TaskGroup {
    shared: Rc<Shared>,
}

struct Shared {
    core: Rc<Core>,
    /// The scope of the block.
    scope: Rc<Node>,
    /// Tasks that are not done.
    children: RefCell<Vec<TaskRef>>,
    failures: RefCell<Vec<JoinError>>,
    /// Settled when the last task is done, for the end of the block.
    all_done: RefCell<Option<Future<()>>>,
    phase: Cell<Phase>,
    /// The tasks were asked to end, and no more may begin.
    closing: Cell<bool>,
    /// The group asked its own block to end.
    asked: Cell<bool>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Body,
    /// The body is done; tasks may be left.
    Waiting,
    /// Nobody looks after the tasks any more.
    Over,
}

impl TaskGroup {
    /// Starts a task in the group.
    ///
    /// asyncio: `TaskGroup.create_task()`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let sum = final_runtime::task_group(async |group| {
    ///         let tea = group.spawn(async { 4 }).unwrap();
    ///         tea.await.unwrap() + 1
    ///     });
    ///     assert_eq!(sum.await.unwrap(), 5);
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// [`GroupClosed`], if the group is over or shutting down; `future` is dropped.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> Result<Task<F::Output>, GroupClosed>
    where
        F: std::future::Future + 'static,
    {
        self.shared.check_open()?;
        let task = Task::start(&self.shared.core, future);
        self.shared.adopt(&task);
        Ok(task)
    }

    /// Starts a task in the group whose `Err` fails it, and with it the group.
    ///
    /// asyncio: `TaskGroup.create_task()`, of a coroutine that may raise.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let failing = final_runtime::task_group(async |group| {
    ///         drop(group.try_spawn(async { "tea".parse::<i32>() }).unwrap());
    ///         std::future::pending::<()>().await // ended by the failure
    ///     });
    ///     assert_eq!(failing.await.unwrap_err().failures().len(), 1);
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// [`GroupClosed`], if the group is over or shutting down; `future` is dropped.
    #[track_caller]
    pub fn try_spawn<F, T, E>(&self, future: F) -> Result<Task<T>, GroupClosed>
    where
        F: std::future::Future<Output = Result<T, E>> + 'static,
        T: 'static,
        E: Into<Box<dyn Error>>,
    {
        self.shared.check_open()?;
        let task = Task::try_start(&self.shared.core, future);
        self.shared.adopt(&task);
        Ok(task)
    }
}

impl fmt::Debug for TaskGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskGroup")
            .field("children", &self.shared.children.borrow().len())
            .field("closing", &self.shared.closing.get())
            .finish()
    }
}

/// The block.
async fn run<T>(
    body: impl AsyncFnOnce(&TaskGroup) -> Result<T, JoinError>,
) -> Result<T, GroupError> {
    let group = TaskGroup {
        shared: Rc::new(Shared {
            core: here::expect_core("`task_group`").clone(),
            scope: Node::inside(&Node::current("`task_group`")),
            children: RefCell::default(),
            failures: RefCell::default(),
            all_done: RefCell::default(),
            phase: Cell::new(Phase::Body),
            closing: Cell::new(false),
            asked: Cell::new(false),
        }),
    };
    let shared = &group.shared;
    let over = Over(shared);
    let outcome = CatchCancel::at(&shared.scope, body(&group)).await;
    shared.phase.set(Phase::Waiting);
    let failed = !matches!(outcome, Ok(Ok(_)));
    if failed && !shared.closing.get() {
        shared.shut_down();
    }
    let mut in_hand = None;
    let value = match outcome {
        Ok(value) => Some(value),
        Err(cancelled) => {
            in_hand = Some(cancelled);
            None
        }
    };
    shared.wait_for_all(&mut in_hand).await;
    if shared.asked.take() && shared.take_back() == 0 {
        in_hand = None;
    }
    drop(over);
    shared.end(value, in_hand).await
}

impl Shared {
    fn check_open(&self) -> Result<(), GroupClosed> {
        let over = match self.phase.get() {
            Phase::Body => false,
            Phase::Waiting => self.children.borrow().is_empty(),
            Phase::Over => true,
        };
        match over || self.closing.get() || self.core.closed.get() {
            true => Err(GroupClosed::new()),
            false => Ok(()),
        }
    }

    /// From now on `task` is the group's.
    fn adopt<T>(self: &Rc<Self>, task: &Task<T>) {
        let child: TaskRef = (**task).clone();
        self.children.borrow_mut().push(child.clone());
        let shared = self.clone();
        task.add_done_callback(move |_| shared.child_is_done(&child));
    }

    fn child_is_done(&self, child: &TaskRef) {
        self.children.borrow_mut().retain(|known| known != child);
        if self.children.borrow().is_empty()
            && let Some(all_done) = &*self.all_done.borrow()
        {
            let _ = all_done.set_result(());
        }
        let result = child.promise();
        if child.state() != State::Failed {
            return;
        }
        result.look();
        let Some(failure) = result.error() else {
            return;
        };
        if self.phase.get() == Phase::Over {
            let report = Report::new(ReportKind::Orphan, Some(child.name()), failure);
            return self.core.reports.send(&report);
        }
        self.failures.borrow_mut().push(failure);
        if !self.closing.get() && !self.asked.replace(true) {
            self.shut_down();
            request::ask_scope(&self.scope, &None);
        }
    }

    /// Asks every task to end, once.
    fn shut_down(&self) {
        self.closing.set(true);
        let children = self.children.borrow().clone();
        // To cancel what is done would count as looking at its error.
        for child in children.iter().filter(|child| !child.is_done()) {
            child.cancel();
        }
    }

    /// The end of the block: waits until no task is left. The first request that comes meanwhile starts the shut-down
    /// and is kept; further ones find it under way.
    async fn wait_for_all(self: &Rc<Self>, in_hand: &mut Option<Cancelled>) {
        while !self.children.borrow().is_empty() {
            let all_done = Future::of(&self.core, What::Group);
            let shared = Rc::downgrade(self);
            all_done.promise.note_targets(shared);
            self.all_done.replace(Some(all_done.clone()));
            let wait = Join::new(&all_done.promise);
            if let Err(cancelled) = CatchCancel::at(&self.scope, wait).await
                && !self.closing.get()
            {
                *in_hand = Some(cancelled);
                self.shut_down();
            }
            self.all_done.replace(None);
        }
    }

    /// Takes the group's own request back. How many stand that are not its own.
    fn take_back(&self) -> u32 {
        self.scope.take_back();
        self.scope.standing()
    }

    async fn end<T>(
        &self,
        value: Option<Result<T, JoinError>>,
        in_hand: Option<Cancelled>,
    ) -> Result<T, GroupError> {
        let mut failures = self.failures.take();
        if let Some(cancelled) = in_hand
            && failures.is_empty()
        {
            cancelled.resume().await
        }
        let value = match value {
            Some(Ok(value)) => Some(value),
            Some(Err(error)) => {
                failures.push(error);
                None
            }
            None => None,
        };
        match value {
            Some(value) if failures.is_empty() => Ok(value),
            // A request of the group's own ended the body, and nothing failed that could say so.
            _ if failures.is_empty() => Cancelled::new().resume().await,
            _ => {
                // A request from outside would be hidden by the failures: it is made again.
                if self.scope.standing() > 0
                    && let Some(task) = self.scope.task()
                {
                    self.scope.take_back();
                    request::ask(&task, &None);
                }
                Err(GroupError::new(failures))
            }
        }
    }
}

impl Targets for Shared {
    fn targets(&self) -> Vec<AnyPromise> {
        let children = self.children.borrow();
        children
            .iter()
            .map(|child| child.promise().clone())
            .collect()
    }
}

/// The end of the block, however it comes. Tasks that are left then are asked to end.
struct Over<'a>(&'a Shared);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.phase.set(Phase::Over);
        if self.0.asked.take() {
            self.0.scope.take_back();
        }
        if !self.0.children.borrow().is_empty() {
            self.0.shut_down();
        }
    }
}
