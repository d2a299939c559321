//! A socket that can wait: it owns its file descriptor, and its place on the reactor's list.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_util::io::{AsyncRead, AsyncWrite};

use crate::EventLoop;
use crate::reactor::{Direction, Key};

/// A socket of a loop. To drop it takes it off the loop's list and closes it.
#[derive(Debug)]
pub struct Socket<S: AsRawFd> {
    event_loop: Rc<EventLoop>,
    key: Key,
    io: S,
}

impl<S: AsRawFd> Socket<S> {
    /// Hands `io` to the loop. It has to be non-blocking: with another one, the first try that
    /// finds nothing stops the thread.
    pub fn new(event_loop: &Rc<EventLoop>, io: S) -> io::Result<Self> {
        let key = event_loop.register(io.as_raw_fd())?;
        let event_loop = Rc::clone(event_loop);
        Ok(Self {
            event_loop,
            key,
            io,
        })
    }

    /// The socket itself, for what does not have to wait.
    pub fn get_ref(&self) -> &S {
        &self.io
    }

    /// The loop that it belongs to.
    pub(crate) fn event_loop(&self) -> &Rc<EventLoop> {
        &self.event_loop
    }

    /// Tries `operation` while that may succeed. When it would block, leaves the waker of
    /// `context` for the next report.
    ///
    /// `&mut self`: there is one waker for each direction, and so nobody
    /// else can wait for this one.
    pub fn poll_io<R>(
        &mut self,
        direction: Direction,
        context: &mut Context<'_>,
        mut operation: impl FnMut(&S) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        while self.event_loop.is_ready(self.key, direction) {
            match operation(&self.io) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return Poll::Ready(result),
            }
        }
        self.event_loop
            .wait_for(self.key, direction, context.waker());
        Poll::Pending
    }
}

impl<S: AsRawFd> Drop for Socket<S> {
    fn drop(&mut self) {
        // `io` is closed behind this, so the number on the kernel's list is still ours.
        self.event_loop.forget(self.key, self.io.as_raw_fd());
    }
}

/// A connection whose sending side can be ended by itself.
pub trait HalfClose {
    /// Tells the other side that nothing more will come.
    fn end_writing(&self) -> io::Result<()>;
}

impl<S: AsRawFd + Unpin> AsyncRead for Socket<S>
where
    for<'a> &'a S: Read,
{
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let read = |mut io: &S| io.read(buffer);
        self.get_mut().poll_io(Direction::Read, context, read)
    }
}

impl<S: AsRawFd + HalfClose + Unpin> AsyncWrite for Socket<S>
where
    for<'a> &'a S: Write,
{
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let write = |mut io: &S| io.write(bytes);
        self.get_mut().poll_io(Direction::Write, context, write)
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Nothing is kept back here: what was written is the kernel's.
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.io.end_writing())
    }
}
