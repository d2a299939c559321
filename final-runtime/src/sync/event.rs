//! A flag that many wait for.

use std::cell::Cell;
use std::fmt;

use crate::promise::What;
use crate::sync::line::Line;

/// A flag. Who waits goes on when it is set; who comes while it is set does not wait.
///
/// asyncio: `asyncio.Event`.
///
/// ```
/// use final_runtime::sync::Event;
/// use final_runtime::{run, spawn};
/// use std::rc::Rc;
///
/// run(async {
///     let kettle_boils = Rc::new(Event::new());
///     let whistle = kettle_boils.clone();
///     let cup = spawn(async move {
///         kettle_boils.wait().await;
///         "tea"
///     });
///     whistle.set();
///     assert_eq!(cup.await.unwrap(), "tea");
/// });
/// ```
pub struct Event {
    set: Cell<bool>,
    line: Line,
}

impl Event {
    /// A flag that is not set.
    ///
    /// asyncio: `asyncio.Event()`.
    ///
    /// ```
    /// assert!(!final_runtime::sync::Event::new().is_set());
    /// ```
    pub const fn new() -> Self {
        Self::saying(What::Event)
    }

    /// One that says what it is to those who ask what a task waits for.
    pub(super) const fn saying(what: What) -> Self {
        Self {
            set: Cell::new(false),
            line: Line::new(what),
        }
    }

    /// Whether it is set.
    ///
    /// asyncio: `Event.is_set()`.
    ///
    /// ```
    /// let event = final_runtime::sync::Event::new();
    /// event.set();
    /// assert!(event.is_set());
    /// ```
    pub fn is_set(&self) -> bool {
        self.set.get()
    }

    /// Sets it. Everybody who waits now goes on, in order, even if it is cleared before they run.
    ///
    /// asyncio: `Event.set()`.
    ///
    /// ```
    /// use final_runtime::sync::Event;
    /// use final_runtime::{run, spawn, yield_now};
    /// use std::rc::Rc;
    ///
    /// run(async {
    ///     let event = Rc::new(Event::new());
    ///     let waits = event.clone();
    ///     let waits = spawn(async move { waits.wait().await });
    ///     yield_now().await;
    ///     event.set();
    ///     event.clear();
    ///     waits.await.unwrap();
    /// });
    /// ```
    pub fn set(&self) {
        if !self.set.replace(true) {
            self.line.call_all();
        }
    }

    /// Clears it: who comes from now on waits.
    ///
    /// asyncio: `Event.clear()`.
    ///
    /// ```
    /// let event = final_runtime::sync::Event::new();
    /// event.set();
    /// event.clear();
    /// assert!(!event.is_set());
    /// ```
    pub fn clear(&self) {
        self.set.set(false);
    }

    /// Waits until it is set. Does not give up control if it is.
    ///
    /// asyncio: `Event.wait()`.
    ///
    /// ```
    /// use final_runtime::run;
    /// use final_runtime::sync::Event;
    /// use futures_util::join;
    ///
    /// run(async {
    ///     let event = Event::new();
    ///     join!(event.wait(), async { event.set() });
    ///     event.wait().await; // it is still set
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// If it has to wait on a thread whose loop is not running.
    ///
    /// # Cancel safety
    ///
    /// There is nothing to lose but this: if the event was set and is cleared again, a later wait does not know.
    pub async fn wait(&self) {
        if !self.set.get() {
            self.line.wait(drop).await;
        }
    }
}

impl Default for Event {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("set", &self.is_set())
            .field("waiting", &self.line.len())
            .finish()
    }
}
