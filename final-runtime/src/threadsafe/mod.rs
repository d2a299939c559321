//! A loop from other threads: what may be asked of it there.
//!
//! Everything else of a loop stays on its thread, and the compiler holds it there. What crosses is a closure: it is sent
//! as a message to the loop's inbox, and runs on the loop as a callback, where all of the loop is at hand.
//!
//! | file | what it is |
//! |---|---|
//! | `mod` | the handle: a call, a spawn |
//! | `task` | the spawned task, for a thread to wait for |
//! | `outcome` | what became of it, between the two threads |
//! | `error` | why it has no value |
//! | `sync` | the lock of `outcome`; the models of `tests/loom` have another |
//!
//! In the book: chapter 10.

use std::error::Error;
use std::fmt;

use crate::event_loop::LoopHandle;
use crate::inbox::{self, Address};

mod error;
mod outcome;
mod sync;
mod task;

pub use error::ThreadsafeJoinError;
pub use task::ThreadsafeTask;

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
    ///
    /// ```
    /// use final_runtime::{run, running_loop, ThreadsafeHandle};
    ///
    /// run(async {
    ///     let handle: ThreadsafeHandle = running_loop().threadsafe();
    ///     std::thread::spawn(move || handle.call_soon_threadsafe(|| ()).unwrap()).join().unwrap();
    /// });
    /// ```
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
    /// ```
    /// use final_runtime::{EventLoop, running_loop};
    /// use std::thread;
    ///
    /// let event_loop = EventLoop::new();
    /// let handle = event_loop.threadsafe();
    /// let own = thread::current().id();
    /// thread::spawn(move || {
    ///     handle.call_soon_threadsafe(move || {
    ///         assert_eq!(thread::current().id(), own);
    ///         running_loop().stop();
    ///     })
    /// });
    /// let _ = event_loop.run_forever();
    /// ```
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
    #[track_caller]
    pub fn spawn_threadsafe<M, F>(&self, make: M) -> Result<ThreadsafeTask<F::Output>, LoopClosed>
    where
        M: FnOnce() -> F + Send + 'static,
        F: Future + 'static,
        F::Output: Send + 'static,
    {
        ThreadsafeTask::start(self, make)
    }
}

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
