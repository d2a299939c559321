//! A TCP connection.

use std::fmt;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd};
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::driver::{Direction, Who};
use crate::net::socket::Socket;
use crate::net::split;
use crate::net::{Connect, OwnedReadHalf, OwnedWriteHalf, Read, ReadHalf, Write, WriteHalf};
use crate::shared::Core;

/// A TCP connection. It reads and writes through the traits of `futures-io`, as itself and as `&TcpStream`, so that
/// one task may read while another writes. Closing it shuts down the writing side; dropping it closes both.
///
/// [`read`](Self::read) and [`write`](Self::write) mean the same as those of `AsyncReadExt` and `AsyncWriteExt`, and
/// say besides what their task waits for.
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
    /// ```
    /// # use final_runtime::net::{TcpListener, TcpStream};
    /// # final_runtime::run(async {
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?).await?;
    /// assert_eq!(stream.peer_addr()?, listener.local_addr()?);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
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
    pub fn connect(address: SocketAddr) -> Connect {
        Connect::new(address)
    }

    /// Takes over a connected socket of the standard library.
    ///
    /// asyncio: `asyncio.open_connection(sock=…)`.
    ///
    /// ```
    /// # use final_runtime::net::{TcpListener, TcpStream};
    /// # final_runtime::run(async {
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?).await?;
    /// let stream = TcpStream::from_std(stream.into_std()?)?;
    /// assert_eq!(stream.peer_addr()?, listener.local_addr()?);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// If the socket cannot be made non-blocking. `Unsupported` on a loop with a virtual clock.
    ///
    /// # Panics
    ///
    /// On a thread whose loop is not running.
    #[track_caller]
    pub fn from_std(stream: std::net::TcpStream) -> io::Result<Self> {
        let core: Rc<Core> = Socket::<mio::net::TcpStream>::target("TcpStream::from_std")?;
        stream.set_nonblocking(true)?;
        let stream = mio::net::TcpStream::from_std(stream);
        Ok(Self::of(Socket::new(core, stream)))
    }

    pub(crate) fn of(socket: Socket<mio::net::TcpStream>) -> Self {
        Self { socket }
    }

    pub(crate) fn socket(&self) -> &Socket<mio::net::TcpStream> {
        &self.socket
    }

    /// Gives the socket back to the standard library, still non-blocking.
    ///
    /// asyncio: `loop.remove_reader(sock)`.
    ///
    /// ```
    /// # use final_runtime::net::{TcpListener, TcpStream};
    /// # final_runtime::run(async {
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?).await?;
    /// let stream: std::net::TcpStream = stream.into_std()?;
    /// assert_eq!(stream.peer_addr()?, listener.local_addr()?);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// If the poller does not let go of it; the connection is then closed.
    pub fn into_std(self) -> io::Result<std::net::TcpStream> {
        self.socket.into_inner().map(Into::into)
    }

    /// Waits until there is something to read, and reads what is there: how many bytes, 0 for the end (and for an empty
    /// buffer).
    ///
    /// asyncio: `StreamReader.read()`.
    ///
    /// ```
    /// # use final_runtime::net::{TcpListener, TcpStream};
    /// # final_runtime::run(async {
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// # let client = TcpStream::connect(listener.local_addr()?).await?;
    /// # let (server, _) = listener.accept().await?;
    /// client.write(b"tea").await?;
    /// let mut buffer = [0; 64];
    /// let length = server.read(&mut buffer).await?;
    /// assert_eq!(&buffer[..length], b"tea");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// What the system says: the peer has reset the connection, or the network is gone. If the poller refuses the
    /// socket when it has to wait.
    ///
    /// # Cancel safety
    ///
    /// To drop it while it waits loses nothing: it has read nothing. A request ends the wait.
    pub fn read<'a>(&'a self, buffer: &'a mut [u8]) -> Read<'a> {
        Read::new(self, buffer, false)
    }

    /// Reads what is there, and leaves it there for the next read.
    ///
    /// asyncio: none; `socket.recv(n, MSG_PEEK)`.
    ///
    /// ```
    /// # use final_runtime::net::{TcpListener, TcpStream};
    /// # final_runtime::run(async {
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// # let client = TcpStream::connect(listener.local_addr()?).await?;
    /// # let (server, _) = listener.accept().await?;
    /// client.write(b"tea").await?;
    /// let mut buffer = [0; 64];
    /// assert_eq!(server.peek(&mut buffer).await?, 3);
    /// assert_eq!(server.read(&mut buffer).await?, 3);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    ///
    /// # Cancel safety
    ///
    /// There is nothing to lose. A request ends the wait.
    pub fn peek<'a>(&'a self, buffer: &'a mut [u8]) -> Read<'a> {
        Read::new(self, buffer, true)
    }

    /// Waits until there is room, and writes what there is room for: how many bytes.
    ///
    /// asyncio: `StreamWriter.write()` and `drain()`, which write all of it.
    ///
    /// ```
    /// # use final_runtime::net::{TcpListener, TcpStream};
    /// # final_runtime::run(async {
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// # let client = TcpStream::connect(listener.local_addr()?).await?;
    /// # let (server, _) = listener.accept().await?;
    /// assert_eq!(client.write(b"tea").await?, 3);
    /// assert_eq!(server.read(&mut [0; 64]).await?, 3);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// What the system says: `BrokenPipe` when the peer is gone, or this side was ended. If the poller refuses the
    /// socket when it has to wait.
    ///
    /// # Cancel safety
    ///
    /// To drop it while it waits has written nothing. A request ends the wait.
    pub fn write<'a>(&'a self, bytes: &'a [u8]) -> Write<'a> {
        Write::new(self, bytes)
    }

    /// Lends out both directions, each to somebody else, without a lock.
    ///
    /// Where `AsyncReadExt` is in scope, `stream.split()` is that trait's method, which takes the stream and shares it
    /// through a lock; this one is then `TcpStream::split(&mut stream)`.
    ///
    /// asyncio: the pair of `StreamReader` and `StreamWriter`.
    ///
    /// ```
    /// # use final_runtime::net::{TcpListener, TcpStream};
    /// # final_runtime::run(async {
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// # let client = TcpStream::connect(listener.local_addr()?).await?;
    /// # let (server, _) = listener.accept().await?;
    /// let mut client = client;
    /// let (reader, writer) = client.split();
    /// writer.write(b"tea").await?;
    /// server.write(b"milk").await?;
    /// assert_eq!(reader.read(&mut [0; 64]).await?, 4);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn split(&mut self) -> (ReadHalf<'_>, WriteHalf<'_>) {
        split::borrowed(self)
    }

    /// Gives away both directions, each to somebody else, perhaps to two tasks. The halves share one allocation and no
    /// lock: they stay on this thread.
    ///
    /// asyncio: the pair of `StreamReader` and `StreamWriter`.
    ///
    /// ```
    /// # use final_runtime::net::{TcpListener, TcpStream};
    /// # final_runtime::run(async {
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// # let client = TcpStream::connect(listener.local_addr()?).await?;
    /// # let (server, _) = listener.accept().await?;
    /// let (reader, writer) = client.into_split();
    /// let task = final_runtime::spawn(async move { reader.read(&mut [0; 64]).await });
    /// writer.write(b"tea").await?;
    /// server.write(b"milk").await?;
    /// assert_eq!(task.await.unwrap()?, 4);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn into_split(self) -> (OwnedReadHalf, OwnedWriteHalf) {
        split::owned(self)
    }

    /// A read for `who`, through traits that are polled.
    #[inline(always)]
    pub(crate) fn poll_reading(
        &self,
        who: Who,
        cx: &mut Context<'_>,
        room: usize,
        operation: impl FnMut(&mio::net::TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        self.poll_transfer(Direction::Read, who, cx, room, operation)
    }

    /// The same for a write.
    #[inline(always)]
    pub(crate) fn poll_writing(
        &self,
        who: Who,
        cx: &mut Context<'_>,
        length: usize,
        operation: impl FnMut(&mio::net::TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        self.poll_transfer(Direction::Write, who, cx, length, operation)
    }

    #[inline(always)]
    fn poll_transfer(
        &self,
        direction: Direction,
        who: Who,
        cx: &mut Context<'_>,
        room: usize,
        operation: impl FnMut(&mio::net::TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let attempt = self.socket.try_transfer(direction, room, operation);
        if attempt.is_pending() {
            self.socket.wait_for(direction, who, cx.waker());
        }
        attempt
    }

    /// Ends the writing side; harmless when the peer has ended it all.
    pub(crate) fn end_writing(&self) -> io::Result<()> {
        match self.shutdown(Shutdown::Write) {
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            other => other,
        }
    }
}

/// For options that are not here, through crates that set them on a descriptor.
impl AsFd for TcpStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.get().as_fd()
    }
}

impl fmt::Debug for TcpStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TcpStream").field(self.socket.get()).finish()
    }
}
