//! How a direction comes to its end.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::Shutdown;
use std::rc::Rc;

use final_runtime::{run, spawn, yield_now};
use futures_util::AsyncWriteExt;

use crate::common::sockets::{fill, kind, pair, pair_with_std, read_all};
use crate::{look_at_the_poller, registered};

/// Bytes and then the end, with a read that falls short in between: before, between and after the loop looks.
#[test]
fn the_end_is_found_after_a_short_read_whenever_it_came() {
    run(async {
        for looks in 0..8 {
            let (stream, mut peer) = pair_with_std().await.unwrap();
            registered(&stream).await;
            peer.write_all(b"short").unwrap();
            if looks & 1 != 0 {
                look_at_the_poller().await;
            }
            if looks & 2 != 0 {
                peer.shutdown(Shutdown::Write).unwrap();
            }
            if looks & 4 != 0 {
                look_at_the_poller().await;
            }
            let mut buffer = [0; 64];
            assert_eq!(stream.read(&mut buffer).await.unwrap(), 5);
            if looks & 2 == 0 {
                peer.shutdown(Shutdown::Write).unwrap();
            }
            assert_eq!(stream.read(&mut buffer).await.unwrap(), 0, "order {looks}");
            assert_eq!(stream.read(&mut buffer).await.unwrap(), 0, "the end stays");
            // The other direction is open.
            stream.write(b"back").await.unwrap();
            assert_eq!(peer.read(&mut buffer).unwrap(), 4);
        }
    });
}

#[test]
fn a_peer_that_sends_and_closes_at_once_is_heard_to_the_end() {
    run(async {
        for size in [1, 5, 64] {
            let (stream, mut peer) = pair_with_std().await.unwrap();
            registered(&stream).await;
            peer.write_all(b"bytes").unwrap();
            drop(peer);
            assert_eq!(read_all(&stream, size).await.unwrap(), b"bytes");
        }
    });
}

#[test]
fn a_peer_that_sends_and_closes_before_the_first_read_is_heard_to_the_end() {
    run(async {
        let (stream, mut peer) = pair_with_std().await.unwrap();
        peer.write_all(b"bytes").unwrap();
        drop(peer);
        assert_eq!(read_all(&stream, 64).await.unwrap(), b"bytes");
    });
}

#[test]
fn a_reset_is_an_error_for_who_waits_and_for_who_comes_later() {
    run(async {
        for waits in [true, false] {
            let (stream, mut peer) = pair_with_std().await.unwrap();
            registered(&stream).await;
            // To close a socket that has unread data resets the connection.
            stream.write(b"unread").await.unwrap();
            peer.read_exact(&mut [0; 1]).unwrap();
            let stream = Rc::new(stream);
            let reading = stream.clone();
            let read = async move { reading.read(&mut [0; 8]).await };
            let error = if waits {
                let task = spawn(read);
                yield_now().await;
                drop(peer);
                task.await.unwrap()
            } else {
                drop(peer);
                look_at_the_poller().await;
                read.await
            };
            assert_eq!(kind(error), ErrorKind::ConnectionReset);
            assert_eq!(kind(stream.write(b"x").await), ErrorKind::BrokenPipe);
        }
    });
}

#[test]
fn a_reset_wakes_a_writer_that_waits_for_room() {
    run(async {
        let (stream, mut peer) = pair_with_std().await.unwrap();
        fill(&stream).await;
        let task = spawn(async move { stream.write(b"more").await });
        yield_now().await;
        peer.read_exact(&mut [0; 1]).unwrap();
        drop(peer);
        assert_eq!(kind(task.await.unwrap()), ErrorKind::ConnectionReset);
    });
}

#[test]
fn the_writing_half_that_is_dropped_ends_its_direction_alone() {
    run(async {
        let (client, mut server) = pair().await.unwrap();
        let (reader, writer) = client.into_split();
        writer.write(b"last").await.unwrap();
        drop(writer);
        assert_eq!(read_all(&server, 64).await.unwrap(), b"last");
        server.write_all(b"answer").await.unwrap();
        let mut buffer = [0; 64];
        assert_eq!(reader.read(&mut buffer).await.unwrap(), 6);
        drop(reader);
        assert!(
            server
                .read(&mut buffer)
                .await
                .is_ok_and(|length| length == 0)
        );
    });
}
