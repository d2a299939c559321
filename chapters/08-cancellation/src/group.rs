//! Tasks that end together: whoever starts them does not go on before all of them have ended.
//!
//! The first failure asks the other tasks to end, and the body. A request from outside does the
//! same. Either way all are awaited, and then it is told: every failure, or that it was
//! cancelled.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt;
use std::panic::Location;
use std::rc::Rc;

use crate::cancel::{Cancelled, CatchCancel};
use crate::scope::{Ask, Scope};
use crate::{EventLoop, Failure, Promise, Task};

/// A group whose block has not ended. Clones mean the same group.
#[derive(Clone)]
pub struct TaskGroup {
    shared: Rc<Shared>,
}

/// What the group shares with the done callbacks of its tasks.
struct Shared {
    event_loop: Rc<EventLoop>,
    /// Where the block can be asked to end.
    scope: Rc<Scope>,
    /// Those of its tasks that have not ended.
    tasks: RefCell<Vec<Rc<Scope>>>,
    failures: RefCell<Vec<Failure>>,
    all_ended: RefCell<Option<Promise<()>>>,
    /// The tasks were asked to end, or the block has ended: no more may begin.
    closing: Cell<bool>,
    /// The body has ended, and the group waits for its tasks.
    waiting: Cell<bool>,
    /// The group has asked its own block to end.
    asked: Cell<bool>,
}

/// What failed in a group, in the order in which it did; the body's own failure is the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupError {
    failures: Vec<Failure>,
}

impl GroupError {
    /// What failed.
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }
}

impl fmt::Display for GroupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failures: Vec<_> = self.failures.iter().map(Failure::to_string).collect();
        write!(f, "{} failed: {}", failures.len(), failures.join("; "))
    }
}

impl Error for GroupError {}

/// The error of starting a task in a group that is closing, or has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupClosed;

impl fmt::Display for GroupClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the group takes no more tasks: it has ended, or is about to"
        )
    }
}

impl Error for GroupClosed {}

impl TaskGroup {
    /// Starts a task of the group.
    #[track_caller]
    pub fn spawn<T: Clone + 'static>(
        &self,
        name: &str,
        coroutine: impl Future<Output = T> + 'static,
    ) -> Result<Task<T>, GroupClosed> {
        self.try_spawn(name, async { Ok(coroutine.await) })
    }

    /// The same, for a coroutine that may fail. If it does, the group does.
    #[track_caller]
    pub fn try_spawn<T: Clone + 'static>(
        &self,
        name: &str,
        coroutine: impl Future<Output = Result<T, Failure>> + 'static,
    ) -> Result<Task<T>, GroupClosed> {
        let all_ended = self.shared.waiting.get() && self.shared.tasks.borrow().is_empty();
        if self.shared.closing.get() || all_ended {
            return Err(GroupClosed);
        }
        let task = self.shared.event_loop.try_spawn(name, coroutine);
        self.shared.tasks.borrow_mut().push(Rc::clone(task.scope()));
        let (shared, ended) = (Rc::clone(&self.shared), task.clone());
        task.add_done_callback("group", move |_| {
            shared.has_ended(ended.scope(), ended.result().and_then(Result::err));
        });
        Ok(task)
    }
}

/// Runs `body`, which may start tasks in the group that it is lent, and waits
/// until all of them have ended.
pub async fn task_group<T>(
    event_loop: &Rc<EventLoop>,
    body: impl AsyncFnOnce(&TaskGroup) -> Result<T, Failure>,
) -> Result<T, GroupError> {
    let shared = Rc::new(Shared {
        event_loop: Rc::clone(event_loop),
        scope: Scope::inside(event_loop),
        tasks: RefCell::default(),
        failures: RefCell::default(),
        all_ended: RefCell::default(),
        closing: Cell::new(false),
        waiting: Cell::new(false),
        asked: Cell::new(false),
    });
    let end = End(&shared);
    let group = TaskGroup {
        shared: Rc::clone(&shared),
    };
    let mut outcome = shared.catch(body(&group)).await;
    if let Ok(Err(Failure::Cancelled)) = outcome {
        outcome = Err(Cancelled::new(event_loop));
    }
    if !matches!(outcome, Ok(Ok(_))) {
        shared.close();
    }
    shared.waiting.set(true);
    while !shared.tasks.borrow().is_empty() {
        // Of the requests that come now, one that closes the group is kept. The
        // others have nothing to add.
        if let Err(cancelled) = shared.wait().await
            && shared.close()
        {
            outcome = Err(cancelled);
        }
    }
    drop(end);
    shared.tell(outcome).await
}

impl Shared {
    /// Awaits `body`, until it is ready or the group's scope is asked.
    fn catch<F: Future>(&self, body: F) -> CatchCancel<F> {
        CatchCancel::new(&self.event_loop, Some(Rc::clone(&self.scope)), body)
    }

    /// Waits until no task is left.
    async fn wait(&self) -> Result<(), Cancelled> {
        let all_ended = Promise::new(&self.event_loop, "the tasks of its group");
        self.all_ended.replace(Some(all_ended.clone()));
        self.catch(all_ended).await.map(drop)
    }

    /// Asks all tasks to end. Returns whether it is the first to do so.
    fn close(&self) -> bool {
        let first = !self.closing.replace(true);
        if first {
            let tasks = self.tasks.borrow().clone();
            for task in tasks {
                task.cancel(Location::caller());
            }
        }
        first
    }

    /// One of its tasks has ended. The first that has failed ends the others, and the block.
    fn has_ended(&self, task: &Rc<Scope>, failure: Option<Failure>) {
        let left = {
            let mut tasks = self.tasks.borrow_mut();
            tasks.retain(|known| !Rc::ptr_eq(known, task));
            tasks.len()
        };
        if left == 0
            && let Some(all_ended) = self.all_ended.take()
        {
            // An error here means that a request has ended the wait.
            let _ = all_ended.set_result(());
        }
        if let Some(failure @ Failure::Error(_)) = failure {
            self.failures.borrow_mut().push(failure);
            if self.close() {
                self.asked.set(true);
                self.scope.request();
            }
        }
    }

    /// What came of the whole.
    async fn tell<T>(
        &self,
        outcome: Result<Result<T, Failure>, Cancelled>,
    ) -> Result<T, GroupError> {
        let mut failures = self.failures.take();
        let outcome = match outcome {
            Ok(Ok(value)) if failures.is_empty() => return Ok(value),
            Ok(Err(failure)) => {
                failures.push(failure);
                None
            }
            Ok(Ok(_)) => None,
            Err(cancelled) => Some(cancelled),
        };
        match outcome {
            Some(cancelled) if failures.is_empty() => cancelled.resume().await,
            _ => {
                if self.scope.standing() > 0 {
                    // The failures would hide a request from outside, so it is made again.
                    self.scope.take_back();
                    self.scope.task().ask();
                }
                Err(GroupError { failures })
            }
        }
    }
}

/// The end of the block, however it comes. The group's own request is taken back; tasks that
/// are left are asked to end.
struct End<'a>(&'a Shared);

impl Drop for End<'_> {
    fn drop(&mut self) {
        if self.0.asked.take() {
            self.0.scope.take_back();
        }
        self.0.close();
    }
}
