//! An echo server made of callbacks. It meets two clients of its own; with
//! `--listen ADDR` it stays up for others.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::thread;

use chapter_02::{EventLoop, Outcome};

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--listen");
    match arguments.nth(1) {
        Some(address) => stay_up(&address),
        None => meet_two_clients(),
    }
}

/// Serves whoever comes, for ever.
fn stay_up(address: &str) -> io::Result<()> {
    let event_loop = EventLoop::new();
    let listener = TcpListener::bind(address)?;
    println!("listening on {}", listener.local_addr()?);
    event_loop.trace().close();
    accept(&event_loop, listener, None)?;
    let outcome = event_loop.run_forever();
    unreachable!("{outcome:?}, though the listener stays and nobody calls `stop`");
}

/// Serves two clients, who live in a thread of their own, and shows the run.
fn meet_two_clients() -> io::Result<()> {
    let event_loop = EventLoop::new();
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    accept(&event_loop, listener, Some(2))?;

    let clients = thread::spawn(move || talk(address));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    clients.join().expect("every byte came back")?;
    event_loop.trace().report();
    Ok(())
}

/// Both clients, one step at a time: each waits for the answer, so that
/// every run has the same order.
fn talk(address: SocketAddr) -> io::Result<()> {
    let mut client_1 = TcpStream::connect(address)?;
    expect_echo(&mut client_1, "hello")?;
    let mut client_2 = TcpStream::connect(address)?;
    expect_echo(&mut client_2, "good morning")?;
    expect_echo(&mut client_1, "bye")?;
    for mut client in [client_1, client_2] {
        client.shutdown(Shutdown::Write)?;
        assert_eq!(client.read(&mut [0])?, 0, "the server hangs up too");
    }
    Ok(())
}

fn expect_echo(client: &mut TcpStream, text: &str) -> io::Result<()> {
    client.write_all(text.as_bytes())?;
    let mut answer = vec![0; text.len()];
    client.read_exact(&mut answer)?;
    assert_eq!(answer, text.as_bytes());
    Ok(())
}

/// A client, and what its callbacks share: the stack of each is gone when it returns.
struct Client {
    name: String,
    stream: TcpStream,
}

/// Step 1: waits for clients, for `limit` of them or for ever.
fn accept(event_loop: &EventLoop, listener: TcpListener, limit: Option<u32>) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let fd = listener.as_raw_fd();
    let mut count = 0;
    event_loop.add_reader("listener", fd, move |event_loop| {
        let Ok((stream, _)) = listener.accept() else {
            return; // As a rule it has gone again, and the loop calls when the next one is there.
        };
        count += 1;
        if limit == Some(count) {
            event_loop.remove_reader(fd);
        }
        let name = format!("client {count}");
        // A client that cannot be served is dropped here, and with it its connection.
        let _ = stream
            .set_nonblocking(true)
            .and_then(|()| read(event_loop, Rc::new(Client { name, stream })));
    })
}

/// Step 2: waits until the client has sent something.
fn read(event_loop: &EventLoop, client: Rc<Client>) -> io::Result<()> {
    let (name, fd) = (client.name.clone(), client.stream.as_raw_fd());
    event_loop.add_reader(&name, fd, move |event_loop| {
        let mut buffer = [0; 16 * 1024];
        let mut stream = &client.stream;
        let stays = match stream.read(&mut buffer) {
            Ok(0) => false,
            Ok(count) => {
                event_loop.say(format!("read {count}"));
                write(event_loop, &client, buffer[..count].to_vec()).is_ok()
            }
            Err(error) => error.kind() == ErrorKind::WouldBlock,
        };
        // Hung up, or vanished. This closure holds the socket; with the reader goes the
        // closure, and with it the socket.
        if !stays {
            event_loop.say("gone");
            event_loop.remove_reader(fd);
        }
    })
}

/// Step 3: writes it back. If all of it goes out at once, the reader of step 2 is still there.
fn write(event_loop: &EventLoop, client: &Rc<Client>, mut bytes: Vec<u8>) -> io::Result<()> {
    let total = bytes.len();
    send(&client.stream, &mut bytes)?;
    event_loop.say(format!("wrote {} of {total}", total - bytes.len()));
    if bytes.is_empty() {
        return Ok(());
    }

    // Step 4: the kernel has no room. Nothing more is read until the rest is out: a second
    // rest would replace this one.
    let (client, fd) = (Rc::clone(client), client.stream.as_raw_fd());
    event_loop.remove_reader(fd);
    let name = client.name.clone();
    event_loop.add_writer(&name, fd, move |event_loop| {
        let sent = send(&client.stream, &mut bytes);
        if sent.is_err() || bytes.is_empty() {
            event_loop.remove_writer(fd);
        }
        if sent.is_ok() && bytes.is_empty() {
            // Back to step 2. If that fails, nothing holds the client any more.
            let _ = read(event_loop, Rc::clone(&client));
        }
    })
}

/// Writes as much as the kernel takes now; the rest stays in `bytes`.
fn send(mut stream: &TcpStream, bytes: &mut Vec<u8>) -> io::Result<()> {
    match stream.write(bytes) {
        Ok(count) => {
            bytes.drain(..count);
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => {}
        Err(error) => return Err(error),
    }
    Ok(())
}
