//! Calls that block, in threads of their own, awaited on the loop.
//!
//! ```text
//!  loop                                           pool
//!  run_in_executor ── a job, with a ticket ─────▶ the queue
//!       │                                            │ a thread takes the job and calls
//!       │ awaits                                     ▼
//!  a turn takes it in ◀── a message to the inbox ─ the outcome is noted, the ticket dropped
//!       │ settles
//!       ▼ one turn later
//!  the task goes on
//! ```
//!
//! | file | what it is |
//! |---|---|
//! | `mod` | [`to_thread`], [`run_in_executor`](LoopHandle::run_in_executor), and the loop's default pool |
//! | `call` | the call: a future for its result |
//! | `away` | how what was done comes back to the loop |
//! | `errand` | what the two threads share of a call |
//! | `pool` | the threads |
//! | `error` | what a pool refuses, and could not wait for |
//! | `sync` | the locks and threads it is built on; the models of `tests/loom` have others |
//!
//! In the book: chapter 10.

use std::future::IntoFuture;
use std::time::Duration;

use crate::error::JoinError;
use crate::event_loop::LoopHandle;
use crate::future::Future;
use crate::promise::What;
use crate::report::{Report, ReportKind};
use crate::run::running_loop;
use crate::shared::Core;
use crate::timeout::timeout;

mod away;
mod call;
mod errand;
mod error;
mod pool;
mod sync;

pub(crate) use away::Away;
pub use call::ThreadCall;
pub use error::{Refused, StillWorking};
pub use pool::ThreadPool;

/// A loop's default pool.
#[derive(Default)]
pub(crate) enum DefaultExecutor {
    /// It is made when it is first needed.
    #[default]
    None,
    Some(ThreadPool),
    ShutDown(ThreadPool),
}

/// Calls `function` in a thread of the loop's default pool, and waits for what it returns. Other tasks run meanwhile.
///
/// It is called when this is first polled. For a call that begins at once there is
/// [`run_in_executor`](LoopHandle::run_in_executor). Context variables stay on the loop's thread: what `function` needs of
/// them it is given.
///
/// asyncio: `asyncio.to_thread()`.
///
/// ```
/// use final_runtime::{run, to_thread};
///
/// run(async {
///     let read = to_thread(|| std::fs::read_to_string("Cargo.toml")).await;
///     assert!(read.unwrap().unwrap().contains("final-runtime"));
/// });
/// ```
///
/// # Errors
///
/// [`JoinError::Panicked`], if `function` panicked; [`JoinError::Failed`] with a [`Refused`], if the pool did not take it.
///
/// # Panics
///
/// When polled on a thread whose loop is not running.
///
/// # Cancel safety
///
/// As [`ThreadCall`]: a call that has begun goes on, and nobody sees its result.
pub async fn to_thread<F, T>(function: F) -> Result<T, JoinError>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    running_loop().run_in_executor(None, function).await
}

impl LoopHandle {
    /// Calls `function` in a thread of `pool`, or of the loop's default pool, which is made when it is first needed. The
    /// call is in line at once, whether anybody awaits it or not.
    ///
    /// asyncio: `loop.run_in_executor()`.
    ///
    /// ```
    /// use std::thread;
    /// use final_runtime::{run, running_loop};
    ///
    /// run(async {
    ///     let call = running_loop().run_in_executor(None, || thread::current().id());
    ///     assert_ne!(call.await.unwrap(), thread::current().id());
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// The call gives [`JoinError::Panicked`], if `function` panicked; [`JoinError::Failed`] with a [`Refused`], if the pool
    /// did not take it.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn run_in_executor<F, T>(&self, pool: Option<&ThreadPool>, function: F) -> ThreadCall<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.core.check_open("run_in_executor");
        match pool {
            Some(pool) => ThreadCall::start(&self.core, pool, function),
            None => ThreadCall::start(&self.core, &self.core.executor(), function),
        }
    }

    /// From now on the loop's default pool is this one. The loop shuts it down, at the end of [`run`](crate::run) and when
    /// it closes. The one before ends when the last call in it does.
    ///
    /// asyncio: `loop.set_default_executor()`.
    ///
    /// ```
    /// use final_runtime::{ThreadPool, run, running_loop, to_thread};
    ///
    /// run(async {
    ///     running_loop().set_default_executor(ThreadPool::new(1));
    ///     assert_eq!(to_thread(|| 7).await.unwrap(), 7);
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn set_default_executor(&self, pool: ThreadPool) {
        self.core.check_open("set_default_executor");
        let before = self
            .core
            .seldom()
            .executor
            .replace(DefaultExecutor::Some(pool));
        drop(before);
    }

    /// Shuts the default pool down and waits until its threads have ended, at most as long as `longest`. From then on
    /// it takes no call.
    ///
    /// asyncio: `loop.shutdown_default_executor(timeout)`, at the end of `asyncio.run` with 300 seconds.
    ///
    /// ```
    /// use final_runtime::{run, running_loop, to_thread};
    /// use std::time::Duration;
    ///
    /// run(async {
    ///     to_thread(|| 1).await.unwrap();
    ///     let longest = Duration::from_secs(60);
    ///     running_loop().shutdown_default_executor(longest).await.unwrap();
    ///     assert!(to_thread(|| 2).await.is_err());
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If threads still work then. They go on, and what they call returns into nothing once the loop is closed.
    ///
    /// # Panics
    ///
    /// When polled outside a task.
    ///
    /// # Cancel safety
    ///
    /// To drop it ends the wait; the pool is shut down all the same.
    pub async fn shutdown_default_executor(&self, longest: Duration) -> Result<(), StillWorking> {
        let Some(pool) = self.core.shut_executor_down() else {
            return Ok(());
        };
        let ended = Future::of(&self.core, What::EndOfThreads);
        let end = ended.clone();
        let then = Box::new(move || {
            let _ = end.set_result(());
        });
        let ticket = away::send(&self.core, then);
        pool.shutdown_then(Box::new(move || drop(ticket)));
        match timeout(longest, ended.into_future()).await {
            Ok(_) => Ok(()),
            Err(_) => Err(StillWorking::new(pool.threads())),
        }
    }

    /// The end of a run: the default pool, if there is one. Threads that outlast the time are reported.
    pub(crate) fn end_executor(&self, longest: Duration) {
        let used =
            self.core.seldom.get().is_some_and(|seldom| {
                matches!(*seldom.executor.borrow(), DefaultExecutor::Some(_))
            });
        if !used {
            return;
        }
        let handle = self.clone();
        let ended =
            self.run_until_complete(async move { handle.shutdown_default_executor(longest).await });
        if let Ok(Err(late)) = ended {
            let report = Report::new(ReportKind::Shutdown, None, JoinError::failed(late));
            self.core.reports.send(&report);
        }
    }
}

impl Core {
    /// The default pool. One that was shut down takes no call, and says so.
    fn executor(&self) -> ThreadPool {
        let mut executor = self.seldom().executor.borrow_mut();
        match &*executor {
            DefaultExecutor::Some(pool) | DefaultExecutor::ShutDown(pool) => pool.clone(),
            DefaultExecutor::None => {
                let pool = ThreadPool::of_default_size();
                *executor = DefaultExecutor::Some(pool.clone());
                pool
            }
        }
    }

    /// Shuts the default pool down, without waiting. The pool, if there is one.
    pub(crate) fn shut_executor_down(&self) -> Option<ThreadPool> {
        let mut executor = self.seldom.get()?.executor.borrow_mut();
        let pool = match &*executor {
            DefaultExecutor::Some(pool) | DefaultExecutor::ShutDown(pool) => pool.clone(),
            DefaultExecutor::None => return None,
        };
        *executor = DefaultExecutor::ShutDown(pool.clone());
        pool.shutdown();
        Some(pool)
    }
}
