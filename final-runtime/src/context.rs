//! Variables that belong to a task: each task works on a copy of its creator's.

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::here;
use crate::promise::AnyPromise;

/// A variable that belongs to a task. A task begins with a copy of what its creator sees; a callback runs in a copy made
/// when it was queued; what they set, the creator does not see. A future that is awaited shares its awaiter's.
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
    static CURRENT: RefCell<Context> = const { RefCell::new(Context { values: None }) };
}

/// The variables of one task or callback. A clone is a copy; the map is shared until one of them sets something.
#[derive(Clone, Default)]
pub(crate) struct Context {
    values: Option<Rc<BTreeMap<usize, Rc<dyn Any>>>>,
}

impl Context {
    /// A copy of what is set now.
    #[inline]
    pub(crate) fn copy_current() -> Self {
        match here::has_context() {
            true => CURRENT.with_borrow(Self::clone),
            false => Self::default(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_none()
    }

    /// Makes this what is set now. What was set before.
    fn set_current(self) -> Self {
        here::set_has_context(!self.is_empty());
        CURRENT.replace(self)
    }
}

/// Calls `f` with `context` as what is set; it keeps what `f` sets.
pub(crate) fn enter<R>(context: &RefCell<Context>, f: impl FnOnce() -> R) -> R {
    struct Leave<'a>(&'a RefCell<Context>, Context);
    impl Drop for Leave<'_> {
        fn drop(&mut self) {
            let set = std::mem::take(&mut self.1).set_current();
            self.0.replace(set);
        }
    }
    let _leave = Leave(context, context.take().set_current());
    f()
}

/// Calls `f` in a step of `task`, with the task's variables. Where none are set, as for nearly every task, that is two
/// looks.
#[inline]
pub(crate) fn enter_task<R>(task: &AnyPromise, f: impl FnOnce() -> R) -> R {
    if here::has_context() {
        return enter(&task.make_cold().context, f);
    }
    if let Some(cold) = task.cold()
        && !cold.context.borrow().is_empty()
    {
        return enter(&cold.context, f);
    }
    let result = f();
    if here::has_context() {
        task.make_cold().context.replace(Context::default().set_current());
    }
    result
}

/// Forgets what a step set that panicked.
pub(crate) fn forget() {
    if here::has_context() {
        drop(Context::default().set_current());
    }
}

impl<T: Clone + 'static> ContextVar<T> {
    /// A variable that is not set anywhere.
    ///
    /// asyncio: `ContextVar(name)`.
    pub const fn new() -> Self {
        Self {
            key: AtomicUsize::new(0),
            kind: PhantomData,
        }
    }

    /// What it is set to here.
    ///
    /// asyncio: `ContextVar.get(None)`.
    pub fn get(&self) -> Option<T> {
        let key = self.key();
        CURRENT.with_borrow(|context| {
            let value = context.values.as_ref()?.get(&key)?;
            value.downcast_ref().cloned()
        })
    }

    /// Sets it here.
    ///
    /// asyncio: `ContextVar.set()`.
    pub fn set(&self, value: T) {
        let key = self.key();
        here::set_has_context(true);
        let old = CURRENT.with_borrow_mut(|context| {
            let values = Rc::make_mut(context.values.get_or_insert_default());
            values.insert(key, Rc::new(value))
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
