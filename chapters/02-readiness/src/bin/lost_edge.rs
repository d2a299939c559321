//! Six bytes, read two at a time. mio reports them once; with `--loop`, our loop
//! does so until they are read.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::panic::Location;
use std::time::Duration;

use chapter_02::trace::{Lane, Trace};
use chapter_02::{EventLoop, Outcome};
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};

fn main() -> io::Result<()> {
    if std::env::args().any(|argument| argument == "--loop") {
        level()
    } else {
        edge()
    }
}

/// mio alone: it reports that the socket *becomes* readable, and falls silent
/// while four bytes lie there.
fn edge() -> io::Result<()> {
    let trace = Trace::new();
    let (mut near, mut far) = UnixStream::pair()?;
    near.set_nonblocking(true)?;

    let mut poll = Poll::new()?;
    let fd = near.as_raw_fd();
    poll.registry()
        .register(&mut SourceFd(&fd), Token(7), Interest::READABLE)?;
    far.write_all(b"abcdef")?;

    let mut events = Events::with_capacity(8);
    for _ in 0..3 {
        trace.next_turn();
        // Without a time limit, this would sleep for ever from the second time on.
        poll.poll(&mut events, Some(Duration::ZERO))?;
        if events.is_empty() {
            record(&trace, Lane::Os, "silent", "");
        }
        for event in &events {
            let Token(token) = event.token();
            record(&trace, Lane::Os, "readable", &format!("token {token}"));
            record(&trace, Lane::Running, "reads", &two_bytes(&mut near));
        }
    }

    trace.next_turn();
    record(&trace, Lane::Running, "reads", &two_bytes(&mut near));
    trace.report();
    Ok(())
}

/// The loop: what was reported is registered anew, and so reported again while it is true.
fn level() -> io::Result<()> {
    let event_loop = EventLoop::new();
    let (mut near, mut far) = UnixStream::pair()?;
    near.set_nonblocking(true)?;
    let fd = near.as_raw_fd();
    far.write_all(b"abcdef")?;
    event_loop.add_reader("reader", fd, move |event_loop| {
        let bytes = two_bytes(&mut near);
        event_loop.say(&bytes);
        if bytes == "ef" {
            event_loop.remove_reader(fd);
        }
    })?;
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    event_loop.trace().report();
    Ok(())
}

/// Tries to read two bytes.
fn two_bytes(socket: &mut UnixStream) -> String {
    let mut bytes = [0; 2];
    match socket.read(&mut bytes) {
        Ok(count) => String::from_utf8_lossy(&bytes[..count]).into_owned(),
        Err(error) if error.kind() == ErrorKind::WouldBlock => "nothing yet".to_owned(),
        Err(error) => panic!("reading from a socket pair: {error}"),
    }
}

#[track_caller]
fn record(trace: &Trace, lane: Lane, event: &'static str, note: &str) {
    trace.record(lane, "socket", event, note, Location::caller());
}
