//! Broken on purpose: a future that keeps the waker of its first poll, though the last one counts.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use chapter_03::{EventLoop, Outcome};

/// A flag, and the waker of who waits for it.
#[derive(Default)]
struct Flag {
    up: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Flag {
    fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        if self.up.get() {
            return Poll::Ready(());
        }
        // The flaw: whoever polls later is not the one who is woken.
        self.waker
            .borrow_mut()
            .get_or_insert_with(|| context.waker().clone());
        Poll::Pending
    }

    fn raise(&self) {
        self.up.set(true);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

fn main() {
    let event_loop = EventLoop::new();
    let flag = Rc::new(Flag::default());
    let (of_red, of_blue) = (Rc::clone(&flag), Rc::clone(&flag));

    // Red asks once, and then leaves the waiting to blue.
    let red = poll_fn(move |context| {
        let _ = of_red.poll(context);
        Poll::Ready(())
    });
    event_loop.drive("red", red);
    event_loop.drive("blue", poll_fn(move |context| of_blue.poll(context)));
    event_loop.call_soon("bell", move |_| flag.raise());

    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    event_loop.say("blue sleeps on");
    event_loop.trace().report();
}
