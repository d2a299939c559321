//! An edge is told once: whatever a peer does and whenever it does it, nobody who waits is forgotten.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::Shutdown;
use std::os::fd::AsRawFd;
use std::rc::Rc;

use final_runtime::net::{TcpListener, TcpStream};
use final_runtime::{EventLoop, run, spawn, yield_now};
use futures_util::{AsyncReadExt, AsyncWriteExt, poll};

mod common;

use common::{fill, kind, pair, pair_with_std, read_all};

/// Has the loop look at its poller, so that what has come is known before the next operation.
async fn look_at_the_poller() {
    for _ in 0..3 {
        final_runtime::sleep(std::time::Duration::from_millis(1)).await;
    }
}

/// Registers the stream and leaves it believed empty.
async fn registered(stream: &TcpStream) {
    assert!(poll!(stream.read(&mut [0; 8])).is_pending());
    look_at_the_poller().await;
}

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

#[test]
fn a_reader_and_a_writer_on_one_stream_do_not_disturb_each_other() {
    run(async {
        let (client, server) = pair().await.unwrap();
        let (mut reader, mut writer) = client.into_split();
        let sent: Vec<u8> = (0..3_000_000_usize).map(|n| (n % 251) as u8).collect();
        let expected = sent.clone();
        let writing = spawn(async move { writer.write_all(&sent).await });
        let reading = spawn(async move {
            let mut all = Vec::new();
            reader.read_to_end(&mut all).await.map(|_| all)
        });
        let echo = async {
            let mut buffer = vec![0; 10_007];
            loop {
                let length = server.read(&mut buffer).await.unwrap();
                if length == 0 {
                    break;
                }
                (&server).write_all(&buffer[..length]).await.unwrap();
            }
        };
        echo.await;
        drop(server);
        writing.await.unwrap().unwrap();
        assert!(reading.await.unwrap().unwrap() == expected);
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

#[test]
fn two_accepts_at_once_get_a_connection_each() {
    run(async {
        let listener = Rc::new(TcpListener::bind("127.0.0.1:0").unwrap());
        let address = listener.local_addr().unwrap();
        let accept = |listener: Rc<TcpListener>| async move { listener.accept().await.unwrap().1 };
        let tasks = [spawn(accept(listener.clone())), spawn(accept(listener))];
        yield_now().await;
        let mut clients = Vec::new();
        for _ in 0..2 {
            clients.push(TcpStream::connect(address).await.unwrap());
        }
        let mut peers = Vec::new();
        for task in tasks {
            peers.push(task.await.unwrap());
        }
        let mut expected: Vec<_> = clients.iter().map(|c| c.local_addr().unwrap()).collect();
        peers.sort();
        expected.sort();
        assert_eq!(peers, expected);
    });
}

#[test]
fn many_readers_through_shared_references_are_all_woken() {
    run(async {
        let (stream, mut peer) = pair_with_std().await.unwrap();
        let stream = Rc::new(stream);
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let stream = stream.clone();
                spawn(async move { AsyncReadExt::read(&mut &*stream, &mut [0; 1]).await })
            })
            .collect();
        yield_now().await;
        peer.write_all(&[1; 20]).unwrap();
        for task in tasks {
            assert_eq!(task.await.unwrap().unwrap(), 1);
        }
    });
}

/// How often `future` is polled until it is done.
async fn count_polls<F: Future>(future: F, polls: Rc<Cell<u32>>) -> F::Output {
    let mut future = std::pin::pin!(future);
    poll_fn(|cx| {
        polls.set(polls.get() + 1);
        future.as_mut().poll(cx)
    })
    .await
}

/// A duplicate of a closed socket keeps it in the poller: what comes there is not the next socket's business.
#[test]
fn an_event_for_a_socket_that_is_gone_does_not_wake_the_one_in_its_slot() {
    run(async {
        let (old, mut old_peer) = {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let peer = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let stream = listener.accept().await.unwrap().0.into_std().unwrap();
            (stream, peer)
        };
        let (stream, mut peer) = pair_with_std().await.unwrap();
        let duplicate = old.try_clone().unwrap();
        let old = TcpStream::from_std(old).unwrap();
        registered(&old).await;
        drop(old);

        let polls = Rc::new(Cell::new(0));
        let counted = polls.clone();
        let task = spawn(async move {
            let mut buffer = [0; 8];
            count_polls(stream.read(&mut buffer), counted).await
        });
        yield_now().await;
        look_at_the_poller().await;
        let before = polls.get();
        old_peer.write_all(b"for nobody").unwrap();
        look_at_the_poller().await;
        assert_eq!(
            polls.get(),
            before,
            "the event was for the socket that is gone"
        );
        peer.write_all(b"for it").unwrap();
        assert_eq!(task.await.unwrap().unwrap(), 6);

        // The duplicate gets the old number again, and with it meets its own registration.
        let again = TcpStream::from_std(duplicate.try_clone().unwrap()).unwrap();
        let mut buffer = [0; 64];
        assert_eq!(again.read(&mut buffer).await.unwrap(), 10);
        let task = spawn(async move { again.read(&mut [0; 8]).await });
        yield_now().await;
        old_peer.write_all(b"more").unwrap();
        assert_eq!(task.await.unwrap().unwrap(), 4);
    });
}

#[test]
fn a_stream_that_leaves_the_loop_takes_its_registration_along() {
    run(async {
        let (stream, mut peer) = pair_with_std().await.unwrap();
        registered(&stream).await;
        let stream = TcpStream::from_std(stream.into_std().unwrap()).unwrap();
        registered(&stream).await;
        peer.write_all(b"x").unwrap();
        assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 1);
    });
}

#[test]
fn a_thousand_connections_at_once_hear_their_own_bytes() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = spawn(async move {
            for _ in 0..1000 {
                let (mut stream, _) = listener.accept().await.unwrap();
                spawn(async move {
                    let mut number = [0; 4];
                    while stream.read_exact(&mut number).await.is_ok() {
                        stream.write_all(&number).await.unwrap();
                    }
                });
            }
        });
        let clients: Vec<_> = (0..1000_u32)
            .map(|number| {
                spawn(async move {
                    let mut stream = TcpStream::connect(address).await.unwrap();
                    for round in 0..3 {
                        let sent = (number * 3 + round).to_le_bytes();
                        stream.write_all(&sent).await.unwrap();
                        let mut heard = [0; 4];
                        stream.read_exact(&mut heard).await.unwrap();
                        assert_eq!(heard, sent);
                    }
                })
            })
            .collect();
        for client in clients {
            client.await.unwrap();
        }
        server.await.unwrap();
    });
}

#[test]
fn a_stream_outlives_its_loop_in_peace() {
    let event_loop = EventLoop::new();
    let stream = event_loop.run_until_complete(async {
        let (stream, peer) = pair_with_std().await.unwrap();
        registered(&stream).await;
        (stream, peer)
    });
    event_loop.close();
    drop(event_loop);
    let (stream, peer) = stream.unwrap();
    assert_eq!(stream.peer_addr().unwrap(), peer.local_addr().unwrap());
}
