//! What a task group says when it fails, and when it takes no task any more.
//!
//! In the book: chapter 8.

use std::error::Error;
use std::fmt;

use crate::error::JoinError;

/// What failed in a task group.
///
/// asyncio: `ExceptionGroup`.
///
/// ```
/// use final_runtime::{GroupError, run, task_group};
///
/// run(async {
///     let failing = task_group(async |group| {
///         drop(group.try_spawn(async { Err::<(), _>("spilt") }));
///     });
///     let error: GroupError = failing.await.unwrap_err();
///     assert_eq!(error.failures()[0].to_string(), "failed: spilt");
/// });
/// ```
#[derive(Clone, Debug)]
pub struct GroupError {
    failures: Vec<JoinError>,
}

impl GroupError {
    pub(crate) fn new(failures: Vec<JoinError>) -> Self {
        Self { failures }
    }

    /// The failures, in order of ending; the body's own is the last.
    ///
    /// asyncio: `ExceptionGroup.exceptions`.
    ///
    /// ```
    /// use final_runtime::{run, try_task_group};
    ///
    /// run(async {
    ///     let failed = try_task_group(async |_| Err::<(), _>("spilt")).await;
    ///     assert_eq!(failed.unwrap_err().failures().len(), 1);
    /// });
    /// ```
    pub fn failures(&self) -> &[JoinError] {
        &self.failures
    }
}

impl fmt::Display for GroupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.failures.len() {
            1 => f.write_str("a failure in a task group")?,
            count => write!(f, "{count} failures in a task group")?,
        }
        let mut failures = self.failures.iter();
        failures.try_for_each(|failure| write!(f, "; {failure}"))
    }
}

impl Error for GroupError {}

/// A task was to be spawned in a group that takes none any more: it is over, or shutting down after a failure, or its loop
/// is closed.
///
/// asyncio: a `RuntimeError`.
///
/// ```
/// use final_runtime::{GroupClosed, run, task_group};
///
/// run(async {
///     let group = task_group(async |group| group.clone()).await.unwrap();
///     let refused: GroupClosed = group.spawn(async {}).unwrap_err();
///     assert!(refused.to_string().ends_with("spawn it elsewhere"));
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupClosed(());

impl GroupClosed {
    pub(crate) fn new() -> Self {
        Self(())
    }
}

impl fmt::Display for GroupClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the task group takes no task any more: it is over, or shutting down, or its loop is closed; spawn it elsewhere")
    }
}

impl Error for GroupClosed {}
