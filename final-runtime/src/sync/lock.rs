//! One at a time, and what it guards.

use std::cell::{RefCell, RefMut};
use std::error::Error;
use std::fmt;
use std::mem;
use std::ops::{Deref, DerefMut};

use crate::sync::raw_lock::{Hold, RawLock};

/// A value that one task at a time works on, also across awaits. Who waits gets it in order of arrival.
///
/// It is held by a [guard](LockGuard), which gives it back when it is dropped. `Lock<()>` guards nothing by itself and is
/// asyncio's form: it has [`acquire`](Self::acquire) and [`release`](Self::release), too. Tasks share it in an [`Rc`],
/// or borrow it in a [`scope`](crate::scope()).
///
/// What is not held across an await needs no lock on one thread: a `Cell` or a `RefCell` will do.
///
/// asyncio: `asyncio.Lock`.
///
/// ```
/// use final_runtime::sync::Lock;
/// use final_runtime::{run, scope, yield_now};
///
/// run(async {
///     let account = Lock::new(100);
///     scope(async |s| {
///         for _ in 0..3 {
///             drop(s.spawn(async {
///                 let mut balance = account.lock().await;
///                 let seen = *balance;
///                 yield_now().await; // ask the bank; without the lock all three would see 100
///                 *balance = seen - 30;
///             }));
///         }
///     })
///     .await;
///     assert_eq!(account.into_inner(), 10);
/// });
/// ```
///
/// [`Rc`]: std::rc::Rc
pub struct Lock<T: ?Sized = ()> {
    raw: RawLock,
    /// Borrowed by the guard, as long as there is one.
    data: RefCell<T>,
}

/// The right to work on what a [`Lock`] guards. To drop it releases the lock, at once, and calls the next in line. It
/// releases after a panic as well: look over the value if that is caught.
///
/// asyncio: the inside of `async with lock:`.
///
/// ```
/// use final_runtime::run;
/// use final_runtime::sync::{Lock, LockGuard};
///
/// run(async {
///     let lock = Lock::new(vec!["tea"]);
///     let mut orders: LockGuard<Vec<&str>> = lock.lock().await;
///     orders.push("milk");
///     drop(orders);
///     assert_eq!(lock.lock().await.len(), 2);
/// });
/// ```
#[must_use = "the lock is released when the guard is dropped"]
pub struct LockGuard<'a, T: ?Sized> {
    // In this order: the value is given back before anybody is called.
    data: RefMut<'a, T>,
    hold: Hold<'a>,
    lock: &'a Lock<T>,
}

/// A lock was to be released, or waited on, that is not held, or is held by a guard.
///
/// asyncio: a `RuntimeError`; there are no guards there.
///
/// ```
/// use final_runtime::sync::{Lock, NotLocked};
///
/// let refused: NotLocked = Lock::new(()).release().unwrap_err();
/// assert_eq!(
///     refused.to_string(),
///     "release found the lock free; only who has acquired it releases it, once",
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotLocked {
    attempted: &'static str,
    guarded: bool,
}

impl fmt::Display for NotLocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attempted = self.attempted;
        match self.guarded {
            true => write!(
                f,
                "{attempted} found the lock held by a guard; use the guard"
            ),
            false => write!(
                f,
                "{attempted} found the lock free; only who has acquired it releases it, once"
            ),
        }
    }
}

impl Error for NotLocked {}

impl<T> Lock<T> {
    /// A free lock around `value`.
    ///
    /// asyncio: `asyncio.Lock()`.
    ///
    /// ```
    /// let lock = final_runtime::sync::Lock::new(7);
    /// assert!(!lock.is_locked());
    /// ```
    pub const fn new(value: T) -> Self {
        Self {
            raw: RawLock::new(),
            data: RefCell::new(value),
        }
    }

    /// The value, when nobody else has the lock any more.
    ///
    /// asyncio: none; a lock there guards no value.
    ///
    /// ```
    /// assert_eq!(final_runtime::sync::Lock::new("tea").into_inner(), "tea");
    /// ```
    pub fn into_inner(self) -> T {
        self.data.into_inner()
    }
}

impl<T: ?Sized> Lock<T> {
    /// Waits for the lock and holds it until the guard is dropped. Does not give up control if it is free and nobody
    /// waits.
    ///
    /// asyncio: `async with lock:`.
    ///
    /// ```
    /// use final_runtime::sync::Lock;
    /// use final_runtime::{run, spawn, yield_now};
    /// use std::rc::Rc;
    ///
    /// run(async {
    ///     let kettle = Rc::new(Lock::new(0));
    ///     let cooks = [1, 2].map(|_| {
    ///         let kettle = kettle.clone();
    ///         spawn(async move {
    ///             let mut water = kettle.lock().await;
    ///             let before = *water;
    ///             yield_now().await; // nobody else has the kettle meanwhile
    ///             *water = before + 1;
    ///         })
    ///     });
    ///     for cook in cooks {
    ///         cook.await.unwrap();
    ///     }
    ///     assert_eq!(*kettle.lock().await, 2);
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// If it has to wait on a thread whose loop is not running.
    ///
    /// # Cancel safety
    ///
    /// A request or a drop gives up the place in the line, and nothing else. If the lock had been released to it
    /// already, the next in line gets it.
    pub async fn lock(&self) -> LockGuard<'_, T> {
        self.guard(self.raw.hold().await)
    }

    /// The lock, if it is free and nobody waits for it.
    ///
    /// asyncio: `if not lock.locked(): await lock.acquire()`.
    ///
    /// ```
    /// use final_runtime::sync::Lock;
    ///
    /// let lock = Lock::new(1);
    /// let held = lock.try_lock();
    /// assert!(held.is_some() && lock.try_lock().is_none());
    /// ```
    pub fn try_lock(&self) -> Option<LockGuard<'_, T>> {
        let taken = self.raw.try_take();
        taken.then(|| self.guard(Hold::of(&self.raw)))
    }

    /// Whether somebody holds it. It may be free and yet not to be had: for a turn after its release it is kept for the
    /// one who was called.
    ///
    /// asyncio: `Lock.locked()`.
    ///
    /// ```
    /// use final_runtime::sync::Lock;
    ///
    /// let lock = Lock::new(());
    /// let guard = lock.try_lock();
    /// assert!(lock.is_locked());
    /// drop(guard);
    /// assert!(!lock.is_locked());
    /// ```
    pub fn is_locked(&self) -> bool {
        self.raw.is_locked()
    }

    /// The value, for the only one who knows the lock.
    ///
    /// asyncio: none; a lock there guards no value.
    ///
    /// ```
    /// let mut lock = final_runtime::sync::Lock::new(1);
    /// *lock.get_mut() += 1;
    /// assert_eq!(lock.into_inner(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        self.data.get_mut()
    }

    /// The guard of whoever has taken the lock.
    pub(super) fn guard<'a>(&'a self, hold: Hold<'a>) -> LockGuard<'a, T> {
        LockGuard {
            data: self.data.borrow_mut(),
            hold,
            lock: self,
        }
    }
}

/// asyncio's form: without guard, whoever releases it.
impl Lock {
    /// Waits for the lock and holds it until somebody calls [`release`](Self::release). Prefer [`lock`](Self::lock):
    /// nobody releases this one when the task is cancelled.
    ///
    /// asyncio: `Lock.acquire()`.
    ///
    /// ```
    /// use final_runtime::run;
    /// use final_runtime::sync::Lock;
    ///
    /// run(async {
    ///     let lock = Lock::new(());
    ///     lock.acquire().await;
    ///     assert!(lock.is_locked());
    ///     lock.release().unwrap();
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// As [`lock`](Self::lock).
    ///
    /// # Cancel safety
    ///
    /// As [`lock`](Self::lock), until it has the lock.
    pub async fn acquire(&self) {
        self.raw.take().await;
    }

    /// Frees the lock, which anybody may have acquired, and calls the next in line.
    ///
    /// asyncio: `Lock.release()`.
    ///
    /// ```
    /// use final_runtime::run;
    /// use final_runtime::sync::Lock;
    ///
    /// run(async {
    ///     let lock = Lock::new(());
    ///     lock.acquire().await;
    ///     lock.release().unwrap();
    ///     assert!(lock.release().is_err());
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If it is free, or held by a guard.
    pub fn release(&self) -> Result<(), NotLocked> {
        self.check_acquired("release")?;
        self.raw.release();
        Ok(())
    }

    /// The hold of whoever has acquired it.
    pub(super) fn acquired(
        &self,
        attempted: &'static str,
    ) -> Result<mem::ManuallyDrop<Hold<'_>>, NotLocked> {
        self.check_acquired(attempted)?;
        Ok(mem::ManuallyDrop::new(Hold::of(&self.raw)))
    }

    fn check_acquired(&self, attempted: &'static str) -> Result<(), NotLocked> {
        let guarded = self.data.try_borrow_mut().is_err();
        match self.is_locked() && !guarded {
            true => Ok(()),
            false => Err(NotLocked { attempted, guarded }),
        }
    }
}

impl<'a, T: ?Sized> LockGuard<'a, T> {
    /// The lock and its hold; the value is given back.
    pub(super) fn lend(self) -> (&'a Lock<T>, Hold<'a>) {
        (self.lock, self.hold)
    }
}

impl<T: ?Sized> Deref for LockGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.data
    }
}

impl<T: ?Sized> DerefMut for LockGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.data
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for LockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LockGuard").field(&&*self.data).finish()
    }
}

impl<T: Default> Default for Lock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Lock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Lock");
        debug.field("locked", &self.is_locked());
        debug.field("waiting", &self.raw.waiting());
        match self.data.try_borrow() {
            Ok(data) => debug.field("data", &&*data).finish(),
            Err(_) => debug.finish_non_exhaustive(),
        }
    }
}
