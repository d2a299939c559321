//! The task itself: its future, and what a step of it does.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::any_promise::AnyPromise;
use crate::cancel::{Answer, Cancelled, Message, Node};
use crate::context;
use crate::current;
use crate::error::{JoinError, Panic};
use crate::future::State;
use crate::shared::Core;
use crate::task::waker::TaskWaker;

/// A task's number: counted up in order of creation, never used twice by one loop.
pub(crate) type TaskId = u64;

/// A task's name, shared with its result, which may outlive it.
pub(crate) type TaskName = Rc<RefCell<String>>;

/// What a task runs: it leaves its result with the task's promise.
type Body = Pin<Box<dyn Future<Output = ()>>>;

/// What a panic carries.
type Payload = Box<dyn Any + Send>;

/// What the loop and all handles of a task share.
pub(crate) struct TaskCell {
    id: TaskId,
    name: TaskName,
    core: Rc<Core>,
    /// Absent while it is polled, and from the end on.
    body: RefCell<Option<Body>>,
    result: Rc<dyn AnyPromise>,
    waker: Waker,
    context: RefCell<context::Context>,
    /// Where a request arrives when no scope of the body waits.
    root: Rc<Node>,
    /// How many requests were not taken back.
    requests: Cell<u32>,
    started: Cell<bool>,
    running: Cell<bool>,
    /// It has an entry in the ready queue.
    queued: Cell<bool>,
    /// A request is on its way through here: it must not come round again.
    asking: Cell<bool>,
}

impl TaskCell {
    pub(crate) fn new(core: &Rc<Core>, body: Body, result: Rc<dyn AnyPromise>) -> Rc<Self> {
        let id = core.next_task.replace(core.next_task.get() + 1);
        let waker = TaskWaker {
            task: id,
            number: core.inbox.address().number,
        };
        let cell = Rc::new_cyclic(|weak| Self {
            id,
            name: Rc::new(RefCell::new(format!("Task-{id}"))),
            core: core.clone(),
            body: RefCell::new(Some(body)),
            result,
            waker: Waker::from(Arc::new(waker)),
            context: RefCell::new(context::Context::copy_current()),
            root: Node::root(weak),
            requests: Cell::new(0),
            started: Cell::new(false),
            running: Cell::new(false),
            queued: Cell::new(false),
            asking: Cell::new(false),
        });
        core.tasks.borrow_mut().insert(id, cell.clone());
        cell
    }

    /// The task that is running on this thread.
    pub(crate) fn current() -> Option<Rc<Self>> {
        current::current()?.current_task.borrow().clone()
    }

    pub(crate) fn id(&self) -> TaskId {
        self.id
    }

    pub(crate) fn core(&self) -> &Rc<Core> {
        &self.core
    }

    pub(crate) fn root(&self) -> &Rc<Node> {
        &self.root
    }

    pub(crate) fn result(&self) -> &Rc<dyn AnyPromise> {
        &self.result
    }

    pub(crate) fn shared_name(&self) -> &TaskName {
        &self.name
    }

    pub(crate) fn name(&self) -> String {
        self.name.borrow().clone()
    }

    /// Whether `promise` is this task's own result.
    pub(crate) fn makes(&self, promise: &dyn AnyPromise) -> bool {
        std::ptr::addr_eq(Rc::as_ptr(&self.result), promise)
    }

    /// Notes an entry in the ready queue. Whether there was none before.
    pub(crate) fn mark_queued(&self) -> bool {
        !self.queued.replace(true)
    }

    /// Whether it has an entry in the ready queue.
    pub(crate) fn is_queued(&self) -> bool {
        self.queued.get()
    }

    /// Whether it has begun and stands between two steps.
    pub(crate) fn is_waiting(&self) -> bool {
        self.started.get() && !self.running.get()
    }

    /// What a request to this task would meet. Counts as looking at its error.
    pub(crate) fn can_be_asked(&self) -> Answer {
        self.result.look();
        match self.result.state() {
            State::Pending if self.asking.get() => Answer::Circular,
            State::Pending => Answer::PassedOn,
            _ => Answer::Refused,
        }
    }

    /// A request. A task takes it, unless it is done; and so does the task that it waits for, and so on.
    pub(crate) fn cancel(self: &Rc<Self>, message: &Message) -> Answer {
        let answer = self.can_be_asked();
        let mut asked: Vec<Rc<Self>> = Vec::new();
        let mut next = (answer == Answer::PassedOn).then(|| self.clone());
        while let Some(task) = next {
            task.asking.set(true);
            next = task.root.ask_here(message);
            asked.push(task);
        }
        for task in asked {
            task.asking.set(false);
        }
        answer
    }

    pub(crate) fn requests(&self) -> u32 {
        self.requests.get()
    }

    pub(crate) fn count_request(&self) {
        self.requests.set(self.requests.get() + 1);
    }

    /// How many are left.
    pub(crate) fn uncount_request(&self) -> u32 {
        self.requests.set(self.requests.get().saturating_sub(1));
        self.requests.get()
    }

    /// One step: delivers what is noted, and polls the future once unless that ended it.
    pub(crate) fn step(self: &Rc<Self>) {
        self.started.set(true);
        // Woken scopes wake the task, which is here already: it counts as queued until they are done.
        self.root.deliver_noted();
        self.queued.set(false);
        let Some(mut body) = self.body.take() else {
            return;
        };
        if let Some(cancelled) = self.root.take_raised() {
            return self.end_cancelled(body, cancelled);
        }
        match self.run(|cx| body.as_mut().poll(cx)) {
            Ok(Poll::Pending) => match self.root.take_raised() {
                Some(cancelled) => self.end_cancelled(body, cancelled),
                None => {
                    self.body.replace(Some(body));
                    self.root.pass_on_noted();
                }
            },
            Ok(Poll::Ready(())) => self.end(body),
            Err(payload) => {
                self.drop_body(body);
                self.result.fail(JoinError::Panicked(Panic::new(payload)));
            }
        }
    }

    /// Calls `f` as the running task.
    fn run<R>(self: &Rc<Self>, f: impl FnOnce(&mut Context<'_>) -> R) -> Result<R, Payload> {
        self.running.set(true);
        let previous = self.core.current_task.replace(Some(self.clone()));
        let mut cx = Context::from_waker(&self.waker);
        let run = || self.root.enter(|| f(&mut cx));
        let result = catch_unwind(AssertUnwindSafe(|| context::enter(&self.context, run)));
        self.core.current_task.replace(previous);
        self.running.set(false);
        result
    }

    /// The future is done: its result is announced, unless a request stands against it.
    fn end(self: &Rc<Self>, body: Body) {
        if let Some(payload) = self.drop_body(body) {
            return self.result.fail(JoinError::Panicked(Panic::new(payload)));
        }
        match self.root.take_undelivered() {
            Some(cancelled) if !self.result.has_failed() => self.result.cancel(cancelled.said()),
            _ => self.result.announce(),
        }
    }

    /// A request ended it: the future is dropped where it stands, and every local with it.
    fn end_cancelled(self: &Rc<Self>, body: Body, cancelled: Cancelled) {
        match self.drop_body(body) {
            Some(payload) => self.result.fail(JoinError::Panicked(Panic::new(payload))),
            None => self.result.end_cancelled(cancelled),
        }
    }

    /// The end of the task. What a drop panicked with, if one did.
    fn drop_body(self: &Rc<Self>, body: Body) -> Option<Payload> {
        let dropped = self.run(|_| drop(body));
        self.core.tasks.borrow_mut().remove(&self.id);
        dropped.err()
    }

    /// The loop closes: the future is dropped where it stands.
    pub(crate) fn close(self: &Rc<Self>) {
        if let Some(body) = self.body.take() {
            self.end_cancelled(body, Cancelled::new());
        }
    }
}
