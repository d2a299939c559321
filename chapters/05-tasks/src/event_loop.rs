//! The loop: a queue of callbacks and tasks, the sockets and wakers that fill it, and
//! the turn that empties it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::os::fd::RawFd;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use crate::Handle;
use crate::handle::Callback;
use crate::reactor::{Direction, Reactor};
use crate::ready::{ReadyQueue, Ticket};
use crate::trace::{Lane, Trace};
use crate::waker::TicketWaker;

/// One thread's event loop.
#[derive(Debug, Default)]
pub struct EventLoop {
    ready: Arc<ReadyQueue>,
    work: RefCell<BTreeMap<Ticket, Handle>>,
    tickets: Cell<Ticket>,
    reactor: RefCell<Reactor>,
    stopping: Cell<bool>,
    trace: Arc<Trace>,
}

/// Why [`EventLoop::run_forever`] came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// Somebody called [`EventLoop::stop`].
    Stopped,
    /// Nothing is ready, and no socket is watched. Another thread may still wake a future: the
    /// loop does not wait for that.
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
        let ready_now = self.ready.len();
        for _ in 0..ready_now {
            let Some(ticket) = self.ready.pop() else {
                break;
            };
            // A ticket without work comes from a waker whose task has ended.
            let work = self.work.borrow_mut().remove(&ticket);
            if let Some(handle) = work {
                self.run(handle);
            }
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
        self.ready.len() == 0 && !self.stopping.get()
    }

    /// Gives the thread to one callback until it returns.
    fn run(&self, handle: Handle) {
        let Some(callback) = handle.take() else {
            self.record(Lane::Ready, &handle, "skipped");
            return;
        };
        self.record(Lane::Running, &handle, "run");
        self.trace.set_running(Some(handle.name()));
        let mut sleeps = false;
        let answer = match callback {
            Callback::Once(callback) => {
                callback(self);
                ""
            }
            Callback::Again(mut callback) => {
                callback(self);
                handle.put_back(Callback::Again(callback));
                ""
            }
            Callback::Step(mut task) => match task.step() {
                Poll::Ready(()) => "Ready",
                Poll::Pending => {
                    let waker = task.waker();
                    sleeps = !waker.is_queued();
                    self.work.borrow_mut().insert(waker.ticket, handle.clone());
                    handle.put_back(Callback::Step(task));
                    "Pending"
                }
            },
        };
        self.trace.set_running(None);
        self.trace.record(
            Lane::Running,
            handle.name(),
            "returned",
            answer,
            handle.at(),
        );
        if sleeps {
            self.record(Lane::Sleeping, &handle, "waits");
        }
    }

    /// Puts `handle` behind whatever is ready.
    pub(crate) fn queue(&self, handle: Handle) {
        self.queue_as(self.new_ticket(), handle);
    }

    /// The same, with the ticket that a waker knows.
    pub(crate) fn queue_as(&self, ticket: Ticket, handle: Handle) {
        self.record(Lane::Ready, &handle, "queued");
        self.work.borrow_mut().insert(ticket, handle);
        self.ready.push(ticket);
    }

    /// A number that stands for nothing yet.
    pub(crate) fn new_ticket(&self) -> Ticket {
        self.tickets.set(self.tickets.get() + 1);
        self.tickets.get()
    }

    /// The waker that queues `ticket`. It counts as called: a new task is queued without it.
    pub(crate) fn new_waker(
        &self,
        ticket: Ticket,
        name: &str,
        at: &'static Location<'static>,
    ) -> Arc<TicketWaker> {
        Arc::new(TicketWaker {
            ticket,
            ready: Arc::clone(&self.ready),
            home: thread::current().id(),
            trace: Arc::clone(&self.trace),
            name: name.to_owned(),
            at,
            queued: AtomicBool::new(true),
        })
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

    pub(crate) fn note(
        &self,
        event: &'static str,
        text: impl fmt::Display,
        at: &'static Location<'static>,
    ) {
        let who = self.trace.running();
        self.trace.record(Lane::Running, &who, event, text, at);
    }

    fn record(&self, lane: Lane, handle: &Handle, event: &'static str) {
        self.trace
            .record(lane, handle.name(), event, "", handle.at());
    }
}
