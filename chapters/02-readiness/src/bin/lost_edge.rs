//! Six bytes for a reader that takes two at a time: first from mio itself, which tells it once, then from our loop.

use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::panic::Location;
use std::time::Duration;

use chapter_02::trace::{Lane, Trace};
use chapter_02::{EventLoop, Outcome};
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};

fn main() -> io::Result<()> {
    let event_loop = EventLoop::new();
    edge(event_loop.trace())?;
    level(&event_loop)?;
    event_loop.trace().report();
    Ok(())
}

/// mio alone: it reports that the socket *becomes* readable, and falls silent while four bytes lie there.
fn edge(trace: &Trace) -> io::Result<()> {
    let (mut near, mut far) = UnixStream::pair()?;
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(8);
    let fd = near.as_raw_fd();
    poll.registry()
        .register(&mut SourceFd(&fd), Token(0), Interest::READABLE)?;
    far.write_all(b"abcdef")?;
    for _ in 0..3 {
        trace.next_turn();
        // A loop without a timeout would sleep here for ever from the second time on.
        poll.poll(&mut events, Some(Duration::ZERO))?;
        if events.is_empty() {
            record(trace, Lane::Os, "silent", "");
        } else {
            record(trace, Lane::Os, "readable", "");
            record(trace, Lane::Running, "reads", &two_bytes(&mut near));
        }
    }
    Ok(())
}

/// The loop: what was reported is registered anew, and so reported again while it is true.
fn level(event_loop: &EventLoop) -> io::Result<()> {
    let (mut near, mut far) = UnixStream::pair()?;
    let fd = near.as_raw_fd();
    far.write_all(b"abcdef")?;
    event_loop.add_reader("level", fd, move |event_loop| {
        let bytes = two_bytes(&mut near);
        event_loop.say(&bytes);
        if bytes == "ef" {
            event_loop.remove_reader(fd);
        }
    })?;
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    Ok(())
}

fn two_bytes(socket: &mut UnixStream) -> String {
    let mut bytes = [0; 2];
    socket.read_exact(&mut bytes).expect("two bytes are there");
    bytes.map(char::from).iter().collect()
}

#[track_caller]
fn record(trace: &Trace, lane: Lane, event: &'static str, note: &str) {
    trace.record(lane, "edge", event, note, Location::caller());
}
