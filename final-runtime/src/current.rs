//! Which loop this thread is in.

use std::cell::RefCell;
use std::rc::Rc;

use crate::shared::Core;

thread_local! {
    static CURRENT: RefCell<Option<Rc<Core>>> = const { RefCell::new(None) };
}

/// Puts the loop back that was current before.
struct Leave(Option<Rc<Core>>);

impl Drop for Leave {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}

/// Calls `f` with `core` as this thread's loop.
pub(crate) fn enter<R>(core: &Rc<Core>, f: impl FnOnce() -> R) -> R {
    let _leave = Leave(CURRENT.replace(Some(core.clone())));
    f()
}

/// This thread's loop, if it is in one. A thread that ends is in none, also when its other thread locals go, whose drops
/// may wake a task.
pub(crate) fn current() -> Option<Rc<Core>> {
    let current = CURRENT.try_with(|current| current.borrow().clone());
    current.unwrap_or_default()
}

/// This thread's loop.
///
/// # Panics
///
/// If the thread is in none: `attempted` is what was called.
#[track_caller]
pub(crate) fn expect(attempted: &str) -> Rc<Core> {
    match current() {
        Some(core) => core,
        None => panic!(
            "{attempted} was called on a thread whose loop is not running; call it inside \
             `final_runtime::run(async {{ … }})`, or use the method of a `LoopHandle`"
        ),
    }
}
