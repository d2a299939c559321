//! Tasks: coroutines that the loop runs by themselves, side by side, and what whoever
//! started one holds of it.
//!
//! A task is a promise, kept by a coroutine: it is settled with what the coroutine returns. The
//! loop takes one *step* each time the task's ticket comes up: it polls the coroutine until
//! that returns or has to wait.
//!
//! A task is also the outermost scope in which a request can arrive; the rules of that are in
//! `scope`. A request that no `catch_cancel` inside has caught ends it: the coroutine is dropped
//! where it stands. Nothing runs of a task that is asked before its first step.

use std::any::Any;
use std::cell::Cell;
use std::future;
use std::panic::{self, AssertUnwindSafe, Location};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::handle::Callback;
use crate::scope::Scope;
use crate::waker::TicketWaker;
use crate::{EventLoop, Failure, Handle, Promise};

/// A coroutine that runs by itself. Clones mean the same task; a task whose
/// handles are gone runs on.
pub struct Task<T> {
    outcome: Promise<T>,
    scope: Rc<Scope>,
}

/// What a task shares with its handles and with its scopes.
pub(crate) struct Control {
    pub(crate) waker: Arc<TicketWaker>,
    pub(crate) phase: Cell<Phase>,
    /// How many requests were made and not taken back.
    pub(crate) requests: Cell<u32>,
    /// A request is under way through it.
    pub(crate) asking: Cell<bool>,
}

/// Where a task is in its life. One that has not begun waits for its first step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Running,
    Waiting,
    Ended,
}

impl Control {
    pub(crate) fn is(&self, phase: Phase) -> bool {
        self.phase.get() == phase
    }
}

impl EventLoop {
    /// Runs `coroutine` as a task of its own, from the next turn on.
    #[track_caller]
    pub fn spawn<T: Clone + 'static>(
        self: &Rc<Self>,
        name: &str,
        coroutine: impl Future<Output = T> + 'static,
    ) -> Task<T> {
        self.try_spawn(name, async { Ok(coroutine.await) })
    }

    /// The same, for a coroutine that may fail. The failure is the task's.
    #[track_caller]
    pub fn try_spawn<T: Clone + 'static>(
        self: &Rc<Self>,
        name: &str,
        coroutine: impl Future<Output = Result<T, Failure>> + 'static,
    ) -> Task<T> {
        let at = Location::caller();
        let ticket = self.new_ticket();
        let scope = Scope::outermost(Control {
            waker: self.new_waker(ticket, name, at),
            phase: Cell::new(Phase::Waiting),
            requests: Cell::new(0),
            asking: Cell::new(false),
        });
        let maker = Rc::clone(&scope);
        let task = Task {
            outcome: Promise::made_by(self, name, maker),
            scope,
        };
        let step = Callback::Step(Box::new(Unfinished {
            coroutine: Box::pin(coroutine),
            task: task.clone(),
        }));
        self.queue_as(ticket, Handle::new(name, step, at));
        task
    }
}

impl<T: Clone> Task<T> {
    /// The name that it was spawned under.
    pub fn name(&self) -> &str {
        &self.scope.control.waker.name
    }

    /// Whether it has ended.
    pub fn done(&self) -> bool {
        self.outcome.done()
    }

    /// What came of it, if it has ended: the value, the message of a panic,
    /// or that it was cancelled.
    pub fn result(&self) -> Option<Result<T, Failure>> {
        self.outcome.result()
    }

    /// Asks it to end. Returns whether there was anything left to end.
    #[track_caller]
    pub fn cancel(&self) -> bool {
        self.scope.cancel(Location::caller())
    }

    /// How many requests it has had that nobody has taken back.
    pub fn cancelling(&self) -> u32 {
        self.scope.control.requests.get()
    }

    /// Takes a request back, which somebody has swallowed for good. Returns how many are left.
    pub fn uncancel(&self) -> u32 {
        self.scope.take_back()
    }

    /// What it waits for, in words, as far as that is a promise, a task or a gather.
    pub fn waits_for(&self) -> Vec<String> {
        self.scope.waits_for()
    }

    /// Its outermost scope.
    pub(crate) fn scope(&self) -> &Rc<Scope> {
        &self.scope
    }

    /// Queues `callback` when the task has ended; at once if it has ended already.
    #[track_caller]
    pub fn add_done_callback(
        &self,
        name: &str,
        callback: impl FnOnce(&EventLoop) + 'static,
    ) -> Handle {
        self.outcome.add_done_callback(name, callback)
    }
}

/// Waits for the task's end. It runs by itself, and goes on if nobody waits any more.
impl<T: Clone + 'static> Future for Task<T> {
    type Output = Result<T, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.outcome).poll(context)
    }
}

impl<T> Clone for Task<T> {
    fn clone(&self) -> Self {
        Self {
            outcome: self.outcome.clone(),
            scope: Rc::clone(&self.scope),
        }
    }
}

impl<T> AsRef<Promise<T>> for Task<T> {
    fn as_ref(&self) -> &Promise<T> {
        &self.outcome
    }
}

/// The loop's side of a task, whatever its coroutine returns.
pub(crate) trait Step {
    /// Lets the task go on until it waits or has ended.
    fn step(&mut self, event_loop: &EventLoop) -> Poll<()>;

    /// What queues the task.
    fn waker(&self) -> &TicketWaker;
}

/// A task that has not ended, and its coroutine.
struct Unfinished<T> {
    coroutine: Pin<Box<dyn Future<Output = Result<T, Failure>>>>,
    task: Task<T>,
}

impl<T: Clone + 'static> Step for Unfinished<T> {
    fn step(&mut self, event_loop: &EventLoop) -> Poll<()> {
        let scope = Rc::clone(&self.task.scope);
        scope.deliver_noted();
        scope.control.waker.leave_queue();
        scope.control.phase.set(Phase::Running);
        let outcome = if scope.take_raised() {
            self.stop()
        } else {
            match scope.enter(event_loop, || self.poll()) {
                Poll::Pending if scope.take_raised() => self.stop(),
                Poll::Pending => {
                    scope.control.phase.set(Phase::Waiting);
                    scope.pass_on_noted();
                    return Poll::Pending;
                }
                Poll::Ready(Ok(_)) if scope.take_undelivered() => Err(Failure::Cancelled),
                Poll::Ready(outcome) => outcome,
            }
        };
        scope.control.phase.set(Phase::Ended);
        let settled = self.task.outcome.settle(outcome);
        settled.expect("only the last step of a task settles it");
        Poll::Ready(())
    }

    fn waker(&self) -> &TicketWaker {
        &self.task.scope.control.waker
    }
}

impl<T: 'static> Unfinished<T> {
    /// A request ends it. Its variables are dropped before anybody hears of the end.
    fn stop(&mut self) -> Result<T, Failure> {
        self.coroutine = Box::pin(future::pending());
        Err(Failure::Cancelled)
    }

    /// Polls the coroutine. A panic in it ends the task, not the loop.
    fn poll(&mut self) -> Poll<Result<T, Failure>> {
        let waker = Waker::from(Arc::clone(&self.task.scope.control.waker));
        let mut context = Context::from_waker(&waker);
        let poll = AssertUnwindSafe(|| self.coroutine.as_mut().poll(&mut context));
        match panic::catch_unwind(poll) {
            Ok(poll) => poll,
            Err(panic) => Poll::Ready(Err(Failure::Error(message(&*panic)))),
        }
    }
}

/// What a panic said.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or(panic.downcast_ref::<String>().map(String::as_str));
    format!("panicked: {}", text.unwrap_or("without a message"))
}
