//! Moving bytes, as futures of our own.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::driver::{Direction, SocketOperation};
use crate::net::TcpStream;
use crate::net::socket::Wait;

/// The future of [`TcpStream::read`] and [`TcpStream::peek`], where what it does on cancel is said.
///
/// asyncio: the coroutine of `StreamReader.read()`.
///
/// ```
/// use final_runtime::net::{Read, TcpListener, TcpStream};
///
/// # fn main() -> std::io::Result<()> {
/// final_runtime::run(async {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let client = TcpStream::connect(listener.local_addr()?).await?;
///     let (server, _) = listener.accept().await?;
///
///     client.write(b"hello").await?;
///     let mut buffer = [0; 64];
///     let read: Read<'_> = server.read(&mut buffer);
///     assert_eq!(read.await?, 5);
///     Ok(())
/// })
/// # }
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct Read<'a> {
    wait: Wait<'a, mio::net::TcpStream>,
    buffer: &'a mut [u8],
    /// The bytes stay where they are.
    peek: bool,
}

impl<'a> Read<'a> {
    pub(crate) fn new(stream: &'a TcpStream, buffer: &'a mut [u8], peek: bool) -> Self {
        Self {
            wait: Wait::new(
                stream.socket(),
                Direction::Read,
                Some(SocketOperation::Read),
            ),
            buffer,
            peek,
        }
    }
}

impl std::future::Future for Read<'_> {
    type Output = io::Result<usize>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { wait, buffer, peek } = &mut *self;
        let direction = Direction::Read;
        let attempt = match peek {
            false => {
                let room = buffer.len();
                let read = |mut stream: &mio::net::TcpStream| stream.read(buffer);
                wait.socket().try_transfer(direction, room, read)
            }
            // What was looked at is still there, however little it is.
            true => wait
                .socket()
                .try_io(direction, |stream| stream.peek(buffer)),
        };
        wait.after(attempt, cx)
    }
}

/// The future of [`TcpStream::write`], where what it does on cancel is said.
///
/// asyncio: the coroutine of `StreamWriter.drain()`.
///
/// ```
/// use final_runtime::net::{TcpListener, TcpStream, Write};
///
/// # fn main() -> std::io::Result<()> {
/// final_runtime::run(async {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let client = TcpStream::connect(listener.local_addr()?).await?;
///     let write: Write<'_> = client.write(b"hello");
///     assert_eq!(write.await?, 5);
///     Ok(())
/// })
/// # }
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct Write<'a> {
    wait: Wait<'a, mio::net::TcpStream>,
    bytes: &'a [u8],
}

impl<'a> Write<'a> {
    pub(crate) fn new(stream: &'a TcpStream, bytes: &'a [u8]) -> Self {
        Self {
            wait: Wait::new(
                stream.socket(),
                Direction::Write,
                Some(SocketOperation::Write),
            ),
            bytes,
        }
    }
}

impl std::future::Future for Write<'_> {
    type Output = io::Result<usize>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { wait, bytes } = &mut *self;
        let write = |mut stream: &mio::net::TcpStream| stream.write(bytes);
        let attempt = wait
            .socket()
            .try_transfer(Direction::Write, bytes.len(), write);
        wait.after(attempt, cx)
    }
}

impl fmt::Debug for Read<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Read").finish_non_exhaustive()
    }
}

impl fmt::Debug for Write<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Write").finish_non_exhaustive()
    }
}
