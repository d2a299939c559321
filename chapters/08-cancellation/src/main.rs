//! An answer that is called off half-way: by a server that does not notice, and by one
//! that says so to its client.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use chapter_08::{EventLoop, Failure, Outcome, Task, UnixStream, catch_cancel, sleep, timeout};
use futures_util::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

const SECOND: Duration = Duration::from_secs(1);

fn main() -> io::Result<()> {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let (near, far) = UnixStream::pair(&event_loop)?;
    let blunt = event_loop.try_spawn("blunt", blunt(Rc::clone(&event_loop), near));
    run_and_close(&event_loop, blunt, far);

    let (near, far) = UnixStream::pair(&event_loop)?;
    let polite = event_loop.try_spawn("polite", polite(Rc::clone(&event_loop), near));
    run_and_close(&event_loop, polite, far);
    event_loop.trace().report();
    Ok(())
}

/// A client comes, and a second later the restaurant closes.
fn run_and_close(event_loop: &Rc<EventLoop>, server: Task<()>, far: UnixStream) {
    event_loop.spawn("client", client(Rc::clone(event_loop), far));
    event_loop.call_later("boss", SECOND, move |_| {
        server.cancel();
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
}

/// An answer whose second half takes the till three seconds.
async fn answer(event_loop: &Rc<EventLoop>, stream: &mut UnixStream) -> Result<(), Failure> {
    say(stream, "it makes ").await?;
    let till = event_loop.spawn("till", add_up(Rc::clone(event_loop)));
    let sum = till.await?;
    say(stream, &format!("{sum}\n")).await
}

async fn add_up(event_loop: Rc<EventLoop>) -> u32 {
    sleep(&event_loop, 3 * SECOND).await;
    12
}

/// Ends where it stands when it is asked to.
async fn blunt(event_loop: Rc<EventLoop>, mut stream: UnixStream) -> Result<(), Failure> {
    answer(&event_loop, &mut stream).await
}

/// Says good-bye first.
async fn polite(event_loop: Rc<EventLoop>, mut stream: UnixStream) -> Result<(), Failure> {
    match catch_cancel(&event_loop, answer(&event_loop, &mut stream)).await {
        Ok(answered) => answered,
        Err(cancelled) => {
            let farewell = timeout(&event_loop, SECOND, farewell(&mut stream)).await;
            event_loop.say(format!("good-bye: {farewell:?}"));
            cancelled.resume().await
        }
    }
}

/// Ends the line, and waits until the client has hung up.
async fn farewell(stream: &mut UnixStream) -> Result<(), Failure> {
    say(stream, "nothing, we are closing\n").await?;
    let hung_up = stream.read(&mut [0]).await;
    hung_up.map(drop).map_err(failure)
}

/// Reads a line, and hangs up a little later.
async fn client(event_loop: Rc<EventLoop>, stream: UnixStream) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    let read = reader.read_line(&mut line).await;
    event_loop.say(format!("{:?}", read.map(|_| line)));
    sleep(&event_loop, SECOND / 2).await;
}

async fn say(stream: &mut UnixStream, text: &str) -> Result<(), Failure> {
    let written = stream.write_all(text.as_bytes()).await;
    written.map_err(failure)
}

fn failure(error: io::Error) -> Failure {
    Failure::Error(error.to_string())
}
