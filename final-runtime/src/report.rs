//! Errors that nobody looked at: they go to the loop's exception handler, never into nothing.
//!
//! In the book: chapter 11.

use std::cell::RefCell;
use std::fmt;
use std::io::{Write, stderr};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::Waker;

use crate::error::{JoinError, Panic};
use crate::task::{Payload, TaskKey};

/// What the loop's exception handler is told.
///
/// asyncio: the context of `loop.call_exception_handler`.
///
/// ```
/// use std::cell::RefCell;
/// use std::rc::Rc;
/// use final_runtime::{EventLoop, Report};
///
/// let event_loop = EventLoop::with_virtual_clock();
/// let heard = Rc::new(RefCell::new(Vec::new()));
/// let ear = heard.clone();
/// event_loop.set_exception_handler(move |report: &Report| ear.borrow_mut().push(report.to_string()));
/// event_loop.call_soon(|| panic!("no tea"));
/// let _ = event_loop.run_forever();
/// assert_eq!(*heard.borrow(), ["a callback panicked: panicked: no tea"]);
/// ```
#[derive(Clone, Debug)]
pub struct Report {
    kind: ReportKind,
    task: Option<String>,
    error: JoinError,
}

impl Report {
    pub(crate) fn new(kind: ReportKind, task: Option<String>, error: JoinError) -> Self {
        Self { kind, task, error }
    }

    /// What happened.
    ///
    /// asyncio: `context["message"]`.
    ///
    /// ```
    /// use final_runtime::{EventLoop, ReportKind};
    ///
    /// let event_loop = EventLoop::new();
    /// event_loop.set_exception_handler(|report| assert_eq!(report.kind(), ReportKind::Unseen));
    /// event_loop.create_future::<()>().set_error("spilt").unwrap();
    /// ```
    pub fn kind(&self) -> ReportKind {
        self.kind
    }

    /// The name of the task that it happened to, if it was one.
    ///
    /// asyncio: `context["task"]`, `context["future"]`.
    ///
    /// ```
    /// let event_loop = final_runtime::EventLoop::with_virtual_clock();
    /// event_loop.set_exception_handler(|report| assert_eq!(report.task(), Some("Task-1")));
    /// drop(event_loop.try_spawn(async { Err::<(), _>("spilt") }));
    /// let _ = event_loop.run_forever();
    /// ```
    pub fn task(&self) -> Option<&str> {
        self.task.as_deref()
    }

    /// The error.
    ///
    /// asyncio: `context["exception"]`.
    ///
    /// ```
    /// let event_loop = final_runtime::EventLoop::new();
    /// event_loop.set_exception_handler(|report| {
    ///     assert_eq!(report.error().to_string(), "failed: spilt");
    /// });
    /// event_loop.create_future::<()>().set_error("spilt").unwrap();
    /// ```
    pub fn error(&self) -> &JoinError {
        &self.error
    }
}

/// What happened, that somebody should hear of.
///
/// asyncio: `context["message"]` of a call to the exception handler.
///
/// ```
/// use std::cell::Cell;
/// use std::rc::Rc;
/// use final_runtime::{EventLoop, ReportKind};
///
/// let event_loop = EventLoop::with_virtual_clock();
/// let heard = Rc::new(Cell::new(None));
/// let ear = heard.clone();
/// event_loop.set_exception_handler(move |report| ear.set(Some(report.kind())));
/// let future = event_loop.create_future::<()>();
/// future.set_error("spilt").unwrap();
/// drop(future);
/// assert_eq!(heard.get(), Some(ReportKind::Unseen));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReportKind {
    /// A callback panicked. The loop goes on.
    Callback,
    /// A task or a future ended with an error, and its last handle is gone without anybody having looked at it.
    Unseen,
    /// A task that was cancelled because the loop shuts down ended with an error.
    Shutdown,
    /// A task of a group failed after the group was dropped.
    Orphan,
}

impl fmt::Display for ReportKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Callback => "a callback panicked",
            Self::Unseen => "an error that nobody looked at",
            Self::Shutdown => "an error during shutdown",
            Self::Orphan => "a task failed after its group was dropped",
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.task {
            Some(task) => write!(f, "{} (task `{task}`): {}", self.kind, self.error),
            None => write!(f, "{}: {}", self.kind, self.error),
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
        let told = catch_unwind(AssertUnwindSafe(|| match handler {
            Some(handler) => handler(report),
            None => say(format_args!("{report}")),
        }));
        // It may be called from a drop, where a second panic would end the process.
        if let Err(payload) = told {
            discard(payload);
            say(format_args!(
                "the exception handler panicked at: {}",
                in_words(report)
            ));
        }
    }

    /// Reports what a callback has panicked with.
    pub(crate) fn panicked(&self, payload: Payload) {
        let error = JoinError::Panicked(Panic::new(payload));
        let report = Report::new(ReportKind::Callback, None, error);
        self.send(&report);
        if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(report))) {
            discard(again);
        }
    }

    /// Calls code of others whose panic is reported and goes no further: the caller is in the middle of what third parties
    /// wait for.
    pub(crate) fn guard(&self, f: impl FnOnce()) {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(f)) {
            self.panicked(payload);
        }
    }

    /// Wakes through a waker that may be somebody else's.
    #[inline]
    pub(crate) fn wake(&self, waker: Waker) {
        match TaskKey::of(&waker) {
            Some(task) => task.wake(),
            None => self.guard(|| waker.wake()),
        }
    }
}

/// Writes a line to standard error; that nobody reads it is no reason to panic.
pub(crate) fn say(what: fmt::Arguments<'_>) {
    let line = format!("final-runtime: {what}\n");
    let _ = stderr().write_all(line.as_bytes());
}

/// The report as text; without what the error says, if that panics.
fn in_words(report: &Report) -> String {
    let text = catch_unwind(AssertUnwindSafe(|| report.to_string()));
    text.unwrap_or_else(|payload| {
        discard(payload);
        report.kind.to_string()
    })
}

/// Drops what a panic carried. That may panic in its turn, and so may what that one carried; what the third one carries is
/// left alone.
pub(crate) fn discard(payload: Payload) {
    let dropped = |payload| catch_unwind(AssertUnwindSafe(|| drop::<Payload>(payload)));
    if let Err(third) = dropped(payload).or_else(dropped) {
        mem::forget(third);
    }
}
