//! Where the loop sleeps: the poller, and what it said about each socket.
//!
//! A socket is registered once, edge-triggered and for both directions. What the poller says about it is kept, per
//! direction, until an operation finds that it is not so any more. Operations are tried first and wait when they must.

use std::cell::{Cell, OnceCell, RefCell};
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use mio::event::{Event, Events, Source};
use mio::{Interest, Token};

use crate::inbox::{Alarm, Inbox};

/// The token of the inbox's alarm; sockets count from 0.
const ALARM: Token = Token(usize::MAX);
/// How many events one look at the poller takes.
const EVENTS: usize = 256;

/// The poller of one loop, made when it is first needed.
#[derive(Default)]
pub(crate) struct Driver {
    poller: OnceCell<Poller>,
    /// By token. Those that are free are listed, and used again.
    readiness: RefCell<Vec<Option<Rc<Readiness>>>>,
    free: RefCell<Vec<usize>>,
}

struct Poller {
    poll: RefCell<mio::Poll>,
    events: RefCell<Events>,
}

/// A direction of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Read,
    Write,
}

/// What the poller said about one socket.
#[derive(Default)]
pub(crate) struct Readiness {
    token: Cell<usize>,
    read: Half,
    write: Half,
}

/// One direction of it.
#[derive(Default)]
struct Half {
    ready: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
}

impl Driver {
    /// Sleeps until a socket is ready, the inbox rings or `longest` has passed; `None` is for ever.
    ///
    /// # Panics
    ///
    /// If the system refuses a poller: a loop that cannot sleep cannot go on.
    pub(crate) fn wait(&self, longest: Option<Duration>, inbox: &Inbox) {
        let poller = match self.poller(inbox) {
            Ok(poller) => poller,
            Err(error) => panic!(
                "the loop wanted to sleep and could not make a poller: {error}; raise the limit of open files"
            ),
        };
        let mut events = poller.events.borrow_mut();
        let mut poll = poller.poll.borrow_mut();
        match inbox.sleep(longest, |longest| poll.poll(&mut events, longest)) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return,
            Err(error) => panic!("the loop wanted to sleep and its poller failed: {error}"),
        }
        for event in events.iter().filter(|event| event.token() != ALARM) {
            self.note(event);
        }
    }

    /// Registers a socket.
    pub(crate) fn register(
        &self,
        socket: &mut impl Source,
        inbox: &Inbox,
    ) -> io::Result<Rc<Readiness>> {
        let poller = self.poller(inbox)?;
        let readiness = Rc::new(Readiness::default());
        // The first operation is tried, whatever the poller has said so far.
        readiness.read.ready.set(true);
        readiness.write.ready.set(true);
        let mut slots = self.readiness.borrow_mut();
        let slot = self.free.borrow().last().copied().unwrap_or(slots.len());
        readiness.token.set(slot);
        let interest = Interest::READABLE | Interest::WRITABLE;
        let poll = poller.poll.borrow();
        poll.registry().register(socket, Token(slot), interest)?;
        if slot == slots.len() {
            slots.push(None);
        } else {
            self.free.borrow_mut().pop();
        }
        slots[slot] = Some(readiness.clone());
        Ok(readiness)
    }

    /// Forgets a socket.
    pub(crate) fn deregister(&self, socket: &mut impl Source, readiness: &Readiness) {
        if let Some(poller) = self.poller.get() {
            // It fails only for a socket that is not registered, which is what is wanted.
            let _ = poller.poll.borrow().registry().deregister(socket);
        }
        let slot = readiness.token.get();
        self.readiness.borrow_mut()[slot] = None;
        self.free.borrow_mut().push(slot);
    }

    fn poller(&self, inbox: &Inbox) -> io::Result<&Poller> {
        if let Some(poller) = self.poller.get() {
            return Ok(poller);
        }
        let poll = mio::Poll::new()?;
        inbox.set_alarm(Alarm::new(mio::Waker::new(poll.registry(), ALARM)?));
        Ok(self.poller.get_or_init(|| Poller {
            poll: RefCell::new(poll),
            events: RefCell::new(Events::with_capacity(EVENTS)),
        }))
    }

    /// Keeps what an event says, and wakes who waits for it.
    fn note(&self, event: &Event) {
        let slot = event.token().0;
        let readiness = self.readiness.borrow().get(slot).cloned().flatten();
        let Some(readiness) = readiness else { return };
        // An error is found by the operation that is tried next, in whichever direction.
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            readiness.read.set_ready();
        }
        if event.is_writable() || event.is_write_closed() || event.is_error() {
            readiness.write.set_ready();
        }
    }
}

impl Readiness {
    /// Tries `operation` while the direction is taken to be ready; a `WouldBlock` says that it is not.
    pub(crate) fn poll_io<R>(
        &self,
        direction: Direction,
        cx: &mut Context<'_>,
        mut operation: impl FnMut() -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        let half = match direction {
            Direction::Read => &self.read,
            Direction::Write => &self.write,
        };
        while half.ready.get() {
            match operation() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => half.ready.set(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return Poll::Ready(result),
            }
        }
        half.wait(cx.waker());
        Poll::Pending
    }

    /// The direction is not ready, whatever was assumed: wait for the poller.
    pub(crate) fn assume_busy(&self) {
        self.write.ready.set(false);
    }
}

impl Half {
    fn wait(&self, waker: &Waker) {
        let mut waiting = self.waiting.borrow_mut();
        if !waiting.iter().any(|known| known.will_wake(waker)) {
            waiting.push(waker.clone());
        }
    }

    fn set_ready(&self) {
        self.ready.set(true);
        for waker in self.waiting.take() {
            waker.wake();
        }
    }
}
