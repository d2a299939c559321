//! Making a connection.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::cancel::Place;
use crate::driver::{Direction, SocketOperation, Who};
use crate::net::TcpStream;
use crate::net::socket::Socket;

/// The future of [`TcpStream::connect`], where what it does on cancel is said.
///
/// asyncio: the coroutine of `asyncio.open_connection()`.
///
/// ```
/// use final_runtime::net::{Connect, TcpListener, TcpStream};
///
/// # fn main() -> std::io::Result<()> {
/// final_runtime::run(async {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let connect: Connect = TcpStream::connect(listener.local_addr()?);
///     assert_eq!(connect.await?.peer_addr()?, listener.local_addr()?);
///     Ok(())
/// })
/// # }
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct Connect {
    address: SocketAddr,
    state: State,
    place: Place,
}

enum State {
    New,
    Connecting(Socket<mio::net::TcpStream>),
    Done,
}

impl Connect {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            state: State::New,
            place: Place::default(),
        }
    }

    fn poll_connected(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let State::New = self.state {
            let core = Socket::<mio::net::TcpStream>::target("TcpStream::connect")?;
            let stream = mio::net::TcpStream::connect(self.address)?;
            self.state = State::Connecting(Socket::new(core, stream));
        }
        let State::Connecting(socket) = &self.state else {
            panic!("`Connect` was polled after it was done");
        };
        // The future owns the socket, so nobody else waits for it.
        let result = socket.try_io(Direction::Write, connected);
        if result.is_pending() {
            socket.wait_for(Direction::Write, Who::OWNER, cx.waker());
            if let Some(key) = socket.key() {
                socket.core().driver.name(key, self.address);
            }
            if let Some(wait) = socket.wait(SocketOperation::Connect) {
                self.place.wait_here(wait);
            }
        }
        result
    }
}

/// Whether the connection stands.
fn connected(stream: &mio::net::TcpStream) -> io::Result<()> {
    if let Some(error) = stream.take_error()? {
        return Err(error);
    }
    match stream.peer_addr() {
        Err(error) if error.kind() == io::ErrorKind::NotConnected => {
            Err(io::ErrorKind::WouldBlock.into())
        }
        other => other.map(drop),
    }
}

impl std::future::Future for Connect {
    type Output = io::Result<TcpStream>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let result = ready!(self.poll_connected(cx));
        self.place.leave();
        match (std::mem::replace(&mut self.state, State::Done), result) {
            (_, Err(error)) => Poll::Ready(Err(error)),
            (State::Connecting(socket), Ok(())) => Poll::Ready(Ok(TcpStream::of(socket))),
            (State::New | State::Done, Ok(())) => unreachable!("only a socket is connected"),
        }
    }
}

impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
