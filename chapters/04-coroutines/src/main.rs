//! The same function twice: as we write it, and as the compiler does. Both run on one loop, and
//! do the same in each turn.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use chapter_04::{EventLoop, Outcome, Promise};

fn main() {
    let event_loop = Rc::new(EventLoop::new());
    let [a, b] = ["a", "b"].map(|name| Promise::new(&event_loop, name));
    let written = sum(Rc::clone(&event_loop), a.clone(), b.clone());
    let expanded = Sum::new(&event_loop, &a, &b);
    event_loop.say("called both");

    event_loop.drive("written", written);
    event_loop.drive("expanded", expanded);
    event_loop.call_soon("bell", move |_| {
        keep(&a, 2);
        keep(&b, 3);
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    event_loop.trace().report();
}

#[track_caller]
fn keep(promise: &Promise<u8>, value: u8) {
    let kept = promise.set_result(value);
    kept.expect("each promise is kept once");
}

/// Waits for one number, then for another, and says their sum.
async fn sum(event_loop: Rc<EventLoop>, a: Promise<u8>, b: Promise<u8>) {
    event_loop.say("starts");
    let first = a.await.expect("nobody breaks this promise");
    event_loop.say(format!("first {first}"));
    let second = b.await.expect("nobody breaks this promise");
    event_loop.say(format!("sum {}", first + second));
}

/// The same, by hand.
struct Sum {
    event_loop: Rc<EventLoop>,
    state: State,
}

/// How far it has come, and what it must remember there: one variant for the start, one for each
/// `.await`, one for the end.
enum State {
    Start { a: Promise<u8>, b: Promise<u8> },
    First { a: Promise<u8>, b: Promise<u8> },
    Second { first: u8, b: Promise<u8> },
    Done,
}

impl Sum {
    fn new(event_loop: &Rc<EventLoop>, a: &Promise<u8>, b: &Promise<u8>) -> Self {
        let (a, b) = (a.clone(), b.clone());
        Self {
            event_loop: Rc::clone(event_loop),
            state: State::Start { a, b },
        }
    }
}

impl Future for Sum {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Sum { event_loop, state } = self.get_mut();
        loop {
            match state {
                State::Start { a, b } => {
                    event_loop.say("starts");
                    let (a, b) = (a.clone(), b.clone());
                    *state = State::First { a, b };
                }
                State::First { a, b } => {
                    let Poll::Ready(first) = Pin::new(a).poll(context) else {
                        return Poll::Pending;
                    };
                    let first = first.expect("nobody breaks this promise");
                    event_loop.say(format!("first {first}"));
                    let b = b.clone();
                    *state = State::Second { first, b };
                }
                State::Second { first, b } => {
                    let Poll::Ready(second) = Pin::new(b).poll(context) else {
                        return Poll::Pending;
                    };
                    let second = second.expect("nobody breaks this promise");
                    event_loop.say(format!("sum {}", *first + second));
                    *state = State::Done;
                    return Poll::Ready(());
                }
                State::Done => panic!("a future that was ready must not be polled again"),
            }
        }
    }
}
