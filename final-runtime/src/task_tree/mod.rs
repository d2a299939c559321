//! Who waits for what: every task of a loop with its name, where it was spawned, where it stands and what it waits for, as
//! data and as text; and the rings in which tasks wait for each other.
//!
//! A tree is taken by [`LoopHandle::task_tree`](crate::LoopHandle::task_tree), at any moment, also from inside a task. It
//! is a copy: nothing in it holds a task.
//!
//! ```
//! use final_runtime::{EventLoop, TaskState, WaitsFor, spawn, sync::Lock};
//! use std::rc::Rc;
//!
//! async fn take(mine: Rc<Lock>, other: Rc<Lock>) {
//!     let _mine = mine.lock().await;
//!     final_runtime::yield_now().await;
//!     let _other = other.lock().await;
//! }
//!
//! let event_loop = EventLoop::with_virtual_clock();
//! let (fork, knife) = (Rc::new(Lock::new(())), Rc::new(Lock::new(())));
//! let left = event_loop.spawn(take(fork.clone(), knife.clone()));
//! let right = event_loop.spawn(take(knife, fork));
//! let _ = event_loop.run_forever();
//!
//! let tree = event_loop.task_tree();
//! assert_eq!(tree.rings[0].tasks, [left.id(), right.id()]);
//! let task = tree.get(left.id()).unwrap();
//! assert_eq!(task.state, TaskState::Waiting);
//! assert_eq!(task.waits_for, [WaitsFor::Lock { behind: Some(right.id()) }]);
//! # let text = tree.to_string();
//! # assert!(text.ends_with("a ring: `Task-1` → `Task-2` → `Task-1`"), "{text}");
//! ```
//!
//! # The text
//!
//! Those for whom nobody waits stand at the margin, in order of creation; below each task and further in, the tasks that
//! it waits for. A task that several wait for is told of where it is first met, and named where it is met again. Behind the
//! task stand the function whose future it runs and, in [debug mode](crate::LoopHandle::set_debug), where it was spawned.
//!
//! ```text
//! 4 tasks
//! `Task-1` waits for a gather of 2 tasks [shop::main, spawned at src/main.rs:31:5]
//! ├─ `tea` (2) waits for `Task-4` [shop::tea, spawned at src/main.rs:12:18]
//! │  └─ `Task-4` waits for data from 127.0.0.1:7000 [shop::fetch, spawned at src/main.rs:20:9]
//! └─ `cake` (3) waits for `Task-4` [shop::cake, spawned at src/main.rs:13:18]
//!    └─ `Task-4`, see above
//! ```
//!
//! # Rings
//!
//! Of tasks that wait for each other, each knot is named once, by a shortest way round it from its eldest task. Such a ring
//! never ends by itself. Something else may end it: a timeout around one of the waits, a request to cancel, or, where a
//! task waits for several things at a time, another of them.
//!
//! # What it costs
//!
//! The name of the function is the compiler's, and always there. That a task waits for something is one word, which cancel
//! needs too; and that a lock has a holder is a word in it. So a loop at which nobody looks pays for nothing. To look takes
//! time in proportion to what is seen, and no stack, however long a chain of tasks is.
//!
//! # asyncio
//!
//! `asyncio.capture_call_graph()` and `print_call_graph()` show one task and those that wait for it; `python -m asyncio ps`
//! and `pstree` the whole, from another process. Where tasks wait in a ring, `pstree` names the ring and prints no tree.
//! They know the line of each `await`, which Rust keeps in no task. They do not know deadlines, sockets or who has a lock.
//!
//! | file | what it is |
//! |---|---|
//! | `mod` | the tree as data |
//! | `waits` | what a task waits for |
//! | `snapshot` | how it is taken |
//! | `rings` | who waits for whom, and back |
//! | `print` | the text |
//!
//! In the book: chapter 12.

use std::fmt;
use std::panic::Location;
use std::time::Instant;

mod print;
mod rings;
mod snapshot;
mod waits;

pub(crate) use print::{function, name};
pub use waits::{Through, WaitsFor};

/// Which task of its loop: its number in order of creation, from 1.
///
/// asyncio: `id(task)`.
///
/// ```
/// use final_runtime::{TaskId, current_task, run};
///
/// run(async {
///     let me: TaskId = current_task().unwrap().id();
///     assert_eq!(me.to_string(), "1");
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub(crate) u64);

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The tasks of a loop as they stood at one moment. Its [`Display`](fmt::Display) draws it.
///
/// asyncio: `asyncio.FutureCallGraph`, of all tasks; what `python -m asyncio pstree` prints.
///
/// ```
/// use final_runtime::{TaskTree, run, running_loop, spawn, yield_now};
///
/// run(async {
///     let kettle = spawn(std::future::pending::<()>());
///     kettle.set_name("kettle");
///     yield_now().await;
///     let tree: TaskTree = running_loop().task_tree();
///     let names: Vec<&str> = tree.tasks.iter().map(|task| &*task.name).collect();
///     assert_eq!(names, ["Task-1", "kettle"]);
///     assert!(tree.to_string().contains("`kettle` (2) waits for something outside the runtime"));
/// });
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TaskTree {
    /// Every task that is not done, in order of creation.
    pub tasks: Vec<TaskInfo>,
    /// The rings in which tasks wait for each other.
    pub rings: Vec<Ring>,
    /// What the loop's clock said.
    pub taken_at: Instant,
}

impl TaskTree {
    /// The task, if it was not done.
    ///
    /// asyncio: none; `pstree` is looked through by eye.
    ///
    /// ```
    /// use final_runtime::{current_task, run, running_loop};
    ///
    /// run(async {
    ///     let me = current_task().unwrap().id();
    ///     assert_eq!(running_loop().task_tree().get(me).unwrap().name, "Task-1");
    /// });
    /// ```
    pub fn get(&self, id: TaskId) -> Option<&TaskInfo> {
        let found = self.tasks.binary_search_by_key(&id, |task| task.id);
        found.ok().map(|index| &self.tasks[index])
    }

    /// The tasks for which no other waits, in order of creation. Those of a ring are not among them.
    ///
    /// asyncio: the roots that `python -m asyncio pstree` prints.
    ///
    /// ```
    /// use final_runtime::{current_task, run, running_loop, spawn};
    ///
    /// run(async {
    ///     let me = current_task().unwrap().id();
    ///     spawn(async move {
    ///         let tree = running_loop().task_tree();
    ///         let roots: Vec<_> = tree.roots().map(|task| task.id).collect();
    ///         assert_eq!(roots, [me], "it waits for this one");
    ///     })
    ///     .await
    ///     .unwrap();
    /// });
    /// ```
    pub fn roots(&self) -> impl Iterator<Item = &TaskInfo> {
        self.tasks.iter().filter(|task| task.awaited_by.is_empty())
    }
}

/// One task as it stood at one moment.
///
/// asyncio: an entry of `python -m asyncio ps`.
///
/// ```
/// use final_runtime::{TaskInfo, TaskState, run, running_loop, spawn};
///
/// async fn boil() {}
///
/// run(async {
///     running_loop().set_debug(true);
///     let kettle = spawn(boil());
///     let tree = running_loop().task_tree();
///     let task: &TaskInfo = tree.get(kettle.id()).unwrap();
///     assert_eq!(task.state, TaskState::New);
///     assert!(task.future.contains("boil"));
///     assert_eq!(task.spawned_at.unwrap().line(), line!() - 5);
/// });
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TaskInfo {
    /// Which it is.
    pub id: TaskId,
    /// Its name.
    pub name: String,
    /// The type of its future, as the compiler writes it: of an `async fn` its path, with `::{{closure}}` behind.
    pub future: &'static str,
    /// Where it was spawned, if the loop was in [debug mode](crate::LoopHandle::set_debug) then.
    pub spawned_at: Option<&'static Location<'static>>,
    /// Where it stands.
    pub state: TaskState,
    /// What it waits for: all of it, where it waits for several things at a time. Empty unless it waits.
    pub waits_for: Vec<WaitsFor>,
    /// The tasks that wait for it.
    pub awaited_by: Vec<TaskId>,
    /// How many requests to cancel were not taken back.
    pub cancelling: u32,
}

/// Where a task stands that is not done.
///
/// asyncio: nothing that can be asked.
///
/// ```
/// use final_runtime::{TaskState, current_task, run, running_loop};
///
/// run(async {
///     let me = current_task().unwrap().id();
///     let tree = running_loop().task_tree();
///     assert_eq!(tree.get(me).unwrap().state, TaskState::Running);
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaskState {
    /// It has not begun.
    New,
    /// Its next step is in the ready queue.
    Queued,
    /// A step of it is under way: it is the one that looks, or what it runs looks.
    Running,
    /// It waits.
    Waiting,
}

/// Tasks that wait for each other: each for the next, and the last for the first.
///
/// asyncio: the cycle that `python -m asyncio pstree` names.
///
/// ```
/// use final_runtime::{EventLoop, Ring, sync::Lock};
///
/// let event_loop = EventLoop::with_virtual_clock();
/// let task = event_loop.spawn(async {
///     let lock = Lock::new(());
///     let _first = lock.lock().await;
///     let _second = lock.lock().await; // it holds it itself
/// });
/// let _ = event_loop.run_forever();
/// let ring: Ring = event_loop.task_tree().rings.remove(0);
/// assert_eq!(ring.tasks, [task.id()]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ring {
    /// In the order in which they wait, the eldest first.
    pub tasks: Vec<TaskId>,
}
