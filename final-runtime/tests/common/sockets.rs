//! What the tests of sockets share.

use std::io::{self, ErrorKind};

use final_runtime::net::{TcpListener, TcpStream};
use futures_util::poll;

/// The two ends of a connection.
pub async fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let client = TcpStream::connect(listener.local_addr()?).await?;
    let (server, _) = listener.accept().await?;
    Ok((client, server))
}

/// One end with the loop, the other in blocking hands of the test, which may write and close between two steps.
pub async fn pair_with_std() -> io::Result<(TcpStream, std::net::TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let peer = std::net::TcpStream::connect(listener.local_addr()?)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, peer))
}

/// Writes until a write has to wait. How many bytes that took.
pub async fn fill(stream: &TcpStream) -> usize {
    let block = vec![7; 64 * 1024];
    let mut written = 0;
    loop {
        match poll!(stream.write(&block)) {
            std::task::Poll::Ready(length) => written += length.unwrap(),
            std::task::Poll::Pending => return written,
        }
    }
}

/// Reads to the end of the stream, in pieces of `size`.
pub async fn read_all(stream: &TcpStream, size: usize) -> io::Result<Vec<u8>> {
    let (mut all, mut buffer) = (Vec::new(), vec![0; size]);
    loop {
        match stream.read(&mut buffer).await? {
            0 => return Ok(all),
            length => all.extend_from_slice(&buffer[..length]),
        }
    }
}

/// A listener at which the third connection or so has to wait.
pub fn listener_with_backlog_of_one() -> TcpListener {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let fd = std::os::fd::AsRawFd::as_raw_fd(&listener);
    #[allow(unsafe_code, reason = "the standard library does not set a backlog")]
    // SAFETY: `listen` takes no memory, and the descriptor is open.
    let listened = unsafe { libc::listen(fd, 1) };
    assert_eq!(listened, 0);
    TcpListener::from_std(listener).unwrap()
}

/// The kind of error, or what was read instead.
pub fn kind<T: std::fmt::Debug>(result: io::Result<T>) -> ErrorKind {
    result.unwrap_err().kind()
}

/// Lets the system keep no more than some hundred kilobytes for each direction of this connection.
pub fn small_buffers(connection: &impl std::os::fd::AsFd) {
    let fd = std::os::fd::AsRawFd::as_raw_fd(&connection.as_fd());
    for option in [libc::SO_SNDBUF, libc::SO_RCVBUF] {
        let size: libc::c_int = 128 * 1024;
        let length = size_of_val(&size) as libc::socklen_t;
        #[allow(
            unsafe_code,
            reason = "the standard library does not set the size of a buffer"
        )]
        // SAFETY: the value is read during the call, and is as long as is said; the descriptor is open.
        let set = unsafe {
            libc::setsockopt(
                fd,
                libc::SOL_SOCKET,
                option,
                (&raw const size).cast(),
                length,
            )
        };
        assert_eq!(set, 0);
    }
}
