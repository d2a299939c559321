//! Exercise 1, for you to change: `Expanded`, not `written`.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use chapter_04::{EventLoop, Promise};

/// Adds up the numbers as they come. It gives up at the first that does not.
pub async fn written(event_loop: Rc<EventLoop>, promises: Vec<Promise<u8>>) {
    event_loop.say("starts");
    let mut sum = 0;
    for promise in promises {
        let Ok(number) = promise.await else {
            event_loop.say(format!("gives up at {sum}"));
            return;
        };
        sum += number;
        event_loop.say(format!("so far {sum}"));
    }
    event_loop.say(format!("sum {sum}"));
}

/// The same, by hand.
pub struct Expanded {
    event_loop: Rc<EventLoop>,
    promises: std::vec::IntoIter<Promise<u8>>,
    waits_for: Option<Promise<u8>>,
    sum: u8,
}

impl Expanded {
    /// What a call of `written` gives.
    pub fn new(event_loop: Rc<EventLoop>, promises: Vec<Promise<u8>>) -> Self {
        event_loop.say("starts");
        let mut promises = promises.into_iter();
        let waits_for = promises.next();
        Self {
            event_loop,
            promises,
            waits_for,
            sum: 0,
        }
    }
}

impl Future for Expanded {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let Some(promise) = &mut this.waits_for else {
            this.event_loop.say(format!("sum {}", this.sum));
            return Poll::Ready(());
        };
        match Pin::new(promise).poll(context) {
            Poll::Ready(Ok(number)) => {
                this.sum += number;
                this.event_loop.say(format!("so far {}", this.sum));
                this.waits_for = this.promises.next();
                Poll::Pending
            }
            Poll::Ready(Err(_)) => {
                this.event_loop.say(format!("gives up at {}", this.sum));
                Poll::Ready(())
            }
            Poll::Pending => Poll::Pending,
        }
    }
}
