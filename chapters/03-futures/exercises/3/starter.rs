//! Exercise 3, for you to change.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// A flag that goes up once. Clones are the same flag.
#[derive(Clone, Default)]
pub struct Flag {
    shared: Rc<Shared>,
}

#[derive(Default)]
struct Shared {
    up: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

/// Waits until the flag is up.
pub struct Wait {
    flag: Flag,
}

impl Flag {
    /// Puts the flag up, and wakes all who wait.
    pub fn raise(&self) {
        self.shared.up.set(true);
        if let Some(waker) = self.shared.waker.take() {
            waker.wake();
        }
    }

    /// Waits until the flag is up.
    pub fn wait(&self) -> Wait {
        Wait { flag: self.clone() }
    }
}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let shared = &self.flag.shared;
        let waker = context.waker().clone();
        if shared.up.get() {
            return Poll::Ready(());
        }
        let mut kept = shared.waker.borrow_mut();
        if kept.is_none() {
            *kept = Some(waker);
        }
        Poll::Pending
    }
}
