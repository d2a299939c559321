//! The loop: a queue of callbacks and tasks, the sockets, wakers and timers that fill it, and
//! the turn that empties it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::os::fd::RawFd;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use crate::Handle;
use crate::clock::Clock;
use crate::handle::Callback;
use crate::reactor::{Direction, Key, Note, Reactor};
use crate::ready::{ReadyQueue, Ticket};
use crate::scope::Scope;
use crate::trace::{Lane, Trace};
use crate::waker::TicketWaker;
use crate::wheel::Wheel;

/// One thread's event loop.
#[derive(Debug, Default)]
pub struct EventLoop {
    ready: Arc<ReadyQueue>,
    work: RefCell<BTreeMap<Ticket, Handle>>,
    tickets: Cell<Ticket>,
    reactor: RefCell<Reactor>,
    timers: Rc<RefCell<Wheel<Handle>>>,
    clock: Clock,
    stopping: Cell<bool>,
    scope: RefCell<Option<Rc<Scope>>>,
    trace: Arc<Trace>,
}

/// Why [`EventLoop::run_forever`] came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// Somebody called [`EventLoop::stop`].
    Stopped,
    /// Nothing is ready, nobody waits for a socket and no timer is armed. Another thread may still
    /// wake a future: the loop does not wait for that.
    Idle,
}

impl EventLoop {
    /// A loop with nothing to do.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, on a virtual clock: when nothing is ready, it jumps to the next deadline
    /// instead of waiting for it.
    pub fn with_virtual_clock() -> Self {
        Self {
            clock: Clock::Virtual(Cell::default()),
            ..Self::default()
        }
    }

    /// The time since the loop was made, by its clock.
    pub fn now(&self) -> Duration {
        self.clock.now()
    }

    /// Lets time pass on a virtual clock, as work that takes so long would; the
    /// real clock goes by itself.
    pub fn advance(&self, time: Duration) {
        self.clock.pass(time);
    }

    /// Queues `callback` for the next turn, behind what is queued already.
    #[track_caller]
    pub fn call_soon(&self, name: &str, callback: impl FnOnce(&EventLoop) + 'static) -> Handle {
        let callback = Callback::Once(Box::new(callback));
        let handle = Handle::new(name, callback, Location::caller());
        self.queue(handle.clone());
        handle
    }

    /// Queues `callback` when `delay` has passed from now, never earlier.
    #[track_caller]
    pub fn call_later(
        &self,
        name: &str,
        delay: Duration,
        callback: impl FnOnce(&EventLoop) + 'static,
    ) -> Handle {
        self.call_at(name, self.now().saturating_add(delay), callback)
    }

    /// Queues `callback` when the loop's clock says `due`, never earlier; if it does so
    /// already, in the next turn.
    #[track_caller]
    pub fn call_at(
        &self,
        name: &str,
        due: Duration,
        callback: impl FnOnce(&EventLoop) + 'static,
    ) -> Handle {
        let callback = Callback::Once(Box::new(callback));
        let handle = Handle::new(name, callback, Location::caller());
        handle.arm(&self.timers, due);
        let until = format!("until {due:?}");
        self.trace
            .record(Lane::Reactor, name, "armed", until, handle.at());
        handle
    }

    /// Runs turn after turn, until [`stop`](Self::stop) is called or nothing is left to run.
    pub fn run_forever(&self) -> Outcome {
        loop {
            let awaited = !self.reactor.borrow().is_empty() || !self.timers.borrow().is_empty();
            if self.may_sleep() && !awaited {
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

    /// One turn: asks the kernel and the clock, then runs exactly the callbacks that are ready now.
    fn run_once(&self) {
        self.trace.next_turn();
        let reported = self.poll();
        self.queue_due();
        let ready_now = self.ready.len();
        self.wake(reported);
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

    /// Asks the kernel which sockets are ready, and returns their names and whom to wake. If
    /// nothing else is to be done, sleeps until there is one, or until a timer may be due.
    fn poll(&self) -> Vec<(String, Waker)> {
        let wait = self.wait();
        let timeout = wait.map(|wait| self.clock.to_sleep(wait));
        let woken = self.reactor.borrow_mut().poll(timeout);
        if woken.is_empty() {
            self.clock.pass(wait.unwrap_or_default());
        }
        let mut reported = Vec::new();
        for ((key, direction), waker) in woken {
            let socket = self.about_socket(Lane::Os, key, direction.ready(), "");
            reported.push((socket, waker));
        }
        reported
    }

    /// Wakes whoever waited for a socket. Behind the mark, so their tasks go on in the next turn.
    fn wake(&self, reported: Vec<(String, Waker)>) {
        // A waker is somebody else's code: nothing is borrowed here.
        for (socket, waker) in reported {
            self.trace.set_running(Some(&socket));
            waker.wake();
            self.trace.set_running(None);
        }
    }

    /// How long the loop may sleep: not at all if something is ready, for
    /// ever if no timer is armed.
    fn wait(&self) -> Option<Duration> {
        if !self.may_sleep() {
            return Some(Duration::ZERO);
        }
        let next = match self.clock {
            Clock::Real(_) => self.timers.borrow().wake_at(),
            Clock::Virtual(_) => self.timers.borrow().next(),
        };
        let wait = next.map(|next| next.saturating_sub(self.now()));
        if wait != Some(Duration::ZERO) {
            let until = next.map_or(String::new(), |next| format!("until {next:?}"));
            let at = Location::caller();
            self.trace
                .record(Lane::Reactor, "loop", "sleeps", until, at);
        }
        wait
    }

    /// Queues the callbacks whose time has come, behind those of the sockets.
    fn queue_due(&self) {
        if self.timers.borrow().is_empty() {
            return;
        }
        let now = self.now();
        let due = self.timers.borrow_mut().take_due(now);
        if !due.is_empty() {
            let (now, at) = (format!("{now:?}"), Location::caller());
            self.trace.record(Lane::Os, "clock", "reads", now, at);
        }
        for handle in due {
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
            Callback::Step(mut task) => match task.step(self) {
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

    /// The scope that is polled now; none if no task is.
    pub(crate) fn scope(&self) -> Option<Rc<Scope>> {
        self.scope.borrow().clone()
    }

    /// From now on, `scope` is polled. Returns the one that was.
    pub(crate) fn set_scope(&self, scope: Option<Rc<Scope>>) -> Option<Rc<Scope>> {
        self.scope.replace(scope)
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

    /// Registers a socket. Its number stands for it from now on.
    pub(crate) fn register(&self, fd: RawFd) -> io::Result<Key> {
        let key = self.reactor.borrow_mut().register(fd)?;
        self.about_socket(Lane::Reactor, key, "registered", "");
        Ok(key)
    }

    /// Whether a try is worth its while, by what the kernel has said.
    pub(crate) fn is_ready(&self, key: Key, direction: Direction) -> bool {
        self.reactor.borrow().is_ready(key, direction)
    }

    /// Notes that a try would block. When it is worth its while again, `waker` is called.
    pub(crate) fn wait_for(&self, key: Key, direction: Direction, waker: &Waker) {
        // Cloned and dropped without a borrow: it is somebody else's code.
        let waker = waker.clone();
        let before = self.reactor.borrow_mut().wait_for(key, direction, waker);
        if let Some(Note::Try) = before {
            self.about_socket(Lane::Os, key, direction.blocked(), "");
            let whose = format!("of {}", self.trace.running());
            self.about_socket(Lane::Reactor, key, "waker", whose);
        }
    }

    /// The socket is going to be closed.
    pub(crate) fn forget(&self, key: Key, fd: RawFd) {
        let notes = self.reactor.borrow_mut().forget(key, fd);
        drop(notes);
        self.about_socket(Lane::Reactor, key, "forgotten", "");
    }

    /// Writes a line into the trace in the name of whoever is running.
    #[track_caller]
    pub fn say(&self, text: impl fmt::Display) {
        self.note("says", text, Location::caller());
    }

    /// What was recorded so far.
    pub fn trace(&self) -> &Arc<Trace> {
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

    /// Writes what happened to a socket, and returns the name that it has in the trace.
    #[track_caller]
    fn about_socket(
        &self,
        lane: Lane,
        key: Key,
        event: &'static str,
        note: impl fmt::Display,
    ) -> String {
        let socket = format!("socket {key}");
        self.trace
            .record(lane, &socket, event, note, Location::caller());
        socket
    }

    fn record(&self, lane: Lane, handle: &Handle, event: &'static str) {
        self.trace
            .record(lane, handle.name(), event, "", handle.at());
    }
}
