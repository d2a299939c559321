//! The loop: a queue of callbacks, the sockets that fill it, and the turn that empties it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::os::fd::RawFd;
use std::panic::Location;
use std::time::Duration;

use crate::Handle;
use crate::handle::Callback;
use crate::reactor::{Direction, Reactor};
use crate::trace::{Lane, Trace};

/// One thread's event loop.
#[derive(Debug, Default)]
pub struct EventLoop {
    ready: RefCell<VecDeque<Handle>>,
    running: RefCell<Option<Handle>>,
    reactor: RefCell<Reactor>,
    stopping: Cell<bool>,
    trace: Trace,
}

/// Why [`EventLoop::run_forever`] came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// Somebody called [`EventLoop::stop`].
    Stopped,
    /// Nothing is ready, no socket is watched, and so nothing could become ready any more.
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
        let callback = Callback::Once(Box::new(callback));
        let handle = Handle::new(name, callback, Location::caller());
        self.queue(handle.clone());
        handle
    }

    /// Runs `callback` in each turn in which reading from `fd` would not block, in place of
    /// an earlier reader of `fd`.
    ///
    /// The loop knows the socket by its number alone, and does not own it: remove the reader
    /// before the socket is closed.
    #[track_caller]
    pub fn add_reader(
        &self,
        name: &str,
        fd: RawFd,
        callback: impl FnMut(&EventLoop) + 'static,
    ) -> io::Result<()> {
        self.watch(Direction::Read, name, fd, Box::new(callback))
    }

    /// Runs `callback` in each turn in which writing to `fd` would not block; the rest is as in
    /// [`add_reader`](Self::add_reader).
    #[track_caller]
    pub fn add_writer(
        &self,
        name: &str,
        fd: RawFd,
        callback: impl FnMut(&EventLoop) + 'static,
    ) -> io::Result<()> {
        self.watch(Direction::Write, name, fd, Box::new(callback))
    }

    /// Takes the reader of `fd` away, even one that is queued already.
    /// Returns whether there was one.
    pub fn remove_reader(&self, fd: RawFd) -> bool {
        self.forget(fd, Direction::Read)
    }

    /// Takes the writer of `fd` away, even one that is queued already.
    /// Returns whether there was one.
    pub fn remove_writer(&self, fd: RawFd) -> bool {
        self.forget(fd, Direction::Write)
    }

    /// Runs turn after turn, until [`stop`](Self::stop) is called or nothing is left to run.
    pub fn run_forever(&self) -> Outcome {
        loop {
            if self.may_sleep() && self.reactor.borrow().is_empty() {
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

    /// One turn: asks the kernel, then runs exactly the callbacks that are ready now.
    fn run_once(&self) {
        self.trace.next_turn();
        self.poll();
        let ready_now = self.ready.borrow().len();
        for _ in 0..ready_now {
            let Some(handle) = self.ready.borrow_mut().pop_front() else {
                break;
            };
            self.run(handle);
        }
    }

    /// Queues the callbacks of the sockets that are ready; sleeps until there is one if
    /// nothing else is to be done.
    fn poll(&self) {
        let mut reactor = self.reactor.borrow_mut();
        for handle in reactor.rearm() {
            self.record(Lane::Reactor, &handle, "rearmed");
        }
        let timeout = if self.may_sleep() {
            self.trace
                .record(Lane::Reactor, "loop", "sleeps", "", Location::caller());
            None
        } else {
            Some(Duration::ZERO)
        };
        for (direction, handle) in reactor.poll(timeout) {
            let event = match direction {
                Direction::Read => "readable",
                Direction::Write => "writable",
            };
            self.record(Lane::Os, &handle, event);
            self.queue(handle);
        }
    }

    /// Whether nothing is ready, and nobody wants this turn to be over soon.
    fn may_sleep(&self) -> bool {
        self.ready.borrow().is_empty() && !self.stopping.get()
    }

    /// Gives the thread to one callback until it returns.
    fn run(&self, handle: Handle) {
        let Some(callback) = handle.take() else {
            self.record(Lane::Ready, &handle, "skipped");
            return;
        };
        self.record(Lane::Running, &handle, "run");
        self.running.replace(Some(handle.clone()));
        match callback {
            Callback::Once(callback) => callback(self),
            Callback::Again(mut callback) => {
                callback(self);
                handle.put_back(Callback::Again(callback));
            }
        }
        self.running.replace(None);
        self.record(Lane::Running, &handle, "returned");
    }

    fn queue(&self, handle: Handle) {
        self.record(Lane::Ready, &handle, "queued");
        self.ready.borrow_mut().push_back(handle);
    }

    #[track_caller]
    fn watch(
        &self,
        direction: Direction,
        name: &str,
        fd: RawFd,
        callback: Box<dyn FnMut(&EventLoop)>,
    ) -> io::Result<()> {
        let handle = Handle::new(name, Callback::Again(callback), Location::caller());
        let before = self
            .reactor
            .borrow_mut()
            .watch(fd, direction, handle.clone())?;
        self.record(Lane::Reactor, &handle, "watched");
        if let Some(before) = before {
            before.cancel();
        }
        Ok(())
    }

    fn forget(&self, fd: RawFd, direction: Direction) -> bool {
        let handle = self.reactor.borrow_mut().forget(fd, direction);
        if let Some(handle) = &handle {
            self.record(Lane::Reactor, handle, "forgotten");
            handle.cancel();
        }
        handle.is_some()
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
