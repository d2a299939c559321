//! An echo server made of coroutines. It meets two clients of its own; with
//! `--listen ADDR` it stays up for others.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use chapter_07::trace::Trace;
use chapter_07::{EventLoop, Outcome, TcpListener, sleep};
use futures_util::io::{AsyncReadExt, AsyncWriteExt};

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--listen");
    match arguments.nth(1) {
        Some(address) => stay_up(&address),
        None => meet_two_clients(),
    }
}

/// Serves whoever comes, for ever.
fn stay_up(address: &str) -> io::Result<()> {
    let event_loop = Rc::new(EventLoop::new());
    let listener = TcpListener::bind(&event_loop, address)?;
    println!("listening on {}", listener.get_ref().local_addr()?);
    event_loop.trace().close();
    event_loop.spawn("listener", accept(Rc::clone(&event_loop), listener, None));
    let outcome = event_loop.run_forever();
    unreachable!("{outcome:?}, though the listener stays and nobody calls `stop`");
}

/// Serves two clients, who live in a thread of their own, and shows the run.
fn meet_two_clients() -> io::Result<()> {
    let event_loop = Rc::new(EventLoop::new());
    let listener = TcpListener::bind(&event_loop, "127.0.0.1:0")?;
    let address = listener.get_ref().local_addr()?;
    event_loop.spawn(
        "listener",
        accept(Rc::clone(&event_loop), listener, Some(2)),
    );

    let pace = Pace {
        trace: Arc::clone(event_loop.trace()),
        sleeps: 0,
    };
    let clients = thread::spawn(move || talk(address, pace));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    clients.join().expect("every byte came back")?;
    event_loop.trace().report();
    Ok(())
}

/// Lets clients in, `limit` of them or for ever, and gives each a task of its own.
async fn accept(event_loop: Rc<EventLoop>, mut listener: TcpListener, limit: Option<u32>) {
    let mut count = 0;
    while limit != Some(count) {
        match listener.accept().await {
            Ok((stream, _)) => {
                count += 1;
                let name = format!("client {count}");
                event_loop.spawn(&name, serve(Rc::clone(&event_loop), stream));
            }
            Err(error) => {
                // As a rule all descriptors are in use. The client waits, and
                // the next try may find one.
                event_loop.say(format!("cannot accept: {error}"));
                sleep(&event_loop, Duration::from_secs(1)).await;
            }
        }
    }
}

/// One client, from its first byte to its end. Whatever goes wrong on the way ends here.
async fn serve(event_loop: Rc<EventLoop>, stream: chapter_07::TcpStream) {
    match echo(&event_loop, stream).await {
        Ok(()) => event_loop.say("gone"),
        Err(error) => event_loop.say(format!("lost: {error}")),
    }
}

/// Read, write back, repeat until it hangs up.
async fn echo(event_loop: &EventLoop, mut stream: chapter_07::TcpStream) -> io::Result<()> {
    let mut buffer = [0; 16 * 1024];
    loop {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        event_loop.say(format!("read {count}"));
        stream.write_all(&buffer[..count]).await?;
        event_loop.say(format!("wrote {count}"));
    }
}

/// Both clients of chapter 2. Before each step they wait for the server, so that
/// every run has the same order.
fn talk(address: SocketAddr, mut pace: Pace) -> io::Result<()> {
    pace.wait();
    let mut client_1 = TcpStream::connect(address)?;
    expect_echo(&mut client_1, "hello", &mut pace)?;
    pace.wait();
    let mut client_2 = TcpStream::connect(address)?;
    expect_echo(&mut client_2, "good morning", &mut pace)?;
    expect_echo(&mut client_1, "bye", &mut pace)?;
    for mut client in [client_1, client_2] {
        pace.wait();
        client.shutdown(Shutdown::Write)?;
        assert_eq!(client.read(&mut [0])?, 0, "the server hangs up too");
    }
    Ok(())
}

fn expect_echo(client: &mut TcpStream, text: &str, pace: &mut Pace) -> io::Result<()> {
    pace.wait();
    client.write_all(text.as_bytes())?;
    let mut answer = vec![0; text.len()];
    client.read_exact(&mut answer)?;
    assert_eq!(answer, text.as_bytes());
    Ok(())
}

/// When the clients may take their next step: when the loop has gone to sleep again,
/// and only they can wake it.
struct Pace {
    trace: Arc<Trace>,
    sleeps: usize,
}

impl Pace {
    fn wait(&mut self) {
        let before = self.sleeps;
        while self.sleeps == before {
            thread::yield_now();
            let events = self.trace.events().into_iter();
            self.sleeps = events.filter(|event| event.event == "sleeps").count();
        }
    }
}
