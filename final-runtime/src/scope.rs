//! Children that borrow from the frame around them.
//!
//! A child of a [`scope`] is no task of the loop: it lives in the scope's own future and is polled only inside that
//! one's poll, each with a waker of its own. That is what makes borrowing sound: a frame that is dropped drops its
//! children, and a frame that is forgotten forgets them too.
//!
//! In the book: chapter 8.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use crate::cancel::{Place, Wait};

/// Runs `body` with a scope to spawn children in, which may borrow whatever outlives this call. It ends when the body
/// and all children have ended, and gives the body's value.
///
/// Children belong to the task that runs the scope: they share its name, its requests and its panics. For children that
/// can be cancelled and can fail one by one, see [`task_group`](crate::task_group).
///
/// asyncio has none: nothing borrows there. Nearest is `asyncio.TaskGroup`.
///
/// ```
/// use final_runtime::{run, scope, yield_now};
///
/// run(async {
///     let words = vec!["tea", "water"];
///     let lengths = scope(async |s| {
///         let first = s.spawn(async { yield_now().await; words[0].len() });
///         let second = s.spawn(async { words[1].len() });
///         (first.await, second.await)
///     });
///     assert_eq!(lengths.await, (3, 5));
///     drop(words);
/// });
/// ```
///
/// # Panics
///
/// If a child panics, with its panic: it ends the task.
///
/// # Cancel safety
///
/// To drop it drops the body and every child. A request arrives at the scopes that wait innermost, in the body and in
/// each child; where there is none, at the one around this.
pub async fn scope<'env, T>(body: impl AsyncFnOnce(&Scope<'env>) -> T) -> T {
    let scope = Scope {
        shared: Rc::new(Shared {
            children: RefCell::default(),
            alive: Cell::new(0),
            woken: Arc::default(),
        }),
    };
    // Children may hold the scope: it lets go of them however this ends.
    let _end = End(&scope.shared);
    let mut body = pin!(body(&scope));
    let body_sub = scope.shared.woken.sub(BODY);
    let body_waker = Waker::from(body_sub.clone());
    body_waker.wake_by_ref();
    let mut value = None;
    let mut place = Place::default();
    poll_fn(|cx| {
        scope.shared.woken.wake_through(cx.waker());
        for number in scope.shared.woken.take() {
            if number != BODY {
                scope.shared.poll_child(number);
            } else if value.is_none() {
                body_sub.begin();
                let mut cx = Context::from_waker(&body_waker);
                value = match body.as_mut().poll(&mut cx) {
                    Poll::Ready(value) => Some(value),
                    Poll::Pending => None,
                };
            }
        }
        match scope.shared.alive.get() {
            0 if value.is_some() => return Poll::Ready(()),
            _ if value.is_some() => place.wait_here(Wait::CHILD),
            _ => {}
        }
        Poll::Pending
    })
    .await;
    value.expect("the body is done")
}

/// The number of the body among those that can be woken; children count from 0.
const BODY: usize = usize::MAX;

/// The right to spawn children in a [`scope`]. A child that spawns others takes a clone.
///
/// asyncio has none; nearest is the `asyncio.TaskGroup` object.
///
/// ```
/// use final_runtime::{Scope, run, scope};
/// use std::cell::Cell;
///
/// run(async {
///     let sum = Cell::new(0);
///     scope(async |s: &Scope<'_>| {
///         let (inner, sum) = (s.clone(), &sum);
///         drop(s.spawn(async move {
///             sum.set(sum.get() + 1);
///             drop(inner.spawn(async move { sum.set(sum.get() + 2) }));
///         }));
///     })
///     .await;
///     assert_eq!(sum.get(), 3);
/// });
/// ```
#[derive(Clone)]
pub struct Scope<'env> {
    shared: Rc<Shared<'env>>,
}

struct Shared<'env> {
    /// Absent: polled now, or done.
    children: RefCell<Vec<Option<Child<'env>>>>,
    alive: Cell<usize>,
    woken: Arc<Woken>,
}

struct Child<'env> {
    future: Pin<Box<dyn Future<Output = ()> + 'env>>,
    sub: Arc<Sub>,
    waker: Waker,
}

impl<'env> Scope<'env> {
    /// Starts a child. It is polled for the first time in the next turn; in a scope that is over, never.
    ///
    /// asyncio has none; nearest is `TaskGroup.create_task()`.
    ///
    /// ```
    /// let words = ["tea".to_owned()];
    /// final_runtime::EventLoop::new().run_until_complete(async move {
    ///     let length = final_runtime::scope(async |s| s.spawn(async { words[0].len() }).await);
    ///     assert_eq!(length.await, 3);
    /// }).unwrap();
    /// ```
    pub fn spawn<F>(&self, future: F) -> Scoped<F::Output>
    where
        F: Future + 'env,
        F::Output: 'env,
    {
        let result = Rc::new(Outcome {
            value: Cell::new(None),
            waiter: Cell::new(None),
        });
        let outcome = result.clone();
        let at = self.shared.children.borrow().len();
        let sub = self.shared.woken.sub(at);
        let waker = Waker::from(sub.clone());
        let future = Box::pin(async move {
            outcome.value.set(Some(future.await));
            if let Some(waiter) = outcome.waiter.take() {
                waiter.wake();
            }
        });
        waker.wake_by_ref();
        let child = Child { future, sub, waker };
        self.shared.children.borrow_mut().push(Some(child));
        self.shared.alive.set(self.shared.alive.get() + 1);
        Scoped {
            result,
            place: Place::default(),
        }
    }
}

impl fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope")
            .field("children", &self.shared.alive.get())
            .finish()
    }
}

impl Shared<'_> {
    fn poll_child(&self, at: usize) {
        let child = self.children.borrow_mut()[at].take();
        let Some(mut child) = child else { return };
        child.sub.begin();
        match child
            .future
            .as_mut()
            .poll(&mut Context::from_waker(&child.waker))
        {
            Poll::Ready(()) => self.alive.set(self.alive.get() - 1),
            Poll::Pending => self.children.borrow_mut()[at] = Some(child),
        }
    }
}

/// The end of a scope, however it comes: the children are dropped, and no borrow is held.
struct End<'a, 'env>(&'a Shared<'env>);

impl Drop for End<'_, '_> {
    fn drop(&mut self) {
        let children = self.0.children.take();
        drop(children);
    }
}

/// A child of a [`scope`]. Awaiting it gives its result, once; dropping it leaves the child alone, and the scope still
/// waits for it.
///
/// asyncio has none; nearest is an `asyncio.Task` of a group.
///
/// ```
/// use final_runtime::{Scoped, run, scope};
///
/// run(async {
///     let words = ["tea".to_owned()];
///     let length = scope(async |s| {
///         let child: Scoped<usize> = s.spawn(async { words[0].len() });
///         child.await
///     });
///     assert_eq!(length.await, 3);
/// });
/// ```
///
/// # Cancel safety
///
/// To drop the wait half-way loses nothing but the handle, and with it the way to the result.
#[must_use = "the scope waits for the child by itself; drop the handle on purpose if its result is not needed"]
pub struct Scoped<T> {
    result: Rc<Outcome<T>>,
    place: Place,
}

struct Outcome<T> {
    value: Cell<Option<T>>,
    waiter: Cell<Option<Waker>>,
}

impl<T> Future for Scoped<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        match self.result.value.take() {
            Some(value) => {
                self.place.leave();
                Poll::Ready(value)
            }
            None => {
                self.result.waiter.set(Some(cx.waker().clone()));
                self.place.wait_here(Wait::CHILD);
                Poll::Pending
            }
        }
    }
}

impl<T> fmt::Debug for Scoped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scoped").finish_non_exhaustive()
    }
}

/// Who of a scope was woken, in order. Wakers may be on other threads, so this may be reached from there.
#[derive(Default)]
struct Woken {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    numbers: Vec<usize>,
    /// The waker of the scope's own last poll.
    outer: Option<Waker>,
}

/// The waker of one child, or of the body.
struct Sub {
    number: usize,
    /// It is in the list, and will be polled.
    listed: AtomicBool,
    woken: Arc<Woken>,
}

impl Woken {
    fn sub(self: &Arc<Self>, number: usize) -> Arc<Sub> {
        Arc::new(Sub {
            number,
            listed: AtomicBool::new(false),
            woken: self.clone(),
        })
    }

    fn wake_through(&self, outer: &Waker) {
        self.lock().outer = Some(outer.clone());
    }

    fn take(&self) -> Vec<usize> {
        std::mem::take(&mut self.lock().numbers)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code of others runs under the lock, so a poisoned one is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sub {
    /// Its poll begins: a wake from now on means another.
    fn begin(&self) {
        self.listed.store(false, Ordering::Release);
    }
}

impl Wake for Sub {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.listed.swap(true, Ordering::AcqRel) {
            return;
        }
        let outer = {
            let mut state = self.woken.lock();
            state.numbers.push(self.number);
            state.outer.clone()
        };
        if let Some(outer) = outer {
            outer.wake();
        }
    }
}
