//! Exercise 1, solved: a state for each place where it can be left.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::vec::IntoIter;

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
    promises: IntoIter<Promise<u8>>,
    sum: u8,
    state: State,
}

enum State {
    Start,
    Waits { promise: Promise<u8> },
    Done,
}

impl Expanded {
    /// What a call of `written` gives.
    pub fn new(event_loop: Rc<EventLoop>, promises: Vec<Promise<u8>>) -> Self {
        Self {
            event_loop,
            promises: promises.into_iter(),
            sum: 0,
            state: State::Start,
        }
    }

    /// The head of the loop: waits for the next promise, or ends.
    fn next(&mut self) {
        self.state = match self.promises.next() {
            Some(promise) => State::Waits { promise },
            None => {
                self.event_loop.say(format!("sum {}", self.sum));
                State::Done
            }
        };
    }
}

impl Future for Expanded {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        assert!(!matches!(this.state, State::Done), "polled after its end");
        loop {
            match &mut this.state {
                State::Start => {
                    this.event_loop.say("starts");
                    this.next();
                }
                State::Waits { promise } => match Pin::new(promise).poll(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Ok(number)) => {
                        this.sum += number;
                        this.event_loop.say(format!("so far {}", this.sum));
                        this.next();
                    }
                    Poll::Ready(Err(_)) => {
                        this.event_loop.say(format!("gives up at {}", this.sum));
                        this.state = State::Done;
                    }
                },
                State::Done => return Poll::Ready(()),
            }
        }
    }
}
