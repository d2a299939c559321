//! The task itself: its future, and what a step of it does.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::error::{JoinError, Panic};
use crate::event_loop::Core;
use crate::future::Settle;
use crate::task::waker::TaskWaker;

/// A task's number: counted up in order of creation, never used twice by one loop.
pub(crate) type TaskId = u64;

/// What a task runs: it leaves its result with the task's promise.
type Body = Pin<Box<dyn Future<Output = ()>>>;

/// What the loop and all handles of a task share.
pub(crate) struct TaskCell {
    id: TaskId,
    name: RefCell<String>,
    /// Absent while it is polled, and from the end on.
    body: RefCell<Option<Body>>,
    result: Rc<dyn Settle>,
    waker: Waker,
    /// It has an entry in the ready queue.
    queued: Cell<bool>,
}

impl TaskCell {
    pub(crate) fn new(core: &Core, body: Body, result: Rc<dyn Settle>) -> Rc<Self> {
        let id = core.next_task.replace(core.next_task.get() + 1);
        let waker = TaskWaker {
            task: id,
            inbox: Arc::downgrade(&core.inbox),
        };
        let cell = Rc::new(Self {
            id,
            name: RefCell::new(format!("Task-{id}")),
            body: RefCell::new(Some(body)),
            result,
            waker: Waker::from(Arc::new(waker)),
            queued: Cell::new(false),
        });
        core.tasks.borrow_mut().insert(id, cell.clone());
        cell
    }

    pub(crate) fn name(&self) -> String {
        self.name.borrow().clone()
    }

    /// Notes an entry in the ready queue. Whether there was none before.
    pub(crate) fn mark_queued(&self) -> bool {
        !self.queued.replace(true)
    }

    /// One step: polls the future once.
    pub(crate) fn step(self: &Rc<Self>, core: &Core) {
        self.queued.set(false);
        let Some(mut body) = self.body.take() else {
            return;
        };
        let previous = core.current_task.replace(Some(self.clone()));
        let mut cx = Context::from_waker(&self.waker);
        let polled = catch_unwind(AssertUnwindSafe(|| body.as_mut().poll(&mut cx)));
        core.current_task.replace(previous);
        match polled {
            Ok(Poll::Pending) => {
                self.body.replace(Some(body));
            }
            Ok(Poll::Ready(())) => self.end(core, body, None),
            Err(payload) => self.end(core, body, Some(payload)),
        }
    }

    /// The end: the future is dropped, then the result is announced.
    fn end(&self, core: &Core, body: Body, panic: Option<Box<dyn Any + Send>>) {
        core.tasks.borrow_mut().remove(&self.id);
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(body)));
        match panic.or(dropped.err()) {
            None => self.result.settle_staged(),
            Some(payload) => {
                let error = JoinError::Panicked(Panic::new(payload));
                self.result.settle_error(error);
            }
        }
    }

    /// The loop closes: the future is dropped where it stands, and the task ends as cancelled.
    pub(crate) fn drop_future(&self, core: &Core) {
        let Some(body) = self.body.take() else { return };
        core.tasks.borrow_mut().remove(&self.id);
        let error = match catch_unwind(AssertUnwindSafe(|| drop(body))) {
            Ok(()) => JoinError::Cancelled,
            Err(payload) => JoinError::Panicked(Panic::new(payload)),
        };
        self.result.settle_error(error);
    }
}
