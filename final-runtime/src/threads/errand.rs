//! What the two threads share of a call: the function until it is called or called off, then what it gave.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;

use super::sync::Mutex;

/// What a call gave, or its panic.
type Outcome<T> = Result<T, Box<dyn Any + Send>>;

/// A call.
pub(super) struct Errand<F, T> {
    /// Absent from the moment at which the call begins, or is called off: of the two one finds it.
    function: Mutex<Option<F>>,
    outcome: Mutex<Option<Outcome<T>>>,
}

impl<F: FnOnce() -> T, T> Errand<F, T> {
    pub(super) fn new(function: F) -> Self {
        Self {
            function: Mutex::new(Some(function)),
            outcome: Mutex::new(None),
        }
    }

    /// In the pool's thread.
    pub(super) fn run(&self) {
        if let Some(function) = take(&self.function) {
            let outcome = catch_unwind(AssertUnwindSafe(function));
            let mut place = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
            *place = Some(outcome);
        }
    }

    /// If it has not begun, it never does.
    pub(super) fn call_off(&self) {
        drop(take(&self.function));
    }

    /// What it gave. Nothing, if it was called off, or has not come to its end.
    pub(super) fn take_outcome(&self) -> Option<Outcome<T>> {
        take(&self.outcome)
    }
}

/// What is in there, with the lock given back.
fn take<X>(from: &Mutex<Option<X>>) -> Option<X> {
    from.lock().unwrap_or_else(PoisonError::into_inner).take()
}
