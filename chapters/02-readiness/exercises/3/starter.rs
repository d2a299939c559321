//! Exercise 3, for you to change.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;

use chapter_02::EventLoop;

/// With so many bytes kept, or more, the relay reads no further.
#[allow(dead_code, reason = "for you to use")]
const LIMIT: usize = 64 * 1024;

/// Passes on to `to` what comes out of `from`, until either of them ends.
pub fn relay(event_loop: &EventLoop, mut from: UnixStream, mut to: UnixStream) -> io::Result<()> {
    from.set_nonblocking(true)?;
    to.set_nonblocking(true)?;
    let fd = from.as_raw_fd();
    event_loop.add_reader("in", fd, move |event_loop| {
        let mut buffer = [0; 4096];
        match from.read(&mut buffer) {
            Ok(0) => {
                event_loop.remove_reader(fd);
            }
            Ok(count) => {
                // Writes once, and forgets what did not fit.
                let _ = to.write(&buffer[..count]);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => {
                event_loop.remove_reader(fd);
            }
        }
    })
}
