//! A socket of a loop, and an operation on it that may have to wait.

use std::cell::Cell;
use std::io;
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use crate::cancel::{self, Place};
use crate::driver::{Direction, Key, SocketOperation, Who};
use crate::here;
use crate::shared::Core;

/// A socket, and what its loop's driver knows of it. How it waits is written down in `driver`.
pub(crate) struct Socket<S> {
    core: Rc<Core>,
    /// Its place in the driver, given back when it is dropped; absent until an operation has to wait.
    key: Cell<Option<Key>>,
    /// Absent once it was taken away from its loop.
    io: Option<S>,
}

/// A connection has it in its own task, often twice: as what was passed to a future, and in its body.
#[cfg(all(not(debug_assertions), target_pointer_width = "64"))]
const _: () = assert!(size_of::<Socket<mio::net::TcpStream>>() == 16);

impl<S: AsRawFd> Socket<S> {
    /// The loop that is running, for a socket to be. `attempted` is what its user called.
    #[track_caller]
    pub(crate) fn target(attempted: &str) -> io::Result<Rc<Core>> {
        let core = here::expect_core(attempted).clone();
        match core.clock.is_virtual() {
            true => Err(io::Error::new(
                io::ErrorKind::Unsupported,
                format!(
                    "{attempted} was called on a loop with a virtual clock, which has no sockets; make the loop with \
                     `EventLoop::new`"
                ),
            )),
            false => Ok(core),
        }
    }

    /// `io`, which does not block, as a socket of this loop.
    pub(crate) fn new(core: Rc<Core>, io: S) -> Self {
        Self {
            core,
            key: Cell::new(None),
            io: Some(io),
        }
    }

    #[inline(always)]
    pub(crate) fn get(&self) -> &S {
        self.io.as_ref().expect("who takes it away has the socket")
    }

    #[inline]
    pub(crate) fn core(&self) -> &Rc<Core> {
        &self.core
    }

    /// What a task waits for that waits for `what` here: known once an operation had to wait.
    pub(crate) fn wait(&self, what: SocketOperation) -> Option<cancel::Wait> {
        let key = self.key.get()?;
        Some(cancel::Wait::socket(key, what))
    }

    pub(crate) fn key(&self) -> Option<Key> {
        self.key.get()
    }

    /// Takes the socket away from its loop. Its owner gets it back as it is, which is non-blocking.
    pub(crate) fn into_inner(mut self) -> io::Result<S> {
        if let Some(key) = self.key.take() {
            self.core.driver.release(self.get().as_raw_fd(), key)?;
        }
        Ok(self.io.take().expect("who takes it away has the socket"))
    }

    /// Tries `operation` while `direction` is taken to be ready. `Pending` means that it has to wait.
    #[inline(always)]
    pub(crate) fn try_io<R>(
        &self,
        direction: Direction,
        mut operation: impl FnMut(&S) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        loop {
            if let Some(key) = self.key.get()
                && !self.core.driver.is_ready(key, direction)
            {
                return Poll::Pending;
            }
            match operation(self.get()) {
                Ok(done) => return Poll::Ready(Ok(done)),
                Err(error) => {
                    if let Err(error) = self.note(direction, error) {
                        return Poll::Ready(Err(error));
                    }
                }
            }
        }
    }

    /// The same for an operation that moves up to `room` bytes: when it moves fewer, no more can be moved now.
    #[inline(always)]
    pub(crate) fn try_transfer(
        &self,
        direction: Direction,
        room: usize,
        operation: impl FnMut(&S) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        if room == 0 {
            return Poll::Ready(Ok(0));
        }
        let moved = ready!(self.try_io(direction, operation))?;
        // Nothing is the end, which stays.
        if 0 < moved
            && moved < room
            && let Some(key) = self.key.get()
        {
            self.core.driver.fell_short(key, direction);
        }
        Poll::Ready(Ok(moved))
    }

    /// `who` waits for `direction`, after a try that said `Pending`.
    #[inline(always)]
    pub(crate) fn wait_for(&self, direction: Direction, who: Who, waker: &Waker) {
        if let Some(key) = self.key.get() {
            self.core.driver.wait_for(key, direction, who, waker);
        }
    }

    /// An operation on the socket failed: `Ok` if it is to be tried again, should `direction` be ready.
    #[inline(never)]
    fn note(&self, direction: Direction, error: io::Error) -> io::Result<()> {
        let driver = &self.core.driver;
        match (error.kind(), self.key.get()) {
            (io::ErrorKind::WouldBlock, Some(key)) => driver.would_block(key, direction),
            (io::ErrorKind::WouldBlock, None) => {
                let fd = self.get().as_raw_fd();
                let registered = driver.register(fd, direction, &self.core.inbox);
                self.key.set(Some(registered?));
            }
            (io::ErrorKind::Interrupted, _) => {}
            _ => return Err(error),
        }
        Ok(())
    }
}

impl<S> Drop for Socket<S> {
    fn drop(&mut self) {
        if let Some(key) = self.key.get() {
            self.core.driver.forget(key);
        }
    }
}

/// The wait of a future of ours: while it lasts, the driver knows who waits, and the scope that is polled knows for
/// what. A request ends the wait and raises the scope.
pub(crate) struct Wait<'a, S: AsRawFd> {
    socket: &'a Socket<S>,
    direction: Direction,
    /// Absent for a stream of ours, which may live on when nobody waits for its next item: no scope is told.
    what: Option<SocketOperation>,
    /// Present from the first time that it had to wait until the wait is over.
    who: Option<Who>,
    place: Place,
}

impl<'a, S: AsRawFd> Wait<'a, S> {
    #[inline]
    pub(crate) fn new(
        socket: &'a Socket<S>,
        direction: Direction,
        what: Option<SocketOperation>,
    ) -> Self {
        Self {
            socket,
            direction,
            what,
            who: None,
            place: Place::default(),
        }
    }

    /// Waits if `attempt`, which tried the operation, says `Pending`; else the wait is over.
    #[inline(always)]
    pub(crate) fn after<R>(&mut self, attempt: Poll<R>, cx: &mut Context<'_>) -> Poll<R> {
        match attempt.is_ready() {
            true => {
                // An event took the waiter out.
                self.who = None;
                self.place.leave();
            }
            false => self.go_on(cx),
        }
        attempt
    }

    fn go_on(&mut self, cx: &mut Context<'_>) {
        let driver = &self.socket.core.driver;
        let who = *self.who.get_or_insert_with(|| driver.new_future());
        self.socket.wait_for(self.direction, who, cx.waker());
        if let Some(wait) = self.what.and_then(|what| self.socket.wait(what)) {
            self.place.wait_here(wait);
        }
    }

    #[inline]
    pub(crate) fn socket(&self) -> &'a Socket<S> {
        self.socket
    }
}

impl<S: AsRawFd> Drop for Wait<'_, S> {
    #[inline]
    fn drop(&mut self) {
        if let Some(who) = self.who
            && let Some(key) = self.socket.key.get()
        {
            let driver = &self.socket.core.driver;
            driver.stop_waiting(key, self.direction, who);
        }
    }
}
