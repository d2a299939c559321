//! Exercise 3, solved: either the reader of `from` is registered or the writer of `to`, never both.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::rc::Rc;

use chapter_02::EventLoop;

/// Both sockets; they close with the last closure that has them.
struct Relay {
    from: UnixStream,
    to: UnixStream,
}

/// Passes on to `to` what comes out of `from`, until either of them ends.
pub fn relay(event_loop: &EventLoop, from: UnixStream, to: UnixStream) -> io::Result<()> {
    from.set_nonblocking(true)?;
    to.set_nonblocking(true)?;
    read(event_loop, Rc::new(Relay { from, to }))
}

/// Waits for bytes and passes them on.
fn read(event_loop: &EventLoop, relay: Rc<Relay>) -> io::Result<()> {
    let fd = relay.from.as_raw_fd();
    event_loop.add_reader("relay", fd, move |event_loop| {
        let mut buffer = [0; 4096];
        let rest = match (&relay.from).read(&mut buffer) {
            Ok(0) => None,
            Ok(count) => send(&relay.to, buffer[..count].to_vec()).ok(),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Some(Vec::new()),
            Err(_) => None,
        };
        match rest {
            Some(rest) if rest.is_empty() => {}
            Some(rest) => {
                event_loop.remove_reader(fd);
                // If that fails, nothing holds the relay any more.
                let _ = write(event_loop, Rc::clone(&relay), rest);
            }
            None => drop(event_loop.remove_reader(fd)),
        }
    })
}

/// Waits for room until `rest` is out, then reads on.
fn write(event_loop: &EventLoop, relay: Rc<Relay>, mut rest: Vec<u8>) -> io::Result<()> {
    let fd = relay.to.as_raw_fd();
    event_loop.add_writer("relay", fd, move |event_loop| {
        match send(&relay.to, std::mem::take(&mut rest)) {
            Ok(left) if !left.is_empty() => rest = left,
            Ok(_) => {
                event_loop.remove_writer(fd);
                let _ = read(event_loop, Rc::clone(&relay));
            }
            Err(_) => drop(event_loop.remove_writer(fd)),
        }
    })
}

/// Writes as much as the kernel takes now, and returns the rest.
fn send(mut to: &UnixStream, mut bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    match to.write(&bytes) {
        Ok(count) => Ok(bytes.split_off(count)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(bytes),
        Err(error) => Err(error),
    }
}
