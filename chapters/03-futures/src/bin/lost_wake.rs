//! Broken on purpose: a future that says `Pending` and gives its waker to nobody.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use chapter_03::{EventLoop, Outcome};

/// Waits until the flag is up, and tells nobody that it does.
struct Forgetful {
    flag: Rc<Cell<bool>>,
}

impl Future for Forgetful {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<()> {
        if self.flag.get() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

fn main() {
    let event_loop = EventLoop::new();
    let flag = Rc::new(Cell::new(false));
    let seen = Rc::clone(&flag);
    event_loop.drive("red", Forgetful { flag: seen });
    event_loop.call_soon("bell", move |event_loop| {
        flag.set(true);
        event_loop.say("the flag is up");
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    event_loop.say("red sleeps on");
    event_loop.trace().report();
}
