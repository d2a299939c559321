//! A TCP connection.

use std::fmt;
use std::future::poll_fn;
use std::io::{self, IoSlice, IoSliceMut, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_io::{AsyncRead, AsyncWrite};

use crate::driver::Direction;
use crate::net::socket::Socket;

/// A TCP connection. It reads and writes through the traits of `futures-io`, as itself and as `&TcpStream`, so that
/// one task may read while another writes. Closing it shuts down the writing side; dropping it closes both.
///
/// asyncio: the pair of `StreamReader` and `StreamWriter`.
///
/// ```
/// use final_runtime::net::{TcpListener, TcpStream};
/// use futures_util::{AsyncReadExt, AsyncWriteExt};
///
/// # fn main() -> std::io::Result<()> {
/// final_runtime::run(async {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let mut client = TcpStream::connect(listener.local_addr()?).await?;
///     let (mut server, _) = listener.accept().await?;
///
///     client.write_all(b"hello").await?;
///     client.close().await?;
///     let mut heard = String::new();
///     server.read_to_string(&mut heard).await?;
///     assert_eq!(heard, "hello");
///     Ok(())
/// })
/// # }
/// ```
///
/// # Cancel safety
///
/// A read that is dropped while it waits has read nothing, and a write has written nothing. What is built of several
/// (`write_all`, `read_exact`) may have done a part. A request ends the wait, as a drop does.
pub struct TcpStream {
    socket: Socket<mio::net::TcpStream>,
}

impl TcpStream {
    /// Connects to `address`.
    ///
    /// asyncio: `asyncio.open_connection()`.
    ///
    /// # Errors
    ///
    /// What the system says: refused, unreachable, timed out. `Unsupported` on a loop with a virtual clock.
    ///
    /// # Panics
    ///
    /// When polled on a thread whose loop is not running.
    ///
    /// # Cancel safety
    ///
    /// To drop it half-way closes the socket. A request ends the wait.
    pub async fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = mio::net::TcpStream::connect(address)?;
        let socket = Socket::new(stream, "TcpStream::connect")?;
        socket.assume_busy();
        let connected = |stream: &mio::net::TcpStream| match stream.take_error()? {
            Some(error) => Err(error),
            // Writable but not connected is a wake too early.
            None => match stream.peer_addr() {
                Err(error) if error.kind() == io::ErrorKind::NotConnected => {
                    Err(io::ErrorKind::WouldBlock.into())
                }
                other => other.map(drop),
            },
        };
        poll_fn(|cx| socket.poll_io(Direction::Write, cx, connected)).await?;
        Ok(Self { socket })
    }

    /// Takes over a connected socket of the standard library.
    ///
    /// asyncio: `asyncio.open_connection(sock=…)`.
    ///
    /// # Errors
    ///
    /// If the socket cannot be made non-blocking, or the poller refuses it. `Unsupported` on a loop with a virtual clock.
    ///
    /// # Panics
    ///
    /// On a thread whose loop is not running.
    #[track_caller]
    pub fn from_std(stream: std::net::TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Self::from_mio(mio::net::TcpStream::from_std(stream))
    }

    #[track_caller]
    pub(crate) fn from_mio(stream: mio::net::TcpStream) -> io::Result<Self> {
        Ok(Self {
            socket: Socket::new(stream, "TcpStream::from_std")?,
        })
    }

    /// The address at the other end.
    ///
    /// asyncio: `StreamWriter.get_extra_info("peername")`.
    ///
    /// # Errors
    ///
    /// If the connection is gone.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket.get().peer_addr()
    }

    /// The address at this end.
    ///
    /// asyncio: `StreamWriter.get_extra_info("sockname")`.
    ///
    /// # Errors
    ///
    /// If the system does not say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.get().local_addr()
    }

    /// Sends small writes at once (`true`) or gathers them first (`false`, the system's default).
    ///
    /// asyncio: always `true`.
    ///
    /// # Errors
    ///
    /// If the connection is gone.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.socket.get().set_nodelay(nodelay)
    }

    /// Shuts down one direction, or both, at once.
    ///
    /// asyncio: `StreamWriter.write_eof()` for the writing side.
    ///
    /// # Errors
    ///
    /// If the connection is gone.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.socket.get().shutdown(how)
    }

    pub(crate) fn poll_reading<R>(
        &self,
        cx: &mut Context<'_>,
        operation: impl FnMut(&mio::net::TcpStream) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        self.socket.poll_io(Direction::Read, cx, operation)
    }

    pub(crate) fn poll_writing<R>(
        &self,
        cx: &mut Context<'_>,
        operation: impl FnMut(&mio::net::TcpStream) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        self.socket.poll_io(Direction::Write, cx, operation)
    }

    /// Ends the writing side; harmless when the peer has ended it all.
    pub(crate) fn end_writing(&self) -> io::Result<()> {
        match self.shutdown(Shutdown::Write) {
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            other => other,
        }
    }
}

impl AsyncRead for &TcpStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_reading(cx, |mut stream| stream.read(buffer))
    }

    fn poll_read_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_reading(cx, |mut stream| stream.read_vectored(buffers))
    }
}

impl AsyncWrite for &TcpStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_writing(cx, |mut stream| stream.write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_writing(cx, |mut stream| stream.write_vectored(buffers))
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.end_writing())
    }
}

impl AsyncRead for TcpStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut &*self).poll_read(cx, buffer)
    }

    fn poll_read_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut &*self).poll_read_vectored(cx, buffers)
    }
}

impl AsyncWrite for TcpStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut &*self).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut &*self).poll_write_vectored(cx, buffers)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut &*self).poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut &*self).poll_close(cx)
    }
}

impl fmt::Debug for TcpStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TcpStream").field(self.socket.get()).finish()
    }
}
