//! What a task waits for at a socket, in words.

use std::fmt;
use std::net::SocketAddr;

/// A wait at a socket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reason {
    pub(crate) what: What,
    /// Of the peer; of the listener, for a connection to accept. Unknown if the socket did not say.
    pub(crate) address: Option<SocketAddr>,
}

/// What is waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum What {
    Accept,
    Connect,
    Read,
    Write,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.what {
            What::Accept => "a connection on ",
            What::Connect => "a connection to ",
            What::Read => "data from ",
            What::Write => "room to write to ",
        })?;
        match self.address {
            Some(address) => write!(f, "{address}"),
            None => f.write_str("an unknown address"),
        }
    }
}
