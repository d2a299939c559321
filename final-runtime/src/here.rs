//! Where this thread is: in which loop, in which task's step, in which scope of it.
//!
//! All of it is plain words in one thread-local without a destructor, which costs a load to reach. Each word points to
//! what somebody holds for as long as the word stands: the run its loop, the poll of a scope its scope; and a task its slot,
//! until the step is over, or, of an eager first step, the handle of who spawns it.
//!
//! In the book: chapter 13.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::{NonNull, null};
use std::rc::Rc;

use crate::cancel::Node;
use crate::promise::{AnyPromise, Header, Lent};
use crate::shared::Core;

struct Here {
    core: Cell<*const Core>,
    task: Cell<Option<NonNull<Header>>>,
    /// The scope that is polled; null at the task's own root.
    scope: Cell<*const Node>,
}

thread_local! {
    static HERE: Here = const {
        Here {
            core: Cell::new(null()),
            task: Cell::new(None),
            scope: Cell::new(null()),
        }
    };
}

/// Calls `f` with `core` as this thread's loop.
#[inline(always)]
pub(crate) fn enter<R>(core: &Rc<Core>, f: impl FnOnce() -> R) -> R {
    struct Leave(*const Core);
    impl Drop for Leave {
        fn drop(&mut self) {
            HERE.with(|here| here.core.set(self.0));
        }
    }
    let _leave = Leave(HERE.with(|here| here.core.replace(Rc::as_ptr(core))));
    f()
}

/// This thread's loop, lent for as long as the thread is in it.
pub(crate) struct LentCore(ManuallyDrop<Rc<Core>>);

impl Deref for LentCore {
    type Target = Rc<Core>;

    #[inline(always)]
    fn deref(&self) -> &Rc<Core> {
        &self.0
    }
}

/// This thread's loop, if it is in one. Not to be kept for longer than the call that asks.
#[inline(always)]
#[expect(unsafe_code, reason = "the word is made a reference again")]
pub(crate) fn lent_core() -> Option<LentCore> {
    let core = HERE.with(|here| here.core.get());
    if core.is_null() {
        return None;
    }
    // SAFETY: `enter` had the pointer from an `Rc` that its caller lends until the word is taken back. This one is never
    // dropped, so it does not count. And nobody keeps it for longer than the call that asked.
    Some(LentCore(ManuallyDrop::new(unsafe { Rc::from_raw(core) })))
}

/// This thread's loop, if it is in one.
pub(crate) fn core() -> Option<Rc<Core>> {
    lent_core().map(|core| core.clone())
}

/// This thread's loop, as [`lent_core`].
///
/// # Panics
///
/// If the thread is in none: `attempted` is what was called.
#[inline(always)]
#[track_caller]
pub(crate) fn expect_core(attempted: &str) -> LentCore {
    match lent_core() {
        Some(core) => core,
        None => no_loop(attempted),
    }
}

#[cold]
#[track_caller]
fn no_loop(attempted: &str) -> ! {
    panic!(
        "{attempted} was called on a thread whose loop is not running; call it inside \
         `final_runtime::run(async {{ … }})`, or use the method of a `LoopHandle`"
    )
}

/// From here on `task` is the one that runs, at its root. No other is.
#[inline]
pub(crate) fn begin_step(task: &AnyPromise) {
    HERE.with(|here| {
        debug_assert!(here.task.get().is_none() && here.scope.get().is_null());
        here.task.set(Some(task.as_ptr()));
    });
}

/// No task runs.
#[inline]
pub(crate) fn end_step() {
    HERE.with(|here| here.task.set(None));
}

/// For a while no task runs. What ran before, to be put back.
pub(crate) fn interrupt() -> Before {
    HERE.with(|here| Before {
        task: here.task.take(),
        scope: here.scope.replace(null()),
    })
}

/// Whether `task` is the one that runs.
pub(crate) fn is_running(task: &AnyPromise) -> bool {
    HERE.with(|here| here.task.get() == Some(task.as_ptr()))
}

/// What ran before another.
pub(crate) struct Before {
    task: Option<NonNull<Header>>,
    scope: *const Node,
}

impl Before {
    #[expect(unsafe_code, reason = "the word is made a reference again")]
    pub(crate) fn task(&self) -> Option<Lent> {
        // SAFETY: its step goes on, further out on the stack, and until it is over the task is held, as in `task`.
        self.task.map(|task| unsafe { Lent::from_ptr(task) })
    }

    pub(crate) fn put_back(&self) {
        HERE.with(|here| {
            here.task.set(self.task);
            here.scope.set(self.scope);
        });
    }
}

/// The task that is running, lent for as long as its step goes on.
#[inline]
#[expect(unsafe_code, reason = "the word is made a reference again")]
pub(crate) fn task() -> Option<Lent> {
    let task = HERE.with(|here| here.task.get())?;
    // SAFETY: the word stands while the task steps, or is dropped in its slot; until that is over the slot holds it, or who
    // spawns it does. Nobody keeps what is lent for longer than that.
    Some(unsafe { Lent::from_ptr(task) })
}

/// Calls `f` as a poll of `scope`.
pub(crate) fn enter_scope<R>(scope: &Rc<Node>, f: impl FnOnce() -> R) -> R {
    struct Leave(*const Node);
    impl Drop for Leave {
        fn drop(&mut self) {
            HERE.with(|here| here.scope.set(self.0));
        }
    }
    let _leave = Leave(HERE.with(|here| here.scope.replace(Rc::as_ptr(scope))));
    f()
}

/// The scope that is polled, if the task is not at its root.
#[inline]
#[expect(unsafe_code, reason = "the word is made a reference again")]
pub(crate) fn scope() -> Option<Rc<Node>> {
    let scope = HERE.with(|here| here.scope.get());
    if scope.is_null() {
        return None;
    }
    // SAFETY: `enter_scope` had the pointer from an `Rc` that its caller lends until the word is taken back; the count
    // goes up for the new one.
    unsafe {
        Rc::increment_strong_count(scope);
        Some(Rc::from_raw(scope))
    }
}
