//! The tests of exercise 3, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use std::rc::Rc;
use std::time::Duration;

use chapter_07::{EventLoop, Outcome, UnixStream, sleep};
use exercise::{MOST, next_line};
use futures_util::io::{AsyncWriteExt, BufReader};

const SECOND: Duration = Duration::from_secs(1);
const LIMIT: Duration = Duration::from_secs(3);

/// What a server heard that reads lines, each with the second in which it had it. The client sends the pieces, a second
/// apart, and hangs up after the last of them, or keeps quiet.
fn heard(pieces: Vec<Vec<u8>>, hangs_up: bool) -> Vec<String> {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let (near, mut far) = UnixStream::pair(&event_loop).expect("two sockets");
    let of_client = Rc::clone(&event_loop);
    event_loop.spawn("client", async move {
        for piece in pieces {
            // The server may have hung up.
            let _ = far.write_all(&piece).await;
            sleep(&of_client, SECOND).await;
        }
        if !hangs_up {
            sleep(&of_client, 100 * SECOND).await;
        }
    });
    let of_server = Rc::clone(&event_loop);
    event_loop.spawn("server", async move {
        let mut reader = BufReader::new(near);
        loop {
            let line = next_line(&of_server, &mut reader, LIMIT).await;
            let second = of_server.now().as_secs();
            match line {
                Ok(Some(line)) if line.len() > 20 => {
                    of_server.say(format!("{second} {} bytes", line.len()));
                }
                Ok(Some(line)) => of_server.say(format!("{second} {line}")),
                Ok(None) => break of_server.say(format!("{second} the end")),
                Err(error) => break of_server.say(format!("{second} {:?}", error.kind())),
            }
        }
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let events = event_loop.trace().events().into_iter();
    let says = events.filter(|e| e.event == "says");
    says.map(|e| e.note).collect()
}

fn pieces(pieces: &[&str]) -> Vec<Vec<u8>> {
    pieces
        .iter()
        .map(|piece| piece.as_bytes().to_vec())
        .collect()
}

const LEFT: &str = "left: what the server heard, each with its second";

#[test]
fn lines_come_one_at_a_time_and_the_last_needs_no_end() {
    let heard = heard(pieces(&["one\ntwo\nth", "ree"]), true);
    assert_eq!(heard, ["0 one", "0 two", "2 three", "2 the end"], "{LEFT}");
}

#[test]
fn an_empty_line_is_a_line() {
    let heard = heard(pieces(&["\n\nx\n"]), true);
    assert_eq!(heard, ["0 ", "0 ", "0 x", "1 the end"], "{LEFT}");
}

#[test]
fn a_silent_client_is_given_up() {
    let heard = heard(pieces(&["hello\n"]), false);
    assert_eq!(heard, ["0 hello", "3 TimedOut"], "{LEFT}");
}

#[test]
fn one_that_sends_a_byte_a_second_is_given_up_too() {
    let heard = heard(pieces(&["h", "e", "l", "l", "o", "\n"]), false);
    assert_eq!(heard, ["3 TimedOut"], "{LEFT}");
}

#[test]
fn each_line_has_its_own_limit() {
    let heard = heard(pieces(&["a", "\n", "b", "\n", "c", "\n"]), true);
    assert_eq!(heard, ["1 a", "3 b", "5 c", "6 the end"], "{LEFT}");
}

#[test]
fn the_longest_line_is_taken_and_a_longer_one_refused_before_its_end() {
    let exact = format!("{}\n", "x".repeat(MOST));
    assert_eq!(
        heard(pieces(&[&exact]), true),
        ["0 80 bytes", "1 the end"],
        "{LEFT}"
    );
    let longer = "x".repeat(MOST + 1);
    assert_eq!(
        heard(pieces(&[&longer]), false),
        ["0 InvalidData"],
        "{LEFT}; the end of that line never came"
    );
}

#[test]
fn what_is_no_text_is_refused() {
    let heard = heard(vec![b"ok\n\xff\xfe\n".to_vec()], true);
    assert_eq!(heard, ["0 ok", "0 InvalidData"], "{LEFT}");
}
