//! Exercise 2, for you to change.

use std::io::{self, ErrorKind, Read};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;

use chapter_02::EventLoop;

/// Calls `action` with each line that comes out of `stream`, and closes it when the other side has hung up.
pub fn on_lines(
    event_loop: &EventLoop,
    name: &str,
    mut stream: UnixStream,
    mut action: impl FnMut(&EventLoop, &str) + 'static,
) -> io::Result<()> {
    stream.set_nonblocking(true)?;
    let fd = stream.as_raw_fd();
    event_loop.add_reader(name, fd, move |event_loop| {
        let mut buffer = [0; 1024];
        match stream.read(&mut buffer) {
            Ok(0) => {
                event_loop.remove_reader(fd);
            }
            Ok(count) => action(event_loop, &String::from_utf8_lossy(&buffer[..count])),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => {
                event_loop.remove_reader(fd);
            }
        }
    })
}
