//! The tests of exercise 2, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use chapter_08::{EventLoop, Outcome, UnixStream, block_on, catch_cancel, sleep, timeout};
use exercise::Lines;
use futures_util::io::{AsyncRead, AsyncWriteExt};

const SECOND: Duration = Duration::from_secs(1);

/// What a server heard that gives up on a line after `patience`, and then goes on. The client sends the pieces, a second apart.
fn heard(pieces: &'static [&'static [u8]], patience: Duration) -> Vec<String> {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let (near, mut far) = UnixStream::pair(&event_loop).expect("two sockets");
    let of_client = Rc::clone(&event_loop);
    event_loop.spawn("client", async move {
        for piece in pieces {
            far.write_all(piece).await.expect("there is room");
            sleep(&of_client, SECOND).await;
        }
    });
    let of_server = Rc::clone(&event_loop);
    event_loop.spawn("server", async move {
        let mut lines = Lines::new(near);
        loop {
            match timeout(&of_server, patience, lines.next()).await {
                Ok(Ok(Some(line))) => of_server.say(line),
                Ok(Ok(None)) => break of_server.say("the end"),
                Ok(Err(error)) => break of_server.say(error),
                Err(_) => {}
            }
        }
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let events = event_loop.trace().events().into_iter();
    let says = events.filter(|e| e.event == "says");
    says.map(|e| e.note).collect()
}

const LEFT: &str = "left: the lines that the server heard";

#[test]
fn with_patience_lines_come_one_at_a_time_and_the_last_needs_no_end() {
    let heard = heard(&[b"one\ntwo\nth", b"ree"], 60 * SECOND);
    assert_eq!(heard, ["one", "two", "three", "the end"], "{LEFT}");
}

#[test]
fn a_line_that_was_given_up_half_way_is_whole_when_it_comes() {
    let heard = heard(&[b"hel", b"lo\n", b"and ", b"b", b"ye\n"], SECOND / 2);
    assert_eq!(heard, ["hello", "and bye", "the end"], "{LEFT}");
}

#[test]
fn what_stands_behind_a_line_is_kept_too() {
    let heard = heard(&[b"a\n\nb", b"c\nd", b"e"], SECOND / 2);
    assert_eq!(heard, ["a", "", "bc", "de", "the end"], "{LEFT}");
}

#[test]
fn a_letter_of_two_bytes_that_is_cut_in_two_is_whole_when_it_comes() {
    let heard = heard(&[b"caf\xc3", b"\xa9\n", b"\xff\n"], SECOND / 2);
    assert_eq!(heard, ["café", "�", "the end"], "{LEFT}");
}

#[test]
fn a_line_loses_its_end_and_nothing_else() {
    let heard = heard(&[b" a \r\n", b"\tb\t\n"], 60 * SECOND);
    assert_eq!(heard, [" a \r", "\tb\t", "the end"], "{LEFT}");
}

/// A stream whose reads are these, and then the end.
struct Reads(VecDeque<io::Result<&'static [u8]>>);

impl AsyncRead for Reads {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let read = self.0.pop_front().unwrap_or(Ok(b""));
        Poll::Ready(read.map(|bytes| {
            into[..bytes.len()].copy_from_slice(bytes);
            bytes.len()
        }))
    }
}

#[test]
fn a_read_that_fails_leaves_the_half_where_it_is() {
    let failed = Err(io::Error::from(ErrorKind::TimedOut));
    let mut lines = Lines::new(Reads([Ok(&b"hel"[..]), failed, Ok(b"lo\n")].into()));
    let told = block_on(lines.next()).map_err(|error| error.kind());
    assert_eq!(
        told,
        Err(ErrorKind::TimedOut),
        "left: the call whose read failed"
    );
    let line = block_on(lines.next()).map_err(|error| error.kind());
    assert_eq!(
        line,
        Ok(Some("hello".to_owned())),
        "left: the call after it"
    );
}

#[test]
fn a_request_that_was_caught_loses_nothing_either() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let (near, mut far) = UnixStream::pair(&event_loop).expect("two sockets");
    let of_server = Rc::clone(&event_loop);
    let server = event_loop.spawn("server", async move {
        let mut lines = Lines::new(near);
        assert!(catch_cancel(&of_server, lines.next()).await.is_err());
        lines.next().await.expect("the client is there")
    });
    let (of_client, asked) = (Rc::clone(&event_loop), server.clone());
    event_loop.spawn("client", async move {
        far.write_all(b"hel").await.expect("there is room");
        sleep(&of_client, SECOND).await;
        assert!(asked.cancel());
        sleep(&of_client, SECOND).await;
        far.write_all(b"lo\n").await.expect("there is room");
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let line = server.result().and_then(Result::ok).flatten();
    assert_eq!(
        line.as_deref(),
        Some("hello"),
        "left: the line that the server heard"
    );
}
