//! A loop from other threads: what may be asked of it there.
//!
//! Everything else of a loop stays on its thread, and the compiler holds it there. What crosses is a closure: it is sent
//! as a message to the loop's inbox, and runs on the loop as a callback, where all of the loop is at hand.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use crate::current;
use crate::error::JoinError;
use crate::event_loop::LoopHandle;
use crate::inbox::{self, Address};
use crate::report::{Report, ReportKind};
use crate::task::Task;

/// The right to send work to a loop from any thread. It does not keep the loop open; clones mean the same loop.
///
/// asyncio: the loop itself, of which another thread may call `call_soon_threadsafe` and nothing else.
///
/// ```
/// use std::thread;
/// use final_runtime::{EventLoop, Outcome, ThreadsafeHandle, running_loop};
///
/// let event_loop = EventLoop::new();
/// let handle: ThreadsafeHandle = event_loop.threadsafe();
/// let thread = thread::spawn(move || {
///     handle.call_soon_threadsafe(|| running_loop().stop())
/// });
/// assert_eq!(event_loop.run_forever(), Outcome::Stopped);
/// thread.join().unwrap().unwrap();
/// ```
#[derive(Clone)]
pub struct ThreadsafeHandle {
    address: Address,
}

impl LoopHandle {
    /// A handle for other threads.
    ///
    /// asyncio: the loop itself.
    pub fn threadsafe(&self) -> ThreadsafeHandle {
        ThreadsafeHandle {
            address: self.core.inbox.address(),
        }
    }
}

impl ThreadsafeHandle {
    /// Calls `callback` on the loop, from any thread, also its own. It is queued when the loop takes it in, as by
    /// [`call_soon`](LoopHandle::call_soon) then: at the start of the next turn, and behind what this thread sent before.
    /// A loop that sleeps is woken; to one that is awake it costs no system call.
    ///
    /// A closed loop drops, on its own thread, the callbacks that it has not called.
    ///
    /// asyncio: `loop.call_soon_threadsafe()`.
    ///
    /// # Errors
    ///
    /// If the loop is closed. `callback` is dropped.
    pub fn call_soon_threadsafe(
        &self,
        callback: impl FnOnce() + Send + 'static,
    ) -> Result<(), LoopClosed> {
        inbox::call(self.address, Box::new(callback)).map_err(|_| LoopClosed(()))
    }

    /// Starts a task on the loop, from any thread, of the future that `make` makes there: `make` is sent, the future is
    /// not, and need not be [`Send`]. `make` is called in the task's first step.
    ///
    /// asyncio: `asyncio.run_coroutine_threadsafe()`.
    ///
    /// ```
    /// use std::rc::Rc;
    /// use std::thread;
    /// use final_runtime::{EventLoop, running_loop, yield_now};
    ///
    /// let event_loop = EventLoop::new();
    /// let handle = event_loop.threadsafe();
    /// let thread = thread::spawn(move || {
    ///     let task = handle.spawn_threadsafe(|| async {
    ///         let cup = Rc::new("tea");
    ///         yield_now().await;
    ///         cup.len()
    ///     });
    ///     let length = task.unwrap().join().unwrap();
    ///     handle.call_soon_threadsafe(|| running_loop().stop()).unwrap();
    ///     length
    /// });
    /// let _ = event_loop.run_forever();
    /// assert_eq!(thread.join().unwrap(), 3);
    /// ```
    ///
    /// # Errors
    ///
    /// If the loop is closed. `make` is dropped.
    pub fn spawn_threadsafe<M, F>(&self, make: M) -> Result<ThreadsafeTask<F::Output>, LoopClosed>
    where
        M: FnOnce() -> F + Send + 'static,
        F: Future + 'static,
        F::Output: Send + 'static,
    {
        let (sender, outcome) = sync_channel(1);
        self.call_soon_threadsafe(move || {
            let core = current::expect("a spawn from another thread");
            let task = Task::start(&core, async { make().await });
            let name = task.name();
            task.add_done_callback(move |result| {
                send(result.promise.take(), &sender, name);
            });
        })?;
        Ok(ThreadsafeTask {
            address: self.address,
            outcome,
        })
    }
}

/// Gives the outcome to whoever joins. A panic that nobody will look at is reported.
fn send<T>(
    outcome: Result<T, JoinError>,
    to: &SyncSender<Result<T, ThreadsafeJoinError>>,
    name: String,
) {
    let (outcome, failure) = match outcome {
        Ok(value) => (Ok(value), None),
        Err(JoinError::Panicked(panic)) => {
            let payload: Box<dyn Any + Send> = match panic.take_payload() {
                Some(payload) => payload,
                None => Box::new(panic.message().to_owned()),
            };
            (
                Err(ThreadsafeJoinError::Panicked(payload)),
                Some(JoinError::Panicked(panic)),
            )
        }
        Err(_) => (Err(ThreadsafeJoinError::Cancelled), None),
    };
    if to.send(outcome).is_err()
        && let Some(error) = failure
    {
        let report = Report::new(ReportKind::Unseen, Some(name), error);
        current::expect("a report").reports.send(&report);
    }
}

/// A task of a loop, for another thread to wait for. Dropping it detaches the task, which runs on.
///
/// asyncio: the `concurrent.futures.Future` of `asyncio.run_coroutine_threadsafe()`, without its `cancel`.
///
/// ```
/// use final_runtime::{EventLoop, ThreadsafeJoinError, ThreadsafeTask};
///
/// let event_loop = EventLoop::new();
/// let task: ThreadsafeTask<u8> = event_loop.threadsafe().spawn_threadsafe(|| async { 4 }).unwrap();
/// drop(event_loop);
/// assert!(matches!(task.join(), Err(ThreadsafeJoinError::Closed)));
/// ```
#[derive(Debug)]
pub struct ThreadsafeTask<T> {
    address: Address,
    outcome: Receiver<Result<T, ThreadsafeJoinError>>,
}

impl<T> ThreadsafeTask<T> {
    /// Blocks this thread until the task is done.
    ///
    /// asyncio: `future.result()`.
    ///
    /// # Errors
    ///
    /// If the task panicked or was cancelled, or its loop was closed before it was done.
    ///
    /// # Panics
    ///
    /// On the thread of a running loop that is the task's own: the task would never go on.
    pub fn join(self) -> Result<T, ThreadsafeJoinError> {
        self.check_thread();
        let outcome = self.outcome.recv();
        outcome.unwrap_or(Err(ThreadsafeJoinError::Closed))
    }

    /// Blocks this thread until the task is done, or `longest` has passed, and then gives the handle back.
    ///
    /// asyncio: `future.result(timeout)`.
    ///
    /// # Errors
    ///
    /// If the time has passed.
    ///
    /// # Panics
    ///
    /// As [`join`](Self::join).
    pub fn join_timeout(self, longest: Duration) -> Result<Result<T, ThreadsafeJoinError>, Self> {
        self.check_thread();
        match self.outcome.recv_timeout(longest) {
            Ok(outcome) => Ok(outcome),
            Err(RecvTimeoutError::Disconnected) => Ok(Err(ThreadsafeJoinError::Closed)),
            Err(RecvTimeoutError::Timeout) => Err(self),
        }
    }

    #[track_caller]
    fn check_thread(&self) {
        let own = current::current().is_some_and(|core| core.inbox.address() == self.address);
        assert!(
            !own,
            "a task was joined by blocking the thread that has to run it; spawn it with `spawn` and await it"
        );
    }
}

/// Why a task that another thread waits for has no value.
///
/// asyncio: the exception that `future.result()` raises.
///
/// ```
/// use std::thread;
/// use final_runtime::{EventLoop, ThreadsafeJoinError, running_loop};
///
/// let event_loop = EventLoop::new();
/// let handle = event_loop.threadsafe();
/// let thread = thread::spawn(move || {
///     let task = handle.spawn_threadsafe(|| async { panic!("no tea") });
///     let outcome: Result<(), ThreadsafeJoinError> = task.unwrap().join();
///     handle.call_soon_threadsafe(|| running_loop().stop()).unwrap();
///     outcome.unwrap_err().to_string()
/// });
/// let _ = event_loop.run_forever();
/// assert_eq!(thread.join().unwrap(), "the task panicked: no tea");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ThreadsafeJoinError {
    /// The task was cancelled.
    Cancelled,
    /// The task panicked, with this.
    Panicked(Box<dyn Any + Send>),
    /// The loop was closed before the task was done, or before it began.
    Closed,
}

impl fmt::Display for ThreadsafeJoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled => f.write_str("the task was cancelled"),
            Self::Panicked(payload) => {
                let text = payload.downcast_ref::<&str>().copied();
                let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
                let text = text.unwrap_or("a payload that is no text");
                write!(f, "the task panicked: {text}")
            }
            Self::Closed => f.write_str(
                "the loop was closed before the task was done; keep the `EventLoop` until it is",
            ),
        }
    }
}

impl Error for ThreadsafeJoinError {}

impl fmt::Debug for ThreadsafeHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadsafeHandle")
            .field("loop", &self.address.number)
            .finish_non_exhaustive()
    }
}

/// Something was sent to a loop that is closed.
///
/// asyncio: `RuntimeError("Event loop is closed")`.
///
/// ```
/// let event_loop = final_runtime::EventLoop::new();
/// let handle = event_loop.threadsafe();
/// drop(event_loop);
/// assert!(handle.call_soon_threadsafe(|| {}).is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoopClosed(());

impl fmt::Display for LoopClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "something was sent to an event loop that is closed; keep the `EventLoop` until no thread needs it",
        )
    }
}

impl Error for LoopClosed {}
