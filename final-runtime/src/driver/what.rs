//! What a task waits for at a socket, in words.
//!
//! Nobody stores an address for the sake of this: the socket is asked for it when somebody asks what is waited for.
//!
//! In the book: chapter 12.

use std::mem::ManuallyDrop;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{FromRawFd, RawFd};

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Accept,
    Connect,
    Read,
    Write,
}

impl What {
    pub(crate) const ALL: [Self; 4] = [Self::Accept, Self::Connect, Self::Read, Self::Write];

    /// In words, of the socket with this descriptor; `name` is the peer of one that is not connected yet.
    pub(super) fn describe(self, fd: RawFd, name: Option<SocketAddr>) -> String {
        let before = match self {
            Self::Accept => "a connection on ",
            Self::Connect => "a connection to ",
            Self::Read => "data from ",
            Self::Write => "room to write to ",
        };
        match name.or_else(|| self.address(fd)) {
            Some(address) => format!("{before}{address}"),
            None => format!("{before}an unknown address"),
        }
    }

    /// The peer's address; of a listener, its own.
    #[expect(
        unsafe_code,
        reason = "a descriptor is looked at through the standard library"
    )]
    fn address(self, fd: RawFd) -> Option<SocketAddr> {
        // SAFETY: the driver knows the descriptor only while its socket is open, and what is made of it here does not close
        // it.
        let (listener, stream) = unsafe {
            (
                ManuallyDrop::new(TcpListener::from_raw_fd(fd)),
                ManuallyDrop::new(TcpStream::from_raw_fd(fd)),
            )
        };
        match self {
            Self::Accept => listener.local_addr().ok(),
            _ => stream.peer_addr().ok(),
        }
    }
}
