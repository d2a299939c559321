//! The tests of exercise 3, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use std::cell::Cell;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;

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
    match attempt {
        Ok(count) => panic!("the relay should have gone, yet its socket took {count} bytes"),
        Err(error) => {
            let gone = [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset];
            assert!(
                gone.contains(&error.kind()),
                "expected an end, found: {error}"
            );
        }
    }
}

/// What became of "in" and "out" from event `from` on: `in watched`, `out run`, and so on. Runs in a row count as one.
fn story(event_loop: &EventLoop, from: usize) -> Vec<String> {
    let events = event_loop.trace().events().split_off(from);
    let told = ["watched", "forgotten", "run"];
    let events = events.iter().filter(|event| told.contains(&event.event));
    let mut story: Vec<String> = events
        .map(|event| format!("{} {}", event.task, event.event))
        .collect();
    story.dedup();
    story
}

/// Sends, and nobody takes anything, until the relay does nothing more.
fn fill(event_loop: &EventLoop, source: &UnixStream, sent: &Cell<usize>) {
    let mut stuck = 0;
    while stuck < 100 {
        let before = sent.get();
        stuff(source, sent);
        stuck = if sent.get() == before { stuck + 1 } else { 0 };
        turns(event_loop, 1);
        assert!(
            sent.get() < 16 << 20,
            "the relay reads on though nobody takes anything"
        );
    }
}

#[test]
fn a_message_is_passed_on_and_so_is_the_end() {
    let (event_loop, mut source, mut sink) = relayed();
    source.write_all(b"hello").expect("room for five bytes");
    turns(&event_loop, 2);
    let mut text = [0; 5];
    sink.set_nonblocking(true).expect("a socket can do that");
    let count = sink.read(&mut text).expect("it should be here by turn 3");
    assert_eq!(
        &text[..count],
        b"hello",
        "left is what came out of the relay"
    );

    drop(source);
    assert_eq!(
        event_loop.run_forever(),
        Outcome::Idle,
        "nothing should be watched after the end"
    );
    assert_eq!(
        sink.read(&mut text).expect("an orderly end"),
        0,
        "bytes came where the end should be"
    );
}

#[test]
fn it_reads_ahead_while_a_rest_waits_and_stops_at_the_limit() {
    let (event_loop, source, _sink) = relayed();
    let sent = Cell::new(0);
    fill(&event_loop, &source, &sent);
    let story = story(&event_loop, 0);
    let last = |what: &str| {
        let at = story.iter().rposition(|line| line == what);
        at.unwrap_or_else(|| {
            panic!("expected {what:?} when nobody takes anything, found {story:?}")
        })
    };
    let (rest, stop) = (last("out watched"), last("in forgotten"));
    assert!(
        rest < stop && story[rest..stop].contains(&"in run".to_owned()),
        "\"in\" should run on while \"out\" waits for room, and then be removed; the run ended with {:?}",
        &story[story.len().saturating_sub(6)..]
    );
}

#[test]
fn when_nobody_takes_anything_nothing_runs() {
    let (event_loop, source, _sink) = relayed();
    fill(&event_loop, &source, &Cell::new(0));
    let before = event_loop.trace().events().len();
    turns(&event_loop, 10);
    assert_eq!(
        story(&event_loop, before),
        [""; 0],
        "left is what ran though there was neither room nor anything to do"
    );
}

#[test]
fn when_there_is_room_again_it_reads_on() {
    let (event_loop, source, mut sink) = relayed();
    fill(&event_loop, &source, &Cell::new(0));
    let before = event_loop.trace().events().len();
    sink.set_nonblocking(true).expect("a socket can do that");
    let mut some = vec![0; 1 << 16];
    for _ in 0..100 {
        while sink.read(&mut some).is_ok_and(|count| count > 0) {}
        turns(&event_loop, 1);
    }
    let story = story(&event_loop, before);
    let first = |what: &str| {
        let at = story.iter().position(|line| line == what);
        at.unwrap_or_else(|| panic!("expected {what:?} when there is room again, found {story:?}"))
    };
    assert!(
        first("out run") < first("in watched") && first("in watched") < first("in run"),
        "\"out\" should make room, then \"in\" come back and run, found {story:?}"
    );
}

#[test]
fn nothing_is_lost_and_the_end_comes_last() {
    let (event_loop, source, mut sink) = relayed();
    let sent = Cell::new(0);
    fill(&event_loop, &source, &sent);
    // The end comes while the relay is full.
    drop(source);
    let sink = std::thread::spawn(move || {
        let mut came = Vec::new();
        sink.read_to_end(&mut came).expect("an orderly end");
        came
    });
    assert_eq!(
        event_loop.run_forever(),
        Outcome::Idle,
        "nothing should be watched after the end"
    );
    let came = sink.join().expect("the reader ended");
    assert_eq!(
        came.len(),
        sent.get(),
        "left is how much came, right how much was sent"
    );
    assert!(
        (0..came.len()).all(|at| came[at] == byte(at)),
        "the bytes came in another order"
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
    fill(&event_loop, &source, &Cell::new(0));
    drop(sink);
    turns(&event_loop, 3);
    source.set_nonblocking(true).expect("a socket can do that");
    assert_gone((&source).write(b"x"));
}
