//! Who tries, who waits, and who is woken at a socket.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use chapter_08::{Direction, EventLoop, Outcome, UnixStream, sleep, timeout};
use futures_util::io::{AsyncReadExt, AsyncWriteExt};

const SECOND: Duration = Duration::from_secs(1);

/// Every event of `who`, as "turn lane event note".
fn of(event_loop: &EventLoop, who: &str) -> Vec<String> {
    let events = event_loop.trace().events().into_iter();
    let events = events.filter(|e| e.task == who);
    let line = |e: chapter_08::trace::Event| {
        let line = format!("{} {} {} {}", e.turn, e.lane.name(), e.event, e.note);
        line.trim_end().to_owned()
    };
    events.map(line).collect()
}

/// What was said, as "turn who text".
fn said(event_loop: &EventLoop) -> Vec<String> {
    let events = event_loop.trace().events().into_iter();
    let says = events.filter(|e| e.event == "says");
    says.map(|e| format!("{} {} {}", e.turn, e.task, e.note))
        .collect()
}

fn run(event_loop: &EventLoop) {
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
}

/// A loop on a virtual clock, and two ends of a connection: one of the loop's, one that this test writes to and reads from.
fn pair() -> (Rc<EventLoop>, UnixStream, std::os::unix::net::UnixStream) {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let (near, far) = std::os::unix::net::UnixStream::pair().expect("two sockets");
    near.set_nonblocking(true).expect("a socket can do that");
    far.set_nonblocking(true).expect("a socket can do that");
    let near = UnixStream::new(&event_loop, near).expect("it can be watched");
    (event_loop, near, far)
}

async fn read(stream: &mut UnixStream, room: usize) -> String {
    let mut bytes = vec![0; room];
    let count = stream.read(&mut bytes).await.expect("it is open");
    String::from_utf8_lossy(&bytes[..count]).into_owned()
}

#[test]
fn a_read_tries_before_it_waits_and_its_task_runs_in_the_turn_after_the_report() {
    let (event_loop, mut near, mut far) = pair();
    far.write_all(b"there").expect("there is room");
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("reader", async move {
        of_task.say(read(&mut near, 16).await);
        of_task.say(read(&mut near, 16).await);
    });
    event_loop.call_later("sender", SECOND, move |_| {
        far.write_all(b"later").expect("there is room");
    });
    run(&event_loop);
    assert_eq!(said(&event_loop), ["1 reader there", "4 reader later"]);
    assert_eq!(
        of(&event_loop, "socket 1"),
        [
            "0 reactor registered",
            "1 os empty",
            "1 reactor waker of reader",
            "3 os readable",
            "4 reactor forgotten",
        ]
    );
}

#[test]
fn while_the_note_is_down_nobody_tries() {
    let (event_loop, mut near, far) = pair();
    let tries = Rc::new(Cell::new(0));
    let (counter, of_task) = (Rc::clone(&tries), Rc::clone(&event_loop));
    event_loop.spawn("reader", async move {
        for _ in 0..10 {
            poll_fn(|context| {
                let answer = near.poll_io(Direction::Read, context, |mut io| {
                    counter.set(counter.get() + 1);
                    io.read(&mut [0; 16])
                });
                assert!(answer.is_pending());
                Poll::Ready(())
            })
            .await;
            sleep(&of_task, Duration::ZERO).await;
        }
    });
    run(&event_loop);
    assert_eq!(tries.get(), 1);
    drop(far);
}

#[test]
fn a_reader_that_leaves_bytes_behind_finds_them_without_a_report() {
    let (event_loop, mut near, mut far) = pair();
    far.write_all(b"abcdef").expect("there is room");
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("reader", async move {
        for _ in 0..3 {
            of_task.say(read(&mut near, 2).await);
        }
    });
    run(&event_loop);
    assert_eq!(
        said(&event_loop),
        ["1 reader ab", "1 reader cd", "1 reader ef"]
    );
}

#[test]
fn a_report_that_comes_while_nobody_waits_is_kept() {
    let (event_loop, mut near, mut far) = pair();
    let of_task = Rc::clone(&event_loop);
    event_loop.call_later("sender", 2 * SECOND, move |_| {
        far.write_all(b"x").expect("there is room");
    });
    event_loop.spawn("reader", async move {
        let early = timeout(&of_task, SECOND, read(&mut near, 16)).await;
        assert!(early.is_err());
        sleep(&of_task, 2 * SECOND).await;
        of_task.say(format!("{:?} {}", of_task.now(), read(&mut near, 16).await));
    });
    run(&event_loop);
    assert_eq!(said(&event_loop).len(), 1);
    assert!(said(&event_loop)[0].ends_with("reader 3s x"));
    // The waker of the read that was given up is called, and its task goes to sleep again.
    let reader = of(&event_loop, "reader");
    assert!(reader.iter().any(|line| line.contains("woken by socket 1")));
}

#[test]
fn what_was_queued_comes_first_then_the_timers_and_a_turn_later_the_sockets_by_their_numbers() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let (mut a, mut far_a) = UnixStream::pair(&event_loop).expect("two sockets");
    let (mut b, mut far_b) = UnixStream::pair(&event_loop).expect("two sockets");
    let of_b = Rc::clone(&event_loop);
    event_loop.spawn("b", async move { of_b.say(read(&mut b, 1).await) });
    let of_a = Rc::clone(&event_loop);
    event_loop.spawn("a", async move { of_a.say(read(&mut a, 1).await) });
    let of_sender = Rc::clone(&event_loop);
    event_loop.spawn("sender", async move {
        far_b.write_all(b"b").await.expect("there is room");
        far_a.write_all(b"a").await.expect("there is room");
        of_sender.call_later("timer", Duration::ZERO, |event_loop| event_loop.say("due"));
        of_sender.call_soon("callback", |event_loop| event_loop.say("queued"));
    });
    run(&event_loop);
    assert_eq!(
        said(&event_loop),
        ["2 callback queued", "2 timer due", "3 a a", "3 b b"]
    );
}

/// What becomes of a read with a limit of a second when both the bytes and the limit are there. The time passes as soon
/// as the bytes are sent, or in the turn after, in which they are reported.
fn tie(a_turn_later: bool) -> Vec<String> {
    let (event_loop, mut near, mut far) = pair();
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("reader", async move {
        let outcome = timeout(&of_task, SECOND, read(&mut near, 1)).await;
        of_task.say(format!("{outcome:?}"));
    });
    event_loop.call_soon("sender", move |event_loop| {
        far.write_all(b"x").expect("there is room");
        if a_turn_later {
            event_loop.call_soon("sender", |event_loop| event_loop.advance(SECOND));
        } else {
            event_loop.advance(SECOND);
        }
    });
    run(&event_loop);
    said(&event_loop)
}

#[test]
fn of_bytes_and_a_limit_that_are_found_in_one_turn_the_limit_wins() {
    assert_eq!(tie(false), ["3 reader Err(Elapsed { limit: 1s })"]);
}

#[test]
fn bytes_that_were_reported_a_turn_before_the_limit_are_in_time() {
    assert_eq!(tie(true), [r#"3 reader Ok("x")"#]);
}

#[test]
fn a_loop_with_sockets_for_which_nobody_waits_is_idle() {
    let (event_loop, near, far) = pair();
    run(&event_loop);
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("task", async move {
        sleep(&of_task, SECOND).await;
        drop((near, far));
    });
    run(&event_loop);
    assert_eq!(event_loop.now(), SECOND);
}

#[test]
fn the_waker_of_the_last_poll_counts() {
    let (event_loop, near, mut far) = pair();
    let near = Rc::new(Cell::new(Some(near)));
    let (of_first, lent) = (Rc::clone(&event_loop), Rc::clone(&near));
    // The first one waits once, and hands the socket on with its waker in the table.
    event_loop.spawn("first", async move {
        let mut stream = lent.take().expect("nobody has it");
        poll_fn(|context| {
            let read = pin!(read(&mut stream, 1));
            assert!(read.poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
        lent.set(Some(stream));
        sleep(&of_first, 5 * SECOND).await;
    });
    let of_second = Rc::clone(&event_loop);
    event_loop.spawn("second", async move {
        let mut stream = near.take().expect("the first one is through");
        of_second.say(read(&mut stream, 1).await);
    });
    event_loop.call_later("sender", SECOND, move |_| {
        far.write_all(b"x").expect("there is room");
    });
    run(&event_loop);
    assert_eq!(said(&event_loop), ["4 second x"]);
    let first = of(&event_loop, "first");
    assert!(
        !first.iter().any(|line| line.contains("socket")),
        "{first:?}"
    );
}

#[test]
fn a_cancelled_task_takes_its_socket_along_and_nobody_waits_any_more() {
    let (event_loop, mut near, mut far) = pair();
    let reader = event_loop.spawn("reader", async move { drop(read(&mut near, 1).await) });
    event_loop.call_later("boss", SECOND, move |_| assert!(reader.cancel()));
    run(&event_loop);
    assert_eq!(
        of(&event_loop, "socket 1")[3..],
        ["3 reactor forgotten"],
        "not woken, and off the list"
    );
    assert_eq!(far.read(&mut [0]).expect("an orderly end"), 0, "closed");
}

#[test]
fn what_the_kernel_cannot_watch_is_an_error() {
    struct Nothing;
    impl AsRawFd for Nothing {
        fn as_raw_fd(&self) -> i32 {
            -1
        }
    }
    let event_loop = Rc::new(EventLoop::new());
    let refused = chapter_08::Socket::new(&event_loop, Nothing);
    assert!(refused.is_err());
    run(&event_loop);
}

#[test]
fn an_operation_that_was_interrupted_is_tried_again() {
    let (event_loop, mut near, _far) = pair();
    let mut times = 0;
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("task", async move {
        let answer = poll_fn(|context| {
            near.poll_io(Direction::Write, context, |_| {
                times += 1;
                match times {
                    1 => Err(io::Error::from(ErrorKind::Interrupted)),
                    _ => Ok(times),
                }
            })
        });
        of_task.say(answer.await.expect("the second time"));
    });
    run(&event_loop);
    assert_eq!(said(&event_loop), ["1 task 2"]);
}
