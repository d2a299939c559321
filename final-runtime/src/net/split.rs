//! A connection in two halves, so that one task may read while another writes.

use std::io;
use std::net::{Shutdown, SocketAddr};
use std::rc::Rc;

use crate::net::{Read, TcpStream, Write};

/// The reading half of a connection that is [split](TcpStream::split).
///
/// asyncio: `StreamReader`.
///
/// ```
/// use final_runtime::net::{ReadHalf, TcpListener, TcpStream, WriteHalf};
/// use futures_util::join;
///
/// # fn main() -> std::io::Result<()> {
/// final_runtime::run(async {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let mut client = TcpStream::connect(listener.local_addr()?).await?;
///     let (mut server, _) = listener.accept().await?;
///     let (reader, _): (ReadHalf<'_>, WriteHalf<'_>) = server.split();
///     let (_, writer) = client.split();
///     let mut buffer = [0; 8];
///     let (read, written) = join!(reader.read(&mut buffer), writer.write(b"ping"));
///     assert_eq!((read?, written?), (4, 4));
///     Ok(())
/// })
/// # }
/// ```
#[derive(Debug)]
pub struct ReadHalf<'a> {
    stream: &'a TcpStream,
}

/// The writing half of a connection that is [split](TcpStream::split). Closing it ends the writing side.
///
/// asyncio: `StreamWriter`.
///
/// ```
/// use final_runtime::net::{TcpListener, TcpStream, WriteHalf};
/// use futures_util::{AsyncReadExt, AsyncWriteExt};
///
/// # fn main() -> std::io::Result<()> {
/// final_runtime::run(async {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let mut client = TcpStream::connect(listener.local_addr()?).await?;
///     let (mut server, _) = listener.accept().await?;
///     let (_, mut writer): (_, WriteHalf<'_>) = TcpStream::split(&mut client);
///     writer.write_all(b"that is all").await?;
///     writer.close().await?;
///     let mut heard = String::new();
///     server.read_to_string(&mut heard).await?;
///     assert_eq!(heard, "that is all");
///     Ok(())
/// })
/// # }
/// ```
#[derive(Debug)]
pub struct WriteHalf<'a> {
    stream: &'a TcpStream,
}

/// The reading half of a connection that is [split for good](TcpStream::into_split). The connection is closed with the
/// second half of it.
///
/// asyncio: `StreamReader`.
///
/// ```
/// use final_runtime::net::{OwnedReadHalf, OwnedWriteHalf, TcpListener, TcpStream};
/// use final_runtime::spawn;
/// use futures_util::AsyncReadExt;
///
/// # fn main() -> std::io::Result<()> {
/// final_runtime::run(async {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let client = TcpStream::connect(listener.local_addr()?).await?;
///     let (server, _) = listener.accept().await?;
///     let (mut reader, _writer): (OwnedReadHalf, OwnedWriteHalf) = server.into_split();
///     let reading = spawn(async move {
///         let mut heard = String::new();
///         reader.read_to_string(&mut heard).await.map(|_| heard)
///     });
///     let (_reader, writer) = client.into_split();
///     writer.write(b"that is all").await?;
///     drop(writer);
///     assert_eq!(reading.await.expect("it does not panic")?, "that is all");
///     Ok(())
/// })
/// # }
/// ```
#[derive(Debug)]
pub struct OwnedReadHalf {
    stream: Rc<TcpStream>,
}

/// The writing half of a connection that is [split for good](TcpStream::into_split). To drop it ends the writing
/// side: the peer reads what was written, and then the end.
///
/// asyncio: `StreamWriter`.
///
/// ```
/// use final_runtime::net::{OwnedWriteHalf, TcpListener, TcpStream};
///
/// # fn main() -> std::io::Result<()> {
/// final_runtime::run(async {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let client = TcpStream::connect(listener.local_addr()?).await?;
///     let (server, _) = listener.accept().await?;
///     let (_reader, writer): (_, OwnedWriteHalf) = client.into_split();
///     drop(writer);
///     assert_eq!(server.read(&mut [0; 8]).await?, 0, "the end");
///     Ok(())
/// })
/// # }
/// ```
#[derive(Debug)]
pub struct OwnedWriteHalf {
    stream: Rc<TcpStream>,
}

pub(crate) fn borrowed(stream: &TcpStream) -> (ReadHalf<'_>, WriteHalf<'_>) {
    (ReadHalf { stream }, WriteHalf { stream })
}

pub(crate) fn owned(stream: TcpStream) -> (OwnedReadHalf, OwnedWriteHalf) {
    let stream = Rc::new(stream);
    let reader = OwnedReadHalf {
        stream: stream.clone(),
    };
    (reader, OwnedWriteHalf { stream })
}

macro_rules! read_half {
    ($type:ty) => {
        impl $type {
            pub(crate) fn stream(&self) -> &TcpStream {
                &self.stream
            }

            /// Reads what is there, as [`TcpStream::read`].
            ///
            /// asyncio: `StreamReader.read()`.
            ///
            /// ```
            /// # use final_runtime::net::{TcpListener, TcpStream};
            /// # final_runtime::run(async {
            /// # let listener = TcpListener::bind("127.0.0.1:0")?;
            /// # let client = TcpStream::connect(listener.local_addr()?).await?;
            /// # let (server, _) = listener.accept().await?;
            /// let (reader, _writer) = client.into_split();
            /// server.write(b"milk").await?;
            /// assert_eq!(reader.read(&mut [0; 64]).await?, 4);
            /// # std::io::Result::Ok(()) }).unwrap();
            /// ```
            pub fn read<'a>(&'a self, buffer: &'a mut [u8]) -> Read<'a> {
                self.stream.read(buffer)
            }

            /// Reads what is there and leaves it there, as [`TcpStream::peek`].
            ///
            /// asyncio: none.
            ///
            /// ```
            /// # use final_runtime::net::{TcpListener, TcpStream};
            /// # final_runtime::run(async {
            /// # let listener = TcpListener::bind("127.0.0.1:0")?;
            /// # let client = TcpStream::connect(listener.local_addr()?).await?;
            /// # let (server, _) = listener.accept().await?;
            /// let (reader, _writer) = client.into_split();
            /// server.write(b"milk").await?;
            /// assert_eq!(reader.peek(&mut [0; 64]).await?, 4);
            /// # std::io::Result::Ok(()) }).unwrap();
            /// ```
            pub fn peek<'a>(&'a self, buffer: &'a mut [u8]) -> Read<'a> {
                self.stream.peek(buffer)
            }

            /// The address at the other end.
            ///
            /// asyncio: `StreamWriter.get_extra_info("peername")`.
            ///
            /// ```
            /// # use final_runtime::net::{TcpListener, TcpStream};
            /// # final_runtime::run(async {
            /// # let listener = TcpListener::bind("127.0.0.1:0")?;
            /// # let client = TcpStream::connect(listener.local_addr()?).await?;
            /// # let (server, _) = listener.accept().await?;
            /// let (reader, _writer) = client.into_split();
            /// assert_eq!(reader.peer_addr()?, listener.local_addr()?);
            /// # std::io::Result::Ok(()) }).unwrap();
            /// ```
            ///
            /// # Errors
            ///
            /// If the connection is gone.
            pub fn peer_addr(&self) -> io::Result<SocketAddr> {
                self.stream.peer_addr()
            }
        }
    };
}

macro_rules! write_half {
    ($type:ty) => {
        impl $type {
            pub(crate) fn stream(&self) -> &TcpStream {
                &self.stream
            }

            /// Writes what there is room for, as [`TcpStream::write`].
            ///
            /// asyncio: `StreamWriter.write()` and `drain()`.
            ///
            /// ```
            /// # use final_runtime::net::{TcpListener, TcpStream};
            /// # final_runtime::run(async {
            /// # let listener = TcpListener::bind("127.0.0.1:0")?;
            /// # let client = TcpStream::connect(listener.local_addr()?).await?;
            /// # let (server, _) = listener.accept().await?;
            /// let (_reader, writer) = client.into_split();
            /// assert_eq!(writer.write(b"tea").await?, 3);
            /// assert_eq!(server.read(&mut [0; 64]).await?, 3);
            /// # std::io::Result::Ok(()) }).unwrap();
            /// ```
            pub fn write<'a>(&'a self, bytes: &'a [u8]) -> Write<'a> {
                self.stream.write(bytes)
            }

            /// The address at the other end.
            ///
            /// asyncio: `StreamWriter.get_extra_info("peername")`.
            ///
            /// ```
            /// # use final_runtime::net::{TcpListener, TcpStream};
            /// # final_runtime::run(async {
            /// # let listener = TcpListener::bind("127.0.0.1:0")?;
            /// # let client = TcpStream::connect(listener.local_addr()?).await?;
            /// # let (server, _) = listener.accept().await?;
            /// let (_reader, writer) = client.into_split();
            /// assert_eq!(writer.peer_addr()?, listener.local_addr()?);
            /// # std::io::Result::Ok(()) }).unwrap();
            /// ```
            ///
            /// # Errors
            ///
            /// If the connection is gone.
            pub fn peer_addr(&self) -> io::Result<SocketAddr> {
                self.stream.peer_addr()
            }
        }
    };
}

read_half!(ReadHalf<'_>);
read_half!(OwnedReadHalf);
write_half!(WriteHalf<'_>);
write_half!(OwnedWriteHalf);

impl Drop for OwnedWriteHalf {
    fn drop(&mut self) {
        // It fails for a connection that is gone, and then there is nothing to end.
        let _ = self.stream.shutdown(Shutdown::Write);
    }
}
