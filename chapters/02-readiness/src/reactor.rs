//! The poller: which sockets the loop watches, for whom, and the sleep until one of them is ready.
//!
//! mio asks the kernel: epoll on Linux, kqueue on macOS and the BSDs. It reports an edge, a socket
//! that *becomes* ready, once. `add_reader` promises a level: a callback for as long as the socket
//! *is* ready. So whatever was reported is registered anew before the loop asks again; the kernel
//! then looks at it afresh. The price is one system call for each socket that was reported.
//! Chapter 7 stops paying it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::fd::RawFd;
use std::time::Duration;

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};

use crate::Handle;

/// What a callback waits for. Of one socket, the reader comes before the writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Direction {
    Read,
    Write,
}

impl Direction {
    fn interest(self) -> Interest {
        match self {
            Direction::Read => Interest::READABLE,
            Direction::Write => Interest::WRITABLE,
        }
    }
}

/// The kernel's poller, and the loop's side of it.
#[derive(Debug)]
pub(crate) struct Reactor {
    poll: Poll,
    events: Events,
    watched: BTreeMap<(RawFd, Direction), Handle>,
    reported: BTreeSet<RawFd>,
}

impl Default for Reactor {
    /// Opens a poller. That can fail, and a `Default` has no way to say so but to panic.
    fn default() -> Self {
        Self {
            poll: Poll::new().expect("the kernel gave no poller; are all file descriptors in use?"),
            events: Events::with_capacity(1024),
            watched: BTreeMap::new(),
            reported: BTreeSet::new(),
        }
    }
}

impl Reactor {
    /// Whether no socket is watched: then there is nothing to sleep for.
    pub(crate) fn is_empty(&self) -> bool {
        self.watched.is_empty()
    }

    /// Watches `fd` for `handle`, and returns the handle that had this place before.
    pub(crate) fn watch(
        &mut self,
        fd: RawFd,
        direction: Direction,
        handle: Handle,
    ) -> io::Result<Option<Handle>> {
        let registry = self.poll.registry();
        let (source, token) = (&mut SourceFd(&fd), Token(fd as usize));
        match self.interest(fd) {
            None => registry.register(source, token, direction.interest())?,
            Some(known) => registry.reregister(source, token, known | direction.interest())?,
        }
        Ok(self.watched.insert((fd, direction), handle))
    }

    /// Watches `fd` no more in this direction, and returns the handle that was there.
    pub(crate) fn forget(&mut self, fd: RawFd, direction: Direction) -> Option<Handle> {
        let handle = self.watched.remove(&(fd, direction))?;
        let registry = self.poll.registry();
        // It fails if the socket was closed first. Then the kernel has forgotten it already.
        let _ = match self.interest(fd) {
            None => registry.deregister(&mut SourceFd(&fd)),
            Some(left) => registry.reregister(&mut SourceFd(&fd), Token(fd as usize), left),
        };
        Some(handle)
    }

    /// Registers anew what the last poll reported and is watched still.
    /// Returns one handle of each such socket, for the trace alone: the reader's if there is one.
    pub(crate) fn rearm(&mut self) -> Vec<Handle> {
        let mut rearmed = Vec::new();
        for fd in std::mem::take(&mut self.reported) {
            let Some(interest) = self.interest(fd) else {
                continue;
            };
            self.poll
                .registry()
                .reregister(&mut SourceFd(&fd), Token(fd as usize), interest)
                .expect("a socket was closed while it was watched; remove its callbacks first");
            let reader = self.watched.get(&(fd, Direction::Read));
            let writer = self.watched.get(&(fd, Direction::Write));
            if let Some(handle) = reader.or(writer) {
                rearmed.push(handle.clone());
            }
        }
        rearmed
    }

    /// Asks the kernel which sockets are ready; without a `timeout`, sleeps until one is.
    pub(crate) fn poll(&mut self, timeout: Option<Duration>) -> Vec<(Direction, Handle)> {
        match self.poll.poll(&mut self.events, timeout) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Vec::new(),
            result => result.expect("the poller belongs to the loop alone and stays open"),
        }
        // By number, not in the kernel's order, which may differ from run to run.
        let mut ready = BTreeSet::new();
        for event in &self.events {
            let fd = event.token().0 as RawFd;
            self.reported.insert(fd);
            // Who waits to read learns of an end or an error by reading, who
            // waits to write by writing.
            if event.is_readable() || event.is_read_closed() || event.is_error() {
                ready.insert((fd, Direction::Read));
            }
            if event.is_writable() || event.is_write_closed() || event.is_error() {
                ready.insert((fd, Direction::Write));
            }
        }
        let handle = |place| self.watched.get(&place).cloned();
        ready
            .into_iter()
            .filter_map(|(fd, direction)| Some((direction, handle((fd, direction))?)))
            .collect()
    }

    /// What the kernel has to report about `fd`: nothing if nobody waits for it.
    fn interest(&self, fd: RawFd) -> Option<Interest> {
        let reader = self.watched.contains_key(&(fd, Direction::Read));
        let writer = self.watched.contains_key(&(fd, Direction::Write));
        match (reader, writer) {
            (true, true) => Some(Interest::READABLE | Interest::WRITABLE),
            (true, false) => Some(Interest::READABLE),
            (false, true) => Some(Interest::WRITABLE),
            (false, false) => None,
        }
    }
}
