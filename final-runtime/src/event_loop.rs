//! A loop from the outside: make it, run it, stop it, close it.
//!
//! In the book: chapters 1 and 11.

use std::error::Error;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::clock::Clock;
use crate::future::Future;
use crate::handle::Handle;
use crate::promise::What;
use crate::report::Report;
use crate::shared::Core;
use crate::task::{Task, TaskRef};
use crate::task_tree::TaskTree;
use crate::turn::{Outcome, Stopping};

/// One thread's event loop. It closes when it is dropped, which panics, as [`close`](Self::close) does, while it runs.
///
/// Most programs never name it: [`run`](crate::run) makes one, runs a future on it and closes it. It has all methods
/// of [`LoopHandle`].
///
/// asyncio: `asyncio.EventLoop`, made by `asyncio.new_event_loop()`.
///
/// ```
/// use final_runtime::EventLoop;
///
/// let event_loop = EventLoop::new();
/// let handle = event_loop.handle();
/// event_loop.call_soon(move || handle.stop());
/// event_loop.run_forever();
/// assert_eq!(event_loop.turn(), 1);
/// ```
#[derive(Debug)]
pub struct EventLoop {
    handle: LoopHandle,
}

impl EventLoop {
    /// A loop on the machine's clock. It takes nothing from the system until it has to sleep.
    ///
    /// asyncio: `asyncio.new_event_loop()`.
    ///
    /// # Panics
    ///
    /// If 65535 loops are open in this process.
    #[track_caller]
    #[expect(
        clippy::new_without_default,
        reason = "a loop is made on purpose, not by default"
    )]
    pub fn new() -> Self {
        Self::with(Clock::monotonic(), |_| {
            unreachable!("a loop on the machine's clock is never idle")
        })
    }

    /// A loop whose clock stands still while anything is ready and jumps to the next deadline when nothing is.
    /// It has no sockets. When nothing is ready and nothing is due ever, a run ends as idle.
    ///
    /// asyncio has none; its tests replace `loop.time()` by hand.
    ///
    /// ```
    /// use std::time::Duration;
    /// use final_runtime::EventLoop;
    ///
    /// let event_loop = EventLoop::with_virtual_clock();
    /// let start = event_loop.now();
    /// let end = event_loop.run_until_complete(async {
    ///     final_runtime::sleep(Duration::from_secs(3600)).await;
    ///     final_runtime::running_loop().now()
    /// });
    /// assert_eq!(end.unwrap() - start, Duration::from_secs(3600));
    /// ```
    pub fn with_virtual_clock() -> Self {
        Self::with(Clock::new_virtual(), Core::task_tree)
    }

    fn with(clock: Clock, tree_when_idle: fn(&Rc<Core>) -> TaskTree) -> Self {
        Self {
            handle: LoopHandle {
                core: Rc::new(Core::new(clock, tree_when_idle)),
            },
        }
    }

    /// A handle for those who need the loop but do not own it. It does not keep the loop open.
    pub fn handle(&self) -> LoopHandle {
        self.handle.clone()
    }

    /// Drops every task's future, the ready queue and the timers. Closing twice is harmless; a closed loop runs
    /// nothing any more.
    ///
    /// asyncio: `loop.close()`.
    ///
    /// # Panics
    ///
    /// While the loop runs.
    pub fn close(&self) {
        self.core.close();
    }
}

impl Deref for EventLoop {
    type Target = LoopHandle;

    fn deref(&self) -> &LoopHandle {
        &self.handle
    }
}

impl Drop for EventLoop {
    fn drop(&mut self) {
        self.close();
    }
}

/// The right to use a loop from its own thread, without owning it. Clones mean the same loop.
///
/// asyncio: what `asyncio.get_running_loop()` returns.
///
/// ```
/// use std::cell::RefCell;
/// use std::rc::Rc;
/// use std::time::Duration;
/// use final_runtime::{EventLoop, LoopHandle};
///
/// let event_loop = EventLoop::with_virtual_clock();
/// let handle: LoopHandle = event_loop.handle();
/// let order = Rc::new(RefCell::new(Vec::new()));
/// let (first, last) = (order.clone(), order.clone());
/// handle.call_later(Duration::from_secs(1), move || last.borrow_mut().push("later"));
/// handle.call_soon(move || first.borrow_mut().push("soon"));
/// let _ = handle.run_forever();
/// assert_eq!(*order.borrow(), ["soon", "later"]);
/// ```
#[derive(Clone)]
pub struct LoopHandle {
    pub(crate) core: Rc<Core>,
}

impl LoopHandle {
    /// Calls `callback` in the next turn, behind what is queued already.
    ///
    /// asyncio: `loop.call_soon()`.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn call_soon(&self, callback: impl FnOnce() + 'static) -> Handle {
        self.core.check_open("call_soon");
        self.core.call_soon(Box::new(callback))
    }

    /// Calls `callback` when `delay` has passed. Zero is a timer too: it is looked at in the next turn, behind what
    /// is ready.
    ///
    /// asyncio: `loop.call_later()`.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn call_later(&self, delay: Duration, callback: impl FnOnce() + 'static) -> Handle {
        self.core.check_open("call_later");
        let when = self.core.deadline(delay);
        self.core.call_at(when, Box::new(callback))
    }

    /// Calls `callback` at `when`. Of two with the same deadline the one made first is called first.
    ///
    /// asyncio: `loop.call_at()`.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn call_at(&self, when: Instant, callback: impl FnOnce() + 'static) -> Handle {
        self.core.check_open("call_at");
        self.core.call_at(Some(when), Box::new(callback))
    }

    /// Starts a task: its first step is in the next turn.
    ///
    /// asyncio: `loop.create_task()`.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> Task<F::Output>
    where
        F: std::future::Future + 'static,
    {
        self.core.check_open("spawn");
        Task::start(&self.core, future)
    }

    /// Starts a task that fails when its future gives an `Err`.
    ///
    /// asyncio: `loop.create_task()`, of a coroutine that may raise.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn try_spawn<F, T, E>(&self, future: F) -> Task<T>
    where
        F: std::future::Future<Output = Result<T, E>> + 'static,
        T: 'static,
        E: Into<Box<dyn Error>>,
    {
        self.core.check_open("try_spawn");
        Task::try_start(&self.core, future)
    }

    /// A future that is settled by hand. The loop need not run.
    ///
    /// asyncio: `loop.create_future()`.
    pub fn create_future<T: 'static>(&self) -> Future<T> {
        Future::of(&self.core, What::Future)
    }

    /// The loop's time: what its clock says now.
    ///
    /// asyncio: `loop.time()`.
    pub fn now(&self) -> Instant {
        self.core.read_clock()
    }

    /// The number of the turn that is under way, or was last: 0 before the first. asyncio has none.
    pub fn turn(&self) -> u64 {
        self.core.turn.get()
    }

    /// Asks the loop to return at the end of this turn; before a run, of its first turn, which then does not wait.
    ///
    /// asyncio: `loop.stop()`.
    pub fn stop(&self) {
        self.core.stopping.set(Stopping::Now);
    }

    /// Whether the loop is running now.
    ///
    /// asyncio: `loop.is_running()`.
    pub fn is_running(&self) -> bool {
        self.core.running.get()
    }

    /// Whether the loop was closed.
    ///
    /// asyncio: `loop.is_closed()`.
    pub fn is_closed(&self) -> bool {
        self.core.closed.get()
    }

    /// Hands errors that nobody looks at to `handler` instead of writing them to standard error.
    /// A handler that panics is reported there, too, and the loop goes on.
    ///
    /// A closed loop keeps its handler, for the errors in handles that outlive it. So a handler that holds a handle of its
    /// loop keeps the loop's memory, and itself, for ever; a [`ThreadsafeHandle`](crate::ThreadsafeHandle) holds nothing.
    ///
    /// asyncio: `loop.set_exception_handler()`.
    pub fn set_exception_handler(&self, handler: impl Fn(&Report) + 'static) {
        self.core.reports.set_handler(Some(Rc::new(handler)));
    }

    /// All tasks that are not done, in order of creation.
    ///
    /// asyncio: `asyncio.all_tasks()`.
    pub fn all_tasks(&self) -> Vec<TaskRef> {
        let tasks = self.core.slots.all();
        tasks.into_iter().map(TaskRef::new).collect()
    }

    /// Who waits for what: every task that is not done, and the rings in which they wait for each other.
    ///
    /// asyncio: `asyncio.capture_call_graph()`, of all tasks; `python -m asyncio pstree`.
    ///
    /// ```
    /// use final_runtime::{run, running_loop, spawn};
    ///
    /// run(async {
    ///     spawn(async {});
    ///     let tree = running_loop().task_tree();
    ///     assert_eq!(tree.tasks.len(), 2);
    ///     println!("{tree}");
    /// });
    /// ```
    pub fn task_tree(&self) -> TaskTree {
        self.core.task_tree()
    }

    /// Runs turn after turn, until [`stop`](Self::stop) is called, or a virtual clock finds nothing to wait for.
    ///
    /// asyncio: `loop.run_forever()`.
    ///
    /// # Panics
    ///
    /// If the loop is closed, or a loop runs on this thread already. If the loop wants to sleep and the system refuses it a
    /// poller, for want of file descriptors.
    pub fn run_forever(&self) -> Outcome {
        self.core.run_forever()
    }
}

impl fmt::Debug for LoopHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoopHandle")
            .field("turn", &self.turn())
            .field("running", &self.is_running())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
