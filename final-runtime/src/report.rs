//! Errors that nobody looked at: they go to the loop's exception handler, never into nothing.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use crate::error::JoinError;

/// What the loop's exception handler is told.
///
/// asyncio: the context of `loop.call_exception_handler`.
#[derive(Clone, Debug)]
pub struct Report {
    message: &'static str,
    task: Option<String>,
    error: JoinError,
}

impl Report {
    pub(crate) fn new(message: &'static str, task: Option<String>, error: JoinError) -> Self {
        Self {
            message,
            task,
            error,
        }
    }

    /// What happened.
    pub fn message(&self) -> &'static str {
        self.message
    }

    /// The name of the task that it happened to, if it was one.
    pub fn task(&self) -> Option<&str> {
        self.task.as_deref()
    }

    /// The error.
    pub fn error(&self) -> &JoinError {
        &self.error
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.task {
            Some(task) => write!(f, "{} (task `{task}`): {}", self.message, self.error),
            None => write!(f, "{}: {}", self.message, self.error),
        }
    }
}

/// What is called with each report.
type Handler = Rc<dyn Fn(&Report)>;

/// Where reports go: standard error, until somebody sets a handler.
#[derive(Default)]
pub(crate) struct Reports {
    handler: RefCell<Option<Handler>>,
}

impl Reports {
    pub(crate) fn set_handler(&self, handler: Option<Handler>) {
        // The old one is dropped after the borrow: its drop may call us.
        let old = self.handler.replace(handler);
        drop(old);
    }

    pub(crate) fn send(&self, report: &Report) {
        let handler = self.handler.borrow().clone();
        match handler {
            Some(handler) => handler(report),
            None => eprintln!("final-runtime: {report}"),
        }
    }
}
