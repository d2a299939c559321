//! Tasks: coroutines that the loop runs by themselves, side by side, and what whoever
//! started one holds of it.
//!
//! A task is a promise, kept by a coroutine: it is settled with what the coroutine returns. The
//! loop takes one *step* each time the task's ticket comes up: it polls the coroutine until
//! that returns or has to wait.
//!
//! `cancel` notes a request and queues the task. The step that finds a request polls nothing: it
//! drops the coroutine where it stands. A request that comes during the last step still wins over
//! what the coroutine returns.
//!
//! This cancel is a toy: the coroutine can neither catch it nor clean up with an `.await`, and what
//! it waited for, another task too, is not told. Chapter 8 replaces it.

use std::any::Any;
use std::cell::Cell;
use std::future;
use std::panic::{self, AssertUnwindSafe, Location};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use crate::handle::Callback;
use crate::trace::Lane;
use crate::waker::TicketWaker;
use crate::{EventLoop, Failure, Handle, Promise};

/// A coroutine that runs by itself. Clones mean the same task; a task whose
/// handles are gone runs on.
pub struct Task<T> {
    outcome: Promise<T>,
    control: Rc<Control>,
}

/// What a task shares with its handles.
struct Control {
    waker: Arc<TicketWaker>,
    requested: Cell<bool>,
    running: Cell<bool>,
}

impl EventLoop {
    /// Runs `coroutine` as a task of its own, from the next turn on.
    #[track_caller]
    pub fn spawn<T: Clone + 'static>(
        self: &Rc<Self>,
        name: &str,
        coroutine: impl Future<Output = T> + 'static,
    ) -> Task<T> {
        let at = Location::caller();
        let ticket = self.new_ticket();
        let task = Task {
            outcome: Promise::new(self, name),
            control: Rc::new(Control {
                waker: self.new_waker(ticket, name, at),
                requested: Cell::new(false),
                running: Cell::new(false),
            }),
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
        &self.control.waker.name
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

    /// Asks for its end. Returns whether there was anything left to end.
    #[track_caller]
    pub fn cancel(&self) -> bool {
        let waker = &self.control.waker;
        let by = waker.trace.running();
        let late = if self.done() { ", too late" } else { "" };
        let note = format!("{}{late}", self.name());
        waker
            .trace
            .record(Lane::Running, &by, "cancels", note, Location::caller());
        if self.done() {
            return false;
        }
        self.control.requested.set(true);
        // A task that cancels itself is queued when its step is over, behind what the
        // rest of the step queues.
        if !self.control.running.get() {
            waker.wake_by_ref();
        }
        true
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
impl<T: Clone> Future for Task<T> {
    type Output = Result<T, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.outcome).poll(context)
    }
}

impl<T> Clone for Task<T> {
    fn clone(&self) -> Self {
        Self {
            outcome: self.outcome.clone(),
            control: Rc::clone(&self.control),
        }
    }
}

/// The loop's side of a task, whatever its coroutine returns.
pub(crate) trait Step {
    /// Lets the task go on until it waits or has ended.
    fn step(&mut self) -> Poll<()>;

    /// What queues the task.
    fn waker(&self) -> &TicketWaker;
}

/// A task that has not ended, and its coroutine.
struct Unfinished<T> {
    coroutine: Pin<Box<dyn Future<Output = T>>>,
    task: Task<T>,
}

impl<T: Clone + 'static> Step for Unfinished<T> {
    fn step(&mut self) -> Poll<()> {
        let control = Rc::clone(&self.task.control);
        control.waker.leave_queue();
        let outcome = if control.requested.get() {
            // Its variables are dropped before anybody hears of the end.
            self.coroutine = Box::pin(future::pending());
            Err(Failure::Cancelled)
        } else {
            match self.poll() {
                Poll::Pending if control.requested.get() => {
                    control.waker.wake_by_ref();
                    return Poll::Pending;
                }
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(_)) if control.requested.get() => Err(Failure::Cancelled),
                Poll::Ready(outcome) => outcome,
            }
        };
        let settled = self.task.outcome.settle(outcome);
        settled.expect("only the last step of a task settles it");
        Poll::Ready(())
    }

    fn waker(&self) -> &TicketWaker {
        &self.task.control.waker
    }
}

impl<T> Unfinished<T> {
    /// Polls the coroutine. A panic in it ends the task, not the loop.
    fn poll(&mut self) -> Poll<Result<T, Failure>> {
        let control = &self.task.control;
        let waker = Waker::from(Arc::clone(&control.waker));
        let mut context = Context::from_waker(&waker);
        let poll = AssertUnwindSafe(|| self.coroutine.as_mut().poll(&mut context));
        control.running.set(true);
        let polled = panic::catch_unwind(poll);
        control.running.set(false);
        match polled {
            Ok(poll) => poll.map(Ok),
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
