//! To wait until a moment: a promise, and a timer that keeps it.
//!
//! The timer is a callback like any other. When it runs, it settles the promise, and that wakes the
//! sleeper, whose next step is one turn later. So of a sleeper and a callback that are due at one
//! instant, the callback is first, whichever was armed before.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::{EventLoop, Handle, Promise};

/// A wait for a moment. To drop it takes its timer back.
#[must_use = "a future does nothing unless it is awaited"]
pub struct Sleep {
    event_loop: Rc<EventLoop>,
    state: State,
}

enum State {
    New(When),
    Yielded,
    Armed { timer: Handle, over: Promise<()> },
}

#[derive(Clone, Copy)]
enum When {
    After(Duration),
    At(Duration),
}

/// Waits until `delay` has passed since the first poll, never less. No delay lets
/// everybody else have a turn.
pub fn sleep(event_loop: &Rc<EventLoop>, delay: Duration) -> Sleep {
    Sleep::new(event_loop, When::After(delay))
}

/// Waits until the loop's clock says `due`, never less.
pub fn sleep_until(event_loop: &Rc<EventLoop>, due: Duration) -> Sleep {
    Sleep::new(event_loop, When::At(due))
}

impl Sleep {
    fn new(event_loop: &Rc<EventLoop>, when: When) -> Self {
        Self {
            event_loop: Rc::clone(event_loop),
            state: State::New(when),
        }
    }

    /// Sets the timer.
    fn arm(&self, when: When) -> State {
        let over = Promise::new(&self.event_loop, "sleep");
        let kept = over.clone();
        // A request may have settled it in the same turn.
        let fire = move |_: &EventLoop| drop(kept.set_result(()));
        let timer = match when {
            When::After(delay) => self.event_loop.call_later("sleep", delay, fire),
            When::At(due) => self.event_loop.call_at("sleep", due, fire),
        };
        State::Armed { timer, over }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match self.state {
            State::New(When::After(Duration::ZERO)) => {
                self.state = State::Yielded;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            State::New(when) => self.state = self.arm(when),
            State::Yielded => return Poll::Ready(()),
            State::Armed { .. } => {}
        }
        match &mut self.state {
            State::Armed { over, .. } => Pin::new(over).poll(context).map(|_| ()),
            State::New(_) | State::Yielded => unreachable!("it was armed above"),
        }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let State::Armed { timer, .. } = &self.state {
            timer.cancel();
        }
    }
}
