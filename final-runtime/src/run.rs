//! The front door: run a future to its end, spawn another, find the loop.

use crate::current;
use crate::error::{JoinError, RunError};
use crate::event_loop::{EventLoop, LoopHandle};
use crate::task::Task;
use crate::turn::Outcome;

/// Makes a loop, runs `main` on it as a task, closes the loop and gives `main`'s result.
///
/// Tasks that are still alive then are dropped where they stand.
///
/// asyncio: `asyncio.run()`.
///
/// ```
/// assert_eq!(final_runtime::run(async { 6 * 7 }), 42);
/// ```
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
        current::current().is_none(),
        "`run` was called inside a running loop; await the future, or spawn it"
    );
    let event_loop = EventLoop::new();
    match event_loop.run_until_complete(main) {
        Ok(value) => value,
        Err(RunError::Ended(JoinError::Panicked(panic))) => panic.resume(),
        Err(error) => panic!("`run` came back without a result: {error}"),
    }
}

/// Starts a task on the running loop: its first step is in the next turn.
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
#[track_caller]
pub fn spawn<F>(future: F) -> Task<F::Output>
where
    F: std::future::Future + 'static,
{
    let core = current::expect("`spawn`");
    core.check_open("spawn");
    Task::start(&core, future)
}

/// The loop that is running on this thread.
///
/// asyncio: `asyncio.get_running_loop()`.
///
/// # Panics
///
/// If there is none.
#[track_caller]
pub fn running_loop() -> LoopHandle {
    LoopHandle {
        core: current::expect("`running_loop`"),
    }
}

impl LoopHandle {
    /// Runs `future` as a task until it is done. The loop ends one turn later: everything that was ready when it
    /// ended still runs.
    ///
    /// asyncio: `loop.run_until_complete()`.
    ///
    /// # Errors
    ///
    /// If it was cancelled or panicked, or the run ended before it was done.
    ///
    /// # Panics
    ///
    /// If the loop is closed, or a loop runs on this thread already.
    pub fn run_until_complete<F>(&self, future: F) -> Result<F::Output, RunError>
    where
        F: std::future::Future + 'static,
    {
        let main = self.spawn(future);
        let promise = main.promise();
        let stopped = self.clone();
        promise.on_done(Box::new(move || stopped.stop()));
        match self.run_forever() {
            _ if main.is_done() => promise.take().map_err(RunError::Ended),
            Outcome::Stopped => Err(RunError::Stopped),
            Outcome::Idle => Err(RunError::Idle),
        }
    }
}
