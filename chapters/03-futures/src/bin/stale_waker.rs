//! Broken on purpose: a future that keeps the waker of its first poll, though the last one counts.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use chapter_03::{EventLoop, Outcome};

/// A flag, and the waker of the one who waits for it.
#[derive(Default)]
struct Flag {
    up: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Flag {
    fn raise(&self) {
        self.up.set(true);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// Waits until the flag is up.
struct Wait {
    flag: Rc<Flag>,
}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let waker = context.waker().clone();
        if self.flag.up.get() {
            return Poll::Ready(());
        }
        // The flaw: whoever polls later is not the one who is woken.
        let mut kept = self.flag.waker.borrow_mut();
        if kept.is_none() {
            *kept = Some(waker);
        }
        Poll::Pending
    }
}

fn main() {
    let event_loop = EventLoop::new();
    let flag = Rc::new(Flag::default());
    let wait = Rc::new(RefCell::new(Wait {
        flag: Rc::clone(&flag),
    }));
    let (of_red, of_blue) = (Rc::clone(&wait), wait);
    let poll = |wait: &RefCell<Wait>, context: &mut Context<'_>| {
        Pin::new(&mut *wait.borrow_mut()).poll(context)
    };

    // Red asks once, and then leaves the waiting to blue.
    let red = poll_fn(move |context| {
        let _ = poll(&of_red, context);
        Poll::Ready(())
    });
    event_loop.drive("red", red);
    event_loop.drive("blue", poll_fn(move |context| poll(&of_blue, context)));
    event_loop.call_soon("bell", move |_| flag.raise());

    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    event_loop.say("blue sleeps on");
    event_loop.trace().report();
}
