//! What a task waits for at a socket.
//!
//! Nobody stores an address for the sake of this: the socket is asked for it when somebody asks what is waited for.
//!
//! In the book: chapter 12.

use std::mem::ManuallyDrop;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{FromRawFd, RawFd};

use crate::driver::Direction;

/// What a task waits to do at a socket.
///
/// asyncio: the callback that the selector has for the descriptor.
///
/// ```
/// use final_runtime::net::TcpListener;
/// use final_runtime::{SocketOperation, WaitsFor, run, running_loop, spawn, yield_now};
///
/// run(async {
///     let listener = TcpListener::bind("127.0.0.1:0").unwrap();
///     let here = listener.local_addr().unwrap();
///     let server = spawn(async move { listener.accept().await.map(drop) });
///     yield_now().await;
///     let tree = running_loop().task_tree();
///     let WaitsFor::Socket { operation, address, .. } = tree.get(server.id()).unwrap().waits_for[0] else {
///         unreachable!("{tree}");
///     };
///     assert_eq!((operation, address), (SocketOperation::Accept, Some(here)));
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SocketOperation {
    /// To take in a connection.
    Accept,
    /// To be connected.
    Connect,
    /// To read.
    Read,
    /// To write.
    Write,
}

impl SocketOperation {
    pub(crate) const ALL: [Self; 4] = [Self::Accept, Self::Connect, Self::Read, Self::Write];

    /// Of a socket that is waited for in this direction.
    pub(super) fn of(direction: Direction, fd: RawFd, is_connecting: bool) -> Self {
        match direction {
            Direction::Write if is_connecting => Self::Connect,
            Direction::Write => Self::Write,
            // Of a stream that has no peer there is nothing to wait for.
            Direction::Read if Self::Read.address(fd).is_none() => Self::Accept,
            Direction::Read => Self::Read,
        }
    }

    /// The peer's address; of a listener, its own.
    #[expect(
        unsafe_code,
        reason = "a descriptor is looked at through the standard library"
    )]
    pub(super) fn address(self, fd: RawFd) -> Option<SocketAddr> {
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
