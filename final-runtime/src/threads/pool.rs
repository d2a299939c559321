//! A pool of threads. The rules:
//!
//! 1. All that changes is in [`State`], under one lock. No code of others runs under it.
//! 2. A job is in the queue, or a thread runs it. A thread looks at the queue before it rests and before it ends, so a
//!    job that is in the queue while a thread lives will run.
//! 3. A job that would find no resting thread starts one, as long as there are fewer than the bound; so many jobs as
//!    there are threads run at once.
//! 4. A thread that has rested for as long as idle threads are kept ends. All end when the pool is shut down and its
//!    queue is empty.

use std::collections::VecDeque;
use std::fmt;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;
use std::thread;
use std::time::Duration;

use super::error::{Refused, StillWorking};
use super::sync::{self, Arc, Condvar, Mutex, MutexGuard};

/// How long a thread without work is kept, unless somebody says otherwise.
const KEPT: Duration = Duration::from_secs(10);

/// What a thread is given to do.
pub(super) type Job = Box<dyn FnOnce() + Send>;

/// Threads for calls that block. It starts them when it has work for them, and never more than its bound; what is more
/// waits in line. Clones mean the same pool, and the last one's end shuts it down.
///
/// Nobody can end a thread from outside: when the process ends, it ends those that still work.
///
/// asyncio: `concurrent.futures.ThreadPoolExecutor`.
///
/// ```
/// use final_runtime::{ThreadPool, run, running_loop};
///
/// let pool = ThreadPool::new(2);
/// let sum = run(async move {
///     let sum = || (1..=100).sum::<u32>();
///     running_loop().run_in_executor(Some(&pool), sum).await.unwrap()
/// });
/// assert_eq!(sum, 5050);
/// ```
#[derive(Clone)]
pub struct ThreadPool {
    owner: Arc<Owner>,
}

/// What all clones share, and the threads do not.
struct Owner {
    shared: Arc<Shared>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.shared.shut_down();
    }
}

struct Shared {
    most: usize,
    kept: Duration,
    state: Mutex<State>,
    /// There is a job, or the end.
    work: Condvar,
    /// The last thread has ended.
    ended: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    threads: usize,
    /// How many of them rest.
    idle: usize,
    /// How many were ever started: each has a number in its name.
    started: u64,
    shut_down: bool,
    /// To be called when the pool is shut down and the last thread has ended.
    at_end: Vec<Job>,
}

impl ThreadPool {
    /// A pool of at most `most` threads. A thread that has no work for ten seconds ends.
    ///
    /// asyncio: `ThreadPoolExecutor(max_workers)`, whose threads stay.
    ///
    /// ```
    /// use final_runtime::{ThreadPool, run, running_loop};
    ///
    /// run(async {
    ///     let pool = ThreadPool::new(1);
    ///     let calls = [1, 2].map(|n| running_loop().run_in_executor(Some(&pool), move || n));
    ///     for (call, n) in calls.into_iter().zip([1, 2]) {
    ///         assert_eq!(call.await.unwrap(), n);
    ///     }
    ///     assert_eq!(pool.threads(), 1);
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// If `most` is 0: nothing would ever run.
    #[track_caller]
    pub fn new(most: usize) -> Self {
        Self::keeping(most, KEPT)
    }

    /// The same, whose threads end when they have had no work for as long as `kept`.
    ///
    /// asyncio: none; a `ThreadPoolExecutor` keeps its threads.
    ///
    /// ```
    /// use final_runtime::{ThreadPool, run, running_loop, sleep};
    /// use std::time::Duration;
    ///
    /// run(async {
    ///     let pool = ThreadPool::keeping(1, Duration::from_millis(1));
    ///     running_loop().run_in_executor(Some(&pool), || ()).await.unwrap();
    ///     while pool.threads() > 0 {
    ///         sleep(Duration::from_millis(1)).await;
    ///     }
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    #[track_caller]
    pub fn keeping(most: usize, kept: Duration) -> Self {
        assert!(
            most > 0,
            "a pool of no threads was asked for, which would run nothing; give it one or more"
        );
        let shared = Arc::new(Shared {
            most,
            kept,
            state: Mutex::default(),
            work: Condvar::new(),
            ended: Condvar::new(),
        });
        Self {
            owner: Arc::new(Owner { shared }),
        }
    }

    /// As many threads as asyncio's default executor has: four more than the machine has processors, at most 32.
    pub(super) fn of_default_size() -> Self {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Self::new((processors + 4).min(32))
    }

    /// Queues a job, which must not panic.
    pub(super) fn submit(&self, job: Job) -> Result<(), Refused> {
        Shared::submit(&self.owner.shared, job)
    }

    /// How many threads it has now.
    ///
    /// asyncio has none by this name; `len(executor._threads)`.
    ///
    /// ```
    /// assert_eq!(final_runtime::ThreadPool::new(8).threads(), 0, "none is needed yet");
    /// ```
    pub fn threads(&self) -> usize {
        self.owner.shared.lock().threads
    }

    /// Takes nothing more. What is in line still runs, then the threads end; nobody waits for them here. To shut it down
    /// twice is harmless.
    ///
    /// asyncio: `Executor.shutdown(wait=False)`.
    ///
    /// ```
    /// use final_runtime::{ThreadPool, run, running_loop};
    ///
    /// run(async {
    ///     let pool = ThreadPool::new(1);
    ///     let last = running_loop().run_in_executor(Some(&pool), || "last");
    ///     pool.shutdown();
    ///     assert_eq!(last.await.unwrap(), "last");
    ///     assert!(running_loop().run_in_executor(Some(&pool), || "late").await.is_err());
    /// });
    /// ```
    pub fn shutdown(&self) {
        self.owner.shared.shut_down();
    }

    /// Shuts it down, and blocks this thread until the last of the pool's has ended, or `longest` has passed. On a loop,
    /// [`shutdown_default_executor`](crate::LoopHandle::shutdown_default_executor) waits without blocking it.
    ///
    /// asyncio: `Executor.shutdown(wait=True)`, which has no limit.
    ///
    /// ```
    /// use std::time::Duration;
    /// use final_runtime::ThreadPool;
    ///
    /// let pool = ThreadPool::new(4);
    /// assert!(pool.shutdown_and_wait(Duration::from_secs(60)).is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// If threads still work then. They go on, and end with what they do.
    pub fn shutdown_and_wait(&self, longest: Duration) -> Result<(), StillWorking> {
        let shared = &self.owner.shared;
        shared.shut_down();
        let works = |state: &mut State| state.threads > 0;
        let (state, _) = sync::wait_while(&shared.ended, shared.lock(), longest, works);
        match state.threads {
            0 => Ok(()),
            threads => Err(StillWorking::new(threads)),
        }
    }

    /// Shuts it down, and calls `then` when the last thread has ended, on that thread; here, if there is none.
    pub(super) fn shutdown_then(&self, then: Job) {
        let shared = &self.owner.shared;
        shared.shut_down();
        let mut state = shared.lock();
        if state.threads > 0 {
            state.at_end.push(then);
            return;
        }
        drop(state);
        then();
    }
}

impl Shared {
    fn submit(this: &Arc<Self>, job: Job) -> Result<(), Refused> {
        let mut state = this.lock();
        if state.shut_down {
            drop(state);
            // The job is dropped after the lock was given back.
            return Err(Refused::ShutDown);
        }
        state.queue.push_back(job);
        if state.queue.len() <= state.idle || state.threads == this.most {
            this.work.notify_one();
            return Ok(());
        }
        let shared = this.clone();
        let name = format!("final-runtime-{}", state.started + 1);
        match sync::start(name, move || shared.work()) {
            Ok(()) => {
                state.threads += 1;
                state.started += 1;
                Ok(())
            }
            // Those that are there will come to it.
            Err(_) if state.threads > 0 => Ok(()),
            Err(error) => {
                let job = state.queue.pop_back();
                drop(state);
                drop(job);
                Err(Refused::NoThread(error))
            }
        }
    }

    fn shut_down(&self) {
        self.lock().shut_down = true;
        self.work.notify_all();
    }

    /// A thread's life.
    fn work(&self) {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.queue.pop_front() {
                drop(state);
                // It catches the panic of what it calls; this is for what panics when it is dropped.
                let _ = catch_unwind(AssertUnwindSafe(job));
                state = self.lock();
                continue;
            }
            if state.shut_down {
                break;
            }
            state.idle += 1;
            let rests = |state: &mut State| state.queue.is_empty() && !state.shut_down;
            let (woken, rested_enough) = sync::wait_while(&self.work, state, self.kept, rests);
            state = woken;
            state.idle -= 1;
            if rested_enough {
                break;
            }
        }
        state.threads -= 1;
        if state.threads > 0 || !state.shut_down {
            return;
        }
        let at_end = mem::take(&mut state.at_end);
        drop(state);
        self.ended.notify_all();
        at_end.into_iter().for_each(|then| then());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code of others runs under the lock, so a poisoned one is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ThreadPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.owner.shared.lock();
        f.debug_struct("ThreadPool")
            .field("threads", &state.threads)
            .field("most", &self.owner.shared.most)
            .field("waiting", &state.queue.len())
            .field("shut_down", &state.shut_down)
            .finish()
    }
}
