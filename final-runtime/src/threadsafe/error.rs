//! Why a task that another thread waits for has no value.

use std::any::Any;
use std::error::Error;
use std::fmt;

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
            Self::Cancelled => f.write_str(
                "the task was cancelled, so it has no value; spawn it again if it is still wanted",
            ),
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
