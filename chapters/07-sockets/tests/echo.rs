//! The echo server, from outside: a process of its own, talked to by the sockets of std.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;

/// A running server; it ends with the test.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_chapter-07"))
            .args(["--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the chapter's program starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("its output is piped"))
            .read_line(&mut line)
            .expect("it says where it listens");
        let address = line.trim_end().trim_start_matches("listening on ");
        Self {
            address: address.to_owned(),
            process,
        }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).expect("the server takes a connection")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn assert_echoes(mut client: &TcpStream, bytes: &[u8]) {
    client.write_all(bytes).expect("the server reads");
    let mut answer = vec![0; bytes.len()];
    client.read_exact(&mut answer).expect("the server answers");
    assert_eq!(answer, bytes);
}

#[test]
fn a_line_comes_back_and_so_does_the_end() {
    let server = Server::start();
    let mut client = server.connect();
    assert_echoes(&client, b"hello\n");
    client.shutdown(Shutdown::Write).expect("it is open");
    assert_eq!(
        client.read(&mut [0; 8]).expect("an orderly end"),
        0,
        "the server hangs up too"
    );
}

#[test]
fn a_hundred_clients_get_back_a_mebibyte_each_however_it_was_cut() {
    const CLIENTS: usize = 100;
    const LENGTH: usize = 1 << 20;
    let server = Server::start();
    let clients: Vec<_> = (0..CLIENTS).map(|_| server.connect()).collect();
    let byte = |client: usize, at: usize| (at * 31 + at / 251 + client) as u8;
    thread::scope(|scope| {
        for (number, client) in clients.iter().enumerate() {
            let sent: Vec<u8> = (0..LENGTH).map(|at| byte(number, at)).collect();
            scope.spawn(move || {
                let mut rest = &sent[..];
                for size in [1, 3, 7, 1021, 4099, 65_537].into_iter().cycle() {
                    let (piece, others) = rest.split_at(rest.len().min(size));
                    let mut client = client;
                    client.write_all(piece).expect("the server reads on");
                    rest = others;
                    if rest.is_empty() {
                        break;
                    }
                }
                client.shutdown(Shutdown::Write).expect("it is open");
            });
            scope.spawn(move || {
                let mut came_back = Vec::with_capacity(LENGTH);
                let mut client = client;
                client
                    .read_to_end(&mut came_back)
                    .expect("the server sends it all");
                assert_eq!(came_back.len(), LENGTH, "client {number}");
                assert!(
                    (0..LENGTH).all(|at| came_back[at] == byte(number, at)),
                    "client {number}"
                );
            });
        }
    });
}

/// Sends until the server stops reading, and reads nothing. Returns how much went out.
fn stuff(mut client: &TcpStream, bystander: &TcpStream) -> usize {
    client.set_nonblocking(true).expect("a socket can do that");
    let (mut sent, mut in_vain) = (0, 0);
    while in_vain < 200 {
        match client.write(&[b'x'; 65_536]) {
            Ok(count) => (sent, in_vain) = (sent + count, 0),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                in_vain += 1;
                // The server has had a turn, for somebody else has had an answer.
                assert_echoes(bystander, b"still there?");
            }
        }
        assert!(
            sent < 64 << 20,
            "the server reads on though nobody takes its answers"
        );
    }
    sent
}

#[test]
fn a_client_that_never_reads_is_not_read_from_for_ever() {
    let server = Server::start();
    let (glutton, bystander) = (server.connect(), server.connect());
    let sent = stuff(&glutton, &bystander);

    // Once it reads after all, it gets everything.
    glutton.shutdown(Shutdown::Write).expect("it is open");
    glutton
        .set_nonblocking(false)
        .expect("a socket can do that");
    let came_back = io::copy(&mut &glutton, &mut io::sink()).expect("the server goes on");
    assert_eq!(came_back, sent as u64);
}

#[test]
fn a_client_that_vanishes_in_mid_write_harms_nobody() {
    let server = Server::start();
    let bystander = server.connect();
    for _ in 0..8 {
        let victim = server.connect();
        stuff(&victim, &bystander);
        // Closed with answers unread: the kernel sends a reset, while the server waits to write.
        drop(victim);
        assert_echoes(&bystander, b"business as usual");
    }
    assert_echoes(&server.connect(), b"a new client too");
}

#[test]
fn clients_that_hang_up_at_once_harm_nobody() {
    let server = Server::start();
    let bystander = server.connect();
    for _ in 0..200 {
        drop(server.connect());
    }
    assert_echoes(&bystander, b"business as usual");
}
