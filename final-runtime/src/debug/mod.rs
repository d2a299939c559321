//! Debug mode: a loop that looks at itself. It notes where tasks are spawned, and warns of what holds it too long.
//!
//! It is switched on when a loop is made or while it runs, by [`set_debug`](crate::LoopHandle::set_debug) or
//! [`Runner::debug`](crate::Runner::debug).
//!
//! - From then on each task has its place in the source, in the [task tree](crate::TaskTree) and in warnings.
//! - A step of a task or a callback that holds the loop as long as
//!   [`slow_callback_duration`](crate::LoopHandle::slow_callback_duration) or longer is told of, when it has come to its end: which
//!   it was, how long it took, and in which turn. Meanwhile nothing else has run. (One that panics has no end: the exception
//!   handler is told of the panic, and nobody of the time.)
//!
//! ```
//! use final_runtime::{HeldBy, Runner, SlowCallback, running_loop};
//! use std::cell::RefCell;
//! use std::rc::Rc;
//! use std::time::Duration;
//!
//! let heard: Rc<RefCell<Vec<SlowCallback>>> = Rc::default();
//! let ear = heard.clone();
//! let runner = Runner::new().debug(true);
//! runner.run(async move {
//!     let event_loop = running_loop();
//!     event_loop.set_slow_callback_duration(Duration::from_millis(10));
//!     event_loop.set_slow_callback_handler(move |slow| ear.borrow_mut().push(slow.clone()));
//!     std::thread::sleep(Duration::from_millis(20)); // and not `sleep(…).await`
//! })
//! .unwrap();
//! let slow = &heard.borrow()[0];
//! assert!(slow.held_for >= Duration::from_millis(20));
//! assert!(matches!(&slow.by, HeldBy::Task { name, .. } if name == "Task-1"));
//! ```
//!
//! What stands still now, and is not at its end, nobody can tell from inside the loop: a [dump](crate::LoopHandle::dump_on_signal)
//! comes in the turn behind it. A debugger's backtrace shows it.
//!
//! # What it costs
//!
//! Off, nothing: the turn of the loop is compiled twice, and the other one runs. On, two readings of the clock for each entry
//! that runs, and 8 bytes for each task that can be alive at once.
//!
//! # asyncio
//!
//! `debug=True`, `loop.set_debug()`, `loop.slow_callback_duration`. What else its debug mode checks, the compiler does here: a call
//! from another thread, a coroutine that is not awaited. There is no counterpart of the variable `PYTHONASYNCIODEBUG`: a
//! library that reads the environment behind its program's back surprises somebody sooner or later, and the program does it
//! in a line:
//!
//! ```
//! # let event_loop = final_runtime::EventLoop::new();
//! event_loop.set_debug(std::env::var_os("SHOP_DEBUG").is_some());
//! ```
//!
//! | file | what it is |
//! |---|---|
//! | `mod` | the switch, and where tasks were spawned |
//! | `slow` | a turn that looks how long each entry takes |
//! | `dump` | the task tree at a signal |
//!
//! In the book: chapter 12.

use std::cell::{Cell, RefCell};
use std::panic::Location;
use std::time::Duration;

use crate::event_loop::LoopHandle;
use crate::promise::AnyPromise;
use crate::runner::Runner;
use crate::shared::Core;
use crate::turn::DebugRun;

mod dump;
mod slow;

pub use slow::{HeldBy, SlowCallback};

/// What a loop in debug mode knows.
pub(crate) struct Debug {
    /// For each slot, where its task was spawned. It is emptied when debug mode ends: so no task has the place of another
    /// that was in its slot before.
    spawned: RefCell<Vec<Option<&'static Location<'static>>>>,
    slow_callback_duration: Cell<Duration>,
    slow_callback_handler: slow::HandlerPlace,
}

impl Default for Debug {
    fn default() -> Self {
        Self {
            spawned: RefCell::default(),
            slow_callback_duration: Cell::new(Duration::from_millis(100)),
            slow_callback_handler: slow::HandlerPlace::default(),
        }
    }
}

impl Core {
    /// Where the task was spawned, if that is known.
    pub(crate) fn spawned_at(&self, task: &AnyPromise) -> Option<&'static Location<'static>> {
        let spawned = self.seldom.get()?.debug.spawned.borrow();
        *spawned.get(task.slot() as usize)?
    }

    /// The task was spawned on behalf of who stands at `place`.
    pub(crate) fn spawned_from(&self, task: &AnyPromise, place: &'static Location<'static>) {
        if self.debug.get().is_some() {
            self.note_spawn(task, place);
        }
    }

    #[cold]
    pub(crate) fn note_spawn(&self, task: &AnyPromise, place: &'static Location<'static>) {
        let mut spawned = self.seldom().debug.spawned.borrow_mut();
        let slot = task.slot() as usize;
        if spawned.len() <= slot {
            spawned.resize(slot + 1, None);
        }
        spawned[slot] = Some(place);
    }
}

impl LoopHandle {
    /// Switches debug mode on or off, from the next turn on: tasks that are spawned note where, and what holds the loop
    /// as long as [`slow_callback_duration`](Self::slow_callback_duration) is warned of.
    ///
    /// asyncio: `loop.set_debug()`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     final_runtime::running_loop().set_debug(true);
    /// });
    /// ```
    pub fn set_debug(&self, on: bool) {
        let run: Option<DebugRun> = on.then_some(Core::run_watched);
        if self.core.debug.replace(run).is_some() != on {
            self.core.switch_turns();
        }
        if !on && let Some(seldom) = self.core.seldom.get() {
            seldom.debug.spawned.take();
        }
    }

    /// Whether it is in debug mode.
    ///
    /// asyncio: `loop.get_debug()`.
    ///
    /// ```
    /// let event_loop = final_runtime::EventLoop::new();
    /// assert!(!event_loop.is_debug());
    /// event_loop.set_debug(true);
    /// assert!(event_loop.is_debug());
    /// ```
    pub fn is_debug(&self) -> bool {
        self.core.debug.get().is_some()
    }

    /// In debug mode, what holds the loop for so long or longer is warned of. Zero warns of everything that runs.
    ///
    /// asyncio: setting `loop.slow_callback_duration`.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let event_loop = final_runtime::EventLoop::new();
    /// event_loop.set_debug(true);
    /// event_loop.set_slow_callback_duration(Duration::from_millis(10));
    /// ```
    pub fn set_slow_callback_duration(&self, duration: Duration) {
        self.core
            .seldom()
            .debug
            .slow_callback_duration
            .set(duration);
    }

    /// How long that is: 100 milliseconds, unless somebody has said otherwise.
    ///
    /// asyncio: `loop.slow_callback_duration`.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let event_loop = final_runtime::EventLoop::new();
    /// assert_eq!(event_loop.slow_callback_duration(), Duration::from_millis(100));
    /// ```
    pub fn slow_callback_duration(&self) -> Duration {
        self.core.seldom().debug.slow_callback_duration.get()
    }

    /// Hands warnings of what held the loop too long to `handler`, in the turn in which it did, instead of writing them to
    /// standard error. What the handler takes itself is not counted, and a panic of it goes to the exception handler.
    ///
    /// asyncio: the handlers of the `asyncio` logger.
    ///
    /// ```
    /// use std::cell::Cell;
    /// use std::rc::Rc;
    /// use std::time::Duration;
    /// use final_runtime::{EventLoop, yield_now};
    ///
    /// let event_loop = EventLoop::new();
    /// event_loop.set_debug(true);
    /// event_loop.set_slow_callback_duration(Duration::ZERO); // warns of everything
    /// let warnings = Rc::new(Cell::new(0));
    /// let count = warnings.clone();
    /// event_loop.set_slow_callback_handler(move |_slow| count.set(count.get() + 1));
    /// event_loop.run_until_complete(yield_now()).unwrap();
    /// assert_eq!(warnings.get(), 2, "the task took two steps");
    /// ```
    pub fn set_slow_callback_handler(&self, handler: impl Fn(&SlowCallback) + 'static) {
        let place = &self.core.seldom().debug.slow_callback_handler;
        place.set(Some(std::rc::Rc::new(handler)));
    }
}

impl Runner {
    /// Switches the loop's debug mode on or off, see [`set_debug`](LoopHandle::set_debug).
    ///
    /// asyncio: `asyncio.Runner(debug=…)`.
    ///
    /// ```
    /// use final_runtime::{Runner, running_loop};
    ///
    /// let runner = Runner::new().debug(true);
    /// assert!(runner.run(async { running_loop().is_debug() }).unwrap());
    /// ```
    ///
    /// # Panics
    ///
    /// If 65535 loops are open in this process.
    #[track_caller]
    pub fn debug(self, on: bool) -> Self {
        self.get_loop().set_debug(on);
        self
    }
}
