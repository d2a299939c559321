//! A server that reads lines, and tells its client once a second that it is there. It loses half a
//! line; with `--kept`, none.

use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use chapter_08::{EventLoop, UnixStream, interval, sleep};
use futures_util::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use futures_util::{FutureExt, select_biased};

const SECOND: Duration = Duration::from_secs(1);

fn main() -> io::Result<()> {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let (near, far) = UnixStream::pair(&event_loop)?;
    let (of_server, of_client) = (Rc::clone(&event_loop), Rc::clone(&event_loop));
    if std::env::args().any(|argument| argument == "--kept") {
        event_loop.spawn("server", keeps(of_server, near));
    } else {
        event_loop.spawn("server", loses(of_server, near));
    }
    event_loop.spawn("client", send(of_client, far));
    let _ = event_loop.run_forever();
    event_loop.trace().report();
    Ok(())
}

/// A client that sends one line, in two pieces.
async fn send(event_loop: Rc<EventLoop>, mut stream: UnixStream) {
    sleep(&event_loop, SECOND / 2).await;
    for piece in ["hel", "lo\n"] {
        let sent = stream.write_all(piece.as_bytes()).await;
        sent.expect("the server is there, and there is room");
        sleep(&event_loop, SECOND).await;
    }
}

/// The next line; none at the end.
async fn next_line(reader: &mut BufReader<UnixStream>) -> Option<String> {
    let mut line = String::new();
    let count = reader.read_line(&mut line).await.ok()?;
    (count > 0).then_some(line)
}

/// Begins to read anew in each round.
async fn loses(event_loop: Rc<EventLoop>, stream: UnixStream) {
    let mut reader = BufReader::new(stream);
    let mut beat = interval(&event_loop, SECOND);
    loop {
        let mut line = pin!(next_line(&mut reader).fuse());
        let mut tick = pin!(beat.tick().fuse());
        select_biased! {
            line = line => match line {
                Some(line) => event_loop.say(format!("line {line:?}")),
                None => return,
            },
            _ = tick => event_loop.say("still here"),
        }
    }
}

/// Keeps what it has begun to read until that has ended.
async fn keeps(event_loop: Rc<EventLoop>, stream: UnixStream) {
    let mut reader = BufReader::new(stream);
    let mut beat = interval(&event_loop, SECOND);
    loop {
        let mut line = pin!(next_line(&mut reader).fuse());
        let line = loop {
            let mut tick = pin!(beat.tick().fuse());
            select_biased! {
                line = line => break line,
                _ = tick => event_loop.say("still here"),
            }
        };
        match line {
            Some(line) => event_loop.say(format!("line {line:?}")),
            None => return,
        }
    }
}
