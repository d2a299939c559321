//! The tests of exercise 3, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use std::cell::Cell;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::rc::Rc;

use chapter_02::{EventLoop, Outcome};
use exercise::relay;

/// A loop with a relay, the end to send from and the end to receive at.
fn relayed() -> (EventLoop, UnixStream, UnixStream) {
    let event_loop = EventLoop::new();
    let (source, from) = UnixStream::pair().expect("a socket pair");
    let (to, sink) = UnixStream::pair().expect("a socket pair");
    relay(&event_loop, from, to).expect("a socket can be watched");
    (event_loop, source, sink)
}

/// Runs the loop for so many turns.
fn turns(event_loop: &EventLoop, count: u32) {
    for _ in 0..count {
        event_loop.stop();
        let _ = event_loop.run_forever();
    }
}

/// Sends what there is room for, without waiting. Every byte tells its place.
fn stuff(mut source: &UnixStream, sent: &Cell<usize>) {
    source.set_nonblocking(true).expect("a socket can do that");
    let bytes: Vec<u8> = (sent.get()..sent.get() + 4096).map(byte).collect();
    match source.write(&bytes) {
        Ok(count) => sent.set(sent.get() + count),
        Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
    }
}

fn byte(at: usize) -> u8 {
    (at * 31 + at / 251) as u8
}

/// The other end has hung up; some kernels tell whether it left bytes unread.
fn assert_gone(attempt: io::Result<usize>) {
    let kind = attempt.expect_err("the relay has gone").kind();
    let gone = [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset];
    assert!(gone.contains(&kind), "{kind:?}");
}

#[test]
fn a_message_is_passed_on_in_the_turn_after_it_was_sent_and_so_is_the_end() {
    let (event_loop, mut source, mut sink) = relayed();
    source.write_all(b"hello").expect("room for five bytes");
    turns(&event_loop, 1);
    let mut text = [0; 5];
    sink.read_exact(&mut text).expect("it was passed on");
    assert_eq!(&text, b"hello");

    drop(source);
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(sink.read(&mut text).expect("an orderly end"), 0);
}

#[test]
fn the_relay_reads_no_more_than_it_can_pass_on_and_loses_nothing() {
    let (event_loop, source, mut sink) = relayed();
    let sent = Rc::new(Cell::new(0));
    let mut stuck = 0;
    while stuck < 100 {
        let before = sent.get();
        stuff(&source, &sent);
        stuck = if sent.get() == before { stuck + 1 } else { 0 };
        turns(&event_loop, 1);
        assert!(
            sent.get() < 16 << 20,
            "the relay reads on though nobody takes it"
        );
    }

    // Now somebody reads. The relay passes on the rest, and then the end.
    let sink = std::thread::spawn(move || {
        let mut came = Vec::new();
        sink.read_to_end(&mut came).expect("an orderly end");
        came
    });
    drop(source);
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let came = sink.join().expect("the reader ended");
    assert_eq!(came.len(), sent.get());
    assert!(
        (0..came.len()).all(|at| came[at] == byte(at)),
        "out of order"
    );
}

#[test]
fn while_a_rest_is_to_be_written_the_reader_does_not_run() {
    let (event_loop, source, _sink) = relayed();
    let sent = Rc::new(Cell::new(0));
    for _ in 0..1000 {
        stuff(&source, &sent);
        turns(&event_loop, 1);
    }
    let before = event_loop.trace().events().len();
    turns(&event_loop, 10);
    let later = event_loop.trace().events().split_off(before);
    let runs = later.iter().filter(|event| event.event == "run").count();
    assert_eq!(
        runs, 0,
        "nobody takes anything, and yet something runs in every turn"
    );
}

#[test]
fn when_the_receiver_has_vanished_the_sender_is_hung_up_on() {
    let (event_loop, mut source, sink) = relayed();
    drop(sink);
    source
        .write_all(b"hello?")
        .expect("the relay is there still");
    turns(&event_loop, 3);
    assert_gone(source.write(b"hello??"));
}

#[test]
fn a_receiver_that_vanishes_while_a_rest_waits_ends_it_too() {
    let (event_loop, source, sink) = relayed();
    let sent = Rc::new(Cell::new(0));
    for _ in 0..1000 {
        stuff(&source, &sent);
        turns(&event_loop, 1);
    }
    drop(sink);
    turns(&event_loop, 3);
    source.set_nonblocking(true).expect("a socket can do that");
    assert_gone((&source).write(b"x"));
}
