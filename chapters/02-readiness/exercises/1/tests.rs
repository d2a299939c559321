//! The tests of exercise 1, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::rc::Rc;

use chapter_02::EventLoop;
use exercise::once_readable;

fn pair() -> (UnixStream, UnixStream) {
    UnixStream::pair().expect("a socket pair")
}

/// Runs the loop for ten turns at the most, and returns who ran in which turn but for the one who counted.
fn ran(event_loop: &EventLoop) -> Vec<String> {
    count_down(event_loop, 10);
    let _ = event_loop.run_forever();
    let events = event_loop.trace().events().into_iter();
    events
        .filter(|event| event.event == "run" && event.task != "counter")
        .map(|event| format!("{} {}", event.turn, event.task))
        .collect()
}

fn count_down(event_loop: &EventLoop, turns: u32) {
    event_loop.call_soon("counter", move |event_loop| match turns {
        1 => event_loop.stop(),
        _ => count_down(event_loop, turns - 1),
    });
}

#[test]
fn it_runs_once_though_the_bytes_stay_there() {
    let event_loop = EventLoop::new();
    let (near, mut far) = pair();
    far.write_all(b"hello").expect("room for five bytes");
    let fd = near.as_raw_fd();
    once_readable(&event_loop, "once", fd, |_| {}).expect("a socket can be watched");
    assert_eq!(
        ran(&event_loop),
        ["1 once"],
        "left is who ran in which turn: it should have run in turn 1 alone"
    );
    assert!(!event_loop.remove_reader(fd), "it is registered still");
}

#[test]
fn it_waits_for_the_first_byte() {
    let event_loop = EventLoop::new();
    let (near, mut far) = pair();
    once_readable(&event_loop, "once", near.as_raw_fd(), |_| {}).expect("a socket can be watched");
    event_loop.call_soon("first", move |event_loop| {
        event_loop.call_soon("sender", move |_| {
            far.write_all(b"x").expect("room for a byte");
        });
    });
    assert_eq!(
        ran(&event_loop),
        ["1 first", "2 sender", "3 once"],
        "left is who ran in which turn: the byte is there from turn 3 on"
    );
}

#[test]
fn it_may_wait_again_from_inside() {
    let event_loop = EventLoop::new();
    let (near, mut far) = pair();
    far.write_all(b"abc").expect("room for three bytes");
    let near = Rc::new(near);
    // The test keeps the socket, so that it stays open whatever becomes of the callback.
    wait_for(&event_loop, Rc::clone(&near));
    assert_eq!(
        ran(&event_loop),
        ["1 once", "2 once", "3 once"],
        "left is who ran in which turn: it waits again twice, and then no more"
    );
    assert!(
        !event_loop.remove_reader(near.as_raw_fd()),
        "it is registered still"
    );
}

/// Takes a byte each time, and waits for the next until it is `c`.
fn wait_for(event_loop: &EventLoop, near: Rc<UnixStream>) {
    let fd = near.as_raw_fd();
    let wait = move |event_loop: &EventLoop| {
        let mut byte = [0];
        (&*near).read_exact(&mut byte).expect("it is ready");
        if &byte != b"c" {
            wait_for(event_loop, near);
        }
    };
    once_readable(event_loop, "once", fd, wait).expect("a socket can be watched");
}

#[test]
fn nothing_of_it_is_left_when_it_has_run() {
    let event_loop = EventLoop::new();
    let (near, mut far) = pair();
    far.write_all(b"x").expect("room for a byte");
    let held = Rc::new(());
    let in_the_callback = Rc::clone(&held);
    once_readable(&event_loop, "once", near.as_raw_fd(), move |_| {
        let _ = &in_the_callback;
    })
    .expect("a socket can be watched");
    assert_eq!(
        Rc::strong_count(&held),
        2,
        "the callback waits, and holds what it took"
    );
    assert_eq!(
        ran(&event_loop),
        ["1 once"],
        "left is who ran in which turn: it should have run in turn 1 alone"
    );
    assert_eq!(
        Rc::strong_count(&held),
        1,
        "it has run, and something still holds what it took"
    );
}
