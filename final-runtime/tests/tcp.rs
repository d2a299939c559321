//! TCP: every byte arrives, in both directions, whatever the pieces and whoever goes away.

use std::io::{self, IoSlice};
use std::net::{Shutdown, SocketAddr};

use final_runtime::net::{TcpListener, TcpStream};
use final_runtime::{EventLoop, run, spawn, yield_now};
use futures_util::future::try_join;
use futures_util::{AsyncReadExt, AsyncWriteExt, StreamExt};

mod common;

use common::sockets::pair;

async fn echo(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; 1500];
    loop {
        match stream.read(&mut buffer).await? {
            0 => return stream.close().await,
            length => stream.write_all(&buffer[..length]).await?,
        }
    }
}

fn echo_server() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    spawn(async move {
        let mut connections = listener.incoming();
        while let Some(stream) = connections.next().await {
            // A peer that goes away is its own business.
            spawn(echo(stream.unwrap()));
        }
    });
    Ok(address)
}

/// Bytes that tell where they belong.
fn pattern(seed: usize, length: usize) -> Vec<u8> {
    (0..length)
        .map(|n| ((n * 31 + seed * 7 + n / 251) % 256) as u8)
        .collect()
}

#[test]
fn a_hundred_connections_of_odd_sized_pieces_get_every_byte_back() {
    run(async {
        let address = echo_server().unwrap();
        let clients: Vec<_> = (0..100)
            .map(|seed| {
                spawn(async move {
                    let stream = TcpStream::connect(address).await?;
                    let sent = pattern(seed, 100_003);
                    let mut heard = Vec::new();
                    let write = async {
                        for piece in sent.chunks(1 + seed * 37) {
                            (&stream).write_all(piece).await?;
                        }
                        (&stream).close().await
                    };
                    let read = async { (&stream).read_to_end(&mut heard).await };
                    try_join(write, read).await?;
                    Ok::<_, io::Error>(heard == sent)
                })
            })
            .collect();
        for client in clients {
            assert!(client.await.unwrap().unwrap());
        }
    });
}

#[test]
fn close_ends_one_direction_and_leaves_the_other_open() {
    run(async {
        let (mut client, mut server) = pair().await.unwrap();
        client.close().await.unwrap();
        let mut heard = Vec::new();
        server.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, b"");
        server.write_all(b"still here").await.unwrap();
        server.close().await.unwrap();
        client.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, b"still here");
    });
}

#[test]
fn a_task_that_waits_to_read_wakes_when_its_stream_is_shut_down() {
    run(async {
        let (client, _server) = pair().await.unwrap();
        let client = std::rc::Rc::new(client);
        let reading = client.clone();
        let reader = spawn(async move { reading.read(&mut [0; 8]).await });
        yield_now().await;
        client.shutdown(Shutdown::Both).unwrap();
        assert_eq!(reader.await.unwrap().unwrap(), 0);
    });
}

#[test]
fn a_peer_that_resets_the_connection_is_an_error_for_the_reader() {
    run(async {
        let (client, mut server) = pair().await.unwrap();
        // To drop a socket that has unread data resets the connection.
        server.write_all(b"unread").await.unwrap();
        let (first, _) = futures_util::join!(async { client.read(&mut [0; 1]).await }, async {
            server.write_all(b"more").await
        });
        assert_eq!(first.unwrap(), 1);
        drop(client);
        let error = server.read(&mut [0; 8]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    });
}

#[test]
fn a_refused_connection_is_an_error() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let error = TcpStream::connect(address).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    });
}

#[test]
fn a_vectored_write_is_one_write() {
    run(async {
        let (mut client, mut server) = pair().await.unwrap();
        let pieces = [IoSlice::new(b"one "), IoSlice::new(b"write")];
        assert_eq!(client.write_vectored(&pieces).await.unwrap(), 9);
        let (mut left, mut right) = ([0; 4], [0; 8]);
        let mut buffers = [
            io::IoSliceMut::new(&mut left),
            io::IoSliceMut::new(&mut right),
        ];
        assert_eq!(server.read_vectored(&mut buffers).await.unwrap(), 9);
        assert_eq!((&left, &right[..5]), (b"one ", &b"write"[..]));
    });
}

#[test]
fn an_accept_that_is_dropped_loses_no_connection() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut waiting = Box::pin(listener.accept());
        assert!(futures_util::poll!(waiting.as_mut()).is_pending());
        drop(waiting);
        let client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let (_, peer) = listener.accept().await.unwrap();
        assert_eq!(peer, client.local_addr().unwrap());
    });
}

#[test]
fn a_thousand_sockets_one_after_another_leave_nothing_registered() {
    run(async {
        let address = echo_server().unwrap();
        for round in 0..1000_u32 {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(&round.to_le_bytes()).await.unwrap();
            let mut back = [0; 4];
            stream.read_exact(&mut back).await.unwrap();
            assert_eq!(u32::from_le_bytes(back), round);
        }
    });
}

#[test]
fn a_virtual_clock_has_no_sockets_and_says_so() {
    let event_loop = EventLoop::with_virtual_clock();
    let error = event_loop.run_until_complete(async { TcpListener::bind("127.0.0.1:0") });
    assert_eq!(
        error.unwrap().unwrap_err().kind(),
        io::ErrorKind::Unsupported
    );
}
