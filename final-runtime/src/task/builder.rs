//! A task with more said about it than [`spawn`](crate::spawn) says.
//!
//! In the book: chapter 5.

use std::error::Error;
use std::future::Future;

use crate::event_loop::LoopHandle;
use crate::here;
use crate::task::Task;

/// A task to be: its name, and when its first step is.
///
/// asyncio: the keywords of `asyncio.create_task()`.
///
/// ```
/// use final_runtime::{TaskBuilder, run};
///
/// run(async {
///     let task = TaskBuilder::new().name("tea").eager().spawn(async { 4 });
///     assert_eq!(task.name(), "tea");
///     assert!(task.is_done(), "it never waits, and took its first step at once");
/// });
/// ```
#[derive(Debug)]
#[must_use = "it becomes a task by `spawn` or `try_spawn`"]
pub struct TaskBuilder {
    target: LoopHandle,
    name: Option<String>,
    eager: bool,
}

impl TaskBuilder {
    /// A task of the running loop.
    ///
    /// asyncio: `asyncio.create_task()`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let task = final_runtime::TaskBuilder::new().spawn(async { 4 });
    ///     assert_eq!(task.await.unwrap(), 4);
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// If no loop is running on this thread.
    #[track_caller]
    #[expect(clippy::new_without_default, reason = "it belongs to the running loop")]
    pub fn new() -> Self {
        Self::of(&LoopHandle {
            core: here::expect_core("`TaskBuilder::new`").clone(),
        })
    }

    /// A task of this loop.
    ///
    /// asyncio: `loop.create_task()`.
    ///
    /// ```
    /// use final_runtime::{EventLoop, TaskBuilder};
    ///
    /// let event_loop = EventLoop::new();
    /// let task = TaskBuilder::of(&event_loop).name("tea").spawn(async { 4 });
    /// event_loop.run_until_done(&task).unwrap();
    /// ```
    pub fn of(target: &LoopHandle) -> Self {
        Self {
            target: target.clone(),
            name: None,
            eager: false,
        }
    }

    /// Names the task.
    ///
    /// asyncio: `name=…`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let task = final_runtime::TaskBuilder::new().name("tea").spawn(async {});
    ///     assert_eq!(task.name(), "tea");
    /// });
    /// ```
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// Takes the first step at once, inside `spawn`. A task that never waits is done when `spawn` returns, and no
    /// request can reach it before its first line.
    ///
    /// asyncio: `eager_start=True`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let task = final_runtime::TaskBuilder::new().eager().spawn(async {});
    ///     assert!(task.is_done());
    /// });
    /// ```
    pub fn eager(mut self) -> Self {
        self.eager = true;
        self
    }

    /// Starts the task.
    ///
    /// asyncio: `asyncio.create_task()`, or `asyncio.eager_task_factory` for an eager one.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let task = final_runtime::TaskBuilder::new().spawn(async { 4 });
    ///     assert!(!task.is_done(), "its first step is in the next turn");
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> Task<F::Output>
    where
        F: Future + 'static,
    {
        self.target.core.check_open("spawn");
        let task = Task::make(&self.target.core, future);
        self.start(task)
    }

    /// Starts the task, which fails when `future` gives an `Err`.
    ///
    /// asyncio: `asyncio.create_task()`, of a coroutine that may raise.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let task = final_runtime::TaskBuilder::new().try_spawn(async { "4".parse::<i32>() });
    ///     assert_eq!(task.await.unwrap(), 4);
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn try_spawn<F, T, E>(self, future: F) -> Task<T>
    where
        F: Future<Output = Result<T, E>> + 'static,
        T: 'static,
        E: Into<Box<dyn Error>>,
    {
        self.target.core.check_open("try_spawn");
        let task = Task::try_make(&self.target.core, future);
        self.start(task)
    }

    fn start<T>(self, task: Task<T>) -> Task<T> {
        if let Some(name) = &self.name {
            task.set_name(name);
        }
        let core = &self.target.core;
        match self.eager {
            true => core.within_a_run(|| task.promise().step_now()),
            false => core.wake(task.promise().key()),
        }
        task
    }
}
