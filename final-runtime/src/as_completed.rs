//! Several results, in the order in which they come.
//!
//! In the book: chapter 8.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use crate::future::Future;
use crate::here;
use crate::promise::{AnyPromise, Targets, What};
use crate::shared::Core;
use crate::timeout_error::Elapsed;
use crate::wait::{Awaitable, Listening, Timer, distinct};

/// Gives `targets` one after another as they end. After `timeout`, counted from this call, every one that is left is
/// an [`Elapsed`]; none is cancelled.
///
/// As in asyncio, what it listens for stays until the targets have ended or the time is over, also when it is dropped
/// before: then it is heard by nobody.
///
/// asyncio: `asyncio.as_completed()`.
///
/// ```
/// use final_runtime::{as_completed, run, spawn, yield_now};
///
/// run(async {
///     let slow = spawn(async { yield_now().await; "slow" });
///     let quick = spawn(async { "quick" });
///     let mut ended = as_completed([slow, quick], None);
///     let mut order = Vec::new();
///     while let Some(task) = ended.next().await {
///         order.push(task.unwrap().await.unwrap());
///     }
///     assert_eq!(order, ["quick", "slow"]);
/// });
/// ```
///
/// # Panics
///
/// If no loop is running on this thread.
///
/// # Cancel safety
///
/// Nothing is awaited here; see [`AsCompleted::next`].
#[track_caller]
pub fn as_completed<A: Awaitable>(
    targets: impl IntoIterator<Item = A>,
    timeout: Option<Duration>,
) -> AsCompleted<A> {
    let core = here::expect_core("`as_completed`").clone();
    let targets: Vec<A> = targets.into_iter().collect();
    let promises = distinct(&targets);
    let arrivals = Rc::new(Arrivals {
        core: core.clone(),
        arrived: RefCell::default(),
        missing: Cell::new(promises.len()),
        timer: RefCell::default(),
        consumer: RefCell::default(),
    });
    let listening = Listening::to(&promises, || {
        let arrivals = arrivals.clone();
        Box::new(move |promise| arrivals.add(promise))
    });
    // A time that never comes would hold the targets for ever.
    let comes = |timeout: &Duration| !promises.is_empty() && core.deadline(*timeout).is_some();
    match timeout.filter(comes) {
        Some(timeout) => {
            let late = arrivals.clone();
            let timer = Timer::after(&core, timeout, move || {
                drop(listening);
                late.time_is_over();
            });
            arrivals.timer.replace(Some(timer));
        }
        None => listening.for_good(),
    }
    AsCompleted {
        left: promises.len(),
        pending: Rc::new(RefCell::new(promises)),
        targets: targets.into_iter().map(Some).collect(),
        arrivals,
    }
}

/// Results to come, made by [`as_completed`]. Dropping it leaves the targets alone.
///
/// asyncio: the iterator that `asyncio.as_completed()` returns.
///
/// ```
/// use std::time::Duration;
/// use final_runtime::{as_completed, run, spawn};
///
/// run(async {
///     let targets = [spawn(std::future::pending::<()>())];
///     let mut ended = as_completed(targets, Some(Duration::from_millis(1)));
///     assert!(ended.next().await.unwrap().is_err(), "its time is over");
///     assert!(ended.next().await.is_none(), "that was all");
/// });
/// ```
#[must_use = "results come only to whoever calls `next`"]
pub struct AsCompleted<A> {
    targets: Vec<Option<A>>,
    /// How many `next` has still to give.
    left: usize,
    /// What the targets stand for that were not given yet.
    pending: Rc<RefCell<Vec<AnyPromise>>>,
    arrivals: Rc<Arrivals>,
}

/// What has come and was not given out. The targets' callbacks hold it, so it holds no target that is not done: one that
/// nobody settles would hold itself. Only the timer does, which takes the callbacks back, until the time is over.
struct Arrivals {
    core: Rc<Core>,
    /// A result, or nothing for one whose time was over.
    arrived: RefCell<VecDeque<Option<AnyPromise>>>,
    missing: Cell<usize>,
    timer: RefCell<Option<Timer>>,
    consumer: RefCell<Option<Future<()>>>,
}

impl Arrivals {
    fn add(&self, promise: AnyPromise) {
        // The time was over before: everything was given up then.
        if self.missing.get() > 0 {
            self.missing.set(self.missing.get() - 1);
            if self.missing.get() == 0 {
                self.timer.take();
            }
            self.push(Some(promise));
        }
    }

    fn time_is_over(&self) {
        for _ in 0..self.missing.take() {
            self.push(None);
        }
    }

    fn push(&self, arrival: Option<AnyPromise>) {
        self.arrived.borrow_mut().push_back(arrival);
        if let Some(consumer) = self.consumer.take() {
            let _ = consumer.set_result(());
        }
    }
}

impl<A: Awaitable> AsCompleted<A> {
    /// The next to end; `None` when all were given.
    ///
    /// asyncio: `await anext(…)` on what `asyncio.as_completed()` returns.
    ///
    /// ```
    /// use final_runtime::{as_completed, run, spawn, yield_now};
    ///
    /// run(async {
    ///     let slow = spawn(async { yield_now().await; "tea" });
    ///     let fast = spawn(async { "water" });
    ///     let mut ended = as_completed([slow, fast], None);
    ///     assert_eq!(ended.next().await.unwrap().unwrap().await.unwrap(), "water");
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Elapsed`], for each that had not ended when the time was over.
    ///
    /// # Cancel safety
    ///
    /// A drop or a request loses no result: the next call gives it.
    pub async fn next(&mut self) -> Option<Result<A, Elapsed>> {
        if self.left == 0 {
            return None;
        }
        let arrival = loop {
            let arrived = self.arrivals.arrived.borrow_mut().pop_front();
            if let Some(arrival) = arrived {
                break arrival;
            }
            let consumer = Future::of(&self.arrivals.core, What::NextOfSeveral);
            let pending: Rc<dyn Targets> = self.pending.clone();
            consumer.promise.note_targets(Rc::downgrade(&pending));
            drop(pending);
            self.arrivals.consumer.replace(Some(consumer.clone()));
            // It is settled by an arrival, or cancelled with its task.
            let _ = consumer.await;
        };
        self.left -= 1;
        let Some(promise) = arrival else {
            return Some(Err(Elapsed::new()));
        };
        let stands_for = |target: &&mut Option<A>| {
            let target = target.as_ref().map(Awaitable::result_of);
            target.is_some_and(|target| target.is(&promise))
        };
        self.pending
            .borrow_mut()
            .retain(|known| !known.is(&promise));
        let target = self.targets.iter_mut().find(stands_for)?;
        target.take().map(Ok)
    }
}

impl<A> fmt::Debug for AsCompleted<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompleted")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}
