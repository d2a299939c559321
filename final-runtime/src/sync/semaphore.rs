//! So many at a time.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::mem;

use crate::promise::What;
use crate::sync::line::Line;

/// So many permits, each held by one task at a time. Who waits gets one in order of arrival.
///
/// asyncio: `asyncio.Semaphore`.
///
/// ```
/// use final_runtime::sync::Semaphore;
/// use final_runtime::{run, scope, yield_now};
/// use std::cell::Cell;
///
/// run(async {
///     let (seats, seated, most) = (Semaphore::new(2), Cell::new(0), Cell::new(0));
///     scope(async |s| {
///         for _ in 0..5 {
///             drop(s.spawn(async {
///                 let _permit = seats.acquire().await;
///                 seated.set(seated.get() + 1);
///                 most.set(most.get().max(seated.get()));
///                 yield_now().await;
///                 seated.set(seated.get() - 1);
///             }));
///         }
///     })
///     .await;
///     assert_eq!(most.get(), 2);
/// });
/// ```
#[derive(Debug)]
pub struct Semaphore {
    raw: RawSemaphore,
}

/// A [`Semaphore`] that never has more permits than at first: to release one too many is an error.
///
/// asyncio: `asyncio.BoundedSemaphore`.
///
/// ```
/// use final_runtime::run;
/// use final_runtime::sync::BoundedSemaphore;
///
/// run(async {
///     let seats = BoundedSemaphore::new(1);
///     let permit = seats.acquire().await;
///     assert!(seats.try_acquire().is_none());
///     drop(permit);
///     assert!(seats.release().is_err(), "nobody sits there");
/// });
/// ```
#[derive(Debug)]
pub struct BoundedSemaphore {
    raw: RawSemaphore,
}

/// One of a semaphore's permits. To drop it gives it back, at once, and calls the next in line. It borrows the semaphore, so
/// it moves into the children of a [`scope`](crate::scope()), and not into a task.
///
/// asyncio: the inside of `async with semaphore:`.
///
/// ```
/// use final_runtime::run;
/// use final_runtime::sync::{Permit, Semaphore};
///
/// run(async {
///     let seats = Semaphore::new(1);
///     let permit: Permit = seats.acquire().await;
///     permit.forget();
///     assert_eq!(seats.available(), 0);
///     seats.release();
///     assert_eq!(seats.available(), 1);
/// });
/// ```
#[derive(Debug)]
#[must_use = "the permit is given back when it is dropped"]
pub struct Permit<'a> {
    of: &'a RawSemaphore,
}

impl Permit<'_> {
    /// Keeps it from being given back. Whoever does that calls `release`.
    ///
    /// asyncio: `Semaphore.acquire()` outside `async with`.
    ///
    /// ```
    /// use final_runtime::run;
    /// use final_runtime::sync::Semaphore;
    ///
    /// run(async {
    ///     let seats = Semaphore::new(1);
    ///     seats.acquire().await.forget();
    ///     assert!(seats.is_locked());
    ///     seats.release();
    ///     assert!(!seats.is_locked());
    /// });
    /// ```
    pub fn forget(self) {
        mem::forget(self);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        // Somebody may have released it in its stead; then there is none to give back.
        let _ = self.of.release();
    }
}

/// A [`BoundedSemaphore`] was released more often than acquired.
///
/// asyncio: a `ValueError`.
///
/// ```
/// use final_runtime::sync::{BoundedSemaphore, TooManyReleased};
///
/// let refused: TooManyReleased = BoundedSemaphore::new(1).release().unwrap_err();
/// assert!(refused.to_string().starts_with("release found every permit of 1 back already"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyReleased {
    bound: usize,
}

impl fmt::Display for TooManyReleased {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bound = self.bound;
        write!(
            f,
            "release found every permit of {bound} back already; release once what was acquired once"
        )
    }
}

impl Error for TooManyReleased {}

/// What both are inside.
struct RawSemaphore {
    /// Permits that are neither held nor kept for somebody who was called.
    value: Cell<usize>,
    bound: Option<usize>,
    line: Line,
}

impl RawSemaphore {
    const fn new(value: usize, bound: Option<usize>) -> Self {
        Self {
            value: Cell::new(value),
            bound,
            line: Line::new(What::Semaphore),
        }
    }

    fn is_locked(&self) -> bool {
        self.value.get() == 0 || !self.line.is_clear()
    }

    fn try_acquire(&self) -> Option<Permit<'_>> {
        let free = !self.is_locked();
        free.then(|| {
            self.value.set(self.value.get() - 1);
            Permit { of: self }
        })
    }

    async fn acquire(&self) -> Permit<'_> {
        if let Some(permit) = self.try_acquire() {
            return permit;
        }
        let hand_on = |called| {
            if called {
                self.value.set(self.value.get() + 1);
            }
            self.hand_out();
        };
        self.line.wait(hand_on).await;
        let permit = Permit { of: self };
        self.hand_out();
        permit
    }

    /// Calls as many as there are permits: some may have come while one who was called had not run.
    fn hand_out(&self) {
        while self.value.get() > 0 && self.call_next() {}
    }

    /// Calls the next, and keeps a permit for it. Whether there was one.
    fn call_next(&self) -> bool {
        let value = self.value.get();
        self.value.set(value - 1);
        let called = self.line.call_next();
        if !called {
            self.value.set(value);
        }
        called
    }

    fn release(&self) -> Result<(), TooManyReleased> {
        if let Some(bound) = self.bound
            && self.value.get() >= bound
        {
            return Err(TooManyReleased { bound });
        }
        self.value.set(self.value.get() + 1);
        self.call_next();
        Ok(())
    }
}

impl fmt::Debug for RawSemaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawSemaphore")
            .field("available", &self.value.get())
            .field("bound", &self.bound)
            .field("waiting", &self.line.len())
            .finish()
    }
}

macro_rules! both {
    ($name:literal) => {
        /// Waits for a permit. Does not give up control if there is one and nobody waits.
        ///
        #[doc = concat!("asyncio: `", $name, ".acquire()`, or `async with`.")]
        ///
        /// ```
        /// use final_runtime::run;
        /// use final_runtime::sync::Semaphore;
        ///
        /// run(async {
        ///     let seats = Semaphore::new(2);
        ///     let (first, _second) = (seats.acquire().await, seats.acquire().await);
        ///     assert!(seats.is_locked());
        ///     drop(first);
        ///     let _third = seats.acquire().await;
        /// });
        /// ```
        ///
        /// # Panics
        ///
        /// If it has to wait on a thread whose loop is not running.
        ///
        /// # Cancel safety
        ///
        /// A request or a drop gives up the place in the line, and nothing else. If a permit had been kept for it already,
        /// the next in line gets that.
        pub async fn acquire(&self) -> Permit<'_> {
            self.raw.acquire().await
        }

        /// A permit, if there is one and nobody waits.
        ///
        /// asyncio: `if not semaphore.locked(): await semaphore.acquire()`.
        ///
        /// ```
        /// let seats = final_runtime::sync::Semaphore::new(1);
        /// let seat = seats.try_acquire();
        /// assert!(seat.is_some() && seats.try_acquire().is_none());
        /// ```
        pub fn try_acquire(&self) -> Option<Permit<'_>> {
            self.raw.try_acquire()
        }

        /// Whether who comes now has to wait: no permit is free, or others wait.
        ///
        #[doc = concat!("asyncio: `", $name, ".locked()`.")]
        ///
        /// ```
        /// assert!(final_runtime::sync::Semaphore::new(0).is_locked());
        /// ```
        pub fn is_locked(&self) -> bool {
            self.raw.is_locked()
        }

        /// How many permits are neither held nor kept for somebody who is about to run.
        ///
        /// asyncio has it in the `repr` alone.
        ///
        /// ```
        /// let seats = final_runtime::sync::Semaphore::new(3);
        /// let _seat = seats.try_acquire();
        /// assert_eq!(seats.available(), 2);
        /// ```
        pub fn available(&self) -> usize {
            self.raw.value.get()
        }
    };
}

impl Semaphore {
    /// A semaphore with `permits` permits.
    ///
    /// asyncio: `asyncio.Semaphore(value)`.
    ///
    /// ```
    /// assert_eq!(final_runtime::sync::Semaphore::new(3).available(), 3);
    /// ```
    pub const fn new(permits: usize) -> Self {
        Self {
            raw: RawSemaphore::new(permits, None),
        }
    }

    both!("Semaphore");

    /// Adds a permit, one that was [forgotten](Permit::forget) or a new one, and calls the next in line.
    ///
    /// asyncio: `Semaphore.release()`.
    ///
    /// ```
    /// let seats = final_runtime::sync::Semaphore::new(0);
    /// seats.release(); // a new one
    /// assert!(seats.try_acquire().is_some());
    /// ```
    pub fn release(&self) {
        // Without a bound there is none too many.
        let _ = self.raw.release();
    }
}

impl BoundedSemaphore {
    /// A semaphore with `permits` permits, and never more.
    ///
    /// asyncio: `asyncio.BoundedSemaphore(value)`.
    ///
    /// ```
    /// use final_runtime::sync::BoundedSemaphore;
    ///
    /// assert!(BoundedSemaphore::new(1).release().is_err(), "there is one, and it is here");
    /// ```
    pub const fn new(permits: usize) -> Self {
        Self {
            raw: RawSemaphore::new(permits, Some(permits)),
        }
    }

    both!("BoundedSemaphore");

    /// Gives back a permit that was [forgotten](Permit::forget), and calls the next in line.
    ///
    /// asyncio: `BoundedSemaphore.release()`.
    ///
    /// ```
    /// use final_runtime::run;
    /// use final_runtime::sync::BoundedSemaphore;
    ///
    /// run(async {
    ///     let seats = BoundedSemaphore::new(1);
    ///     seats.acquire().await.forget();
    ///     seats.release().unwrap();
    ///     assert!(seats.release().is_err());
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If all are back already.
    pub fn release(&self) -> Result<(), TooManyReleased> {
        self.raw.release()
    }
}
