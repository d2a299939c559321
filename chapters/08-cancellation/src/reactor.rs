//! The poller, and a note for each direction of each socket: a try is worth its
//! while, or somebody waits.
//!
//! mio asks the kernel: epoll on Linux, kqueue on macOS and the BSDs. It reports an edge, a socket
//! that *becomes* ready, once. The note keeps what it said.
//!
//! 1. A socket is registered once, when it is made, for both directions, and stays
//!    registered until it is dropped.
//! 2. A new socket's notes say `Try`: nobody knows yet, and to try is how one finds out.
//! 3. `WouldBlock`, and nothing else, makes a note say `Wait`. Whoever met it leaves a waker
//!    there, in the same step.
//! 4. A report, and nothing else, makes it say `Try` again, and calls the waker.
//! 5. Reports are taken in between steps, never during one. What the kernel learns after a
//!    `WouldBlock` is a new edge, and is reported when the waker is there.

use std::collections::BTreeMap;
use std::io;
use std::mem;
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
    notes: BTreeMap<Key, [Note; 2]>,
    keys: Key,
}

/// What is known of one direction of a socket.
#[derive(Debug)]
pub(crate) enum Note {
    /// A try is worth its while.
    Try,
    /// A try would block. The next report wakes whoever found that out.
    Wait(Waker),
}

impl Default for Reactor {
    /// Opens a poller. That can fail, and a `Default` has no way to say so but to panic.
    fn default() -> Self {
        Self {
            poll: Poll::new().expect("the kernel gave no poller; are all file descriptors in use?"),
            events: Events::with_capacity(1024),
            notes: BTreeMap::new(),
            keys: 0,
        }
    }
}

impl Reactor {
    /// Whether nobody waits for a socket: then there is nothing to sleep for.
    pub(crate) fn is_empty(&self) -> bool {
        let mut notes = self.notes.values().flatten();
        notes.all(|note| matches!(note, Note::Try))
    }

    /// Puts a socket on the kernel's list and on ours, for as long as it lives.
    pub(crate) fn register(&mut self, fd: RawFd) -> io::Result<Key> {
        let both = Interest::READABLE | Interest::WRITABLE;
        let key = self.keys + 1;
        self.poll
            .registry()
            .register(&mut SourceFd(&fd), Token(key), both)?;
        self.keys = key;
        self.notes.insert(key, [Note::Try, Note::Try]);
        Ok(key)
    }

    /// Takes a socket off both lists, while it is open still. Returns its notes.
    pub(crate) fn forget(&mut self, key: Key, fd: RawFd) -> Option<[Note; 2]> {
        // It cannot fail for an open socket, and nothing could be done if it did.
        let _ = self.poll.registry().deregister(&mut SourceFd(&fd));
        self.notes.remove(&key)
    }

    /// Whether a try is worth its while.
    pub(crate) fn is_ready(&self, key: Key, direction: Direction) -> bool {
        let notes = self.notes.get(&key);
        notes.is_some_and(|notes| matches!(notes[direction as usize], Note::Try))
    }

    /// Notes that a try would block and who is to be woken, and returns the note that was there.
    pub(crate) fn wait_for(
        &mut self,
        key: Key,
        direction: Direction,
        waker: Waker,
    ) -> Option<Note> {
        let notes = self.notes.get_mut(&key)?;
        Some(mem::replace(
            &mut notes[direction as usize],
            Note::Wait(waker),
        ))
    }

    /// Asks the kernel what has become ready; without a `timeout`, sleeps until something
    /// does. Returns whom it wakes.
    pub(crate) fn poll(&mut self, timeout: Option<Duration>) -> BTreeMap<(Key, Direction), Waker> {
        match self.poll.poll(&mut self.events, timeout) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return BTreeMap::new(),
            result => result.expect("the poller belongs to the loop alone and stays open"),
        }
        // By number, not in the kernel's order, which may differ from run to run.
        let mut woken = BTreeMap::new();
        for event in &self.events {
            let key = event.token().0;
            let Some(notes) = self.notes.get_mut(&key) else {
                continue;
            };
            // Who waits to read learns of an end or an error by reading, who
            // waits to write by writing.
            let read = event.is_readable() || event.is_read_closed() || event.is_error();
            let write = event.is_writable() || event.is_write_closed() || event.is_error();
            for (direction, reported) in [(Direction::Read, read), (Direction::Write, write)] {
                let note = &mut notes[direction as usize];
                if reported && let Note::Wait(waker) = mem::replace(note, Note::Try) {
                    woken.insert((key, direction), waker);
                }
            }
        }
        woken
    }
}
