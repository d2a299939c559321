//! When the loop sleeps, and who runs once a socket is ready.

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::rc::Rc;

use chapter_06::{EventLoop, Outcome};

/// Two ends of a connection inside this process.
fn pair() -> (UnixStream, UnixStream) {
    let (near, far) = UnixStream::pair().expect("a socket pair");
    near.set_nonblocking(true).expect("a socket can do that");
    (near, far)
}

/// Every event so far, as "turn lane task event note".
fn happened(event_loop: &EventLoop) -> Vec<String> {
    let events = event_loop.trace().events().into_iter();
    let line = |e: chapter_06::trace::Event| {
        let line = format!(
            "{} {} {} {} {}",
            e.turn,
            e.lane.name(),
            e.task,
            e.event,
            e.note
        );
        line.trim_end().to_owned()
    };
    events.map(line).collect()
}

/// Who ran, as "turn task", in order.
fn ran(event_loop: &EventLoop) -> Vec<String> {
    let events = event_loop.trace().events().into_iter();
    let runs = events.filter(|e| e.event == "run");
    runs.map(|e| format!("{} {}", e.turn, e.task)).collect()
}

/// Reads everything there is.
fn drain(mut socket: &UnixStream) -> String {
    let mut text = String::new();
    match socket.read_to_string(&mut text) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
        result => drop(result.expect("the socket is open")),
    }
    text
}

#[test]
fn with_nothing_ready_the_loop_sleeps_until_a_socket_is() {
    let event_loop = EventLoop::new();
    let (near, mut far) = pair();
    let fd = near.as_raw_fd();
    event_loop
        .add_reader("reader", fd, move |event_loop| {
            event_loop.say(drain(&near));
            event_loop.remove_reader(fd);
        })
        .expect("a socket can be watched");
    let sender = std::thread::spawn(move || far.write_all(b"from another thread"));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert!(sender.join().expect("the sender ended").is_ok());
    assert_eq!(
        happened(&event_loop),
        [
            "0 reactor reader watched",
            "1 reactor loop sleeps",
            "1 os reader readable",
            "1 ready reader queued",
            "1 running reader run",
            "1 running reader says from another thread",
            "1 reactor reader forgotten",
            "1 running reader returned",
        ]
    );
}

#[test]
fn with_something_ready_the_loop_asks_without_sleeping_and_queues_reader_and_writer_behind_it() {
    let event_loop = EventLoop::new();
    let (near, mut far) = pair();
    far.write_all(b"x").expect("room for a byte");
    let near = Rc::new(near);
    let fd = near.as_raw_fd();
    event_loop
        .add_writer("writer", fd, move |event_loop| {
            event_loop.remove_writer(fd);
        })
        .expect("a socket can be watched");
    event_loop
        .add_reader("reader", fd, move |event_loop| {
            drain(&near);
            event_loop.remove_reader(fd);
        })
        .expect("a socket can be watched");
    event_loop.call_soon("callback", |event_loop| {
        event_loop.call_soon("its child", |_| {});
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(
        ran(&event_loop),
        ["1 callback", "1 reader", "1 writer", "2 its child"]
    );
    assert!(
        !happened(&event_loop)
            .iter()
            .any(|line| line.contains("sleeps"))
    );
}

#[test]
fn a_callback_that_always_queues_itself_does_not_starve_a_socket() {
    let event_loop = EventLoop::new();
    let (near, mut far) = pair();
    far.write_all(b"x").expect("room for a byte");
    let fd = near.as_raw_fd();
    event_loop
        .add_reader("reader", fd, move |event_loop| {
            drain(&near);
            event_loop.stop();
        })
        .expect("a socket can be watched");
    again(&event_loop);
    assert_eq!(event_loop.run_forever(), Outcome::Stopped);
    assert_eq!(ran(&event_loop), ["1 again", "1 reader"]);
}

fn again(event_loop: &EventLoop) {
    event_loop.call_soon("again", again);
}

#[test]
fn a_reader_that_leaves_bytes_behind_is_called_in_each_turn_until_they_are_read() {
    let event_loop = EventLoop::new();
    let (mut near, mut far) = pair();
    far.write_all(b"abcdef").expect("room for six bytes");
    let fd = near.as_raw_fd();
    event_loop
        .add_reader("reader", fd, move |event_loop| {
            let mut two = [0; 2];
            near.read_exact(&mut two).expect("two bytes are there");
            if &two == b"ef" {
                event_loop.remove_reader(fd);
            }
        })
        .expect("a socket can be watched");
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(ran(&event_loop), ["1 reader", "2 reader", "3 reader"]);
}

#[test]
fn a_writer_is_called_in_each_turn_as_long_as_there_is_room() {
    let event_loop = EventLoop::new();
    let (near, _far) = pair();
    let mut calls = 0;
    event_loop
        .add_writer("writer", near.as_raw_fd(), move |event_loop| {
            calls += 1;
            if calls == 3 {
                event_loop.stop();
            }
        })
        .expect("a socket can be watched");
    assert_eq!(event_loop.run_forever(), Outcome::Stopped);
    assert_eq!(ran(&event_loop), ["1 writer", "2 writer", "3 writer"]);
    assert!(event_loop.remove_writer(near.as_raw_fd()));
    assert!(!event_loop.remove_writer(near.as_raw_fd()));
}

#[test]
fn each_reported_socket_costs_one_registration_before_the_next_turn() {
    let event_loop = EventLoop::new();
    let (near, mut far) = pair();
    let fd = near.as_raw_fd();
    far.write_all(b"ab").expect("room for two bytes");
    let near = Rc::new(near);
    event_loop
        .add_reader("reader", fd, move |event_loop| {
            let mut one = [0; 1];
            (&*near).read_exact(&mut one).expect("a byte is there");
            if &one == b"b" {
                event_loop.remove_reader(fd);
            }
        })
        .expect("a socket can be watched");
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let reactor: Vec<_> = happened(&event_loop)
        .into_iter()
        .filter(|line| line.contains(" reactor reader "))
        .collect();
    assert_eq!(
        reactor,
        [
            "0 reactor reader watched",
            "2 reactor reader rearmed",
            "2 reactor reader forgotten"
        ]
    );
}

#[test]
fn a_reader_removed_earlier_in_its_turn_does_not_run() {
    let event_loop = EventLoop::new();
    let (near, mut far) = pair();
    far.write_all(b"x").expect("room for a byte");
    let fd = near.as_raw_fd();
    event_loop
        .add_reader("victim", fd, |event_loop| event_loop.say("never"))
        .expect("a socket can be watched");
    event_loop.call_soon("remover", move |event_loop| {
        assert!(event_loop.remove_reader(fd));
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(
        happened(&event_loop)[2..],
        [
            "1 os victim readable",
            "1 ready victim queued",
            "1 running remover run",
            "1 reactor victim forgotten",
            "1 running remover returned",
            "1 ready victim skipped",
        ]
    );
}

#[test]
fn a_second_reader_takes_the_place_of_the_first() {
    let event_loop = EventLoop::new();
    let (near, mut far) = pair();
    far.write_all(b"x").expect("room for a byte");
    let fd = near.as_raw_fd();
    let held = Rc::new(());
    let in_the_first = Rc::clone(&held);
    event_loop
        .add_reader("first", fd, move |_| drop(in_the_first.clone()))
        .expect("a socket can be watched");
    event_loop
        .add_reader("second", fd, move |event_loop| {
            drain(&near);
            event_loop.remove_reader(fd);
        })
        .expect("a socket can be watched");
    assert_eq!(Rc::strong_count(&held), 1);
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(ran(&event_loop), ["1 second"]);
}

#[test]
fn a_reader_replaced_earlier_in_its_turn_does_not_run_any_more() {
    let event_loop = EventLoop::new();
    let (near, mut far) = pair();
    far.write_all(b"x").expect("room for a byte");
    let fd = near.as_raw_fd();
    event_loop
        .add_reader("first", fd, |event_loop| event_loop.say("never"))
        .expect("a socket can be watched");
    event_loop.call_soon("replacer", move |event_loop| {
        let second = move |event_loop: &EventLoop| {
            drain(&near);
            event_loop.remove_reader(fd);
        };
        event_loop
            .add_reader("second", fd, second)
            .expect("it is watched already");
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(ran(&event_loop), ["1 replacer", "2 second"]);
}

#[test]
fn a_reader_that_replaces_itself_while_it_runs_is_dropped_after_it_ran() {
    let event_loop = EventLoop::new();
    let (near, mut far) = pair();
    far.write_all(b"x").expect("room for a byte");
    let fd = near.as_raw_fd();
    let near = Rc::new(near);
    let kept = Rc::clone(&near);
    event_loop
        .add_reader("first", fd, move |event_loop| {
            let near = Rc::clone(&kept);
            let second = move |event_loop: &EventLoop| {
                drain(&near);
                event_loop.remove_reader(fd);
            };
            event_loop
                .add_reader("second", fd, second)
                .expect("it is watched already");
        })
        .expect("a socket can be watched");
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(ran(&event_loop), ["1 first", "2 second"]);
    assert_eq!(Rc::strong_count(&near), 1);
}

#[test]
fn of_several_ready_sockets_the_one_with_the_lower_number_comes_first() {
    let event_loop = EventLoop::new();
    let mut pairs = [pair(), pair(), pair()];
    // Tests that run beside this one free numbers, and a later pair may get a lower one.
    pairs.sort_by_key(|(near, _)| near.as_raw_fd());
    let left = Rc::new(Cell::new(pairs.len()));
    for (near, far) in pairs.iter().rev() {
        let fd = near.as_raw_fd();
        let (near, left) = (
            near.try_clone().expect("a second descriptor"),
            Rc::clone(&left),
        );
        (&*far).write_all(b"x").expect("room for a byte");
        event_loop
            .add_reader(&fd.to_string(), fd, move |event_loop| {
                drain(&near);
                event_loop.remove_reader(fd);
                left.set(left.get() - 1);
            })
            .expect("a socket can be watched");
    }
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(left.get(), 0);
    let expected: Vec<_> = pairs
        .iter()
        .map(|(near, _)| format!("1 {}", near.as_raw_fd()))
        .collect();
    assert_eq!(ran(&event_loop), expected);
}

#[test]
fn a_peer_that_hangs_up_makes_the_reader_run() {
    let event_loop = EventLoop::new();
    let (near, far) = pair();
    let fd = near.as_raw_fd();
    drop(far);
    event_loop
        .add_reader("reader", fd, move |event_loop| {
            event_loop.say(format!("read {:?}", drain(&near)));
            event_loop.remove_reader(fd);
        })
        .expect("a socket can be watched");
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(happened(&event_loop)[5], r#"1 running reader says read """#);
}

#[test]
fn what_the_kernel_cannot_watch_is_an_error() {
    let event_loop = EventLoop::new();
    assert!(event_loop.add_reader("nobody", -1, |_| {}).is_err());
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
}

#[test]
#[should_panic(expected = "remove its callbacks first")]
fn a_socket_closed_while_it_is_watched_is_named_as_the_mistake() {
    let event_loop = EventLoop::new();
    let (near, mut far) = pair();
    far.write_all(b"x").expect("room for a byte");
    let fd = near.as_raw_fd();
    let mut socket = Some(near);
    event_loop
        .add_reader("careless", fd, move |_| drop(socket.take()))
        .expect("a socket can be watched");
    let _ = event_loop.run_forever();
}

#[test]
fn a_closed_trace_takes_in_nothing_more() {
    let event_loop = EventLoop::new();
    event_loop.say("before");
    event_loop.trace().close();
    event_loop.say("after");
    assert_eq!(happened(&event_loop), ["0 running main says before"]);
}
