//! What a queue refuses, and why.

use std::error::Error;
use std::fmt;

/// The queue was shut down. A refused item comes back inside.
///
/// asyncio: `asyncio.QueueShutDown`.
///
/// ```
/// use final_runtime::run;
/// use final_runtime::sync::{Queue, QueueShutDown};
///
/// run(async {
///     let queue = Queue::unbounded();
///     queue.shutdown();
///     assert_eq!(queue.put("late").await, Err(QueueShutDown("late")));
///     assert_eq!(queue.get().await, Err(QueueShutDown(())));
/// });
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct QueueShutDown<T = ()>(pub T);

/// Why a queue did not take an item at once. The item comes back inside.
///
/// asyncio: `asyncio.QueueFull`, `asyncio.QueueShutDown`.
///
/// ```
/// use final_runtime::sync::{Queue, TryPutError};
///
/// let queue = Queue::bounded(1);
/// queue.try_put("cup").unwrap();
/// assert_eq!(queue.try_put("saucer"), Err(TryPutError::Full("saucer")));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TryPutError<T> {
    /// There is no room.
    Full(T),
    /// It was shut down.
    ShutDown(T),
}

/// Why a queue did not give an item at once.
///
/// asyncio: `asyncio.QueueEmpty`, `asyncio.QueueShutDown`.
///
/// ```
/// use final_runtime::sync::{Queue, TryGetError};
///
/// let queue = Queue::<i32>::unbounded();
/// assert_eq!(queue.try_get(), Err(TryGetError::Empty));
/// queue.shutdown();
/// assert_eq!(queue.try_get(), Err(TryGetError::ShutDown));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryGetError {
    /// There is nothing in it.
    Empty,
    /// There is nothing in it, and nothing will come: it was shut down.
    ShutDown,
}

/// More items were said to be done than were put.
///
/// asyncio: a `ValueError`.
///
/// ```
/// use final_runtime::sync::{Queue, TooManyDone};
///
/// let refused: TooManyDone = Queue::<()>::unbounded().task_done().unwrap_err();
/// assert!(refused.to_string().starts_with("task_done found no item unfinished"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyDone(pub(super) ());

const SHUT_DOWN: &str =
    "the queue was shut down, and neither takes nor has an item; end the task that works on it";

impl<T> fmt::Debug for QueueShutDown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueShutDown").finish_non_exhaustive()
    }
}

impl<T> fmt::Display for QueueShutDown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SHUT_DOWN)
    }
}

impl<T> Error for QueueShutDown<T> {}

impl<T> fmt::Debug for TryPutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::ShutDown(_) => "ShutDown(..)",
        })
    }
}

impl<T> fmt::Display for TryPutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "try_put found the queue full; `put` waits for room",
            Self::ShutDown(_) => SHUT_DOWN,
        })
    }
}

impl<T> Error for TryPutError<T> {}

impl fmt::Display for TryGetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "try_get found the queue empty; `get` waits for an item",
            Self::ShutDown => SHUT_DOWN,
        })
    }
}

impl Error for TryGetError {}

impl fmt::Display for TooManyDone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("task_done found no item unfinished; call it once for each item that was got")
    }
}

impl Error for TooManyDone {}
