//! Exercise 3, solved: each who waits has a number, and under it the waker of its last poll.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
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
    numbers: Cell<u64>,
    wakers: RefCell<BTreeMap<u64, Waker>>,
}

/// Waits until the flag is up.
pub struct Wait {
    flag: Flag,
    number: Option<u64>,
}

impl Flag {
    /// Puts the flag up, and wakes all who wait.
    pub fn raise(&self) {
        self.shared.up.set(true);
        let wakers = self.shared.wakers.take();
        wakers.into_values().for_each(Waker::wake);
    }

    /// Waits until the flag is up.
    pub fn wait(&self) -> Wait {
        let flag = self.clone();
        Wait { flag, number: None }
    }
}

impl Shared {
    fn new_number(&self) -> u64 {
        self.numbers.set(self.numbers.get() + 1);
        self.numbers.get()
    }
}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Wait { flag, number } = self.get_mut();
        let shared = &flag.shared;
        // First of all, since it is somebody else's code, and could raise the flag.
        let waker = context.waker().clone();
        if shared.up.get() {
            return Poll::Ready(());
        }
        let number = *number.get_or_insert_with(|| shared.new_number());
        // In a statement of its own: the waker from before is dropped when the borrow is over.
        let before = shared.wakers.borrow_mut().insert(number, waker);
        drop(before);
        Poll::Pending
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            let waker = self.flag.shared.wakers.borrow_mut().remove(&number);
            drop(waker);
        }
    }
}
