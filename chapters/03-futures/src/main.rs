//! Two futures written by hand share the loop. A callback wakes the one, a socket the other.

use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use chapter_03::{EventLoop, Outcome, Promise};

fn main() -> io::Result<()> {
    let event_loop = Rc::new(EventLoop::new());
    let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| Promise::new(&event_loop, name));
    c.add_done_callback("witness", |event_loop| event_loop.say("c is there"));
    event_loop.drive("red", Sum::new(&event_loop, &a, &b));
    event_loop.drive("blue", Sum::new(&event_loop, &c, &d));

    event_loop.call_soon("bell", move |event_loop| {
        keep(&a, 2);
        event_loop.call_soon("bell", move |_| keep(&b, 3));
    });
    let (near, mut far) = UnixStream::pair()?;
    far.write_all(&[4, 5])?;
    receive(&event_loop, near, vec![d, c])?;

    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    event_loop.trace().report();
    Ok(())
}

#[track_caller]
fn keep(promise: &Promise<u8>, value: u8) {
    let kept = promise.set_result(value);
    kept.expect("each promise is kept once");
}

/// Keeps the promises, from the last to the first, with a byte from the socket each.
fn receive(
    event_loop: &EventLoop,
    mut near: UnixStream,
    mut promises: Vec<Promise<u8>>,
) -> io::Result<()> {
    let fd = near.as_raw_fd();
    event_loop.add_reader("socket", fd, move |event_loop| {
        let mut byte = [0];
        near.read_exact(&mut byte).expect("a byte is there");
        if let Some(promise) = promises.pop() {
            keep(&promise, byte[0]);
        }
        if promises.is_empty() {
            event_loop.remove_reader(fd);
        }
    })
}

/// Waits for one number, then for another, and says their sum.
struct Sum {
    event_loop: Rc<EventLoop>,
    state: State,
}

/// How far it has come, and what it must remember there: its stack is gone whenever `poll` returns.
enum State {
    First { a: Promise<u8>, b: Promise<u8> },
    Second { first: u8, b: Promise<u8> },
    Done,
}

impl Sum {
    fn new(event_loop: &Rc<EventLoop>, a: &Promise<u8>, b: &Promise<u8>) -> Self {
        let (a, b) = (a.clone(), b.clone());
        Self {
            event_loop: Rc::clone(event_loop),
            state: State::First { a, b },
        }
    }
}

impl Future for Sum {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Sum { event_loop, state } = self.get_mut();
        loop {
            match state {
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
