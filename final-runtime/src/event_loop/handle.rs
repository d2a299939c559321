//! What may be asked of a loop on its own thread.

use std::error::Error;
use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::future::Future;
use crate::handle::Handle;
use crate::promise::What;
use crate::report::Report;
use crate::shared::Core;
use crate::task::{Task, TaskRef};
use crate::task_tree::TaskTree;
use crate::turn::{Outcome, Stopping};

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
    /// ```
    /// use final_runtime::EventLoop;
    /// use std::cell::Cell;
    /// use std::rc::Rc;
    ///
    /// let event_loop = EventLoop::with_virtual_clock();
    /// let called = Rc::new(Cell::new(false));
    /// let call = called.clone();
    /// event_loop.call_soon(move || call.set(true));
    /// assert!(!called.get(), "in the next turn");
    /// let _ = event_loop.run_forever();
    /// assert!(called.get());
    /// ```
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
    /// ```
    /// use final_runtime::EventLoop;
    /// use std::time::Duration;
    ///
    /// let event_loop = EventLoop::with_virtual_clock();
    /// let start = event_loop.now();
    /// let handle = event_loop.handle();
    /// event_loop.call_later(Duration::from_secs(60), move || handle.stop());
    /// let _ = event_loop.run_forever();
    /// assert_eq!(event_loop.now() - start, Duration::from_secs(60));
    /// ```
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
    /// ```
    /// use final_runtime::EventLoop;
    /// use std::cell::RefCell;
    /// use std::rc::Rc;
    /// use std::time::Duration;
    ///
    /// let event_loop = EventLoop::with_virtual_clock();
    /// let soon = event_loop.now() + Duration::from_secs(1);
    /// let order = Rc::new(RefCell::new(Vec::new()));
    /// for name in ["first", "second"] {
    ///     let order = order.clone();
    ///     event_loop.call_at(soon, move || order.borrow_mut().push(name));
    /// }
    /// let _ = event_loop.run_forever();
    /// assert_eq!(*order.borrow(), ["first", "second"]);
    /// ```
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
    /// ```
    /// use final_runtime::EventLoop;
    ///
    /// let event_loop = EventLoop::new();
    /// let task = event_loop.spawn(async { "tea" });
    /// assert_eq!(event_loop.run_until_complete(task).unwrap().unwrap(), "tea");
    /// ```
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
    /// ```
    /// use final_runtime::EventLoop;
    ///
    /// let event_loop = EventLoop::new();
    /// let task = event_loop.try_spawn(async { "seven".parse::<u8>() });
    /// assert!(event_loop.run_until_complete(task).unwrap().is_err());
    /// ```
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
    ///
    /// ```
    /// use final_runtime::EventLoop;
    ///
    /// let event_loop = EventLoop::new();
    /// let future = event_loop.create_future();
    /// future.set_result(7).unwrap();
    /// assert_eq!(event_loop.run_until_complete(async { future.await.unwrap() }).unwrap(), 7);
    /// ```
    pub fn create_future<T: 'static>(&self) -> Future<T> {
        Future::of(&self.core, What::Future)
    }

    /// The loop's time: what its clock says now.
    ///
    /// asyncio: `loop.time()`.
    ///
    /// ```
    /// use final_runtime::EventLoop;
    ///
    /// let event_loop = EventLoop::with_virtual_clock();
    /// assert_eq!(event_loop.now(), event_loop.now(), "it stands still while nothing waits");
    /// ```
    pub fn now(&self) -> Instant {
        self.core.read_clock()
    }

    /// The number of the turn that is under way, or was last: 0 before the first. asyncio has none.
    ///
    /// ```
    /// use final_runtime::{run, running_loop, yield_now};
    ///
    /// run(async {
    ///     let turn = running_loop().turn();
    ///     yield_now().await;
    ///     assert_eq!(running_loop().turn(), turn + 1);
    /// });
    /// ```
    pub fn turn(&self) -> u64 {
        self.core.turn.get()
    }

    /// Asks the loop to return at the end of this turn; before a run, of its first turn, which then does not wait.
    ///
    /// asyncio: `loop.stop()`.
    ///
    /// ```
    /// use final_runtime::{EventLoop, Outcome};
    ///
    /// let event_loop = EventLoop::new();
    /// event_loop.stop();
    /// assert_eq!(event_loop.run_forever(), Outcome::Stopped);
    /// assert_eq!(event_loop.turn(), 1);
    /// ```
    pub fn stop(&self) {
        self.core.stopping.set(Stopping::Now);
    }

    /// Whether the loop is running now.
    ///
    /// asyncio: `loop.is_running()`.
    ///
    /// ```
    /// use final_runtime::{EventLoop, running_loop};
    ///
    /// let event_loop = EventLoop::new();
    /// assert!(!event_loop.is_running());
    /// let inside = event_loop.run_until_complete(async { running_loop().is_running() });
    /// assert!(inside.unwrap());
    /// ```
    pub fn is_running(&self) -> bool {
        self.core.running.get()
    }

    /// Whether the loop was closed.
    ///
    /// asyncio: `loop.is_closed()`.
    ///
    /// ```
    /// let event_loop = final_runtime::EventLoop::new();
    /// let handle = event_loop.handle();
    /// assert!(!handle.is_closed());
    /// drop(event_loop);
    /// assert!(handle.is_closed());
    /// ```
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
    ///
    /// ```
    /// use final_runtime::{EventLoop, yield_now};
    /// use std::cell::RefCell;
    /// use std::rc::Rc;
    ///
    /// let event_loop = EventLoop::new();
    /// let heard = Rc::new(RefCell::new(Vec::new()));
    /// let ear = heard.clone();
    /// event_loop.set_exception_handler(move |report| ear.borrow_mut().push(report.to_string()));
    /// drop(event_loop.spawn(async { panic!("no tea") }));
    /// event_loop.run_until_complete(yield_now()).unwrap();
    /// assert!(heard.borrow()[0].contains("no tea"));
    /// ```
    pub fn set_exception_handler(&self, handler: impl Fn(&Report) + 'static) {
        self.core.reports.set_handler(Some(Rc::new(handler)));
    }

    /// All tasks that are not done, in order of creation.
    ///
    /// asyncio: `asyncio.all_tasks()`.
    ///
    /// ```
    /// use final_runtime::EventLoop;
    ///
    /// let event_loop = EventLoop::new();
    /// let tasks = [event_loop.spawn(async {}), event_loop.spawn(async {})];
    /// let names: Vec<_> = event_loop.all_tasks().iter().map(|task| task.name()).collect();
    /// assert_eq!(names, ["Task-1", "Task-2"]);
    /// # drop(tasks);
    /// ```
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
    /// ```
    /// use final_runtime::{EventLoop, Outcome};
    ///
    /// let event_loop = EventLoop::new();
    /// let handle = event_loop.handle();
    /// event_loop.call_soon(move || handle.stop());
    /// assert_eq!(event_loop.run_forever(), Outcome::Stopped);
    /// ```
    ///
    /// # Panics
    ///
    /// If the loop is closed, or a loop runs on this thread already. If the loop wants to sleep and the system refuses it a
    /// poller, for want of file descriptors.
    #[track_caller]
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
