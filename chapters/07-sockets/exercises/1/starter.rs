//! Exercise 1, for you to change.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::rc::Rc;

use chapter_07::{EventLoop, Socket};

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
        // It tries, and does not wait.
        let mut buffer = vec![0; 65_507];
        let (length, from) = self.socket.get_ref().recv_from(&mut buffer)?;
        buffer.truncate(length);
        Ok((buffer, from))
    }

    /// Sends a datagram as soon as there is room for it.
    pub async fn send(&mut self, bytes: &[u8], to: SocketAddr) -> io::Result<()> {
        self.socket.get_ref().send_to(bytes, to).map(drop)
    }
}
