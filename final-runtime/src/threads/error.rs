//! What a pool of threads refuses, and what it could not wait for.

use std::error::Error;
use std::fmt;
use std::io;

/// Why a pool did not take a call: the error in [`JoinError::Failed`](crate::JoinError::Failed).
///
/// asyncio: `RuntimeError("cannot schedule new futures after shutdown")`.
///
/// ```
/// use final_runtime::{Refused, ThreadPool, run, running_loop};
///
/// let pool = ThreadPool::new(1);
/// pool.shutdown();
/// run(async move {
///     let call = running_loop().run_in_executor(Some(&pool), || ());
///     let error = call.await.unwrap_err();
///     assert!(matches!(error.downcast_ref(), Some(Refused::ShutDown)));
/// });
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Refused {
    /// It was shut down.
    ShutDown,
    /// It has no thread, and the system gave it none.
    NoThread(io::Error),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShutDown => f.write_str(
                "a call was given to a pool of threads that is shut down; make it before, or give it another pool",
            ),
            Self::NoThread(error) => write!(
                f,
                "a call was given to a pool that has no thread, and the system refused to start one: {error}; raise \
                 the limit of threads (`ulimit -u`)"
            ),
        }
    }
}

impl Error for Refused {}

/// A pool was shut down, and threads of it still work.
///
/// asyncio: `RuntimeWarning("The executor did not finish joining its threads within … seconds")`.
///
/// ```
/// use std::sync::mpsc::channel;
/// use std::time::Duration;
/// use final_runtime::{StillWorking, run, running_loop};
///
/// let (end, ends) = channel::<()>();
/// run(async move {
///     let event_loop = running_loop();
///     event_loop.run_in_executor(None, move || ends.recv());
///     let longest = Duration::from_millis(1);
///     let late: StillWorking = event_loop.shutdown_default_executor(longest).await.unwrap_err();
///     assert_eq!(late.threads(), 1);
///     drop(end);
/// });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StillWorking {
    threads: usize,
}

impl StillWorking {
    pub(super) fn new(threads: usize) -> Self {
        Self { threads }
    }

    /// How many.
    ///
    /// asyncio: none; the warning says that there are such.
    ///
    /// ```
    /// use final_runtime::{ThreadPool, run, running_loop};
    /// use std::sync::mpsc::channel;
    /// use std::time::Duration;
    ///
    /// let pool = ThreadPool::new(1);
    /// let used = pool.clone();
    /// let (end, ends) = channel::<()>();
    /// run(async move { drop(running_loop().run_in_executor(Some(&used), move || ends.recv())) });
    /// let late = pool.shutdown_and_wait(Duration::from_millis(1)).unwrap_err();
    /// assert_eq!(late.threads(), 1);
    /// drop(end);
    /// ```
    pub fn threads(&self) -> usize {
        self.threads
    }
}

impl fmt::Display for StillWorking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a pool was shut down, and threads of it ({}) still worked when the time was over; they go on until what \
             they call returns: make it return, or wait longer",
            self.threads
        )
    }
}

impl Error for StillWorking {}
