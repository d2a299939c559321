//! A loop from the outside: make it, run it, stop it, close it.
//!
//! | file | what it is |
//! |---|---|
//! | `mod` | the loop, as its owner has it |
//! | `handle` | the right to use it, without owning it |
//!
//! In the book: chapters 1 and 11.

use std::ops::Deref;
use std::rc::Rc;

use crate::clock::Clock;
use crate::shared::Core;
use crate::task_tree::TaskTree;

mod handle;

pub use handle::LoopHandle;

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
    /// ```
    /// use final_runtime::EventLoop;
    ///
    /// let event_loop = EventLoop::new();
    /// assert_eq!(event_loop.run_until_complete(async { 7 }).unwrap(), 7);
    /// ```
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
    ///
    /// # Panics
    ///
    /// If 65535 loops are open in this process.
    #[track_caller]
    pub fn with_virtual_clock() -> Self {
        Self::with(Clock::new_virtual(), Core::task_tree)
    }

    #[track_caller]
    fn with(clock: Clock, tree_when_idle: fn(&Rc<Core>) -> TaskTree) -> Self {
        Self {
            handle: LoopHandle {
                core: Rc::new(Core::new(clock, tree_when_idle)),
            },
        }
    }

    /// A handle for those who need the loop but do not own it. It does not keep the loop open.
    ///
    /// asyncio: the loop itself, which has no owner.
    ///
    /// ```
    /// use final_runtime::EventLoop;
    ///
    /// let event_loop = EventLoop::new();
    /// let handle = event_loop.handle();
    /// event_loop.call_soon(move || handle.stop());
    /// let _ = event_loop.run_forever();
    /// ```
    pub fn handle(&self) -> LoopHandle {
        self.handle.clone()
    }

    /// Drops every task's future, the ready queue and the timers. Closing twice is harmless; a closed loop runs
    /// nothing any more.
    ///
    /// asyncio: `loop.close()`.
    ///
    /// ```
    /// use final_runtime::EventLoop;
    /// use std::rc::Rc;
    ///
    /// let event_loop = EventLoop::new();
    /// let cup = Rc::new(());
    /// let held = cup.clone();
    /// event_loop.spawn(async move { drop(held) });
    /// event_loop.close();
    /// assert_eq!(Rc::strong_count(&cup), 1, "the task's future is dropped");
    /// ```
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
