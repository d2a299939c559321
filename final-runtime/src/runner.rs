//! A loop that runs one `main` after another, and comes to an orderly end.
//!
//! In the book: chapter 11.

use std::cell::{OnceCell, RefCell};
use std::fmt;
use std::panic::Location;
use std::thread;
use std::time::Duration;

use crate::context::{self, Context};
use crate::error::RunError;
use crate::event_loop::{EventLoop, LoopHandle};
use crate::here;
use crate::shared::Core;
use crate::task::Task;

/// How long the end of a run waits for threads that still work: as long as asyncio's.
pub(crate) const THREADS_WAIT: Duration = Duration::from_secs(300);

/// Runs one `main` after another on one loop, which is made when it is first needed. Tasks that one leaves stand still
/// until the next runs. Its end, by [`close`](Self::close) or when it is dropped, is that of [`run`](crate::run): what is
/// left is cancelled and driven to its end, then the threads of the default pool, then the loop is closed.
///
/// Context variables that one `main` sets, the next sees.
///
/// asyncio: `asyncio.Runner`.
///
/// ```
/// use final_runtime::{Runner, sync::Queue};
/// use std::rc::Rc;
///
/// let runner = Runner::new();
/// let queue = Rc::new(Queue::unbounded());
/// let (put, got) = (queue.clone(), queue);
/// runner.run(async move { put.put("tea").await.unwrap() }).unwrap();
/// assert_eq!(runner.run(async move { got.get().await.unwrap() }).unwrap(), "tea");
/// runner.close().unwrap();
/// ```
///
/// # Ctrl-C
///
/// As in [`run`](crate::run#ctrl-c); but the process does not end: [`run`](Self::run) gives [`RunError::Interrupted`].
pub struct Runner {
    event_loop: OnceCell<EventLoop>,
    context: RefCell<Context>,
    cancels_on_ctrl_c: bool,
    threads_wait: Duration,
}

impl Runner {
    /// One that will make its loop.
    ///
    /// asyncio: `asyncio.Runner()`.
    ///
    /// ```
    /// use final_runtime::Runner;
    ///
    /// let runner = Runner::new();
    /// let first = runner.run(async { 3 }).unwrap();
    /// assert_eq!(runner.run(async move { first + 4 }).unwrap(), 7);
    /// ```
    #[expect(
        clippy::new_without_default,
        reason = "a loop is made on purpose, not by default"
    )]
    pub fn new() -> Self {
        Self {
            event_loop: OnceCell::new(),
            context: RefCell::new(Context::copy_current()),
            cancels_on_ctrl_c: true,
            threads_wait: THREADS_WAIT,
        }
    }

    /// One that takes this loop, and will close it.
    ///
    /// asyncio: `asyncio.Runner(loop_factory=…)`.
    ///
    /// ```
    /// use final_runtime::{EventLoop, Runner, sleep};
    /// use std::time::Duration;
    ///
    /// let runner = Runner::with_loop(EventLoop::with_virtual_clock());
    /// runner.run(sleep(Duration::from_secs(3600))).unwrap();
    /// ```
    pub fn with_loop(event_loop: EventLoop) -> Self {
        let mut runner = Self::new();
        runner.event_loop = event_loop.into();
        runner
    }

    /// Whether Ctrl-C cancels `main`; unless you say otherwise, it does. If not, SIGINT does what it did before.
    ///
    /// asyncio has none; it leaves SIGINT alone if the program has set a handler of its own, and so do we.
    ///
    /// ```
    /// final_runtime::Runner::new().cancel_on_ctrl_c(false).run(async {}).unwrap();
    /// ```
    pub fn cancel_on_ctrl_c(mut self, cancels: bool) -> Self {
        self.cancels_on_ctrl_c = cancels;
        self
    }

    /// How long the end waits for threads of the default pool that still work; 300 seconds, unless you say otherwise.
    /// Those that do are reported to the exception handler, and go on by themselves.
    ///
    /// asyncio: `constants.THREAD_JOIN_TIMEOUT`.
    ///
    /// ```
    /// use final_runtime::{Runner, running_loop};
    /// use std::sync::mpsc::channel;
    /// use std::time::Duration;
    ///
    /// let (end, ends) = channel::<()>();
    /// let runner = Runner::new().wait_for_threads(Duration::from_millis(1));
    /// runner.get_loop().set_exception_handler(|report| println!("{report}"));
    /// runner.run(async { drop(running_loop().run_in_executor(None, move || ends.recv())) }).unwrap();
    /// runner.close().unwrap(); // although a thread still works
    /// drop(end);
    /// ```
    pub fn wait_for_threads(mut self, longest: Duration) -> Self {
        self.threads_wait = longest;
        self
    }

    /// The loop, made now if need be.
    ///
    /// asyncio: `Runner.get_loop()`.
    ///
    /// ```
    /// use final_runtime::Runner;
    ///
    /// let runner = Runner::new();
    /// let task = runner.get_loop().spawn(async { 7 }); // before anything runs
    /// assert_eq!(runner.run(task).unwrap().unwrap(), 7);
    /// ```
    ///
    /// # Panics
    ///
    /// If 65535 loops are open in this process.
    #[track_caller]
    pub fn get_loop(&self) -> LoopHandle {
        self.event_loop.get_or_init(EventLoop::new).handle()
    }

    /// Runs `main` as a task until it is done.
    ///
    /// asyncio: `Runner.run()`.
    ///
    /// ```
    /// use final_runtime::{RunError, Runner};
    ///
    /// let runner = Runner::new();
    /// assert_eq!(runner.run(async { 7 }).unwrap(), 7);
    /// assert!(matches!(runner.run(async { panic!("no tea") }), Err::<(), _>(RunError::Ended(_))));
    /// ```
    ///
    /// # Errors
    ///
    /// If it panicked, was cancelled, or the run ended before it was done; [`RunError::Interrupted`] after Ctrl-C.
    ///
    /// # Panics
    ///
    /// If a loop is running on this thread already: await the future instead, or spawn it.
    #[track_caller]
    pub fn run<F>(&self, main: F) -> Result<F::Output, RunError>
    where
        F: std::future::Future + 'static,
    {
        assert!(
            here::core().is_none(),
            "`Runner::run` was called inside a running loop; await the future, or spawn it"
        );
        let event_loop = self.get_loop();
        let main = context::enter(&self.context, || event_loop.spawn(main));
        event_loop
            .core
            .spawned_from(main.promise(), Location::caller());
        let result = event_loop.run_main(&main, self.cancels_on_ctrl_c);
        self.context.replace(main.promise().take_context());
        result
    }

    /// The orderly end. To drop the runner does the same, and says nothing of what it met.
    ///
    /// asyncio: `Runner.close()`, or the end of `with Runner()`.
    ///
    /// ```
    /// use final_runtime::{Runner, catch_cancel, spawn, yield_now};
    /// use std::cell::Cell;
    /// use std::rc::Rc;
    ///
    /// let runner = Runner::new();
    /// let cleaned_up = Rc::new(Cell::new(false));
    /// let clean_up = cleaned_up.clone();
    /// runner.run(async move {
    ///     spawn(async move {
    ///         let _ = catch_cancel(std::future::pending::<()>()).await;
    ///         yield_now().await;
    ///         clean_up.set(true);
    ///     });
    ///     yield_now().await;
    /// }).unwrap();
    /// runner.close().unwrap();
    /// assert!(cleaned_up.get());
    /// ```
    ///
    /// # Errors
    ///
    /// If the tasks that were left did not come to their end: the loop was stopped, or waits for ever. It is closed all the
    /// same.
    ///
    /// # Panics
    ///
    /// If a loop is running on this thread.
    #[track_caller]
    pub fn close(mut self) -> Result<(), RunError> {
        self.end()
    }

    #[track_caller]
    fn end(&mut self) -> Result<(), RunError> {
        let Some(event_loop) = self.event_loop.take() else {
            return Ok(());
        };
        assert!(
            here::core().is_none(),
            "a `Runner` was closed inside a running loop; do it when the run has returned"
        );
        event_loop.end(self.threads_wait)
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        // What a panic leaves behind is dropped and not run: a second panic would end the process.
        if !thread::panicking() {
            let _ = self.end();
        }
    }
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner")
            .field("event_loop", &self.event_loop.get())
            .finish_non_exhaustive()
    }
}

impl LoopHandle {
    /// Runs `main` until it is done, on Ctrl-C as its runner wishes.
    pub(crate) fn run_main<T>(
        &self,
        main: &Task<T>,
        cancels_on_ctrl_c: bool,
    ) -> Result<T, RunError> {
        /// Ends it though the run panics: what SIGINT did before is put back.
        struct Listening<'a>(&'a Core);
        impl Drop for Listening<'_> {
            fn drop(&mut self) {
                self.0.end_main();
            }
        }
        let listening = cancels_on_ctrl_c.then(|| {
            self.core.begin_main(main.promise());
            Listening(&self.core)
        });
        let outcome = self.run_until_done(main);
        if listening.is_some() && self.core.end_main() {
            return Err(RunError::Interrupted);
        }
        drop(listening);
        outcome?;
        main.promise().take().map_err(RunError::Ended)
    }
}

impl EventLoop {
    /// The orderly end of a run: tasks, then threads, then the loop itself.
    #[inline]
    pub(crate) fn end(&self, threads_wait: Duration) -> Result<(), RunError> {
        let left = self.cancel_all_tasks();
        self.end_executor(threads_wait);
        self.close();
        left
    }
}
