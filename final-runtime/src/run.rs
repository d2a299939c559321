//! The front door: run a future to its end, spawn another, find the loop.
//!
//! In the book: chapters 5 and 11.

use std::error::Error;

use crate::error::{JoinError, RunError};
use crate::event_loop::{EventLoop, LoopHandle};
use crate::future::Future;
use crate::gather::gather_ends;
use crate::here;
use crate::report::{Report, ReportKind};
use crate::runner::THREADS_WAIT;
use crate::signal;
use crate::state::State;
use crate::task::{Task, TaskRef};
use crate::turn::Outcome;

/// Makes a loop, runs `main` on it as a task, closes the loop and gives `main`'s result.
///
/// Tasks that are still alive then are cancelled and driven to their end, however long that takes them; then the threads
/// of the loop's default pool, for at most five minutes.
///
/// asyncio: `asyncio.run()`.
///
/// ```
/// assert_eq!(final_runtime::run(async { 6 * 7 }), 42);
/// ```
///
/// # Ctrl-C
///
/// On the process's main thread, the first Ctrl-C (SIGINT) cancels `main`, and the second ends the process at once. What
/// `main` makes of the request, also as a value, is its own; but one that comes when `main` does not wait any more interrupts
/// the run, and the value is dropped. If it ends as cancelled, and the rest has come to its end, too,
/// `run` ends the process as SIGINT does by itself. A [`Runner`](crate::Runner) gives an error instead, and
/// [can leave SIGINT alone](crate::Runner::cancel_on_ctrl_c).
///
/// So it is before the first turn, as in asyncio; a step that computes for long is not interrupted, and the request meets its
/// next wait. What was before is put back when `main` is done. A program that listens to SIGINT by a
/// [`signal`](crate::signal()), or has said otherwise what is to happen, is left to itself.
///
/// # Panics
///
/// If `main` panics, with its panic. If a loop is running on this thread already: await the future instead, or
/// [`spawn`] it.
#[track_caller]
pub fn run<F>(main: F) -> F::Output
where
    F: std::future::Future + 'static,
{
    assert!(
        here::core().is_none(),
        "`run` was called inside a running loop; await the future, or spawn it"
    );
    let event_loop = EventLoop::new();
    let main = event_loop.spawn(main);
    let result = event_loop.run_main(&main, true);
    // A variable may hold the task.
    drop(main.promise().take_context());
    let left = event_loop.end(THREADS_WAIT);
    match result.and_then(|value| left.map(|()| value)) {
        Ok(value) => value,
        Err(RunError::Ended(JoinError::Panicked(panic))) => panic.resume(),
        Err(RunError::Interrupted) => signal::end_process(),
        Err(error) => panic!("`run` came back without a result: {}", error.in_short()),
    }
}

/// Starts a task on the running loop: its first step is in the next turn.
///
/// The future must be `'static`: the task may outlive the frame that spawned it. For children that borrow from the
/// frame around them there is [`scope`](crate::scope).
///
/// asyncio: `asyncio.create_task()`.
///
/// ```
/// final_runtime::run(async {
///     let task = final_runtime::spawn(async { 1 + 1 });
///     assert_eq!(task.await.unwrap(), 2);
/// });
/// ```
///
/// # Panics
///
/// If no loop is running on this thread.
#[inline]
#[track_caller]
pub fn spawn<F>(future: F) -> Task<F::Output>
where
    F: std::future::Future + 'static,
{
    let core = here::expect_core("`spawn`");
    core.check_open("spawn");
    Task::start(&core, future)
}

/// Starts a task that fails when its future gives an `Err`.
///
/// asyncio: `asyncio.create_task()`, of a coroutine that may raise.
///
/// ```
/// final_runtime::run(async {
///     let task = final_runtime::try_spawn(async { "x".parse::<i32>() });
///     assert!(matches!(task.await, Err(final_runtime::JoinError::Failed(_))));
/// });
/// ```
///
/// # Panics
///
/// If no loop is running on this thread.
#[inline]
#[track_caller]
pub fn try_spawn<F, T, E>(future: F) -> Task<T>
where
    F: std::future::Future<Output = Result<T, E>> + 'static,
    T: 'static,
    E: Into<Box<dyn Error>>,
{
    let core = here::expect_core("`try_spawn`");
    core.check_open("try_spawn");
    Task::try_start(&core, future)
}

/// The task that is running on this thread; `None` in a callback, and outside a loop.
///
/// asyncio: `asyncio.current_task()`.
///
/// ```
/// final_runtime::run(async {
///     let me = final_runtime::current_task().unwrap();
///     assert_eq!(me.name(), "Task-1");
/// });
/// ```
pub fn current_task() -> Option<TaskRef> {
    here::task().map(|task| TaskRef::new((*task).clone()))
}

/// The loop that is running on this thread.
///
/// asyncio: `asyncio.get_running_loop()`.
///
/// ```
/// final_runtime::run(async {
///     let event_loop = final_runtime::running_loop();
///     assert!(event_loop.is_running());
/// });
/// ```
///
/// # Panics
///
/// If there is none.
#[track_caller]
pub fn running_loop() -> LoopHandle {
    LoopHandle {
        core: here::expect_core("`running_loop`").clone(),
    }
}

impl LoopHandle {
    /// Runs `future` as a task until it is done. The loop ends one turn later: everything that was ready when it
    /// ended still runs.
    ///
    /// asyncio: `loop.run_until_complete()`.
    ///
    /// ```
    /// use final_runtime::{EventLoop, RunError};
    ///
    /// let event_loop = EventLoop::with_virtual_clock();
    /// assert_eq!(event_loop.run_until_complete(async { 7 }).unwrap(), 7);
    /// let stuck = event_loop.run_until_complete(std::future::pending::<()>());
    /// assert!(matches!(stuck, Err(RunError::Idle(_))));
    /// ```
    ///
    /// # Errors
    ///
    /// If it was cancelled or panicked, or the run ended before it was done.
    ///
    /// # Panics
    ///
    /// If the loop is closed, or a loop runs on this thread already.
    #[track_caller]
    pub fn run_until_complete<F>(&self, future: F) -> Result<F::Output, RunError>
    where
        F: std::future::Future + 'static,
    {
        let main = self.spawn(future);
        let outcome = self.run_until_done(&main);
        // A variable may hold the task.
        drop(main.promise().take_context());
        outcome?;
        main.promise().take().map_err(RunError::Ended)
    }

    /// Runs until `target` is done: a task or a future. What became of it is for the caller to ask.
    ///
    /// asyncio: `loop.run_until_complete()`.
    ///
    /// ```
    /// use final_runtime::EventLoop;
    ///
    /// let event_loop = EventLoop::new();
    /// let task = event_loop.spawn(async { 7 });
    /// event_loop.run_until_done(&task).unwrap();
    /// assert_eq!(task.result().unwrap().unwrap(), 7);
    /// ```
    ///
    /// # Errors
    ///
    /// If the run ended before.
    ///
    /// # Panics
    ///
    /// As [`run_until_complete`](Self::run_until_complete).
    #[track_caller]
    pub fn run_until_done<T: 'static>(&self, target: impl Into<Future<T>>) -> Result<(), RunError> {
        let target: Future<T> = target.into();
        target.promise.stop_the_loop_when_done(true);
        let outcome = self.run_forever();
        target.promise.stop_the_loop_when_done(false);
        match outcome {
            _ if target.is_done() => Ok(()),
            Outcome::Stopped => Err(RunError::Stopped),
            Outcome::Idle => Err(RunError::Idle((self.core.tree_when_idle)(&self.core))),
        }
    }

    /// Asks every task to cancel, in order of creation, and runs until all of them have ended. Tasks that begin
    /// meanwhile are left. Errors with which they end go to the exception handler.
    ///
    /// asyncio: what `asyncio.run` does before it closes its loop.
    ///
    /// ```
    /// use final_runtime::{EventLoop, State};
    ///
    /// let event_loop = EventLoop::new();
    /// let task = event_loop.spawn(std::future::pending::<()>());
    /// event_loop.cancel_all_tasks().unwrap();
    /// assert_eq!(task.state(), State::Cancelled);
    /// ```
    ///
    /// # Errors
    ///
    /// If the run ended before they did.
    ///
    /// # Panics
    ///
    /// As [`run_until_complete`](Self::run_until_complete).
    pub fn cancel_all_tasks(&self) -> Result<(), RunError> {
        let tasks = self.all_tasks();
        if tasks.is_empty() {
            return Ok(());
        }
        let ends: Vec<_> = tasks.iter().map(|task| task.promise().clone()).collect();
        for task in &tasks {
            task.cancel();
        }
        let all = gather_ends(&self.core, ends);
        self.run_until_done(&all)?;
        for task in &tasks {
            if task.state() == State::Failed
                && let Some(error) = task.promise().error()
            {
                let report = Report::new(ReportKind::Shutdown, Some(task.name()), error);
                self.core.reports.send(&report);
            }
        }
        Ok(())
    }
}
