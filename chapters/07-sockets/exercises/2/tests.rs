//! The tests of exercise 2, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::net::Shutdown;
use std::rc::Rc;
use std::time::Duration;

use chapter_07::{EventLoop, Outcome, UnixStream, timeout};
use exercise::proxy;
use futures_util::io::{AsyncReadExt, AsyncWriteExt};

const SECOND: Duration = Duration::from_secs(1);

/// The loop, the client's end and the server's end, with a proxy between them that says what came of it.
fn with_proxy() -> (Rc<EventLoop>, UnixStream, UnixStream) {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let pair = || UnixStream::pair(&event_loop).expect("two sockets");
    let ((client, near), (far, server)) = (pair(), pair());
    let of_proxy = Rc::clone(&event_loop);
    event_loop.spawn("proxy", async move {
        match proxy(near, far).await {
            Ok((there, back)) => of_proxy.say(format!("proxy {there} {back}")),
            Err(error) => of_proxy.say(format!("proxy {:?}", error.kind())),
        }
    });
    (event_loop, client, server)
}

/// What was said, by whoever said it.
fn said(event_loop: &EventLoop) -> Vec<String> {
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let events = event_loop.trace().events().into_iter();
    let says = events.filter(|e| e.event == "says");
    let mut words: Vec<_> = says.map(|e| e.note).collect();
    words.sort();
    words
}

/// Runs one side, which may take a second of virtual time.
fn side(
    event_loop: &Rc<EventLoop>,
    name: &'static str,
    side: impl Future<Output = io::Result<String>> + 'static,
) {
    let of_side = Rc::clone(event_loop);
    event_loop.spawn(name, async move {
        let text = match timeout(&of_side, SECOND, side).await {
            Ok(Ok(text)) => text,
            Ok(Err(error)) => format!("{:?}", error.kind()),
            Err(_) => "waits for ever".to_owned(),
        };
        of_side.say(format!("{name} {text}"));
    });
}

#[test]
fn a_client_that_waits_for_its_answer_gets_it() {
    let (event_loop, mut client, mut server) = with_proxy();
    side(&event_loop, "client", async move {
        let mut answer = [0; 2];
        client.write_all(b"6 * 7?").await?;
        client.read_exact(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    });
    side(&event_loop, "server", async move {
        let mut question = [0; 6];
        server.read_exact(&mut question).await?;
        server.write_all(b"42").await?;
        let left = server.read(&mut question).await?;
        Ok(format!("and then {left}"))
    });
    assert_eq!(
        said(&event_loop),
        ["client 42", "proxy 6 2", "server and then 0"],
        "left: what client, proxy and server said, sorted"
    );
}

#[test]
fn a_client_that_half_closes_gets_its_answer_too() {
    let (event_loop, mut client, mut server) = with_proxy();
    side(&event_loop, "client", async move {
        let mut answer = String::new();
        client.write_all(b"all of it").await?;
        client.close().await?;
        client.read_to_string(&mut answer).await?;
        Ok(answer)
    });
    side(&event_loop, "server", async move {
        let mut question = String::new();
        server.read_to_string(&mut question).await?;
        server.write_all(question.to_uppercase().as_bytes()).await?;
        Ok(question)
    });
    assert_eq!(
        said(&event_loop),
        ["client ALL OF IT", "proxy 9 9", "server all of it"],
        "left: what client, proxy and server said, sorted"
    );
}

#[test]
fn a_server_may_end_first_and_hear_the_rest() {
    let (event_loop, mut client, mut server) = with_proxy();
    side(&event_loop, "server", async move {
        let mut rest = String::new();
        server.write_all(b"go on").await?;
        server.close().await?;
        server.read_to_string(&mut rest).await?;
        Ok(rest)
    });
    side(&event_loop, "client", async move {
        let mut greeting = String::new();
        client.read_to_string(&mut greeting).await?;
        client.write_all(b"the rest").await?;
        Ok(greeting)
    });
    assert_eq!(
        said(&event_loop),
        ["client go on", "proxy 8 5", "server the rest"],
        "left: what client, proxy and server said, sorted"
    );
}

#[test]
fn both_directions_move_at_once() {
    // More than all the sockets between them have room for: if one direction waits for the other, nobody moves.
    const LENGTH: usize = 4 << 20;
    let (event_loop, client, server) = with_proxy();
    for (name, stream) in [("client", client), ("server", server)] {
        let (mut reader, mut writer) = stream.split();
        side(&event_loop, name, async move {
            let (bytes, mut answer) = (vec![b'x'; LENGTH], vec![0; LENGTH]);
            let (send, receive) = (writer.write_all(&bytes), reader.read_exact(&mut answer));
            futures_util::future::try_join(send, receive).await?;
            Ok("has all of it".to_owned())
        });
    }
    assert_eq!(
        said(&event_loop),
        [
            "client has all of it",
            "proxy 4194304 4194304",
            "server has all of it"
        ],
        "left: what client, proxy and server said, sorted"
    );
}

#[test]
fn a_slow_receiver_makes_the_sender_wait() {
    let (event_loop, mut client, server) = with_proxy();
    let sent = Rc::new(Cell::new(0));
    let counter = Rc::clone(&sent);
    side(&event_loop, "client", async move {
        loop {
            counter.set(counter.get() + client.write(&[b'x'; 4096]).await?);
        }
    });
    // The server is there and does not read.
    let of_server = Rc::clone(&event_loop);
    event_loop.call_later("server", 2 * SECOND, move |_| drop((server, of_server)));
    let words = said(&event_loop);
    assert_eq!(
        words[0], "client waits for ever",
        "left: what the client said"
    );
    assert!(
        sent.get() < 8 << 20,
        "the proxy took {} bytes that nobody read",
        sent.get()
    );
}

#[test]
fn when_one_direction_fails_both_streams_are_closed() {
    let (event_loop, mut client, server) = with_proxy();
    side(&event_loop, "client", async move {
        client.write_all(b"question").await?;
        let count = client.read(&mut [0; 8]).await?;
        Ok(format!("hears {count} bytes"))
    });
    // The server takes nothing any more, and says nothing either.
    let shut = server.get_ref().shutdown(Shutdown::Read);
    shut.expect("it is open");
    event_loop.call_later("server", 2 * SECOND, move |_| drop(server));
    assert_eq!(
        said(&event_loop),
        ["client hears 0 bytes", "proxy BrokenPipe"],
        "left: what client and proxy said, sorted"
    );
}
