//! A future that waits for the next edge, and nothing that keeps an edge. Six bytes are
//! there, and the reader gets two. With `--late`, a reader that tries first, and then
//! takes a turn before it waits.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use chapter_07::{EventLoop, Outcome, sleep};
use mio::unix::SourceFd;
use mio::{Events, Interest, Token};

fn main() -> io::Result<()> {
    let event_loop = Rc::new(EventLoop::new());
    let (near, mut far) = UnixStream::pair()?;
    near.set_nonblocking(true)?;
    let edges = Rc::new(Edges::of(&near)?);
    let (of_task, of_reader) = (Rc::clone(&event_loop), Rc::clone(&edges));
    if std::env::args().any(|argument| argument == "--late") {
        event_loop.spawn("reader", waits_late(of_task, of_reader, near));
        event_loop.call_soon("sender", move |_| {
            far.write_all(b"abcdef").expect("there is room");
        });
    } else {
        far.write_all(b"abcdef")?;
        event_loop.spawn("reader", waits_first(of_task, of_reader, near));
    }
    edges.ask(&event_loop, 3);
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    event_loop.trace().report();
    Ok(())
}

/// Waits for an edge, reads two bytes, and begins again.
async fn waits_first(event_loop: Rc<EventLoop>, edges: Rc<Edges>, mut near: UnixStream) {
    let mut two = [0; 2];
    loop {
        edges.next().await;
        near.read_exact(&mut two).expect("it was reported");
        event_loop.say(String::from_utf8_lossy(&two));
    }
}

/// Reads what is there. If there is nothing, it lets the others through,
/// and then waits for an edge.
async fn waits_late(event_loop: Rc<EventLoop>, edges: Rc<Edges>, mut near: UnixStream) {
    let mut two = [0; 2];
    loop {
        if near.read_exact(&mut two).is_ok() {
            event_loop.say(String::from_utf8_lossy(&two));
        } else {
            event_loop.say("nothing yet");
            sleep(&event_loop, Duration::ZERO).await;
            edges.next().await;
        }
    }
}

/// A reactor that wakes and forgets: an edge wakes whoever waits at that moment.
struct Edges {
    poll: RefCell<mio::Poll>,
    count: Cell<u32>,
    waker: Cell<Option<Waker>>,
}

impl Edges {
    fn of(socket: &UnixStream) -> io::Result<Self> {
        let poll = mio::Poll::new()?;
        let fd = socket.as_raw_fd();
        poll.registry()
            .register(&mut SourceFd(&fd), Token(7), Interest::READABLE)?;
        Ok(Self {
            poll: RefCell::new(poll),
            count: Cell::new(0),
            waker: Cell::new(None),
        })
    }

    /// Asks the kernel in each of so many turns.
    fn ask(self: &Rc<Self>, event_loop: &EventLoop, turns: u32) {
        let edges = Rc::clone(self);
        event_loop.call_soon("edges", move |event_loop| {
            let mut events = Events::with_capacity(8);
            let polled = edges
                .poll
                .borrow_mut()
                .poll(&mut events, Some(Duration::ZERO));
            polled.expect("the poller is open");
            if events.is_empty() {
                event_loop.say("silent");
            } else {
                event_loop.say("readable");
                edges.count.set(edges.count.get() + 1);
                if let Some(waker) = edges.waker.take() {
                    waker.wake();
                }
            }
            if turns > 1 {
                edges.ask(event_loop, turns - 1);
            }
        });
    }

    /// Waits for the next edge: one that comes from now on.
    async fn next(&self) {
        let before = self.count.get();
        poll_fn(|context| {
            if self.count.get() > before {
                return Poll::Ready(());
            }
            self.waker.set(Some(context.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}
