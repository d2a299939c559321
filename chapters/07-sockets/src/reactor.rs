//! The poller, and what the loop knows of each socket: a note for each direction, and the waker of whoever waits.
//!
//! mio asks the kernel: epoll on Linux, kqueue on macOS and the BSDs. It reports an edge, a socket that *becomes* ready,
//! once. The note keeps what it said.
//!
//! 1. A socket is registered once, when it is made, for both directions, and stays registered until it is dropped.
//! 2. A note says that a try is worth its while. It goes up with a report and comes down with `WouldBlock`, and with
//!    nothing else. A new socket has it up: nobody knows yet, and to try is how one finds out.
//! 3. Whoever finds the note down leaves a waker, in the same step. The report that puts the note up calls it.
//! 4. Reports are taken in between steps, never during one. What happens after a `WouldBlock` is a new edge, and is
//!    reported when the waker is there.
//! 5. A socket's number here is never given out again. A report that comes too late finds nobody.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::RawFd;
use std::task::Waker;
use std::time::Duration;

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};

/// A direction in which bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// In: bytes, a client that wants to be let in, the end, an error.
    Read,
    /// Out: room for bytes, a connection that stands, an error.
    Write,
}

impl Direction {
    /// What the kernel reports when the socket becomes ready in it.
    pub(crate) fn ready(self) -> &'static str {
        match self {
            Direction::Read => "readable",
            Direction::Write => "writable",
        }
    }

    /// What `WouldBlock` says in it.
    pub(crate) fn blocked(self) -> &'static str {
        match self {
            Direction::Read => "empty",
            Direction::Write => "full",
        }
    }
}

/// A socket's number with this loop, counted up from 1.
pub(crate) type Key = usize;

/// The kernel's poller, and the loop's side of it.
#[derive(Debug)]
pub(crate) struct Reactor {
    poll: Poll,
    events: Events,
    sockets: BTreeMap<Key, [Side; 2]>,
    keys: Key,
}

/// What is known of one direction of a socket.
#[derive(Debug)]
struct Side {
    ready: bool,
    waker: Option<Waker>,
}

impl Default for Reactor {
    /// Opens a poller. That can fail, and a `Default` has no way to say so but to panic.
    fn default() -> Self {
        Self {
            poll: Poll::new().expect("the kernel gave no poller; are all file descriptors in use?"),
            events: Events::with_capacity(1024),
            sockets: BTreeMap::new(),
            keys: 0,
        }
    }
}

impl Reactor {
    /// Whether nobody waits for a socket: then there is nothing to sleep for.
    pub(crate) fn is_empty(&self) -> bool {
        let mut sides = self.sockets.values().flatten();
        sides.all(|side| side.waker.is_none())
    }

    /// Puts a socket on the kernel's list and on ours, for as long as it lives.
    pub(crate) fn register(&mut self, fd: RawFd) -> io::Result<Key> {
        let both = Interest::READABLE | Interest::WRITABLE;
        let key = self.keys + 1;
        self.poll
            .registry()
            .register(&mut SourceFd(&fd), Token(key), both)?;
        self.keys = key;
        let unknown = || Side {
            ready: true,
            waker: None,
        };
        self.sockets.insert(key, [unknown(), unknown()]);
        Ok(key)
    }

    /// Takes a socket off both lists, while it is open still. Returns the wakers that wait for it.
    pub(crate) fn forget(&mut self, key: Key, fd: RawFd) -> Option<[Option<Waker>; 2]> {
        let sides = self.sockets.remove(&key)?;
        // It cannot fail for an open socket, and nothing could be done if it did.
        let _ = self.poll.registry().deregister(&mut SourceFd(&fd));
        Some(sides.map(|side| side.waker))
    }

    /// Whether a try is worth its while.
    pub(crate) fn is_ready(&self, key: Key, direction: Direction) -> bool {
        let sides = self.sockets.get(&key);
        sides.is_some_and(|sides| sides[direction as usize].ready)
    }

    /// Takes the note back: a try would have blocked.
    pub(crate) fn would_block(&mut self, key: Key, direction: Direction) {
        if let Some(sides) = self.sockets.get_mut(&key) {
            sides[direction as usize].ready = false;
        }
    }

    /// Keeps the waker of whoever waits for a direction, and returns the one that was there.
    pub(crate) fn wait_for(
        &mut self,
        key: Key,
        direction: Direction,
        waker: Waker,
    ) -> Option<Waker> {
        let sides = self.sockets.get_mut(&key)?;
        sides[direction as usize].waker.replace(waker)
    }

    /// Asks the kernel what has become ready; without a `timeout`, sleeps until something does. Returns what was not
    /// known yet, and who is to be woken for it.
    pub(crate) fn poll(
        &mut self,
        timeout: Option<Duration>,
    ) -> BTreeMap<(Key, Direction), Option<Waker>> {
        match self.poll.poll(&mut self.events, timeout) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return BTreeMap::new(),
            result => result.expect("the poller belongs to the loop alone and stays open"),
        }
        // By number, not in the kernel's order, which may differ from run to run.
        let mut news = BTreeMap::new();
        for event in &self.events {
            let key = event.token().0;
            let Some(sides) = self.sockets.get_mut(&key) else {
                continue;
            };
            // Who waits to read learns of an end or an error by reading, who waits to write by writing.
            let read = event.is_readable() || event.is_read_closed() || event.is_error();
            let write = event.is_writable() || event.is_write_closed() || event.is_error();
            for (direction, reported) in [(Direction::Read, read), (Direction::Write, write)] {
                let side = &mut sides[direction as usize];
                if reported && !side.ready {
                    side.ready = true;
                    news.insert((key, direction), side.waker.take());
                }
            }
        }
        news
    }
}
