//! Where the loop sleeps: the poller, and what it said about each socket.
//!
//! | file | what it is |
//! |---|---|
//! | `mod` | the poller: sleeping, registering, taking events in |
//! | `slab` | the sockets that it knows: what it said about each, and who waits |
//! | `waiter` | those who wait |
//! | `operation` | what a task waits for at a socket |
//!
//! # When an operation is tried, and when it waits
//!
//! 1. A socket is unknown here until an operation on it would block. Then it is registered, once, edge-triggered and
//!    for both directions. Registering reports what is true at that moment, so that what came between the try and the
//!    registration is not lost.
//! 2. *Ready* is a belief, kept per direction: an operation is tried while it holds. To believe too much costs a try;
//!    to believe too little is a hang, because an edge is told once. So only two things end the belief: `WouldBlock`,
//!    and a transfer that fell short of its buffer, since the kernel gives all it has, and takes all it has room for.
//! 3. A short transfer proves nothing once an event told of more than bytes: the end, an error, or an urgent mark, at
//!    which a read stops although more bytes follow. None of them is told again. The direction is then *in doubt*,
//!    and only `WouldBlock` ends the belief, and the doubt.
//! 4. Events are taken in by [`Driver::wake_waiters`] alone, so never between an operation and what is concluded from
//!    it. What the kernel learns after the operation is a new edge, and is taken in after the conclusion:
//!
//!    | before the event is taken in | after it, before the read | after the read | what happens |
//!    |---|---|---|---|
//!    | bytes | | | a short read, then a wait |
//!    | bytes, FIN | | | in doubt: a short read, then a read of the end |
//!    | bytes | FIN | | a short read, a wait, and the edge of the FIN ends it |
//!    | bytes | | FIN | the same |
//!    | FIN, or a reset | | | in doubt: a read of the end, or the error |
//!
//! 5. A short transfer is believed on epoll only. kqueue tells no urgent mark, so there an operation always runs into
//!    its `WouldBlock`.
//! 6. While a direction is ready nobody waits for it. An event wakes all who wait for its direction, in the order in
//!    which they came; who finds nothing left waits again.
//! 7. A socket that is closed is not taken out of the poller: that goes with its last descriptor, and is a system call
//!    saved. Where a duplicate lives on (`try_clone`, a forked child), events keep coming for a token whose generation
//!    is past, and are passed over. Should the same open file come back under the same descriptor, the poller knows it
//!    (`AlreadyExists`) and is given the new token.
//!
//! # How exactly it wakes
//!
//! mio rounds the time to sleep up to whole milliseconds, so a loop that sleeps for a timer wakes up to one late. That is
//! kept: of 100,000 sleeps the median is some 0.6 ms late here and 1.2 in tokio, which rounds each deadline as well. To be
//! exact would take a `timerfd`: one descriptor more a loop, and a system call at every sleep with another deadline, also
//! for those who only wait for sockets under a timeout.
//!
//! In the book: chapter 7.

use std::cell::{Cell, OnceCell, RefCell};
use std::io;
use std::net::SocketAddr;
use std::os::fd::RawFd;
use std::task::Waker;
use std::time::Duration;

use mio::event::{Event, Events};
use mio::unix::SourceFd;
use mio::{Interest, Token};

use crate::here;
use crate::inbox::{Alarm, Inbox};
use crate::lean_cell::LeanCell;
use crate::report::Reports;
use crate::task::TaskKey;

mod operation;
mod slab;
mod waiter;

pub use operation::SocketOperation;
pub(crate) use slab::{Direction, Key};
use slab::{Sockets, Told};
pub(crate) use waiter::Who;
use waiter::{Waiter, Waiting};

/// The token of the inbox's alarm. No socket has it.
const ALARM: Token = Token(usize::MAX);
/// How many events one look at the poller takes.
const EVENTS: usize = 256;
/// Rule 5.
const SHORT_IS_BELIEVED: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// The poller of one loop, made when it is first needed, and the sockets that it knows.
#[derive(Default)]
pub(crate) struct Driver {
    poller: OnceCell<Poller>,
    sockets: LeanCell<Sockets>,
    /// How many futures of ours have waited.
    futures: Cell<u64>,
}

struct Poller {
    poll: RefCell<mio::Poll>,
    events: RefCell<Events>,
}

impl Driver {
    /// What is known about the sockets. `access` calls no code of others, and drops nobody's waker.
    #[inline(always)]
    #[expect(unsafe_code, reason = "the sockets stand in a `LeanCell`")]
    fn with<R>(&self, access: impl FnOnce(&mut Sockets) -> R) -> R {
        // SAFETY: this is private, and all that is called through it are methods of `Sockets`, which give back what they
        // take out.
        unsafe { self.sockets.with(access) }
    }

    /// Sleeps until a socket is ready, the inbox rings or `longest` has passed; `None` is for ever. Who waited is told by
    /// [`wake_waiters`](Self::wake_waiters), before the next sleep.
    ///
    /// # Errors
    ///
    /// In words, if the system refuses a poller: a loop that cannot sleep cannot go on.
    pub(crate) fn wait(&self, longest: Option<Duration>, inbox: &Inbox) -> Result<(), String> {
        if longest == Some(Duration::ZERO) && self.poller.get().is_none() {
            return Ok(());
        }
        let poller = match self.poller(inbox) {
            Ok(poller) => poller,
            Err(error) => return Err(format!("the loop wanted to sleep: {error}")),
        };
        let mut events = poller.events.borrow_mut();
        let mut poll = poller.poll.borrow_mut();
        match inbox.sleep(longest, |longest| poll.poll(&mut events, longest)) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                events.clear();
                Ok(())
            }
            Err(error) => Err(format!(
                "the loop wanted to sleep and its poller failed: {error}"
            )),
        }
    }

    /// Whether the last sleep has reported something that is not taken in.
    pub(crate) fn has_report(&self) -> bool {
        let poller = self.poller.get();
        poller.is_some_and(|poller| !poller.events.borrow().is_empty())
    }

    /// Takes in what the last sleep reported, and wakes who waited for it, tasks of this runtime by `wake`.
    pub(crate) fn wake_waiters(&self, reports: &Reports, mut wake: impl FnMut(TaskKey)) {
        let Some(poller) = self.poller.get() else {
            return;
        };
        let mut events = poller.events.borrow_mut();
        for event in &*events {
            // The alarm's token is that of no socket.
            for waited in self.with(|known| known.note(event.token(), told(event))) {
                match waited.as_task() {
                    Some(task) => wake(task),
                    None if waited.is_nobody() => {}
                    None => self.take_all(waited, |waiter| waiter.wake(reports, &mut wake)),
                }
            }
        }
        events.clear();
    }

    /// Calls `each` with everybody who waited, one after another, with nothing borrowed.
    #[inline(never)]
    fn take_all(&self, mut waited: Waiting, mut each: impl FnMut(Waiter)) {
        while let Some(waiter) = self.with(|known| known.pop(&mut waited)) {
            each(waiter);
        }
    }

    /// Registers a socket whose operation in `blocked` would block; the other direction will be tried.
    pub(crate) fn register(&self, fd: RawFd, blocked: Direction, inbox: &Inbox) -> io::Result<Key> {
        let poller = self.poller(inbox)?;
        let (key, token) = self.with(|known| known.add(blocked, fd))?;
        let poll = poller.poll.borrow();
        let registered = match poll
            .registry()
            .register(&mut SourceFd(&fd), token, INTEREST)
        {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => poll
                .registry()
                .reregister(&mut SourceFd(&fd), token, INTEREST),
            other => other,
        };
        if let Err(error) = registered {
            self.forget(key);
            return Err(refused(&error));
        }
        Ok(key)
    }

    /// The socket is being closed.
    pub(crate) fn forget(&self, key: Key) {
        for waited in self.with(|known| known.remove(key)) {
            self.take_all(waited, drop);
        }
    }

    /// The socket leaves the loop without being closed.
    pub(crate) fn release(&self, fd: RawFd, key: Key) -> io::Result<()> {
        self.forget(key);
        match self.poller.get() {
            Some(poller) => {
                let poll = poller.poll.borrow();
                poll.registry().deregister(&mut SourceFd(&fd))
            }
            None => Ok(()),
        }
    }

    /// Whether an operation in `direction` is worth a try.
    #[inline(always)]
    pub(crate) fn is_ready(&self, key: Key, direction: Direction) -> bool {
        self.with(|known| known.is_ready(key, direction))
    }

    /// An operation would block.
    pub(crate) fn would_block(&self, key: Key, direction: Direction) {
        self.with(|known| known.would_block(key, direction));
    }

    /// A transfer fell short of its buffer.
    #[inline(always)]
    pub(crate) fn fell_short(&self, key: Key, direction: Direction) {
        if SHORT_IS_BELIEVED {
            self.with(|known| known.fell_short(key, direction));
        }
    }

    /// Wakes `waker` at the next event for `direction`, which is not ready.
    #[inline(always)]
    pub(crate) fn wait_for(&self, key: Key, direction: Direction, who: Who, waker: &Waker) {
        if who == Who::OWNER
            && let Some(task) = TaskKey::of(waker)
            && self.with(|known| known.wait_alone(key, direction, task))
        {
            return;
        }
        self.add_waiter(key, direction, who, waker);
    }

    /// The same for others, or where several wait.
    #[inline(never)]
    fn add_waiter(&self, key: Key, direction: Direction, who: Who, waker: &Waker) {
        if let Some(task) = TaskKey::of(waker)
            && self.with(|known| known.wait_first(key, direction, who, task))
        {
            return;
        }
        if self.with(|known| known.has_waiter(key, direction, who, waker)) {
            return;
        }
        // Wakers are others' code: they are cloned and dropped outside.
        let waker = waker.clone();
        let replaced = self.with(|known| known.add_waiter(key, direction, Waiter { who, waker }));
        drop(replaced);
    }

    /// `who` does not wait any more.
    #[inline]
    pub(crate) fn stop_waiting(&self, key: Key, direction: Direction, who: Who) {
        if let Some(waiter) = self.with(|known| known.remove_waiter(key, direction, who)) {
            drop(waiter);
        }
    }

    /// The socket is being connected to this address.
    pub(crate) fn name(&self, key: Key, peer: SocketAddr) {
        self.with(|known| known.name(key, peer));
    }

    /// The socket's descriptor, and the peer's address; of a listener, its own.
    pub(crate) fn look(&self, key: Key, operation: SocketOperation) -> (RawFd, Option<SocketAddr>) {
        let (fd, connecting_to) = self.with(|known| known.descriptor(key));
        (fd, connecting_to.or_else(|| operation.address(fd)))
    }

    /// The tasks of this runtime that a socket would wake: which socket, and what they wait to do there, as far as the
    /// system tells.
    pub(crate) fn waiting_tasks(&self) -> Vec<(TaskKey, Key, SocketOperation)> {
        let all = self.with(|known| known.waiting_tasks());
        let operation = |(task, key, direction)| {
            let (fd, connecting_to) = self.with(|known| known.descriptor(key));
            let operation = SocketOperation::of(direction, fd, connecting_to.is_some());
            (task, key, operation)
        };
        all.into_iter().map(operation).collect()
    }

    /// A name for a future that is going to wait.
    #[inline]
    pub(crate) fn new_future(&self) -> Who {
        self.futures.set(self.futures.get() + 1);
        Who::future(self.futures.get())
    }

    fn poller(&self, inbox: &Inbox) -> io::Result<&Poller> {
        match self.poller.get() {
            Some(poller) => Ok(poller),
            None => self.make_poller(inbox),
        }
    }

    #[cold]
    fn make_poller(&self, inbox: &Inbox) -> io::Result<&Poller> {
        let made = mio::Poll::new().and_then(|poll| {
            inbox.set_alarm(Alarm::new(mio::Waker::new(poll.registry(), ALARM)?));
            Ok(poll)
        });
        let poll = made.map_err(|error| {
            let told = format!(
                "the loop could not make its poller: {error}; it takes two descriptors, so raise the limit of open \
                 files (`ulimit -n`) or make the loop earlier"
            );
            io::Error::new(error.kind(), told)
        })?;
        let poller = self.poller.get_or_init(|| Poller {
            poll: RefCell::new(poll),
            events: RefCell::new(Events::with_capacity(EVENTS)),
        });
        if let Some(core) = here::core() {
            core.has_made_its_poller();
        }
        Ok(poller)
    }

    /// Makes the poller, if there is none.
    pub(crate) fn make_sure_of_the_poller(&self, inbox: &Inbox) -> io::Result<()> {
        self.poller(inbox).map(drop)
    }

    /// Whether the poller is made.
    pub(crate) fn has_poller(&self) -> bool {
        self.poller.get().is_some()
    }
}

/// What a socket is registered for.
#[cfg(any(target_os = "linux", target_os = "android"))]
const INTEREST: Interest = Interest::READABLE
    .add(Interest::WRITABLE)
    .add(Interest::PRIORITY);
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const INTEREST: Interest = Interest::READABLE.add(Interest::WRITABLE);

#[cold]
fn refused(error: &io::Error) -> io::Error {
    let told = format!(
        "the operation has to wait, and the poller refused its socket: {error}; raise the limit of watches \
         (`fs.epoll.max_user_watches`) or close other sockets"
    );
    io::Error::new(error.kind(), told)
}

/// What an event says. An error is found by the operation that is tried next, in whichever direction.
fn told(event: &Event) -> Told {
    let error = event.is_error();
    let read_doubt = error || event.is_read_closed() || event.is_priority();
    let write_doubt = error || event.is_write_closed();
    Told::new(
        (event.is_readable() || read_doubt, read_doubt),
        (event.is_writable() || write_doubt, write_doubt),
    )
}
