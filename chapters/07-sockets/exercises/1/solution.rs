//! Exercise 1, solved: each operation is handed to `poll_io`, which tries it and waits for it.

use std::future::poll_fn;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::rc::Rc;

use chapter_07::{Direction, EventLoop, Socket};

/// A UDP socket of a loop.
pub struct Datagrams {
    socket: Socket<UdpSocket>,
}

impl Datagrams {
    /// A socket at `address`.
    pub fn bind(event_loop: &Rc<EventLoop>, address: &str) -> io::Result<Self> {
        let socket = UdpSocket::bind(address)?;
        socket.set_nonblocking(true)?;
        let socket = Socket::new(event_loop, socket)?;
        Ok(Self { socket })
    }

    /// Where it can be reached.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.get_ref().local_addr()
    }

    /// Waits for the next datagram, and says who sent it.
    pub async fn receive(&mut self) -> io::Result<(Vec<u8>, SocketAddr)> {
        let mut buffer = vec![0; 65_507];
        let mut receive = |socket: &UdpSocket| socket.recv_from(&mut buffer);
        let (length, from) =
            poll_fn(|context| self.socket.poll_io(Direction::Read, context, &mut receive)).await?;
        buffer.truncate(length);
        Ok((buffer, from))
    }

    /// Sends a datagram as soon as there is room for it.
    pub async fn send(&mut self, bytes: &[u8], to: SocketAddr) -> io::Result<()> {
        let mut send = |socket: &UdpSocket| socket.send_to(bytes, to);
        let sent = poll_fn(|context| self.socket.poll_io(Direction::Write, context, &mut send));
        sent.await.map(drop)
    }
}
