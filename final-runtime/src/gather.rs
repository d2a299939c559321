//! Several results as one.
//!
//! In the book: chapter 5.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::cancel::Cancelled;
use crate::error::JoinError;
use crate::future::{Future, State};
use crate::here;
use crate::promise::{AnyPromise, Children, Promise};
use crate::shared::Core;

/// The results of all `children`, in their order, collected as `collect` would. The first error is given at once, and
/// the other children run on; their errors count as seen.
///
/// Of two that stand for the same result, one is awaited and both appear.
///
/// Once it is settled it holds its children no longer, only what it has copied of their results. (One that is the gather
/// itself keeps it, as an `Rc` in its own value does.)
///
/// A failure that nobody looks at is reported when the last handle of this future goes, for then nobody can look any more;
/// children that are still on their way do not put it off. (In CPython their callbacks hold the future: the report waits for
/// the last of them, and if that never ends, for the garbage collector.)
///
/// asyncio: `asyncio.gather()`.
///
/// ```
/// use final_runtime::{gather, run, spawn};
///
/// run(async {
///     let tasks = (1..=3).map(|n| spawn(async move { n * n }));
///     let squares: Vec<i32> = gather(tasks).await.unwrap();
///     assert_eq!(squares, [1, 4, 9]);
/// });
/// ```
///
/// # Panics
///
/// If no loop is running on this thread.
///
/// # Cancel safety
///
/// To drop the wait leaves the children alone. A *request* goes on to every child that is not done, and the wait goes
/// on until the first of them has ended as cancelled.
#[track_caller]
pub fn gather<T, C>(children: impl IntoIterator<Item: Into<Future<T>>>) -> Future<C>
where
    T: Clone + 'static,
    C: FromIterator<T> + 'static,
{
    let core = here::expect_core("`gather`");
    let collect = |children: &[Promise<T>]| children.iter().map(Promise::copy).collect();
    Gather::start(&core, promises(children), false, collect)
}

/// The outcomes of all `children`, good and bad, in their order. It waits for all of them.
///
/// asyncio: `asyncio.gather(…, return_exceptions=True)`.
///
/// ```
/// use final_runtime::{JoinError, gather_outcomes, run, spawn};
///
/// run(async {
///     let tasks = [spawn(async { 1 }), spawn(async { panic!("no") })];
///     let outcomes: Vec<Result<i32, JoinError>> = gather_outcomes(tasks).await.unwrap();
///     assert!(outcomes[0].is_ok() && outcomes[1].is_err());
/// });
/// ```
///
/// # Panics
///
/// If no loop is running on this thread.
///
/// # Cancel safety
///
/// As [`gather`], but the wait goes on until all have ended; then it is cancelled all the same.
#[track_caller]
pub fn gather_outcomes<T, C>(children: impl IntoIterator<Item: Into<Future<T>>>) -> Future<C>
where
    T: Clone + 'static,
    C: FromIterator<Result<T, JoinError>> + 'static,
{
    let core = here::expect_core("`gather_outcomes`");
    let collect = |children: &[Promise<T>]| Ok(children.iter().map(outcome).collect());
    Gather::start(&core, promises(children), true, collect)
}

/// The ends of tasks of whatever type.
pub(crate) fn gather_ends(core: &Rc<Core>, tasks: Vec<AnyPromise>) -> Future<()> {
    Gather::start(core, tasks, true, |_| Ok(()))
}

fn promises<T: 'static>(children: impl IntoIterator<Item: Into<Future<T>>>) -> Vec<Promise<T>> {
    let futures = children.into_iter().map(Into::into);
    futures.map(|future| future.promise).collect()
}

/// A child's outcome. A cancellation is told from what the request said, and left for those who await the child.
fn outcome<T: Clone + 'static>(child: &Promise<T>) -> Result<T, JoinError> {
    if child.state() == State::Cancelled {
        let cancelled = Cancelled::saying(&child.message());
        return Err(JoinError::Cancelled(cancelled));
    }
    child.copy()
}

/// What a gather waits for: promises of one type, or of any.
trait Child: Clone + 'static {
    fn any(&self) -> &AnyPromise;
    /// Queues `callback` when it is settled.
    fn on_done(&self, callback: impl FnOnce(Self) + 'static);
}

impl Child for AnyPromise {
    fn any(&self) -> &AnyPromise {
        self
    }

    fn on_done(&self, callback: impl FnOnce(Self) + 'static) {
        AnyPromise::on_done(self, Box::new(callback));
    }
}

impl<T: 'static> Child for Promise<T> {
    fn any(&self) -> &AnyPromise {
        self
    }

    fn on_done(&self, callback: impl FnOnce(Self) + 'static) {
        self.on_settled(callback);
    }
}

/// A gather under way. Its children's callbacks hold it, so it holds no child that is not done: one that nobody settles
/// would hold itself. The promise that it settles holds them all, for requests, as long as somebody else holds the
/// promise.
struct Gather<P, C: 'static> {
    /// For each child, in the order given, its place among the distinct: those that stand for the same result share one.
    places: Vec<usize>,
    /// The distinct ones that are done.
    done: RefCell<Vec<Option<P>>>,
    left: Cell<usize>,
    /// A request was passed on to a child.
    asked: Rc<Cell<bool>>,
    /// Errors are outcomes like others.
    all: bool,
    /// Absent from the end on.
    outer: RefCell<Option<Promise<C>>>,
    collect: fn(&[P]) -> Result<C, JoinError>,
}

impl<P: Child, C: 'static> Gather<P, C> {
    fn start(
        core: &Rc<Core>,
        children: Vec<P>,
        all: bool,
        collect: fn(&[P]) -> Result<C, JoinError>,
    ) -> Future<C> {
        let mut distinct: Vec<P> = Vec::new();
        let all_of_them = children.iter().map(|child| child.any().clone()).collect();
        let place = |child: P| {
            let known = distinct
                .iter()
                .position(|known| known.any().is(child.any()));
            known.unwrap_or_else(|| {
                distinct.push(child);
                distinct.len() - 1
            })
        };
        let places = children.into_iter().map(place).collect();
        let asked = Rc::new(Cell::new(false));
        let children = Rc::new(Children {
            promises: all_of_them,
            asked: asked.clone(),
        });
        let outer = Promise::of_gather(core, children);
        let gather = Rc::new(Self {
            places,
            done: RefCell::new(vec![None; distinct.len()]),
            left: Cell::new(distinct.len()),
            asked,
            all,
            outer: RefCell::new(Some(outer.clone())),
            collect,
        });
        for (place, child) in distinct.iter().enumerate() {
            if !child.any().is_done() {
                let gather = gather.clone();
                child.on_done(move |child| gather.child_is_done(place, child));
            }
        }
        for (place, child) in distinct.into_iter().enumerate() {
            if child.any().is_done() {
                gather.child_is_done(place, child);
            }
        }
        if gather.places.is_empty() {
            gather.settle_with_all();
        }
        Future { promise: outer }
    }

    fn child_is_done(&self, place: usize, child: P) {
        if self.outer.borrow().is_none() {
            return child.any().look();
        }
        if !self.all {
            child.any().look();
            if let Some(error) = child.any().error() {
                return self.settle(Err(error));
            }
        }
        self.done.borrow_mut()[place] = Some(child);
        self.left.set(self.left.get() - 1);
        if self.left.get() == 0 {
            self.settle_with_all();
        }
    }

    fn settle_with_all(&self) {
        let done: Vec<P> = self.done.take().into_iter().flatten().collect();
        let children: Vec<P> = self
            .places
            .iter()
            .map(|place| done[*place].clone())
            .collect();
        children.iter().for_each(|child| child.any().look());
        if self.asked.get()
            && let Some(last) = children.last()
        {
            // Somebody asked for an end, whatever the children made of it; the last in the list says how.
            let said = || Cancelled::saying(&last.any().message());
            let cancelled = last.any().cover().unwrap_or_else(said);
            return self.settle(Err(JoinError::Cancelled(cancelled)));
        }
        if let Some(outer) = self.outer.take() {
            outer.settle_with(|| (self.collect)(&children));
            // A request goes nowhere any more.
            drop(outer.take_upstream());
        }
    }

    fn settle(&self, outcome: Result<C, JoinError>) {
        self.done.take();
        let outer = self.outer.take();
        if let Some(outer) = outer {
            outer.settle(outcome);
            drop(outer.take_upstream());
        }
    }
}
