//! Waiting for connections.

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use crate::driver::Direction;
use crate::net::TcpStream;
use crate::net::socket::Socket;

/// A TCP socket that listens.
///
/// asyncio: `asyncio.start_server()` and its `Server`; here the loop over connections is written out.
///
/// ```
/// use final_runtime::net::{TcpListener, TcpStream};
///
/// # fn main() -> std::io::Result<()> {
/// final_runtime::run(async {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let address = listener.local_addr()?;
///     let client = final_runtime::spawn(TcpStream::connect(address));
///     let (_stream, peer) = listener.accept().await?;
///     let client = client.await.expect("connect does not panic")?;
///     assert_eq!(client.local_addr()?, peer);
///     Ok(())
/// })
/// # }
/// ```
pub struct TcpListener {
    socket: Socket<mio::net::TcpListener>,
}

impl TcpListener {
    /// Listens at `address`; port 0 lets the system choose one. To resolve a name blocks the loop: give numbers.
    ///
    /// asyncio: `asyncio.start_server()`.
    ///
    /// # Errors
    ///
    /// As [`std::net::TcpListener::bind`]: the address is in use, not this machine's, or not allowed. `Unsupported` on a
    /// loop with a virtual clock.
    ///
    /// # Panics
    ///
    /// On a thread whose loop is not running.
    #[track_caller]
    pub fn bind(address: impl ToSocketAddrs) -> io::Result<Self> {
        Self::from_std(std::net::TcpListener::bind(address)?)
    }

    /// Takes over a listening socket of the standard library.
    ///
    /// asyncio: `asyncio.start_server(…, sock=…)`.
    ///
    /// # Errors
    ///
    /// If the socket cannot be made non-blocking, or the poller refuses it. `Unsupported` on a loop with a virtual clock.
    ///
    /// # Panics
    ///
    /// On a thread whose loop is not running.
    #[track_caller]
    pub fn from_std(listener: std::net::TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let listener = mio::net::TcpListener::from_std(listener);
        Ok(Self {
            socket: Socket::new(listener, "TcpListener::bind")?,
        })
    }

    /// Waits for the next connection.
    ///
    /// asyncio: `loop.sock_accept()`.
    ///
    /// # Errors
    ///
    /// What the system says of this one connection or of this moment; the listener goes on listening. A server
    /// should go on too: a peer that went away (`ConnectionAborted`) is nothing, and when the process has no file
    /// descriptors left (`EMFILE`), sleep a little before the next try, so that those in use can be closed.
    ///
    /// # Cancel safety
    ///
    /// To drop the wait loses no connection: the system keeps it for the next one. A request ends the wait.
    pub fn accept(&self) -> Accept<'_> {
        Accept { listener: self }
    }

    /// All connections to come, as a stream that never ends. Its errors, and what it does on cancel, are those of
    /// [`accept`](Self::accept).
    ///
    /// asyncio: `Server.serve_forever()`.
    pub fn incoming(&self) -> Incoming<'_> {
        Incoming { listener: self }
    }

    /// The address it listens at.
    ///
    /// asyncio: `Server.sockets[0].getsockname()`.
    ///
    /// # Errors
    ///
    /// If the system does not say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.get().local_addr()
    }

    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        let accepted = self
            .socket
            .poll_io(Direction::Read, cx, mio::net::TcpListener::accept);
        let (stream, peer) = ready!(accepted)?;
        Poll::Ready(Ok((TcpStream::from_mio(stream)?, peer)))
    }
}

impl fmt::Debug for TcpListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TcpListener")
            .field(self.socket.get())
            .finish()
    }
}

/// The future of [`TcpListener::accept`], where what it does on cancel is said.
///
/// ```
/// use final_runtime::net::{Accept, TcpListener};
///
/// # fn main() -> std::io::Result<()> {
/// final_runtime::run(async {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let mut accept: Accept<'_> = listener.accept();
///     assert!(futures_util::poll!(&mut accept).is_pending(), "nobody has called");
///     Ok(())
/// })
/// # }
/// ```
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Accept<'a> {
    listener: &'a TcpListener,
}

impl std::future::Future for Accept<'_> {
    type Output = io::Result<(TcpStream, SocketAddr)>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.listener.poll_accept(cx)
    }
}

/// The stream of [`TcpListener::incoming`].
///
/// ```
/// use final_runtime::net::{Incoming, TcpListener, TcpStream};
/// use futures_util::StreamExt;
///
/// # fn main() -> std::io::Result<()> {
/// final_runtime::run(async {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let client = TcpStream::connect(listener.local_addr()?).await?;
///     let mut incoming: Incoming<'_> = listener.incoming();
///     let stream = incoming.next().await.expect("it never ends")?;
///     assert_eq!(stream.peer_addr()?, client.local_addr()?);
///     Ok(())
/// })
/// # }
/// ```
///
/// # Cancel safety
///
/// To drop it, or a wait for its next connection, loses none: the system keeps it. A request ends the wait.
#[derive(Debug)]
#[must_use = "streams do nothing unless polled"]
pub struct Incoming<'a> {
    listener: &'a TcpListener,
}

impl Stream for Incoming<'_> {
    type Item = io::Result<TcpStream>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let accepted = ready!(self.listener.poll_accept(cx));
        Poll::Ready(Some(accepted.map(|(stream, _)| stream)))
    }
}
