//! The sockets that programs use: a TCP listener, TCP streams, and pairs of connected
//! streams within one process.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::net::{self, Shutdown, SocketAddr};
use std::os::unix;
use std::rc::Rc;

use crate::EventLoop;
use crate::reactor::Direction;
use crate::socket::{HalfClose, Socket};

/// A TCP socket that lets clients in.
pub type TcpListener = Socket<net::TcpListener>;
/// A TCP connection.
pub type TcpStream = Socket<net::TcpStream>;
/// An end of a connection within one machine.
pub type UnixStream = Socket<unix::net::UnixStream>;

impl TcpListener {
    /// Listens at `address`; port 0 lets the kernel choose one.
    pub fn bind(event_loop: &Rc<EventLoop>, address: &str) -> io::Result<Self> {
        let listener = net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Self::new(event_loop, listener)
    }

    /// Waits for a client, and lets it in. Dropped while it waits, it has let nobody in.
    pub async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        let accept = |listener: &net::TcpListener| listener.accept();
        let (stream, peer) =
            poll_fn(|context| self.poll_io(Direction::Read, context, accept)).await?;
        stream.set_nonblocking(true)?;
        Ok((TcpStream::new(self.event_loop(), stream)?, peer))
    }
}

impl TcpStream {
    /// Connects to a listener. A connection that stands, or has failed, counts as writable.
    pub async fn connect(event_loop: &Rc<EventLoop>, address: SocketAddr) -> io::Result<Self> {
        let stream = mio::net::TcpStream::connect(address)?;
        let mut stream = Self::new(event_loop, stream.into())?;
        poll_fn(|context| stream.poll_io(Direction::Write, context, connected)).await?;
        Ok(stream)
    }
}

/// Whether the connection stands; `WouldBlock` if that is not decided yet.
fn connected(stream: &net::TcpStream) -> io::Result<()> {
    if let Some(error) = stream.take_error()? {
        return Err(error);
    }
    match stream.peer_addr() {
        Err(error) if error.kind() == ErrorKind::NotConnected => Err(ErrorKind::WouldBlock.into()),
        result => result.map(drop),
    }
}

impl UnixStream {
    /// Two ends of one connection.
    pub fn pair(event_loop: &Rc<EventLoop>) -> io::Result<(Self, Self)> {
        let (near, far) = unix::net::UnixStream::pair()?;
        near.set_nonblocking(true)?;
        far.set_nonblocking(true)?;
        Ok((Self::new(event_loop, near)?, Self::new(event_loop, far)?))
    }
}

impl HalfClose for net::TcpStream {
    fn end_writing(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

impl HalfClose for unix::net::UnixStream {
    fn end_writing(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}
