//! The loop: a queue of callbacks, and the turn that empties it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::panic::Location;

use crate::Handle;
use crate::trace::{Lane, Trace};

/// One thread's event loop.
#[derive(Debug, Default)]
pub struct EventLoop {
    ready: RefCell<VecDeque<Handle>>,
    running: RefCell<Option<Handle>>,
    stopping: Cell<bool>,
    trace: Trace,
}

/// Why [`EventLoop::run_forever`] came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// Somebody called [`EventLoop::stop`].
    Stopped,
    /// Nothing is ready, and nothing could become ready any more.
    Idle,
}

impl EventLoop {
    /// A loop with nothing to do.
    pub fn new() -> Self {
        Self::default()
    }

    /// Queues `callback` for the next turn, behind what is queued already.
    #[track_caller]
    pub fn call_soon(&self, name: &str, callback: impl FnOnce(&EventLoop) + 'static) -> Handle {
        let handle = Handle::new(name, Box::new(callback), Location::caller());
        self.record(Lane::Ready, &handle, "queued");
        self.ready.borrow_mut().push_back(handle.clone());
        handle
    }

    /// Runs turn after turn, until [`stop`](Self::stop) is called or nothing is left to run.
    pub fn run_forever(&self) -> Outcome {
        loop {
            if self.ready.borrow().is_empty() && !self.stopping.get() {
                return Outcome::Idle;
            }
            self.run_once();
            if self.stopping.take() {
                return Outcome::Stopped;
            }
        }
    }

    /// Asks the loop to return when the turn is over. Before a run, it allows one turn.
    #[track_caller]
    pub fn stop(&self) {
        self.stopping.set(true);
        self.note("stop", "", Location::caller());
    }

    /// One turn: runs exactly the callbacks that are ready now.
    fn run_once(&self) {
        self.trace.next_turn();
        let ready_now = self.ready.borrow().len();
        for _ in 0..ready_now {
            let Some(handle) = self.ready.borrow_mut().pop_front() else {
                break;
            };
            self.run(handle);
        }
    }

    /// Gives the thread to one callback until it returns.
    fn run(&self, handle: Handle) {
        let Some(callback) = handle.take() else {
            self.record(Lane::Ready, &handle, "skipped");
            return;
        };
        self.record(Lane::Running, &handle, "run");
        self.running.replace(Some(handle.clone()));
        callback(self);
        self.running.replace(None);
        self.record(Lane::Running, &handle, "returned");
    }

    /// Writes a line into the trace in the name of whoever is running.
    #[track_caller]
    pub fn say(&self, text: impl fmt::Display) {
        self.note("says", text, Location::caller());
    }

    /// What was recorded so far.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    fn note(&self, event: &'static str, text: impl fmt::Display, at: &'static Location<'static>) {
        let running = self.running.borrow();
        let who = running.as_ref().map_or("main", Handle::name);
        self.trace.record(Lane::Running, who, event, text, at);
    }

    fn record(&self, lane: Lane, handle: &Handle, event: &'static str) {
        self.trace
            .record(lane, handle.name(), event, "", handle.at());
    }
}
