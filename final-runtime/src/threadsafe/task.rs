//! A task that another thread has spawned, and waits for, by blocking or on a loop of its own.

use std::fmt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::error::{JoinError, Panic};
use crate::here;
use crate::park;
use crate::report::{Report, ReportKind, discard};
use crate::task::{Payload, Task, TaskKey, TaskRef};
use crate::threadsafe::outcome::{Callback, Outcome};
use crate::threadsafe::{LoopClosed, ThreadsafeHandle, ThreadsafeJoinError};

/// A task of a loop, for another thread to wait for: by [`join`](Self::join), which blocks, or by `.await` on a loop there
/// (or in any other runtime). Dropping it detaches the task, which runs on.
///
/// asyncio: the `concurrent.futures.Future` of `asyncio.run_coroutine_threadsafe()`, and `asyncio.wrap_future()` of it.
///
/// ```
/// use final_runtime::{EventLoop, ThreadsafeTask, run, running_loop};
/// use std::thread;
///
/// let event_loop = EventLoop::new();
/// let handle = event_loop.threadsafe();
/// let other = thread::spawn(move || {
///     run(async move {
///         let task: ThreadsafeTask<u8> = handle.spawn_threadsafe(|| async { 4 }).unwrap();
///         let four = task.await.unwrap();
///         handle.call_soon_threadsafe(|| running_loop().stop()).unwrap();
///         four
///     })
/// });
/// let _ = event_loop.run_forever();
/// assert_eq!(other.join().unwrap(), 4);
/// ```
///
/// # Errors
///
/// Awaiting it gives an error if the task panicked or was cancelled, or its loop was closed before it was done.
///
/// # Panics
///
/// When it is awaited again after it has given its outcome.
///
/// # Cancel safety
///
/// To drop a wait for `&mut task` loses nothing. A request to who waits here ends the wait; it does not go on to the task,
/// which is another loop's: [`cancel`](Self::cancel) asks it.
#[must_use = "to drop it detaches the task"]
pub struct ThreadsafeTask<T> {
    target: ThreadsafeHandle,
    task: Arc<Made>,
    outcome: Arc<Outcome<Result<T, ThreadsafeJoinError>>>,
}

/// Which task it is, when the loop has made it. Only the loop's thread looks.
#[derive(Debug, Default)]
struct Made {
    key: AtomicU64,
    number: AtomicU64,
}

/// The loop's end of the outcome: when it is dropped, the loop was closed.
struct Settles<T>(Arc<Outcome<Result<T, ThreadsafeJoinError>>>);

impl<T> ThreadsafeTask<T> {
    #[track_caller]
    pub(super) fn start<M, F>(target: &ThreadsafeHandle, make: M) -> Result<Self, LoopClosed>
    where
        M: FnOnce() -> F + Send + 'static,
        F: Future<Output = T> + 'static,
        T: Send + 'static,
    {
        let outcome = Arc::new(Outcome::new());
        let place = Location::caller();
        let task = Arc::new(Made::default());
        let (made, settles) = (task.clone(), Settles(outcome.clone()));
        target.call_soon_threadsafe(move || {
            let core = here::expect_core("a spawn from another thread");
            let task = Task::start(&core, async { make().await });
            core.spawned_from(task.promise(), place);
            made.key.store(task.promise().key().word(), Relaxed);
            made.number.store(task.promise().number(), Relaxed);
            let name = task.name();
            task.add_done_callback(move |result| {
                let outcome = result.promise.take().map_err(send_error);
                if let Some(Err(ThreadsafeJoinError::Panicked(payload))) = settles.settle(outcome) {
                    report(Some(name), payload);
                }
            });
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
    /// ```
    /// use final_runtime::{EventLoop, ThreadsafeJoinError, running_loop};
    /// use std::thread;
    ///
    /// let event_loop = EventLoop::new();
    /// let handle = event_loop.threadsafe();
    /// let other = thread::spawn(move || {
    ///     let task = handle.spawn_threadsafe(std::future::pending::<()>).unwrap();
    ///     task.cancel().unwrap();
    ///     let outcome = task.join();
    ///     handle.call_soon_threadsafe(|| running_loop().stop()).unwrap();
    ///     outcome
    /// });
    /// let _ = event_loop.run_forever();
    /// assert!(matches!(other.join().unwrap(), Err(ThreadsafeJoinError::Cancelled)));
    /// ```
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

    /// Whether the task is done: it has ended, or its loop was closed.
    ///
    /// asyncio: `future.done()`.
    ///
    /// ```
    /// use final_runtime::EventLoop;
    ///
    /// let event_loop = EventLoop::new();
    /// let task = event_loop.threadsafe().spawn_threadsafe(|| async {}).unwrap();
    /// assert!(!task.is_done());
    /// drop(event_loop);
    /// assert!(task.is_done());
    /// ```
    pub fn is_done(&self) -> bool {
        !self.outcome.is_pending()
    }

    /// Whether the task has ended as cancelled. `false` once the outcome was awaited.
    ///
    /// asyncio: `future.cancelled()`.
    ///
    /// ```
    /// use final_runtime::{EventLoop, running_loop};
    ///
    /// let event_loop = EventLoop::new();
    /// let task = event_loop.threadsafe().spawn_threadsafe(std::future::pending::<()>).unwrap();
    /// task.add_done_callback(|| running_loop().stop());
    /// task.cancel().unwrap();
    /// let _ = event_loop.run_forever();
    /// assert!(task.is_cancelled());
    /// ```
    pub fn is_cancelled(&self) -> bool {
        let cancelled =
            |outcome: &Result<T, _>| matches!(outcome, Err(ThreadsafeJoinError::Cancelled));
        self.outcome.look(cancelled).unwrap_or(false)
    }

    /// Calls `callback` when the task is done, on the thread of its loop; here and now, if it is already. A callback that
    /// panics there is reported to that loop's exception handler.
    ///
    /// asyncio: `future.add_done_callback()`, whose callback is given the future.
    ///
    /// ```
    /// use final_runtime::{EventLoop, running_loop};
    ///
    /// let event_loop = EventLoop::new();
    /// let task = event_loop.threadsafe().spawn_threadsafe(|| async {}).unwrap();
    /// task.add_done_callback(|| running_loop().stop());
    /// let _ = event_loop.run_forever();
    /// assert!(task.is_done() && !task.is_cancelled());
    /// ```
    pub fn add_done_callback(&self, callback: impl FnOnce() + Send + 'static) {
        if let Err(callback) = self.outcome.add_callback(Box::new(callback)) {
            callback();
        }
    }

    /// Blocks this thread until the task is done.
    ///
    /// asyncio: `future.result()`.
    ///
    /// ```
    /// use final_runtime::{EventLoop, running_loop};
    /// use std::thread;
    ///
    /// let event_loop = EventLoop::new();
    /// let handle = event_loop.threadsafe();
    /// let other = thread::spawn(move || {
    ///     let value = handle.spawn_threadsafe(|| async { 7 }).unwrap().join().unwrap();
    ///     handle.call_soon_threadsafe(|| running_loop().stop()).unwrap();
    ///     value
    /// });
    /// let _ = event_loop.run_forever();
    /// assert_eq!(other.join().unwrap(), 7);
    /// ```
    ///
    /// # Errors
    ///
    /// If the task panicked or was cancelled, or its loop was closed before it was done.
    ///
    /// # Panics
    ///
    /// On the thread of a running loop that is the task's own: the task would never go on.
    #[track_caller]
    pub fn join(self) -> Result<T, ThreadsafeJoinError> {
        self.check_thread();
        park::block_until(None, self).expect("it waits for ever")
    }

    /// Blocks this thread until the task is done, or `longest` has passed, and then gives the handle back.
    ///
    /// asyncio: `future.result(timeout)`.
    ///
    /// ```
    /// use final_runtime::EventLoop;
    /// use std::time::Duration;
    ///
    /// let event_loop = EventLoop::new();
    /// let task = event_loop.threadsafe().spawn_threadsafe(|| async { 4 }).unwrap();
    /// let task = task.join_timeout(Duration::from_millis(1)).unwrap_err(); // nobody runs the loop
    /// drop(event_loop);
    /// assert!(task.join().is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// If the time has passed.
    ///
    /// # Panics
    ///
    /// As [`join`](Self::join).
    #[track_caller]
    pub fn join_timeout(
        mut self,
        longest: Duration,
    ) -> Result<Result<T, ThreadsafeJoinError>, Self> {
        self.check_thread();
        let end = Instant::now().checked_add(longest);
        park::block_until(end, &mut self).ok_or(self)
    }

    #[track_caller]
    fn check_thread(&self) {
        let own = here::core().is_some_and(|core| core.inbox.address() == self.target.address);
        assert!(
            !own,
            "a task was joined by blocking the thread that has to run it; await it"
        );
    }
}

impl<T> Future for ThreadsafeTask<T> {
    type Output = Result<T, ThreadsafeJoinError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.outcome.poll(cx)
    }
}

impl<T> Drop for ThreadsafeTask<T> {
    fn drop(&mut self) {
        if let Some(Err(ThreadsafeJoinError::Panicked(payload))) = self.outcome.let_go() {
            // A closed loop has nobody to tell.
            let _ = self.target.call_soon_threadsafe(|| report(None, payload));
        }
    }
}

impl<T> fmt::Debug for ThreadsafeTask<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadsafeTask")
            .field("target", &self.target)
            .field("done", &self.is_done())
            .finish_non_exhaustive()
    }
}

impl<T> Settles<T> {
    /// What nobody wants, if so.
    fn settle(
        &self,
        outcome: Result<T, ThreadsafeJoinError>,
    ) -> Option<Result<T, ThreadsafeJoinError>> {
        let (settled, callbacks) = self.0.settle(outcome);
        callbacks.into_iter().for_each(call);
        settled.err()
    }
}

impl<T> Drop for Settles<T> {
    fn drop(&mut self) {
        if self.0.is_pending() {
            self.settle(Err(ThreadsafeJoinError::Closed));
        }
    }
}

/// Calls a callback, whose panic keeps no other from being called.
fn call(callback: Callback) {
    match here::core() {
        Some(core) => core.reports.guard(callback),
        None => catch_unwind(AssertUnwindSafe(callback)).unwrap_or_else(discard),
    }
}

/// What of an error can go to another thread.
fn send_error(error: JoinError) -> ThreadsafeJoinError {
    match error {
        JoinError::Panicked(panic) => ThreadsafeJoinError::Panicked(match panic.take_payload() {
            Some(payload) => payload,
            None => Box::new(panic.message().to_owned()),
        }),
        _ => ThreadsafeJoinError::Cancelled,
    }
}

/// A panic that nobody will look at is reported, on its loop.
fn report(name: Option<String>, payload: Payload) {
    let error = JoinError::Panicked(Panic::new(payload));
    let report = Report::new(ReportKind::Unseen, name, error);
    here::expect_core("a report").reports.send(&report);
}
