//! Who tries, who waits, and who is woken at a socket.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind, Read, Write};
use std::net;
use std::os::fd::AsRawFd;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use chapter_08::{
    Direction, EventLoop, Outcome, TcpListener, TcpStream, UnixStream, gather, sleep, timeout,
};
use futures_util::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

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
fn a_read_tries_before_it_waits_and_its_task_runs_in_the_turn_of_the_report() {
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
    assert_eq!(said(&event_loop), ["1 reader there", "3 reader later"]);
    assert_eq!(
        of(&event_loop, "socket 1"),
        [
            "0 reactor registered",
            "1 os empty",
            "1 reactor waker of reader",
            "3 os readable",
            "3 reactor forgotten",
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
fn what_was_queued_comes_first_then_the_sockets_by_their_numbers_then_the_timers() {
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
        ["2 callback queued", "2 a a", "2 b b", "2 timer due"]
    );
}

#[test]
fn of_bytes_and_a_limit_at_one_instant_the_bytes_win() {
    let (event_loop, mut near, mut far) = pair();
    let of_task = Rc::clone(&event_loop);
    event_loop.call_soon("sender", move |event_loop| {
        far.write_all(b"x").expect("there is room");
        event_loop.advance(SECOND);
    });
    event_loop.spawn("reader", async move {
        let outcome = timeout(&of_task, Duration::ZERO, read(&mut near, 1)).await;
        of_task.say(format!("{outcome:?}"));
    });
    run(&event_loop);
    assert_eq!(said(&event_loop), [r#"1 reader Ok("x")"#]);

    let (event_loop, mut near, mut far) = pair();
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("reader", async move {
        let outcome = timeout(&of_task, SECOND, read(&mut near, 1)).await;
        of_task.say(format!("{outcome:?}"));
    });
    event_loop.call_soon("sender", move |event_loop| {
        far.write_all(b"x").expect("there is room");
        event_loop.advance(SECOND);
    });
    run(&event_loop);
    assert_eq!(said(&event_loop), [r#"2 reader Ok("x")"#]);
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
    assert_eq!(said(&event_loop), ["3 second x"]);
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
fn a_writer_waits_for_room_and_nothing_is_lost() {
    const LENGTH: usize = 1 << 20;
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let (mut near, mut far) = UnixStream::pair(&event_loop).expect("two sockets");
    let sent: Rc<[u8]> = (0..LENGTH).map(|at| (at * 31 + at / 251) as u8).collect();
    let bytes = Rc::clone(&sent);
    event_loop.spawn("writer", async move {
        near.write_all(&bytes).await.expect("it is open");
        near.close().await.expect("it is open");
    });
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("reader", async move {
        let mut came = Vec::new();
        far.read_to_end(&mut came).await.expect("it is open");
        of_task.say(came[..] == sent[..]);
    });
    run(&event_loop);
    assert!(said(&event_loop)[0].ends_with("reader true"));
    let socket = of(&event_loop, "socket 1");
    for event in ["os full", "reactor waker of writer", "os writable"] {
        assert!(socket.iter().any(|line| line.ends_with(event)), "{event}");
    }
}

#[test]
fn two_tasks_may_wait_for_the_two_halves_of_a_stream() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let (near, mut far) = UnixStream::pair(&event_loop).expect("two sockets");
    let (mut reader, mut writer) = near.split();
    let of_reader = Rc::clone(&event_loop);
    event_loop.spawn("reader", async move {
        let mut word = [0; 4];
        reader.read_exact(&mut word).await.expect("it is open");
        of_reader.say(String::from_utf8_lossy(&word));
    });
    event_loop.spawn("writer", async move {
        let bytes = vec![b'x'; 1 << 20];
        writer.write_all(&bytes).await.expect("it is open");
        writer.close().await.expect("it is open");
    });
    let of_peer = Rc::clone(&event_loop);
    event_loop.spawn("peer", async move {
        sleep(&of_peer, SECOND).await;
        let mut bytes = Vec::new();
        far.read_to_end(&mut bytes).await.expect("it is open");
        of_peer.say(bytes.len());
        far.write_all(b"thanks").await.expect("there is room");
    });
    run(&event_loop);
    let socket = of(&event_loop, "socket 1");
    let wakers: Vec<_> = socket
        .iter()
        .filter(|line| line.contains("waker"))
        .collect();
    assert_eq!(
        wakers[..2],
        ["1 reactor waker of reader", "1 reactor waker of writer"]
    );
    let words: Vec<_> = said(&event_loop);
    let words: Vec<_> = words
        .iter()
        .filter_map(|word| word.split_once(' '))
        .collect();
    let words: Vec<_> = words.iter().map(|(_, word)| *word).collect();
    assert_eq!(words, ["peer 1048576", "reader than"]);
}

#[test]
fn a_peer_that_half_closes_still_hears_the_answer() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let (mut near, mut far) = UnixStream::pair(&event_loop).expect("two sockets");
    let of_server = Rc::clone(&event_loop);
    let server = event_loop.spawn("server", async move {
        let mut question = String::new();
        let read = near.read_to_string(&mut question).await;
        of_server.say(format!("{} bytes, then the end", read.expect("it is open")));
        near.write_all(b"42").await.expect("it is open");
    });
    let client = event_loop.spawn("client", async move {
        far.write_all(b"what?").await.expect("there is room");
        far.close().await.expect("it is open");
        let mut answer = String::new();
        let read = far.read_to_string(&mut answer).await;
        assert_eq!((read.expect("it is open"), &*answer), (2, "42"));
    });
    let both = gather(&event_loop, &[server, client]);
    run(&event_loop);
    assert_eq!(both.result(), Some(Ok(vec![(), ()])));
    assert!(said(&event_loop)[0].ends_with("5 bytes, then the end"));
}

#[test]
fn a_peer_that_resets_is_an_error_and_one_that_is_silent_is_a_limit() {
    let event_loop = Rc::new(EventLoop::new());
    let mut listener = TcpListener::bind(&event_loop, "127.0.0.1:0").expect("a free port");
    let address = listener.get_ref().local_addr().expect("it is bound");
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("server", async move {
        let mut peer = net::TcpStream::connect(address).expect("it listens");
        let (mut stream, _) = listener.accept().await.expect("there is a client");
        let silent = timeout(&of_task, SECOND / 50, stream.read(&mut [0; 8])).await;
        assert!(silent.is_err(), "{silent:?}");
        // The stream has outlived the read that was given up.
        peer.write_all(b"sorry").expect("there is room");
        let mut bytes = [0; 8];
        assert_eq!(stream.read(&mut bytes).await.expect("it is open"), 5);

        stream
            .write_all(b"never read")
            .await
            .expect("there is room");
        peer.peek(&mut bytes).expect("it has come");
        drop(peer);
        let reset = stream.read(&mut bytes).await.expect_err("it was reset");
        of_task.say(format!("{:?}", reset.kind()));
    });
    run(&event_loop);
    let words = said(&event_loop);
    assert!(words[0].ends_with("server ConnectionReset"), "{words:?}");
}

#[test]
fn a_connection_is_waited_for_and_so_is_its_refusal() {
    let event_loop = Rc::new(EventLoop::new());
    let mut listener = TcpListener::bind(&event_loop, "127.0.0.1:0").expect("a free port");
    let address = listener.get_ref().local_addr().expect("it is bound");
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("client", async move {
        let mut stream = TcpStream::connect(&of_task, address)
            .await
            .expect("it listens");
        let (mut other, _) = listener.accept().await.expect("there is a client");
        other.write_all(b"hello").await.expect("it is open");
        let mut bytes = [0; 5];
        stream.read_exact(&mut bytes).await.expect("it is open");
        assert_eq!(&bytes, b"hello");
        drop((listener, other));
        let refused = TcpStream::connect(&of_task, address).await;
        of_task.say(format!("{:?}", refused.map(drop).map_err(|e| e.kind())));
    });
    run(&event_loop);
    let words = said(&event_loop);
    assert!(words[0].ends_with("Err(ConnectionRefused)"), "{words:?}");
}

#[test]
fn lines_come_whole_however_they_were_cut() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let (near, mut far) = UnixStream::pair(&event_loop).expect("two sockets");
    let of_sender = Rc::clone(&event_loop);
    event_loop.spawn("sender", async move {
        for piece in ["on", "e\ntwo\nth", "", "ree"] {
            far.write_all(piece.as_bytes())
                .await
                .expect("there is room");
            sleep(&of_sender, SECOND).await;
        }
    });
    let of_reader = Rc::clone(&event_loop);
    event_loop.spawn("reader", async move {
        let mut near = BufReader::new(near);
        let mut line = String::new();
        while near.read_line(&mut line).await.expect("it is open") > 0 {
            of_reader.say(format!("{:?} {line:?}", of_reader.now()));
            line.clear();
        }
    });
    run(&event_loop);
    let words: Vec<_> = said(&event_loop);
    let words: Vec<_> = words
        .iter()
        .filter_map(|word| word.split_once("reader "))
        .collect();
    let words: Vec<_> = words.iter().map(|(_, word)| *word).collect();
    assert_eq!(words, [r#"1s "one\n""#, r#"1s "two\n""#, r#"4s "three""#]);
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
