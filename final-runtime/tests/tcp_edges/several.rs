//! Several who wait, and sockets that go.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::io::Write as _;
use std::rc::Rc;

use final_runtime::net::{TcpListener, TcpStream};
use final_runtime::{EventLoop, run, spawn, yield_now};
use futures_util::{AsyncReadExt, AsyncWriteExt};

use crate::common::sockets::{pair, pair_with_std};
use crate::{look_at_the_poller, registered};

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
