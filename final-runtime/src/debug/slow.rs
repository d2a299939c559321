//! A turn that looks how long each entry takes.
//!
//! The time is the monotonic clock's, read before and after. A virtual clock stands still meanwhile, so that a simulation
//! warns of nothing and is the same every time.
//!
//! In the book: chapter 12.

use std::cell::RefCell;
use std::fmt::{self, Display, Formatter};
use std::panic::Location;
use std::rc::Rc;
use std::time::Duration;

use crate::handle::Handle;
use crate::promise::AnyPromise;
use crate::report::say;
use crate::shared::Core;
use crate::task::TaskKey;
use crate::task_tree::{self, TaskId};

/// Something has held the loop too long. Its [`Display`] is the warning.
///
/// asyncio: the warning `Executing … took 0.123 seconds`.
///
/// ```
/// use final_runtime::{EventLoop, HeldBy, SlowCallback};
/// use std::cell::RefCell;
/// use std::rc::Rc;
/// use std::time::Duration;
///
/// let event_loop = EventLoop::with_virtual_clock();
/// event_loop.set_debug(true);
/// event_loop.set_slow_callback_duration(Duration::ZERO); // everything
/// let heard = Rc::new(RefCell::new(Vec::new()));
/// let ear = heard.clone();
/// event_loop.set_slow_callback_handler(move |slow: &SlowCallback| ear.borrow_mut().push(slow.clone()));
/// event_loop.call_soon(|| ());
/// let _ = event_loop.run_forever();
/// let slow = &heard.borrow()[0];
/// assert!(matches!(slow.by, HeldBy::Callback { queued_at: Some(place) } if place.line() == line!() - 3));
/// assert_eq!((slow.turn, slow.held_for), (1, Duration::ZERO));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SlowCallback {
    /// What it was.
    pub by: HeldBy,
    /// How long it took.
    pub held_for: Duration,
    /// In which turn.
    pub turn: u64,
}

/// What has held the loop.
///
/// asyncio: the handle in the warning.
///
/// ```
/// use final_runtime::{EventLoop, HeldBy, spawn};
/// use std::rc::Rc;
/// use std::time::Duration;
///
/// async fn crunch() {}
///
/// let event_loop = EventLoop::with_virtual_clock();
/// event_loop.set_debug(true);
/// event_loop.set_slow_callback_duration(Duration::ZERO);
/// event_loop.set_slow_callback_handler(|slow| {
///     let HeldBy::Task { name, future, spawned_at, .. } = &slow.by else { unreachable!() };
///     assert_eq!(name, "Task-1");
///     assert!(future.contains("crunch"));
///     assert!(spawned_at.is_some());
/// });
/// event_loop.spawn(crunch());
/// let _ = event_loop.run_forever();
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum HeldBy {
    /// A step of a task: what its future does between two waits.
    Task {
        /// Which task.
        id: TaskId,
        /// Its name.
        name: String,
        /// The type of its future, as in [`TaskInfo::future`](crate::TaskInfo::future).
        future: &'static str,
        /// Where it was spawned, if the loop was in debug mode then.
        spawned_at: Option<&'static Location<'static>>,
    },
    /// A callback.
    Callback {
        /// Where it was queued, or added to what it waited for. `None` if another thread has sent it.
        queued_at: Option<&'static Location<'static>>,
    },
}

impl Display for SlowCallback {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.by {
            HeldBy::Task {
                id,
                name,
                future,
                spawned_at,
            } => {
                f.write_str("task ")?;
                task_tree::name(name, *id, f)?;
                f.write_str(" [")?;
                task_tree::function(future, f)?;
                if let Some(place) = spawned_at {
                    write!(f, ", spawned at {place}")?;
                }
                f.write_str("]")?;
            }
            HeldBy::Callback {
                queued_at: Some(place),
            } => write!(f, "a callback [queued at {place}]")?,
            HeldBy::Callback { queued_at: None } => {
                f.write_str("a callback that another thread has sent")?;
            }
        }
        let Self { held_for, turn, .. } = self;
        write!(f, " held the loop for {held_for:.3?} in turn {turn}; ")?;
        f.write_str("give up control with `yield_now` now and then, or take the work to a thread with `to_thread`")
    }
}

/// What is called with each warning.
type Handler = Rc<dyn Fn(&SlowCallback)>;

/// Where warnings go: standard error, until somebody sets a handler.
#[derive(Default)]
pub(super) struct HandlerPlace(RefCell<Option<Handler>>);

impl HandlerPlace {
    pub(super) fn set(&self, handler: Option<Handler>) {
        // The old one is dropped after the borrow: its drop may call us.
        let old = self.0.replace(handler);
        drop(old);
    }
}

impl Core {
    /// The next step of a task whose turn has come.
    #[cold]
    pub(crate) fn watched_step(&self, task: &AnyPromise, key: TaskKey) {
        // Held, for its name: it may end by this.
        let task = task.clone();
        let spawned_at = self.spawned_at(&task);
        self.watch(
            || task.step(key),
            || HeldBy::Task {
                id: TaskId(task.number()),
                name: task.name(),
                future: task.future_type(),
                spawned_at,
            },
        );
    }

    /// A callback whose turn has come.
    #[cold]
    pub(crate) fn watched_call(&self, handle: &Handle) {
        let queued_at = handle.queued_at();
        self.watch(|| handle.call(), || HeldBy::Callback { queued_at });
    }

    fn watch(&self, run: impl FnOnce(), by: impl FnOnce() -> HeldBy) {
        let debug = &self.seldom().debug;
        let begun = self.clock.peek();
        run();
        let held_for = Duration::from_nanos(self.clock.peek() - begun);
        if held_for < debug.slow_callback_duration.get() {
            return;
        }
        let slow = SlowCallback {
            by: by(),
            held_for,
            turn: self.turn.get(),
        };
        let handler = debug.slow_callback_handler.0.borrow().clone();
        match handler {
            Some(handler) => self.reports.guard(|| handler(&slow)),
            None => say(format_args!("{slow}")),
        }
    }
}
