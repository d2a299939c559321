//! A task that another thread has spawned, and waits for.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SendError, SyncSender, sync_channel};
use std::time::Duration;

use crate::error::{JoinError, Panic};
use crate::here;
use crate::report::{Report, ReportKind};
use crate::task::{Task, TaskKey, TaskRef};
use crate::threadsafe::{LoopClosed, ThreadsafeHandle};

/// A task of a loop, for another thread to wait for. Dropping it detaches the task, which runs on.
///
/// asyncio: the `concurrent.futures.Future` of `asyncio.run_coroutine_threadsafe()`.
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
    target: ThreadsafeHandle,
    task: Arc<Made>,
    outcome: Receiver<Result<T, ThreadsafeJoinError>>,
}

/// Which task it is, when the loop has made it. Only the loop's thread looks.
#[derive(Debug, Default)]
struct Made {
    key: AtomicU64,
    number: AtomicU64,
}

impl<T> ThreadsafeTask<T> {
    #[track_caller]
    pub(super) fn start<M, F>(target: &ThreadsafeHandle, make: M) -> Result<Self, LoopClosed>
    where
        M: FnOnce() -> F + Send + 'static,
        F: Future<Output = T> + 'static,
        T: Send + 'static,
    {
        let (sender, outcome) = sync_channel(1);
        let place = Location::caller();
        let task = Arc::new(Made::default());
        let made = task.clone();
        target.call_soon_threadsafe(move || {
            let core = here::expect_core("a spawn from another thread");
            let task = Task::start(&core, async { make().await });
            core.spawned_from(task.promise(), place);
            made.key.store(task.promise().key().word(), Relaxed);
            made.number.store(task.promise().number(), Relaxed);
            let name = task.name();
            task.add_done_callback(move |result| send(result.promise.take(), &sender, name));
        })?;
        Ok(Self {
            target: target.clone(),
            task,
            outcome,
        })
    }

    /// Asks the task to cancel, as [`TaskRef::cancel`] does on the loop. What it makes of that, `join` tells.
    ///
    /// asyncio: `future.cancel()`, which is passed on to the task.
    ///
    /// # Errors
    ///
    /// If the loop is closed: the task has ended.
    pub fn cancel(&self) -> Result<(), LoopClosed> {
        let made = self.task.clone();
        // The call comes behind that which makes the task.
        self.target.call_soon_threadsafe(move || {
            let key = TaskKey::from_word(made.key.load(Relaxed));
            let task = here::expect_core("a cancel from another thread")
                .slots
                .get(key);
            // Another task may have the same key in the end.
            if let Some(task) = task.filter(|task| task.number() == made.number.load(Relaxed)) {
                TaskRef::new(task).cancel();
            }
        })
    }

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
        let own = here::core().is_some_and(|core| core.inbox.address() == self.target.address);
        assert!(
            !own,
            "a task was joined by blocking the thread that has to run it; spawn it with `spawn` and await it"
        );
    }
}

/// Gives the outcome to whoever joins. A panic that nobody will look at is reported.
fn send<T>(
    outcome: Result<T, JoinError>,
    to: &SyncSender<Result<T, ThreadsafeJoinError>>,
    name: String,
) {
    let outcome = outcome.map_err(|error| match error {
        JoinError::Panicked(panic) => ThreadsafeJoinError::Panicked(match panic.take_payload() {
            Some(payload) => payload,
            None => Box::new(panic.message().to_owned()),
        }),
        _ => ThreadsafeJoinError::Cancelled,
    });
    if let Err(SendError(Err(ThreadsafeJoinError::Panicked(payload)))) = to.send(outcome) {
        let error = JoinError::Panicked(Panic::new(payload));
        let report = Report::new(ReportKind::Unseen, Some(name), error);
        here::expect_core("a report").reports.send(&report);
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
