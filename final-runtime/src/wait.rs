//! Waiting for some of several, without taking part in what becomes of them.
//!
//! In the book: chapter 8.

use std::cell::Cell;
use std::fmt;
use std::rc::{Rc, Weak};
use std::time::Duration;

use crate::future::{Future, State};
use crate::handle::Handle;
use crate::here;
use crate::promise::{AnyPromise, DoneCallback, Targets, What};
use crate::shared::Core;
use crate::task::Task;

/// What can be waited for: a task, a future, a reference to one, or a type of yours that holds one.
///
/// asyncio: `asyncio.isfuture()`.
///
/// ```
/// use final_runtime::{AnyFuture, Awaitable, Task, Until, run, spawn, wait};
///
/// struct Order {
///     drink: &'static str,
///     brewing: Task<()>,
/// }
///
/// impl Awaitable for Order {
///     fn result_of(&self) -> AnyFuture {
///         self.brewing.result_of()
///     }
/// }
///
/// run(async {
///     let order = Order { drink: "tea", brewing: spawn(async {}) };
///     let (done, _) = wait([order], Until::AllCompleted, None).await;
///     assert_eq!(done[0].drink, "tea");
/// });
/// ```
pub trait Awaitable {
    /// Its result, without its type.
    fn result_of(&self) -> AnyFuture;
}

/// A result whose type does not matter, for [`Awaitable`].
///
/// asyncio: any `asyncio.Future`.
///
/// ```
/// use final_runtime::{AnyFuture, Awaitable, Future, run};
///
/// run(async {
///     let results: [AnyFuture; 2] = [Future::<i32>::new().result_of(), Future::<()>::new().result_of()];
///     assert_eq!(format!("{results:?}"), "[AnyFuture(Pending), AnyFuture(Pending)]");
/// });
/// ```
#[derive(Clone)]
pub struct AnyFuture {
    promise: AnyPromise,
}

impl AnyFuture {
    /// Whether it is this very result.
    pub(crate) fn is(&self, promise: &AnyPromise) -> bool {
        self.promise.is(promise)
    }
}

impl fmt::Debug for AnyFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AnyFuture")
            .field(&self.promise.state())
            .finish()
    }
}

impl<T: 'static> Awaitable for Future<T> {
    fn result_of(&self) -> AnyFuture {
        AnyFuture {
            promise: (*self.promise).clone(),
        }
    }
}

impl<T: 'static> Awaitable for Task<T> {
    fn result_of(&self) -> AnyFuture {
        AnyFuture {
            promise: (**self.promise()).clone(),
        }
    }
}

impl<A: Awaitable + ?Sized> Awaitable for &A {
    fn result_of(&self) -> AnyFuture {
        (**self).result_of()
    }
}

impl<A: Awaitable + ?Sized> Awaitable for Rc<A> {
    fn result_of(&self) -> AnyFuture {
        (**self).result_of()
    }
}

/// When [`wait`] comes back.
///
/// asyncio: `return_when=…`.
///
/// ```
/// use final_runtime::{Until, run, try_spawn, wait};
///
/// run(async {
///     let bad = try_spawn(async { Err::<(), _>("spilt") });
///     let slow = try_spawn(std::future::pending::<Result<(), String>>());
///     let (done, pending) = wait([bad, slow], Until::FirstError, None).await;
///     assert_eq!((done.len(), pending.len()), (1, 1));
/// });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Until {
    /// When all are done. asyncio: `ALL_COMPLETED`.
    #[default]
    AllCompleted,
    /// When one is done. asyncio: `FIRST_COMPLETED`.
    FirstCompleted,
    /// When one has failed, or all are done. A cancelled one has not failed. asyncio:
    /// `FIRST_EXCEPTION`.
    FirstError,
}

/// Waits until enough of `targets` are done, or `timeout` has passed. Gives those that are done and those that are
/// not, each in the order given. It never raises what became of them, and never cancels them.
///
/// asyncio: `asyncio.wait()`.
///
/// ```
/// use final_runtime::{Until, run, spawn, wait};
///
/// run(async {
///     let quick = spawn(async { "quick" });
///     let slow = spawn(std::future::pending());
///     let (done, pending) = wait([quick, slow], Until::FirstCompleted, None).await;
///     assert_eq!((done.len(), pending.len()), (1, 1));
///     assert_eq!(done[0].result().unwrap().unwrap(), "quick");
/// });
/// ```
///
/// # Panics
///
/// If there is nothing to wait for, or when polled on a thread whose loop is not running.
///
/// # Cancel safety
///
/// A request or a drop ends the wait and leaves the targets alone.
pub async fn wait<A: Awaitable>(
    targets: impl IntoIterator<Item = A>,
    until: Until,
    timeout: Option<Duration>,
) -> (Vec<A>, Vec<A>) {
    let core = here::expect_core("`wait`").clone();
    let targets: Vec<A> = targets.into_iter().collect();
    assert!(
        !targets.is_empty(),
        "`wait` was given nothing to wait for; check the list first"
    );
    let promises = Rc::new(distinct(&targets));
    let waiter = Future::of(&core, What::SomeOfSeveral);
    waiter.promise.note_targets(weak(&promises));
    let timer = timeout.map(|timeout| Timer::release(&core, timeout, &waiter));
    let left = Rc::new(Cell::new(promises.len()));
    let _listening = Listening::to(&promises, || {
        let (left, waiter) = (left.clone(), waiter.clone());
        let timer = timer.as_ref().map(|timer| timer.0.clone());
        Box::new(move |promise| {
            left.set(left.get() - 1);
            let enough = match until {
                _ if left.get() == 0 => true,
                Until::AllCompleted => false,
                Until::FirstCompleted => true,
                Until::FirstError => has_failed(&promise),
            };
            if enough {
                timer.inspect(Handle::cancel);
                let _ = waiter.set_result(());
            }
        })
    });
    // It is settled by those above, or cancelled with its task.
    let _ = waiter.await;
    targets
        .into_iter()
        .partition(|target| target.result_of().promise.state() != State::Pending)
}

/// Whether it failed. Counts as looking at the error.
fn has_failed(promise: &AnyPromise) -> bool {
    if promise.state() == State::Cancelled {
        return false;
    }
    promise.look();
    promise.state() == State::Failed
}

/// Those that a promise waits for, noted for who looks: who waits holds them.
pub(crate) fn weak(promises: &Rc<Vec<AnyPromise>>) -> Weak<dyn Targets> {
    Rc::downgrade(&(promises.clone() as Rc<dyn Targets>))
}

/// The results that `targets` stand for, each once.
pub(crate) fn distinct<A: Awaitable>(targets: &[A]) -> Vec<AnyPromise> {
    let mut promises: Vec<AnyPromise> = Vec::new();
    for target in targets {
        let promise = target.result_of().promise;
        if !promises.iter().any(|known: &AnyPromise| known.is(&promise)) {
            promises.push(promise);
        }
    }
    promises
}

/// Callbacks that are taken out again at the end of a wait.
pub(crate) struct Listening(Vec<(AnyPromise, u64)>);

impl Listening {
    pub(crate) fn to(promises: &[AnyPromise], callback: impl Fn() -> DoneCallback) -> Self {
        let listen = |promise: &AnyPromise| (promise.clone(), promise.on_done(callback()));
        Self(promises.iter().map(listen).collect())
    }

    /// Leaves the callbacks where they are, until they are called.
    pub(crate) fn for_good(mut self) {
        self.0.clear();
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        for (promise, key) in &self.0 {
            promise.forget(*key);
        }
    }
}

/// A timer that is called off at the end of a wait.
pub(crate) struct Timer(Handle);

impl Timer {
    pub(crate) fn after(
        core: &Rc<Core>,
        delay: Duration,
        callback: impl FnOnce() + 'static,
    ) -> Self {
        let when = core.deadline(delay);
        Self(core.call_at(when, Box::new(callback)))
    }

    fn release(core: &Rc<Core>, delay: Duration, waiter: &Future<()>) -> Self {
        let waiter = waiter.clone();
        Self::after(core, delay, move || {
            let _ = waiter.set_result(());
        })
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
