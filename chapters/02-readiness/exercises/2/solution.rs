//! Exercise 2, solved: the closure keeps the bytes of the line that is not whole yet.

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
    let mut begun = Vec::new();
    event_loop.add_reader(name, fd, move |event_loop| {
        let mut buffer = [0; 1024];
        match stream.read(&mut buffer) {
            Ok(0) => {
                event_loop.remove_reader(fd);
                if !begun.is_empty() {
                    action(event_loop, &String::from_utf8_lossy(&begun));
                }
            }
            Ok(count) => {
                for &byte in &buffer[..count] {
                    if byte == b'\n' {
                        action(event_loop, &String::from_utf8_lossy(&begun));
                        begun.clear();
                    } else {
                        begun.push(byte);
                    }
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => {
                event_loop.remove_reader(fd);
            }
        }
    })
}
