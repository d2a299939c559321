//! Variables that belong to a task: each task works on a copy of its creator's.
//!
//! In the book: chapter 15.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::here;
use crate::promise::CONTEXT;

/// A variable that belongs to a task. A task begins with a copy of what its creator sees; a callback runs in a copy made
/// when it was queued; what they set, the creator does not see. A future that is awaited shares its awaiter's.
///
/// A task lets go of its variables when it is done, and so of what they hold. The task that a run is for keeps them, for
/// its [`Runner`](crate::Runner), as long as it has handles: a variable of it that holds one, which
/// [`current_task`](crate::current_task) gives, holds itself.
///
/// asyncio: `contextvars.ContextVar`.
///
/// ```
/// use final_runtime::{ContextVar, run, spawn};
///
/// static USER: ContextVar<&str> = ContextVar::new();
///
/// run(async {
///     USER.set("ada");
///     let task = spawn(async {
///         assert_eq!(USER.get(), Some("ada"));
///         USER.set("grace");
///     });
///     task.await.unwrap();
///     assert_eq!(USER.get(), Some("ada"));
/// });
/// ```
pub struct ContextVar<T> {
    /// Given out at the first use, from 1.
    key: AtomicUsize,
    kind: PhantomData<fn() -> T>,
}

static NEXT_KEY: AtomicUsize = AtomicUsize::new(1);

thread_local! {
    /// What is set where no task runs: in a callback, or outside a loop.
    static OUTSIDE: RefCell<Context> = const { RefCell::new(Context { values: None }) };
}

/// A variable by its key, and what it is set to.
type Set = (usize, Rc<dyn Any>);

/// The variables of one task or callback. A clone is a copy; the list is shared until one of them sets something.
#[derive(Clone, Default)]
pub(crate) struct Context {
    values: Option<Rc<Vec<Set>>>,
}

impl Context {
    /// A copy of what is set now.
    #[inline]
    pub(crate) fn copy_current() -> Self {
        match here::task() {
            Some(task) if !task.has(CONTEXT) => Self::default(),
            _ => with_current(|context| context.borrow().clone()),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_none()
    }
}

/// Calls `f` with what is set now: the variables of the task that runs, else those of the callback.
fn with_current<R>(f: impl FnOnce(&RefCell<Context>) -> R) -> R {
    match here::task() {
        Some(task) => f(&task.make_cold().context),
        None => with_outside(f),
    }
}

/// Nothing is set, and nothing stays set, once the thread has come to the drop of its thread locals.
fn with_outside<R>(f: impl FnOnce(&RefCell<Context>) -> R) -> R {
    match OUTSIDE.try_with(|_| ()) {
        Ok(()) => OUTSIDE.with(f),
        Err(_) => f(&RefCell::default()),
    }
}

/// Calls `f` where no task runs, with `context` as what is set; it keeps what `f` sets.
#[inline(always)]
pub(crate) fn enter<R>(context: &RefCell<Context>, f: impl FnOnce() -> R) -> R {
    struct Leave<'a>(&'a RefCell<Context>, Context);
    impl Drop for Leave<'_> {
        fn drop(&mut self) {
            let set = with_outside(|outside| outside.replace(mem::take(&mut self.1)));
            self.0.replace(set);
        }
    }
    let before = with_outside(|outside| outside.replace(context.take()));
    let _leave = Leave(context, before);
    f()
}

impl<T: Clone + 'static> ContextVar<T> {
    /// A variable that is not set anywhere.
    ///
    /// asyncio: `ContextVar(name)`.
    ///
    /// ```
    /// static USER: final_runtime::ContextVar<&str> = final_runtime::ContextVar::new();
    /// assert_eq!(USER.get(), None);
    /// ```
    pub const fn new() -> Self {
        Self {
            key: AtomicUsize::new(0),
            kind: PhantomData,
        }
    }

    /// What it is set to here.
    ///
    /// asyncio: `ContextVar.get(None)`.
    ///
    /// ```
    /// static DEPTH: final_runtime::ContextVar<u32> = final_runtime::ContextVar::new();
    /// final_runtime::run(async { assert_eq!(DEPTH.get().unwrap_or(0), 0) });
    /// ```
    pub fn get(&self) -> Option<T> {
        let key = self.key();
        // The copy is made by code of others, who may set something: no borrow is held.
        let value = with_current(|context| {
            let context = context.borrow();
            let mut values = context.values.as_deref()?.iter();
            let found = values.find(|(known, _)| *known == key);
            found.map(|(_, value)| value.clone())
        });
        value?.downcast_ref().cloned()
    }

    /// Sets it here.
    ///
    /// asyncio: `ContextVar.set()`.
    ///
    /// ```
    /// use final_runtime::{ContextVar, run, spawn};
    ///
    /// static DEPTH: ContextVar<u32> = ContextVar::new();
    /// run(async {
    ///     DEPTH.set(1);
    ///     assert_eq!(spawn(async { DEPTH.get() }).await.unwrap(), Some(1));
    /// });
    /// ```
    pub fn set(&self, value: T) {
        let key = self.key();
        if let Some(task) = here::task() {
            task.set(CONTEXT);
        }
        let old = with_current(|context| {
            let mut context = context.borrow_mut();
            let values = Rc::make_mut(context.values.get_or_insert_default());
            let value: Rc<dyn Any> = Rc::new(value);
            match values.iter_mut().find(|(known, _)| *known == key) {
                Some((_, old)) => Some(mem::replace(old, value)),
                None => {
                    values.push((key, value));
                    None
                }
            }
        });
        drop(old);
    }

    fn key(&self) -> usize {
        let known = self.key.load(Ordering::Relaxed);
        if known != 0 {
            return known;
        }
        let fresh = NEXT_KEY.fetch_add(1, Ordering::Relaxed);
        let order = Ordering::Relaxed;
        match self.key.compare_exchange(0, fresh, order, order) {
            Ok(_) => fresh,
            Err(known) => known,
        }
    }
}

impl<T: Clone + 'static> Default for ContextVar<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for ContextVar<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextVar").finish_non_exhaustive()
    }
}
