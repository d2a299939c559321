//! A connection's addresses and options.

use std::io;
use std::net::{Shutdown, SocketAddr};

use crate::net::TcpStream;

impl TcpStream {
    /// The address at the other end.
    ///
    /// asyncio: `StreamWriter.get_extra_info("peername")`.
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
    /// If the connection is gone.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket().get().peer_addr()
    }

    /// The address at this end.
    ///
    /// asyncio: `StreamWriter.get_extra_info("sockname")`.
    ///
    /// ```
    /// # use final_runtime::net::{TcpListener, TcpStream};
    /// # final_runtime::run(async {
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?).await?;
    /// assert!(stream.local_addr()?.ip().is_loopback());
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// If the system does not say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket().get().local_addr()
    }

    /// Sends small writes at once (`true`) or gathers them first (`false`, the system's default).
    ///
    /// asyncio: always `true`.
    ///
    /// ```
    /// # use final_runtime::net::{TcpListener, TcpStream};
    /// # final_runtime::run(async {
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?).await?;
    /// stream.set_nodelay(true)?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// If the connection is gone.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.socket().get().set_nodelay(nodelay)
    }

    /// Whether small writes are sent at once.
    ///
    /// asyncio: `sock.getsockopt(IPPROTO_TCP, TCP_NODELAY)`.
    ///
    /// ```
    /// # use final_runtime::net::{TcpListener, TcpStream};
    /// # final_runtime::run(async {
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?).await?;
    /// stream.set_nodelay(true)?;
    /// assert!(stream.nodelay()?);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// If the connection is gone.
    pub fn nodelay(&self) -> io::Result<bool> {
        self.socket().get().nodelay()
    }

    /// How many hops a packet may take.
    ///
    /// asyncio: `sock.getsockopt(IPPROTO_IP, IP_TTL)`.
    ///
    /// ```
    /// # use final_runtime::net::{TcpListener, TcpStream};
    /// # final_runtime::run(async {
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?).await?;
    /// assert!(stream.ttl()? > 0);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// If the system does not say.
    pub fn ttl(&self) -> io::Result<u32> {
        self.socket().get().ttl()
    }

    /// Sets how many hops a packet may take.
    ///
    /// asyncio: `sock.setsockopt(IPPROTO_IP, IP_TTL, …)`.
    ///
    /// ```
    /// # use final_runtime::net::{TcpListener, TcpStream};
    /// # final_runtime::run(async {
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?).await?;
    /// stream.set_ttl(9)?;
    /// assert_eq!(stream.ttl()?, 9);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// If the system refuses the number.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.socket().get().set_ttl(ttl)
    }

    /// Takes the error that the socket has met and told nobody.
    ///
    /// asyncio: `sock.getsockopt(SOL_SOCKET, SO_ERROR)`.
    ///
    /// ```
    /// # use final_runtime::net::{TcpListener, TcpStream};
    /// # final_runtime::run(async {
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?).await?;
    /// assert!(stream.take_error()?.is_none());
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// If the system does not say.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.socket().get().take_error()
    }

    /// Shuts down one direction, or both, at once.
    ///
    /// asyncio: `StreamWriter.write_eof()` for the writing side.
    ///
    /// ```
    /// # use final_runtime::net::{TcpListener, TcpStream};
    /// # final_runtime::run(async {
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// # let client = TcpStream::connect(listener.local_addr()?).await?;
    /// # let (server, _) = listener.accept().await?;
    /// client.shutdown(std::net::Shutdown::Write)?;
    /// assert_eq!(server.read(&mut [0; 64]).await?, 0, "the end");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// If the connection is gone.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.socket().get().shutdown(how)
    }
}
