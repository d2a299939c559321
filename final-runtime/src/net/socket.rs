//! A socket that the loop knows.

use std::io;
use std::rc::Rc;
use std::task::{Context, Poll};

use mio::event::Source;

use crate::driver::{Direction, Readiness};
use crate::here;
use crate::shared::Core;

/// A socket, registered from here until it is dropped.
pub(crate) struct Socket<S: Source> {
    io: S,
    readiness: Rc<Readiness>,
    core: Rc<Core>,
}

impl<S: Source> Socket<S> {
    /// Registers `io` with the running loop; `attempted` is what its user called.
    #[track_caller]
    pub(crate) fn new(mut io: S, attempted: &str) -> io::Result<Self> {
        let core = here::expect_core(attempted, Rc::clone);
        if core.clock.is_virtual() {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                format!(
                    "{attempted} was called on a loop with a virtual clock, which has no sockets"
                ),
            ));
        }
        let readiness = core.driver.register(&mut io, &core.inbox)?;
        Ok(Self {
            io,
            readiness,
            core,
        })
    }

    pub(crate) fn get(&self) -> &S {
        &self.io
    }

    /// It cannot be written yet, though nothing was tried: a connection that is being made.
    pub(crate) fn assume_busy(&self) {
        self.readiness.assume_busy();
    }

    /// Tries `operation`, and waits for `direction` when it would block.
    pub(crate) fn poll_io<R>(
        &self,
        direction: Direction,
        cx: &mut Context<'_>,
        mut operation: impl FnMut(&S) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        self.readiness
            .poll_io(direction, cx, || operation(&self.io))
    }
}

impl<S: Source> Drop for Socket<S> {
    fn drop(&mut self) {
        self.core.driver.deregister(&mut self.io, &self.readiness);
    }
}
