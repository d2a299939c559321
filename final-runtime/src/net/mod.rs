//! Sockets: [`TcpListener`] and [`TcpStream`].
//!
//! An operation is tried first, and waits only when the socket says that it would block. A socket that is dropped is
//! closed and forgotten by the loop.

mod listener;
mod socket;
mod stream;

pub use listener::{Accept, Incoming, TcpListener};
pub use stream::TcpStream;
