//! Exercise 1, solved: the registration goes first, so that the callback may make a new one.

use std::io;
use std::os::fd::RawFd;

use chapter_02::EventLoop;

/// Runs `callback` once, in the first turn in which reading from `fd` would not block.
pub fn once_readable(
    event_loop: &EventLoop,
    name: &str,
    fd: RawFd,
    callback: impl FnOnce(&EventLoop) + 'static,
) -> io::Result<()> {
    let mut callback = Some(callback);
    event_loop.add_reader(name, fd, move |event_loop| {
        event_loop.remove_reader(fd);
        if let Some(callback) = callback.take() {
            callback(event_loop);
        }
    })
}
