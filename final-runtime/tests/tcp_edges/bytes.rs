//! What is read and written between the edges.

use std::io::{Read as _, Write as _};
use std::os::fd::AsRawFd;

use final_runtime::{run, spawn, yield_now};
use futures_util::poll;

use crate::common::sockets::{fill, pair, pair_with_std, read_all};
use crate::registered;

#[test]
fn one_byte_at_a_time_arrives() {
    run(async {
        let (client, server) = pair().await.unwrap();
        client.set_nodelay(true).unwrap();
        let writer = spawn(async move {
            for byte in 0..=255_u8 {
                client.write(&[byte]).await.unwrap();
                yield_now().await;
            }
        });
        let all = read_all(&server, 16).await.unwrap();
        assert_eq!(all, (0..=255).collect::<Vec<u8>>());
        writer.await.unwrap();
    });
}

#[test]
fn a_buffer_of_exactly_the_messages_size_waits_for_the_next_message() {
    run(async {
        let (stream, mut peer) = pair_with_std().await.unwrap();
        let mut buffer = [0; 4];
        for round in 0..10_u32 {
            peer.write_all(&round.to_le_bytes()).unwrap();
            assert_eq!(stream.read(&mut buffer).await.unwrap(), 4);
            assert_eq!(buffer, round.to_le_bytes());
            assert!(poll!(stream.read(&mut buffer)).is_pending());
        }
    });
}

#[test]
fn a_writer_that_fell_short_goes_on_when_there_is_room() {
    run(async {
        let (stream, mut peer) = pair_with_std().await.unwrap();
        let filled = fill(&stream).await;
        let task = spawn(async move { stream.write(b"more").await });
        yield_now().await;
        let reader = std::thread::spawn(move || {
            let mut all = Vec::new();
            peer.read_to_end(&mut all).unwrap();
            all.len()
        });
        assert_eq!(task.await.unwrap().unwrap(), 4);
        assert_eq!(reader.join().unwrap(), filled + 4);
    });
}

/// A read stops at an urgent byte, short, though more has come behind it.
#[cfg(target_os = "linux")]
#[test]
fn bytes_behind_an_urgent_mark_are_read() {
    run(async {
        let (stream, mut peer) = pair_with_std().await.unwrap();
        registered(&stream).await;
        peer.write_all(b"before").unwrap();
        #[allow(unsafe_code, reason = "the standard library sends no urgent bytes")]
        // SAFETY: one byte of a static is sent on an open descriptor.
        let sent = unsafe { libc::send(peer.as_raw_fd(), b"!".as_ptr().cast(), 1, libc::MSG_OOB) };
        assert_eq!(sent, 1);
        peer.write_all(b"behind").unwrap();
        let mut heard = Vec::new();
        let mut buffer = [0; 64];
        while heard.len() < 12 {
            let length = stream.read(&mut buffer).await.unwrap();
            heard.extend_from_slice(&buffer[..length]);
        }
        assert_eq!(heard, b"beforebehind");
    });
}

#[test]
fn a_peek_leaves_what_it_saw() {
    run(async {
        let (stream, mut peer) = pair_with_std().await.unwrap();
        registered(&stream).await;
        peer.write_all(b"seen").unwrap();
        let mut buffer = [0; 64];
        for _ in 0..3 {
            assert_eq!(stream.peek(&mut buffer).await.unwrap(), 4);
        }
        assert_eq!(stream.read(&mut buffer).await.unwrap(), 4);
        assert!(poll!(stream.peek(&mut buffer)).is_pending());
    });
}

#[test]
fn an_empty_buffer_never_waits() {
    run(async {
        let (stream, _peer) = pair_with_std().await.unwrap();
        registered(&stream).await;
        assert_eq!(stream.read(&mut []).await.unwrap(), 0);
        assert_eq!(stream.write(&[]).await.unwrap(), 0);
    });
}
