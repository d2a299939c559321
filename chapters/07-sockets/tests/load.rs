//! The echo server under a crowd of clients, of which most are cut off in the middle. Server and clients are two
//! processes; the clients are tasks of this crate's loop.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{self, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use chapter_07::{EventLoop, Outcome, TcpStream, gather};
use futures_util::io::{AsyncReadExt, AsyncWriteExt};

/// A running server; it ends with the test.
struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts it, with at most so many descriptors.
    fn start(descriptors: u32) -> Self {
        let mut process = Command::new("sh")
            .args(["-c", r#"ulimit -n "$0" && exec "$1" --listen 127.0.0.1:0"#])
            .arg(descriptors.to_string())
            .arg(env!("CARGO_BIN_EXE_chapter-07"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the chapter's program starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("its output is piped"))
            .read_line(&mut line)
            .expect("it says where it listens");
        let address = line.trim_end().trim_start_matches("listening on ");
        let address = address.parse().expect("an address");
        Self { process, address }
    }

    /// How many descriptors it has open, where the system tells.
    fn descriptors(&self) -> Option<usize> {
        let folder = format!("/proc/{}/fd", self.process.id());
        Some(std::fs::read_dir(folder).ok()?.count())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

/// One connection, cut off at a place that the dice choose. Returns how many bytes came back.
async fn connection(event_loop: Rc<EventLoop>, address: SocketAddr, seed: u64) -> io::Result<u64> {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut stream = TcpStream::connect(&event_loop, address).await?;
    let mut back = 0;
    for round in 0..dice.roll(8) {
        let most = 1 << dice.roll(16);
        let length = 1 + dice.roll(most) as usize;
        let bytes: Vec<u8> = (0..length)
            .map(|at| (at as u64 * 31 + seed + round) as u8)
            .collect();
        stream.write_all(&bytes).await?;
        // A quarter of the rounds is cut with answers unread: the kernel sends a reset.
        let read = match dice.roll(4) {
            0 => dice.roll(length as u64) as usize,
            _ => length,
        };
        let mut answer = vec![0; read];
        stream.read_exact(&mut answer).await?;
        assert!(answer == bytes[..read], "seed {seed}, round {round}");
        back += read as u64;
        if read < length {
            return Ok(back);
        }
    }
    if dice.roll(2) == 0 {
        // An orderly end. Half of those that come here vanish instead.
        stream.close().await?;
        let left = stream.read(&mut [0; 8]).await?;
        assert_eq!(left, 0, "seed {seed}: the server hangs up too");
    }
    Ok(back)
}

#[test]
fn clients_that_are_cut_off_at_random_harm_nobody_and_leave_nothing_behind() {
    const CLIENTS: u64 = 100;
    const CONNECTIONS: u64 = 20;
    let server = Server::start(1024);
    let address = server.address;
    let before = server.descriptors();
    let event_loop = Rc::new(EventLoop::new());
    event_loop.trace().close();
    let total = Rc::new(Cell::new(0));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (of_task, total) = (Rc::clone(&event_loop), Rc::clone(&total));
            event_loop.spawn("client", async move {
                for number in 0..CONNECTIONS {
                    let seed = 1 + client * CONNECTIONS + number;
                    let back = connection(Rc::clone(&of_task), address, seed).await;
                    let back = back.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
                    total.set(total.get() + back);
                }
            })
        })
        .collect();
    let all = gather(&event_loop, &clients);
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert!(matches!(all.result(), Some(Ok(_))), "{:?}", all.result());
    assert!(
        total.get() > 1 << 20,
        "only {} bytes came back",
        total.get()
    );

    // The last of them may be on their way still.
    for _ in 0..1000 {
        if server.descriptors() == before {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(server.descriptors(), before, "descriptors of the server");
}

fn echo(mut client: &net::TcpStream, text: &str) {
    client.write_all(text.as_bytes()).expect("the server lives");
    let mut answer = vec![0; text.len()];
    client.read_exact(&mut answer).expect("the server answers");
    assert_eq!(answer, text.as_bytes());
}

#[test]
fn without_descriptors_new_clients_wait_and_those_inside_are_served() {
    let server = Server::start(16);
    let connect = |_| net::TcpStream::connect(server.address).expect("the kernel takes it");
    let mut inside: Vec<_> = (0..4).map(connect).collect();
    inside.iter().for_each(|client| echo(client, "inside"));
    // More than 16: the last of them wait in the kernel's queue.
    let mut outside: Vec<_> = (0..16).map(connect).collect();
    let last = outside.pop().expect("there are sixteen");
    for _ in 0..3 {
        inside
            .iter()
            .for_each(|client| echo(client, "still served"));
        thread::sleep(Duration::from_millis(50));
    }
    last.set_nonblocking(true).expect("a socket can do that");
    (&last)
        .write_all(b"let me in")
        .expect("the kernel takes it");
    let early = (&last).read(&mut [0; 16]).map_err(|error| error.kind());
    assert_eq!(early, Err(io::ErrorKind::WouldBlock), "it is outside");

    // When the others have gone, its turn comes.
    last.set_nonblocking(false).expect("a socket can do that");
    inside.clear();
    outside.clear();
    let mut answer = [0; 9];
    (&last).read_exact(&mut answer).expect("it is let in");
    assert_eq!(&answer, b"let me in");
}
