//! Several results as one.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use crate::any_promise::AnyPromise;
use crate::cancel::Cancelled;
use crate::current;
use crate::error::JoinError;
use crate::future::{Future, State};
use crate::promise::{Children, Heir, Promise, Source};
use crate::shared::Core;

/// The results of all `children`, in their order, collected as `collect` would. The first error is given at once, and
/// the other children run on; their errors count as seen.
///
/// Of two that stand for the same result, one is awaited and both appear.
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
    let children = promises(children);
    let any = any(&children);
    let children = weak(&children);
    let collect = move || held(&children).map(|child| child.copy()).collect();
    gather_any(&current::expect("`gather`"), any, false, collect)
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
    let children = promises(children);
    let any = any(&children);
    let children = weak(&children);
    let collect = move || Ok(held(&children).map(|child| outcome(&child)).collect());
    gather_any(&current::expect("`gather_outcomes`"), any, true, collect)
}

fn promises<T>(children: impl IntoIterator<Item: Into<Future<T>>>) -> Vec<Rc<Promise<T>>> {
    let futures = children.into_iter().map(Into::into);
    futures.map(|future| future.promise).collect()
}

fn any<T: 'static>(children: &[Rc<Promise<T>>]) -> Vec<Rc<dyn AnyPromise>> {
    let children = children.iter().cloned();
    children.map(|child| child as Rc<dyn AnyPromise>).collect()
}

fn weak<P: ?Sized>(children: &[Rc<P>]) -> Vec<Weak<P>> {
    children.iter().map(Rc::downgrade).collect()
}

/// The children, at the end of a gather, which holds those that are done.
fn held<P: ?Sized>(children: &[Weak<P>]) -> impl Iterator<Item = Rc<P>> {
    children.iter().filter_map(Weak::upgrade)
}

/// A child's outcome. A cancellation is told from what the request said, and left for those who await the child.
fn outcome<T: Clone>(child: &Promise<T>) -> Result<T, JoinError> {
    if child.state() == State::Cancelled {
        let cancelled = Cancelled::saying(&child.message());
        return Err(JoinError::Cancelled(cancelled));
    }
    child.copy()
}

/// A gather under way. Its children's callbacks hold it, so it holds no child that is not done: one that nobody settles
/// would hold itself. The promise holds them all, for requests.
struct Gather<C: 'static> {
    children: Vec<Weak<dyn AnyPromise>>,
    /// A request was passed on to a child.
    asked: Rc<Cell<bool>>,
    /// How many results it waits for: those that stand for the same count once.
    distinct: Cell<usize>,
    done: RefCell<Vec<Rc<dyn AnyPromise>>>,
    /// Errors are outcomes like others.
    all: bool,
    outer: RefCell<Weak<Promise<C>>>,
    heir: Rc<Heir<C>>,
    /// Absent from the end on.
    collect: RefCell<Option<Collect<C>>>,
}

type Collect<C> = Box<dyn FnOnce() -> Result<C, JoinError>>;

/// Gathers results of any type; `collect` puts them together when all are done.
pub(crate) fn gather_any<C: 'static>(
    core: &Rc<Core>,
    promises: Vec<Rc<dyn AnyPromise>>,
    all: bool,
    collect: impl FnOnce() -> Result<C, JoinError> + 'static,
) -> Future<C> {
    let (asked, heir) = (Rc::default(), Rc::default());
    let gather = Rc::new(Gather {
        children: weak(&promises),
        asked: Rc::clone(&asked),
        distinct: Cell::new(0),
        done: RefCell::default(),
        all,
        outer: RefCell::default(),
        heir: Rc::clone(&heir),
        collect: RefCell::new(Some(Box::new(collect))),
    });
    let children = Rc::new(Children { promises, asked });
    let outer = Promise::new(core, Source::Gather(children.clone(), heir));
    gather.outer.replace(Rc::downgrade(&outer));
    gather.start(&children.promises);
    Future { promise: outer }
}

impl<C: 'static> Gather<C> {
    fn start(self: Rc<Self>, promises: &[Rc<dyn AnyPromise>]) {
        let mut done = Vec::new();
        for (at, child) in promises.iter().enumerate() {
            if promises[..at].iter().any(|known| Rc::ptr_eq(known, child)) {
                continue;
            }
            self.distinct.set(self.distinct.get() + 1);
            if child.state() == State::Pending {
                let gather = self.clone();
                child.on_done(Box::new(move |child| gather.child_is_done(&child)));
            } else {
                done.push(child);
            }
        }
        for child in done {
            self.child_is_done(child);
        }
        if promises.is_empty() {
            self.settle_with_all();
        }
    }

    fn child_is_done(&self, child: &Rc<dyn AnyPromise>) {
        if self.collect.borrow().is_none() {
            return child.look();
        }
        self.done.borrow_mut().push(child.clone());
        if !self.all {
            child.look();
            if let Some(error) = child.error() {
                return self.settle(Err(error));
            }
        }
        if self.done.borrow().len() < self.distinct.get() {
            return;
        }
        self.done.borrow().iter().for_each(|child| child.look());
        if self.asked.get()
            && let Some(last) = self.children.last().and_then(Weak::upgrade)
        {
            // Somebody asked for an end, whatever the children made of it; the last in the list says how.
            let said = || Cancelled::saying(&last.message());
            let cancelled = last.cover().unwrap_or_else(said);
            return self.settle(Err(JoinError::Cancelled(cancelled)));
        }
        self.settle_with_all();
    }

    fn settle_with_all(&self) {
        let collect = self.collect.borrow_mut().take();
        if let Some(collect) = collect {
            self.settle(collect());
        }
    }

    fn settle(&self, outcome: Result<C, JoinError>) {
        drop(self.collect.take());
        self.done.take();
        let outer = self.outer.borrow().upgrade();
        if let Some(outer) = outer.or_else(|| self.heir.take()) {
            outer.settle(outcome);
        }
    }
}
