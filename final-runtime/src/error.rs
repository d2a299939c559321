//! How a task can end without a value.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

/// Why a [`Task`](crate::Task) or a [`Future`](crate::Future) has no value.
///
/// asyncio: the exception that `await task` raises.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum JoinError {
    /// It was cancelled.
    Cancelled,
    /// It panicked.
    Panicked(Panic),
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled => f.write_str("cancelled"),
            Self::Panicked(panic) => write!(f, "panicked: {}", panic.message()),
        }
    }
}

impl std::error::Error for JoinError {}

/// Why a run has no value of the future that it was to complete.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RunError {
    /// The future ended without one.
    Ended(JoinError),
    /// The loop was stopped before the future was done.
    Stopped,
    /// Everything waits, and nothing will ever happen.
    Idle,
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended(error) => {
                write!(f, "the future that was run ended without a value: {error}")
            }
            Self::Stopped => {
                f.write_str("the loop was stopped before the future was done; run it again")
            }
            Self::Idle => {
                f.write_str("the loop is idle and the future not done: nothing will ever wake it")
            }
        }
    }
}

impl std::error::Error for RunError {}

/// What a panic left behind. Clones mean the same panic.
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
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The payload, for the first who asks.
    pub fn take_payload(&self) -> Option<Box<dyn Any + Send>> {
        self.payload.take()
    }

    /// Panics again, on this thread.
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
