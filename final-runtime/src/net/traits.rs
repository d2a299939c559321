//! The traits of `futures-io`, for everything that reads or writes a connection.

use std::io::{self, IoSlice, IoSliceMut, Read as _, Write as _};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_io::{AsyncRead, AsyncWrite};

use crate::driver::Who;
use crate::net::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, TcpStream, WriteHalf};

/// Implements `AsyncRead` for a type; `$stream` is its connection, and `$who` who waits.
macro_rules! reads {
    ($type:ty, $who:expr, |$this:ident| $stream:expr) => {
        impl AsyncRead for $type {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffer: &mut [u8],
            ) -> Poll<io::Result<usize>> {
                let $this = &*self;
                let room = buffer.len();
                $stream.poll_reading($who, cx, room, |mut stream| stream.read(buffer))
            }

            fn poll_read_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffers: &mut [IoSliceMut<'_>],
            ) -> Poll<io::Result<usize>> {
                let $this = &*self;
                let room = buffers.iter().map(|buffer| buffer.len()).sum();
                $stream.poll_reading($who, cx, room, |mut stream| stream.read_vectored(buffers))
            }
        }
    };
}

/// The same for `AsyncWrite`.
macro_rules! writes {
    ($type:ty, $who:expr, |$this:ident| $stream:expr) => {
        impl AsyncWrite for $type {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                let $this = &*self;
                $stream.poll_writing($who, cx, bytes.len(), |mut stream| stream.write(bytes))
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffers: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                let $this = &*self;
                let length = buffers.iter().map(|buffer| buffer.len()).sum();
                $stream.poll_writing($who, cx, length, |mut stream| {
                    stream.write_vectored(buffers)
                })
            }

            fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(Ok(()))
            }

            fn poll_close(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                let $this = &*self;
                Poll::Ready($stream.end_writing())
            }
        }
    };
}

reads!(TcpStream, Who::OWNER, |this| this);
writes!(TcpStream, Who::OWNER, |this| this);
reads!(&TcpStream, Who::ANYBODY, |this| this);
writes!(&TcpStream, Who::ANYBODY, |this| this);
reads!(ReadHalf<'_>, Who::OWNER, |this| this.stream());
writes!(WriteHalf<'_>, Who::OWNER, |this| this.stream());
reads!(OwnedReadHalf, Who::OWNER, |this| this.stream());
writes!(OwnedWriteHalf, Who::OWNER, |this| this.stream());
