//! Holders of a lock who wait for a change.

use std::cell::Cell;
use std::fmt;

use crate::cancel::catch_cancel;
use crate::promise::What;
use crate::sync::line::Line;
use crate::sync::lock::{Lock, LockGuard, NotLocked};
use crate::sync::raw_lock::Hold;

/// A place to wait, with a lock in hand, until what the lock guards has changed. Several conditions may share a lock.
///
/// A wait may end without a notification. Look again, or use [`wait_while`](Self::wait_while).
///
/// asyncio: `asyncio.Condition`. There it has a lock inside, or is given one; here the guard says which.
///
/// ```
/// use final_runtime::sync::{Condition, Lock};
/// use final_runtime::{run, spawn};
/// use std::rc::Rc;
///
/// #[derive(Default)]
/// struct Pot {
///     cups: Lock<u32>,
///     filled: Condition,
///     emptied: Condition,
/// }
///
/// run(async {
///     let pot = Rc::new(Pot::default());
///     let kitchen = pot.clone();
///     let guest = spawn(async move {
///         let mut cups = pot.filled.wait_while(pot.cups.lock().await, |cups| *cups == 0).await;
///         *cups -= 1;
///         pot.emptied.notify_all();
///     });
///     *kitchen.cups.lock().await = 1;
///     kitchen.filled.notify_one();
///     drop(kitchen.emptied.wait_while(kitchen.cups.lock().await, |cups| *cups > 0).await);
///     guest.await.unwrap();
/// });
/// ```
pub struct Condition {
    line: Line,
}

impl Condition {
    /// A condition that nobody waits for.
    ///
    /// asyncio: `asyncio.Condition()`.
    ///
    /// ```
    /// use final_runtime::sync::Condition;
    ///
    /// Condition::new().notify_all(); // nobody waits, and nobody is told
    /// ```
    pub const fn new() -> Self {
        Self {
            line: Line::new(What::Condition),
        }
    }

    /// Releases the lock, waits to be notified, and takes the lock again, in its turn.
    ///
    /// asyncio: `Condition.wait()`.
    ///
    /// ```
    /// use final_runtime::sync::{Condition, Lock};
    /// use final_runtime::{run, spawn, yield_now};
    /// use std::rc::Rc;
    ///
    /// run(async {
    ///     let cups = Rc::new((Lock::new(0), Condition::new()));
    ///     let guest = spawn({
    ///         let cups = cups.clone();
    ///         async move { *cups.1.wait(cups.0.lock().await).await }
    ///     });
    ///     yield_now().await;
    ///     *cups.0.lock().await += 1;
    ///     cups.1.notify_one();
    ///     assert_eq!(guest.await.unwrap(), 1);
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// When polled outside a task.
    ///
    /// # Cancel safety
    ///
    /// A request ends the wait, and arrives when the lock has been taken again; it is released as the wait is left.
    /// Requests that come meanwhile are held back, and the last one arrives. A drop leaves at once, without the lock.
    /// Either way a notification that it had got goes to the next who waits, who may then be woken for nothing.
    ///
    /// The guard is gone either way. To go on with the lock in hand, take it anew and look again.
    pub async fn wait<'a, T: ?Sized>(&self, guard: LockGuard<'a, T>) -> LockGuard<'a, T> {
        let (lock, mut hold) = guard.lend();
        self.lend(&mut hold).await;
        lock.guard(hold)
    }

    /// Waits as long as `condition` holds, at first and after each notification.
    ///
    /// asyncio: `Condition.wait_for()`, which is given when to go on, not when to wait.
    ///
    /// ```
    /// use final_runtime::sync::{Condition, Lock};
    /// use final_runtime::{run, spawn, yield_now};
    /// use std::rc::Rc;
    ///
    /// run(async {
    ///     let cups = Rc::new((Lock::new(0), Condition::new()));
    ///     let guest = spawn({
    ///         let cups = cups.clone();
    ///         async move { *cups.1.wait_while(cups.0.lock().await, |cups| *cups < 2).await }
    ///     });
    ///     for _ in 0..2 {
    ///         yield_now().await;
    ///         *cups.0.lock().await += 1;
    ///         cups.1.notify_all();
    ///     }
    ///     assert_eq!(guest.await.unwrap(), 2);
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// When it has to wait outside a task.
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait).
    pub async fn wait_while<'a, T: ?Sized>(
        &self,
        mut guard: LockGuard<'a, T>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> LockGuard<'a, T> {
        while condition(&mut guard) {
            guard = self.wait(guard).await;
        }
        guard
    }

    /// As [`wait`](Self::wait), for a lock that was taken by [`acquire`](Lock::acquire). However a request or a
    /// notification ends it, the lock is acquired again then.
    ///
    /// asyncio: `Condition.wait()`.
    ///
    /// ```
    /// use final_runtime::sync::{Condition, Lock};
    /// use final_runtime::{run, spawn, yield_now};
    /// use std::rc::Rc;
    ///
    /// run(async {
    ///     let (lock, condition) = (Rc::new(Lock::new(())), Rc::new(Condition::new()));
    ///     let (held, changed) = (lock.clone(), condition.clone());
    ///     let waiter = spawn(async move {
    ///         held.acquire().await;
    ///         changed.wait_raw(&held).await.unwrap();
    ///         held.release().unwrap();
    ///     });
    ///     yield_now().await;
    ///     condition.notify_one();
    ///     waiter.await.unwrap();
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If the lock is free, or held by a guard.
    ///
    /// # Panics
    ///
    /// When polled outside a task.
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait), but after a request the lock is still acquired: release it. After a drop half-way it is
    /// not: do not.
    pub async fn wait_raw(&self, lock: &Lock) -> Result<(), NotLocked> {
        let mut hold = lock.acquired("wait_raw")?;
        self.lend(&mut hold).await;
        Ok(())
    }

    /// The wait, without what the lock guards. Ends with the lock in hand; a drop half-way leaves it released.
    async fn lend(&self, hold: &mut Hold<'_>) {
        let owed = Owed {
            line: &self.line,
            call: Cell::new(false),
        };
        hold.release();
        let wait = self.line.wait(|called| owed.call.set(called));
        let mut request = catch_cancel(wait).await.err();
        owed.call.set(true);
        while let Err(another) = catch_cancel(hold.take_again()).await {
            request = Some(another);
        }
        match request {
            None => owed.call.set(false),
            Some(cancelled) => {
                drop(owed);
                cancelled.resume().await
            }
        }
    }

    /// Notifies the first `count` of those who wait and were not notified yet. They get the lock one after another when
    /// it is free.
    ///
    /// asyncio: `Condition.notify()`. There the lock must be held; here whoever changed what it guards has held it, and
    /// may have released it before.
    ///
    /// ```
    /// use final_runtime::sync::{Condition, Lock};
    /// use final_runtime::{run, spawn, yield_now};
    /// use std::rc::Rc;
    ///
    /// run(async {
    ///     let bell = Rc::new((Lock::new(()), Condition::new()));
    ///     let guests = [1, 2, 3].map(|_| {
    ///         let bell = bell.clone();
    ///         spawn(async move { drop(bell.1.wait(bell.0.lock().await).await) })
    ///     });
    ///     yield_now().await;
    ///     bell.1.notify(2);
    ///     for _ in 0..5 {
    ///         yield_now().await;
    ///     }
    ///     let waiting = guests.iter().filter(|guest| !guest.is_done()).count();
    ///     assert_eq!(waiting, 1);
    /// });
    /// ```
    pub fn notify(&self, count: usize) {
        for _ in 0..count {
            if !self.line.call_next() {
                break;
            }
        }
    }

    /// Notifies the first who waits and was not notified yet.
    ///
    /// asyncio: `Condition.notify()`.
    ///
    /// ```
    /// use final_runtime::sync::{Condition, Lock};
    /// use final_runtime::{run, spawn, yield_now};
    /// use std::rc::Rc;
    ///
    /// run(async {
    ///     let bell = Rc::new((Lock::new(()), Condition::new()));
    ///     let guests = [1, 2, 3].map(|_| {
    ///         let bell = bell.clone();
    ///         spawn(async move { drop(bell.1.wait(bell.0.lock().await).await) })
    ///     });
    ///     yield_now().await;
    ///     bell.1.notify_one();
    ///     for _ in 0..5 {
    ///         yield_now().await;
    ///     }
    ///     let waiting = guests.iter().filter(|guest| !guest.is_done()).count();
    ///     assert_eq!(waiting, 2);
    /// });
    /// ```
    pub fn notify_one(&self) {
        self.notify(1);
    }

    /// Notifies everybody who waits.
    ///
    /// asyncio: `Condition.notify_all()`.
    ///
    /// ```
    /// use final_runtime::sync::{Condition, Lock};
    /// use final_runtime::{run, spawn, yield_now};
    /// use std::rc::Rc;
    ///
    /// run(async {
    ///     let bell = Rc::new((Lock::new(()), Condition::new()));
    ///     let guests = [1, 2, 3].map(|_| {
    ///         let bell = bell.clone();
    ///         spawn(async move { drop(bell.1.wait(bell.0.lock().await).await) })
    ///     });
    ///     yield_now().await;
    ///     bell.1.notify_all();
    ///     for _ in 0..5 {
    ///         yield_now().await;
    ///     }
    ///     let waiting = guests.iter().filter(|guest| !guest.is_done()).count();
    ///     assert_eq!(waiting, 0);
    /// });
    /// ```
    pub fn notify_all(&self) {
        self.line.call_all();
    }
}

/// A notification that must go to somebody else if its owner ends here.
struct Owed<'a> {
    line: &'a Line,
    call: Cell<bool>,
}

impl Drop for Owed<'_> {
    fn drop(&mut self) {
        if self.call.get() {
            self.line.call_next();
        }
    }
}

impl Default for Condition {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condition")
            .field("waiting", &self.line.len())
            .finish()
    }
}
