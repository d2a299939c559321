//! The tests of exercise 2, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use std::io::Write;
use std::os::unix::net::UnixStream;

use chapter_02::{EventLoop, Outcome};
use exercise::on_lines;

/// Fails unless exactly these lines come, each in its turn, out of these pieces.
fn assert_lines(pieces: &[&[u8]], expected: &[&str]) {
    let lines = lines(pieces);
    assert_eq!(
        lines, expected,
        "left is what `on_lines` gave, each line behind its turn; right is what was sent"
    );
}

/// Sends the pieces in turns 1, 3, 5 and so on, then hangs up; returns which line came in which turn.
fn lines(pieces: &[&[u8]]) -> Vec<String> {
    let event_loop = EventLoop::new();
    let (near, far) = UnixStream::pair().expect("a socket pair");
    on_lines(&event_loop, "lines", near, |event_loop, line| {
        event_loop.say(format!("[{line}]"));
    })
    .expect("a socket can be watched");
    let pieces = pieces.iter().map(|piece| piece.to_vec()).collect();
    send(&event_loop, pieces, far);
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let says = event_loop.trace().events().into_iter();
    says.filter(|event| event.event == "says")
        .map(|event| format!("{} {}", event.turn, event.note))
        .collect()
}

fn send(event_loop: &EventLoop, mut pieces: Vec<Vec<u8>>, mut far: UnixStream) {
    event_loop.call_soon("sender", move |event_loop| {
        if !pieces.is_empty() {
            far.write_all(&pieces.remove(0)).expect("there is room");
            // A turn's pause: else the next piece is there before the reader has its turn.
            event_loop.call_soon("pause", |event_loop| send(event_loop, pieces, far));
        }
    });
}

#[test]
fn a_line_that_comes_in_one_piece_is_handed_on_without_its_end() {
    assert_lines(&[b"hello\n"], &["2 [hello]"]);
}

#[test]
fn a_line_waits_for_its_end() {
    assert_lines(
        &[b"he", b"l", b"lo\nwor", b"ld\n"],
        &["6 [hello]", "8 [world]"],
    );
}

#[test]
fn several_lines_of_one_piece_come_in_one_turn_and_in_order() {
    assert_lines(
        &[b"one\ntwo\n\nfour\n"],
        &["2 [one]", "2 [two]", "2 []", "2 [four]"],
    );
}

#[test]
fn what_stands_behind_the_last_end_is_a_line_too() {
    assert_lines(&[b"one\ntw", b"o"], &["2 [one]", "6 [two]"]);
}

#[test]
fn whoever_hangs_up_at_once_has_sent_no_line() {
    assert_lines(&[], &[]);
}

#[test]
fn a_letter_that_was_cut_in_two_survives() {
    let letter = "ü\n".as_bytes();
    assert_lines(&[&letter[..1], &letter[1..]], &["4 [ü]"]);
}

#[test]
fn a_line_may_be_longer_than_what_one_read_gives() {
    let mut long = vec![b'x'; 5000];
    long.push(b'\n');
    let lines = lines(&[&long]);
    assert_eq!(lines.len(), 1, "a single line was sent");
    assert!(
        lines[0].ends_with(&format!(" [{}]", "x".repeat(5000))),
        "the line of 5000 letters came as one of {}",
        lines[0].len()
    );
}
