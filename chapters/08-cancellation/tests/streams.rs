//! What a stream does with both of its directions, with its peer, and with bytes that come cut anywhere.

use std::io::Write;
use std::net;
use std::rc::Rc;
use std::time::Duration;

use chapter_08::{EventLoop, Outcome, TcpListener, TcpStream, UnixStream, gather, sleep, timeout};
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
