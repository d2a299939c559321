//! A server hangs up on a client that falls silent, while a beat goes on. On a virtual clock; with
//! `--real`, on the machine's.

use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::Duration;

use chapter_06::{EventLoop, Outcome, Promise, Task, interval, sleep, timeout};

fn main() -> io::Result<()> {
    let real = std::env::args().any(|argument| argument == "--real");
    let event_loop = Rc::new(if real {
        EventLoop::new()
    } else {
        EventLoop::with_virtual_clock()
    });
    let (near, far) = UnixStream::pair()?;
    near.set_nonblocking(true)?;
    far.set_nonblocking(true)?;
    let beat = event_loop.spawn("beat", beat(Rc::clone(&event_loop)));
    event_loop.spawn("client", client(Rc::clone(&event_loop), far));
    event_loop.spawn("server", server(Rc::clone(&event_loop), near, beat));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    event_loop.trace().report();
    Ok(())
}

/// Says the time, once a second.
async fn beat(event_loop: Rc<EventLoop>) {
    let mut beat = interval(&event_loop, Duration::from_secs(1));
    loop {
        let due = beat.tick().await;
        event_loop.say(format!("{due:?}"));
    }
}

/// Says one word, falls silent, and waits for whatever comes.
async fn client(event_loop: Rc<EventLoop>, mut stream: UnixStream) {
    sleep(&event_loop, Duration::from_millis(1500)).await;
    stream
        .write_all(b"hello")
        .expect("there is room for a word");
    event_loop.say("hello");
    let bytes = read(&event_loop, &stream).await.expect("it is open");
    event_loop.say(format!("hears {} bytes", bytes.len()));
}

/// Reads until the client is silent for two seconds.
async fn server(event_loop: Rc<EventLoop>, stream: UnixStream, beat: Task<()>) {
    let limit = Duration::from_secs(2);
    while let Ok(bytes) = timeout(&event_loop, limit, read(&event_loop, &stream)).await {
        let bytes = bytes.expect("it is open");
        event_loop.say(format!("got {} bytes", bytes.len()));
    }
    event_loop.say("hangs up");
    beat.cancel();
}

/// What comes next on `stream`. Chapter 7 has a socket that can wait by itself.
async fn read(event_loop: &Rc<EventLoop>, mut stream: &UnixStream) -> io::Result<Vec<u8>> {
    let readable = Promise::new(event_loop, "bytes");
    let _watch = Watch::new(event_loop, stream.as_raw_fd(), readable.clone())?;
    readable.await.expect("its watch keeps it");
    let mut bytes = [0; 64];
    let count = stream.read(&mut bytes)?;
    Ok(bytes[..count].to_vec())
}

/// A reader that keeps a promise, once. It goes when this is dropped, so a read that is given
/// up leaves nothing behind.
struct Watch {
    event_loop: Rc<EventLoop>,
    fd: RawFd,
}

impl Watch {
    fn new(event_loop: &Rc<EventLoop>, fd: RawFd, readable: Promise<()>) -> io::Result<Self> {
        event_loop.add_reader("socket", fd, move |event_loop| {
            event_loop.remove_reader(fd);
            readable.set_result(()).expect("it is kept once");
        })?;
        let event_loop = Rc::clone(event_loop);
        Ok(Self { event_loop, fd })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.event_loop.remove_reader(self.fd);
    }
}
