//! How a task can end without a value.
//!
//! In the book: chapter 5.

use std::any::Any;
use std::cell::RefCell;
use std::error::Error;
use std::fmt;
use std::rc::Rc;

use crate::cancel::Cancelled;
use crate::task_tree::TaskTree;

/// Why a [`Task`](crate::Task) or a [`Future`](crate::Future) has no value. Clones mean the same error.
///
/// asyncio: the exception that `await task` raises.
///
/// ```
/// use final_runtime::{JoinError, run, try_spawn};
/// use std::num::ParseIntError;
///
/// run(async {
///     let task = try_spawn(async { "tea".parse::<i32>() });
///     let error: JoinError = task.await.unwrap_err();
///     assert!(error.downcast_ref::<ParseIntError>().is_some());
///     assert_eq!(error.to_string(), "failed: invalid digit found in string");
/// });
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum JoinError {
    /// It was cancelled, not by way of who asks here: that would have arrived at their own scope.
    Cancelled(Cancelled),
    /// It failed with an error: the `Err` of a task that was spawned by a `try_` form, or [`Future::set_error`].
    ///
    /// [`Future::set_error`]: crate::Future::set_error
    Failed(Rc<dyn Error>),
    /// It panicked.
    ///
    /// asyncio has no panics; the nearest is an exception that nobody meant to raise.
    Panicked(Panic),
    /// A task awaited itself, which would never end.
    AwaitsItself,
}

impl JoinError {
    pub(crate) fn failed(error: impl Into<Box<dyn Error>>) -> Self {
        Self::Failed(error.into().into())
    }

    /// Whether it was cancelled.
    ///
    /// asyncio: `isinstance(error, asyncio.CancelledError)`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let task = final_runtime::spawn(std::future::pending::<()>());
    ///     task.cancel();
    ///     assert!(task.await.unwrap_err().is_cancelled());
    /// });
    /// ```
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled(_))
    }

    /// The error that it failed with, if that is an `E`.
    ///
    /// asyncio: `isinstance(error, E)`.
    ///
    /// ```
    /// use final_runtime::{run, try_spawn};
    /// use std::num::ParseIntError;
    ///
    /// run(async {
    ///     let error = try_spawn(async { "tea".parse::<i32>() }).await.unwrap_err();
    ///     assert!(error.downcast_ref::<ParseIntError>().is_some());
    ///     assert!(error.downcast_ref::<std::fmt::Error>().is_none());
    /// });
    /// ```
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        match self {
            Self::Failed(error) => error.downcast_ref(),
            _ => None,
        }
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled(cancelled) => cancelled.fmt(f),
            Self::Failed(error) => write!(f, "failed: {error}"),
            Self::Panicked(panic) => write!(f, "panicked: {}", panic.message()),
            Self::AwaitsItself => {
                f.write_str("a task awaited itself, which would never end; spawn another")
            }
        }
    }
}

impl Error for JoinError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(error) => Some(&**error),
            _ => None,
        }
    }
}

/// Why a run has no value of the future that it was to complete.
///
/// asyncio: what `loop.run_until_complete()` raises; where this is idle, asyncio hangs.
///
/// ```
/// use final_runtime::{EventLoop, RunError};
///
/// let event_loop = EventLoop::with_virtual_clock();
/// let error = event_loop.run_until_complete(std::future::pending::<()>()).unwrap_err();
/// assert!(matches!(error, RunError::Idle(tree) if tree.tasks[0].name == "Task-1"));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RunError {
    /// The future ended without one.
    Ended(JoinError),
    /// The loop was stopped before the future was done.
    ///
    /// asyncio: `RuntimeError("Event loop stopped before Future completed.")`.
    Stopped,
    /// Ctrl-C has cancelled the future, or has come when it did not wait any more.
    ///
    /// asyncio: `KeyboardInterrupt`.
    Interrupted,
    /// Everything waits, and nothing will ever happen: who waits for what.
    Idle(TaskTree),
}

impl RunError {
    /// In words, without the tree.
    pub(crate) fn in_short(&self) -> InShort<'_> {
        InShort(self)
    }
}

/// See [`RunError::in_short`].
pub(crate) struct InShort<'a>(&'a RunError);

impl fmt::Display for InShort<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            RunError::Ended(error) => {
                return write!(f, "the future that was run ended without a value: {error}");
            }
            RunError::Stopped => "the loop was stopped before the future was done; run it again",
            RunError::Interrupted => {
                "Ctrl-C has interrupted the future that was run; end the program, or run another"
            }
            RunError::Idle(_) => {
                "the loop is idle and the future not done: nothing will ever wake it"
            }
        })
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.in_short().fmt(f)?;
        match self {
            Self::Idle(tree) => write!(f, "; who waits for what:\n{tree}"),
            Self::Ended(_) | Self::Stopped | Self::Interrupted => Ok(()),
        }
    }
}

impl Error for RunError {}

/// What a panic left behind. Clones mean the same panic.
///
/// asyncio: an exception in a task; panics are kept apart from errors here.
///
/// ```
/// use final_runtime::{JoinError, Task, run, spawn};
///
/// run(async {
///     let task: Task<()> = spawn(async { panic!("too hot") });
///     match task.await {
///         Err(JoinError::Panicked(panic)) => assert_eq!(panic.message(), "too hot"),
///         outcome => unreachable!("{outcome:?}"),
///     }
/// });
/// ```
#[derive(Clone)]
pub struct Panic {
    message: Rc<str>,
    payload: Rc<RefCell<Option<Box<dyn Any + Send>>>>,
}

impl Panic {
    pub(crate) fn new(payload: Box<dyn Any + Send>) -> Self {
        let text = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        Self {
            message: text.unwrap_or("a payload that is no text").into(),
            payload: Rc::new(RefCell::new(Some(payload))),
        }
    }

    /// What the panic said.
    ///
    /// asyncio: `str(exception)`.
    ///
    /// ```
    /// use final_runtime::{JoinError, run, spawn};
    ///
    /// run(async {
    ///     let outcome: Result<(), _> = spawn(async { panic!("too hot") }).await;
    ///     let Err(JoinError::Panicked(panic)) = outcome else { unreachable!() };
    ///     assert_eq!(panic.message(), "too hot");
    /// });
    /// ```
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The payload, for the first who asks; `None` for everybody after.
    ///
    /// asyncio: the exception itself.
    ///
    /// ```
    /// use final_runtime::{JoinError, run, spawn};
    ///
    /// run(async {
    ///     let outcome: Result<(), _> = spawn(async { std::panic::panic_any(451) }).await;
    ///     let Err(JoinError::Panicked(panic)) = outcome else { unreachable!() };
    ///     assert_eq!(panic.take_payload().unwrap().downcast_ref(), Some(&451));
    ///     assert!(panic.take_payload().is_none());
    /// });
    /// ```
    pub fn take_payload(&self) -> Option<Box<dyn Any + Send>> {
        self.payload.take()
    }

    /// Panics again, on this thread.
    ///
    /// asyncio: `raise exception`.
    ///
    /// ```
    /// use final_runtime::{JoinError, run, spawn};
    ///
    /// let outcome = std::panic::catch_unwind(|| run(async {
    ///     match spawn(async { panic!("too hot") }).await {
    ///         Err(JoinError::Panicked(panic)) => panic.resume(),
    ///         other => other.unwrap(),
    ///     }
    /// }));
    /// assert_eq!(outcome.unwrap_err().downcast_ref(), Some(&"too hot"));
    /// ```
    ///
    /// # Panics
    ///
    /// Always.
    pub fn resume(self) -> ! {
        match self.take_payload() {
            Some(payload) => std::panic::resume_unwind(payload),
            None => panic!("{}", self.message),
        }
    }
}

impl fmt::Debug for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Panic").field(&self.message).finish()
    }
}
