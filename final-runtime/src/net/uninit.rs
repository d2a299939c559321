//! Reading into memory that nobody has written to. `std::io::Read` asks for memory that is written, and to write zeros
//! into each of hyper's buffers before the kernel fills them costs more than the rest of a small read.
#![allow(
    unsafe_code,
    reason = "what is written is known to the kernel alone, and hyper takes its word from us"
)]

use std::io;
use std::os::fd::AsRawFd;

use ::hyper::rt::ReadBufCursor;

/// Reads what is there into the unfilled part of hyper's buffer. How many bytes.
pub(crate) fn receive(
    stream: &mio::net::TcpStream,
    buffer: &mut ReadBufCursor<'_>,
) -> io::Result<usize> {
    // SAFETY: the memory is only handed to `recv`, which writes bytes into it, and so leaves none of it unwritten that
    // was written before.
    let room = unsafe { buffer.as_mut() };
    // SAFETY: `room` is valid for writes of its length while it is borrowed, `recv` reads none of it, and the
    // descriptor is open while `stream` is borrowed.
    let length = unsafe { libc::recv(stream.as_raw_fd(), room.as_mut_ptr().cast(), room.len(), 0) };
    let length = usize::try_from(length).map_err(|_| io::Error::last_os_error())?;
    // SAFETY: `recv` has written this many bytes from the start of `room`.
    unsafe { buffer.advance(length) };
    Ok(length)
}
