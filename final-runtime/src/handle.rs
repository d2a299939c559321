//! A callback that was queued, and the right to call it off.
//!
//! In the book: chapter 1.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::Location;
use std::rc::{Rc, Weak};
use std::time::Instant;

use crate::context::{self, Context};
use crate::shared::Core;
use crate::wheel::Key;

/// What the loop calls: a closure that is called once.
pub(crate) type Callback = Box<dyn FnOnce()>;

/// A queued callback. Clones mean the same callback; dropping a handle does not call it off.
///
/// asyncio: `asyncio.Handle` and `asyncio.TimerHandle`.
///
/// ```
/// use std::time::Duration;
/// use final_runtime::{EventLoop, Handle};
///
/// let event_loop = EventLoop::with_virtual_clock();
/// let start = event_loop.now();
/// let timer: Handle = event_loop.call_later(Duration::from_secs(3), || {});
/// assert_eq!(timer.when(), Some(start + Duration::from_secs(3)));
/// ```
#[derive(Clone)]
pub struct Handle {
    entry: Rc<Entry>,
}

/// What all clones of a handle share.
struct Entry {
    callback: RefCell<Option<Callback>>,
    cancelled: Cell<bool>,
    /// The context variables as they were when it was queued.
    context: RefCell<Context>,
    /// Where it was queued; `None` if another thread has sent it.
    queued_at: Option<&'static Location<'static>>,
    /// When it is due, if it is a timer.
    when: Option<Instant>,
    /// Which timer of which loop it is, until it is run or called off.
    timer: RefCell<Option<(Weak<Core>, Key)>>,
}

impl Handle {
    #[track_caller]
    pub(crate) fn soon(callback: Callback) -> Self {
        Self::within(Context::copy_current(), Some(Location::caller()), callback)
    }

    /// With the context variables as they were where it was queued.
    pub(crate) fn within(
        context: Context,
        queued_at: Option<&'static Location<'static>>,
        callback: Callback,
    ) -> Self {
        Self::new(context, queued_at, callback, None)
    }

    #[track_caller]
    pub(crate) fn at(when: Option<Instant>, callback: Callback) -> Self {
        let queued_at = Some(Location::caller());
        Self::new(Context::copy_current(), queued_at, callback, when)
    }

    fn new(
        context: Context,
        queued_at: Option<&'static Location<'static>>,
        callback: Callback,
        when: Option<Instant>,
    ) -> Self {
        Self {
            entry: Rc::new(Entry {
                callback: RefCell::new(Some(callback)),
                cancelled: Cell::new(false),
                context: RefCell::new(context),
                queued_at,
                when,
                timer: RefCell::new(None),
            }),
        }
    }

    /// It is armed.
    pub(crate) fn set_timer(&self, core: &Rc<Core>, key: Key) {
        self.entry.timer.replace(Some((Rc::downgrade(core), key)));
    }

    /// Calls the callback off: if it has not run yet, it never will, and what it holds is dropped now.
    /// Harmless when it ran or was cancelled before.
    ///
    /// asyncio: `Handle.cancel()`.
    ///
    /// ```
    /// let event_loop = final_runtime::EventLoop::new();
    /// let handle = event_loop.call_soon(|| unreachable!("called off"));
    /// handle.cancel();
    /// assert!(handle.is_cancelled());
    /// # event_loop.call_soon({ let l = event_loop.handle(); move || l.stop() });
    /// # event_loop.run_forever();
    /// ```
    pub fn cancel(&self) {
        if self.entry.cancelled.replace(true) {
            return;
        }
        let timer = self.entry.timer.take();
        if let Some((core, key)) = timer
            && let Some(core) = core.upgrade()
        {
            core.timers.disarm(key);
        }
        drop(self.take());
    }

    /// Whether [`cancel`](Self::cancel) was called.
    ///
    /// asyncio: `Handle.cancelled()`.
    ///
    /// ```
    /// let event_loop = final_runtime::EventLoop::new();
    /// let callback = event_loop.call_soon(|| ());
    /// assert!(!callback.is_cancelled());
    /// callback.cancel();
    /// assert!(callback.is_cancelled());
    /// ```
    pub fn is_cancelled(&self) -> bool {
        self.entry.cancelled.get()
    }

    /// When the callback is due; `None` for one that is not a timer, or whose time is past what the clock can say.
    ///
    /// asyncio: `TimerHandle.when()`.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let event_loop = final_runtime::EventLoop::with_virtual_clock();
    /// let later = event_loop.now() + Duration::from_secs(1);
    /// assert_eq!(event_loop.call_at(later, || ()).when(), Some(later));
    /// assert_eq!(event_loop.call_soon(|| ()).when(), None);
    /// ```
    pub fn when(&self) -> Option<Instant> {
        self.entry.when
    }

    pub(crate) fn queued_at(&self) -> Option<&'static Location<'static>> {
        self.entry.queued_at
    }

    /// The handle as an address, which owns its share. It is even.
    pub(crate) fn into_raw(self) -> *const () {
        Rc::into_raw(self.entry).cast()
    }

    /// # Safety
    ///
    /// `raw` is of [`into_raw`](Self::into_raw), and is not used again.
    #[expect(unsafe_code, reason = "the ready queue keeps handles as words")]
    pub(crate) unsafe fn from_raw(raw: *const ()) -> Self {
        Self {
            // SAFETY: the caller's promise.
            entry: unsafe { Rc::from_raw(raw.cast()) },
        }
    }

    fn take(&self) -> Option<Callback> {
        self.entry.callback.take()
    }

    /// Calls the callback in its own context, unless it was called off.
    pub(crate) fn call(&self) {
        if let Some(callback) = self.take() {
            context::enter(&self.entry.context, callback);
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("cancelled", &self.is_cancelled())
            .field("when", &self.when())
            .finish_non_exhaustive()
    }
}
