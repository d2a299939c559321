//! What a task waits for at a socket: it is told, a request ends it, and dropping it leaves nothing behind.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use final_runtime::net::{TcpListener, TcpStream};
use final_runtime::{
    JoinError, Task, catch_cancel, run, running_loop, sleep, spawn, timeout, yield_now,
};
use futures_util::{AsyncReadExt, AsyncWriteExt, StreamExt, join, poll};

mod common;

use common::sockets::{fill, pair};

/// What the tasks beside the main one wait for.
fn reasons() -> Vec<String> {
    let text = running_loop().task_tree().to_string();
    let waits = text
        .lines()
        .filter_map(|line| line.split_once(" waits for "));
    let reasons = waits.filter_map(|(_task, rest)| rest.rsplit_once(" ["));
    let each = reasons.flat_map(|(reasons, _function)| reasons.split(" and "));
    let known = each.filter(|reason| *reason != "something outside the runtime");
    known.map(str::to_owned).collect()
}

/// An address that answers nothing: its backlog is full.
async fn silent_address() -> (TcpListener, SocketAddr, Vec<TcpStream>) {
    let listener = common::sockets::listener_with_backlog_of_one();
    let address = listener.local_addr().unwrap();
    let mut crowd = Vec::new();
    loop {
        let mut connect = TcpStream::connect(address);
        let answered = timeout(Duration::from_millis(50), &mut connect);
        match answered.await {
            Ok(stream) => crowd.push(stream.unwrap()),
            Err(_) => return (listener, address, crowd),
        }
    }
}

/// A task that has come to its wait.
async fn started<F: Future + 'static>(future: F) -> Task<F::Output> {
    let task = spawn(future);
    yield_now().await;
    task
}

async fn is_cancelled<T: 'static>(task: Task<T>) -> bool {
    task.cancel();
    matches!(task.await, Err(JoinError::Cancelled(_)))
}

#[test]
fn an_accept_says_so_and_ends_on_a_request() {
    run(async {
        let listener = Rc::new(TcpListener::bind("127.0.0.1:0").unwrap());
        let address = listener.local_addr().unwrap();
        let task = started({
            let listener = listener.clone();
            async move { listener.accept().await.map(drop) }
        });
        let task = task.await;
        assert_eq!(reasons(), [format!("a connection on {address}")]);
        assert!(is_cancelled(task).await);
        assert!(reasons().is_empty());
        // The listener is as it was.
        let client = TcpStream::connect(address).await.unwrap();
        let (_, peer) = listener.accept().await.unwrap();
        assert_eq!(peer, client.local_addr().unwrap());
    });
}

#[test]
fn a_connect_says_so_and_ends_on_a_request() {
    run(async {
        let (_listener, address, _crowd) = silent_address().await;
        let task = started(async move { TcpStream::connect(address).await.map(drop) }).await;
        assert_eq!(reasons(), [format!("a connection to {address}")]);
        assert!(is_cancelled(task).await);
    });
}

#[test]
fn a_read_says_so_ends_on_a_request_and_takes_no_byte_with_it() {
    run(async {
        let (client, server) = pair().await.unwrap();
        let (client, peer) = (Rc::new(client), server.local_addr().unwrap());
        let task = started({
            let client = client.clone();
            async move { client.read(&mut [0; 8]).await.map(drop) }
        });
        let task = task.await;
        assert_eq!(reasons(), [format!("data from {peer}")]);
        server.write(b"kept").await.unwrap();
        assert!(is_cancelled(task).await);
        let mut buffer = [0; 8];
        assert_eq!(client.read(&mut buffer).await.unwrap(), 4);
        assert_eq!(&buffer[..4], b"kept");
    });
}

#[test]
fn a_write_says_so_and_ends_on_a_request() {
    run(async {
        let (client, server) = pair().await.unwrap();
        let (client, peer) = (Rc::new(client), server.local_addr().unwrap());
        fill(&client).await;
        let task = started({
            let client = client.clone();
            async move { client.write(b"more").await.map(drop) }
        });
        let task = task.await;
        assert_eq!(reasons(), [format!("room to write to {peer}")]);
        assert!(is_cancelled(task).await);
    });
}

#[test]
fn a_request_is_caught_where_the_socket_waits() {
    run(async {
        let (client, server) = pair().await.unwrap();
        let task = started(async move {
            let caught = catch_cancel(client.read(&mut [0; 8])).await.is_err();
            // Clean-up may wait, at the very same socket.
            let mut buffer = [0; 8];
            (caught, client.read(&mut buffer).await.unwrap())
        });
        let task = task.await;
        task.cancel();
        yield_now().await;
        server.write(b"bye").await.unwrap();
        assert_eq!(task.await.unwrap(), (true, 3));
    });
}

/// Beside a task, in one `join!`: the task is asked, and the wait at the socket is over.
async fn beside_a_task<F: Future + 'static>(wait: F) {
    let asked = Rc::new(std::cell::Cell::new(false));
    let inner = spawn({
        let asked = asked.clone();
        async move {
            let caught = catch_cancel(std::future::pending::<()>()).await;
            asked.set(caught.is_err());
        }
    });
    let outer = started(async move { join!(inner, wait) }).await;
    yield_now().await;
    assert!(is_cancelled(outer).await);
    yield_now().await;
    assert!(asked.get());
}

#[test]
fn beside_a_task_in_one_join_the_task_is_asked_and_the_wait_ends() {
    run(async {
        let (client, server) = pair().await.unwrap();
        fill(&client).await;
        let (client, listener) = (Rc::new(client), TcpListener::bind("127.0.0.1:0").unwrap());
        let reading = client.clone();
        beside_a_task(async move { reading.read(&mut [0; 8]).await.map(drop) }).await;
        beside_a_task(async move { client.write(b"more").await.map(drop) }).await;
        beside_a_task(async move { listener.accept().await.map(drop) }).await;
        let (_listener, address, _crowd) = silent_address().await;
        beside_a_task(async move { TcpStream::connect(address).await.map(drop) }).await;
        drop(server);
    });
}

#[test]
fn a_read_through_the_traits_is_not_told_and_beside_a_task_it_is_not_asked() {
    run(async {
        let (mut client, server) = pair().await.unwrap();
        let inner = spawn(async { catch_cancel(std::future::pending::<()>()).await.is_err() });
        let task = started(async move {
            let mut heard = Vec::new();
            let (inner, read) = join!(inner, client.read_to_end(&mut heard));
            (inner.unwrap(), read.unwrap())
        });
        let task = task.await;
        yield_now().await;
        assert_eq!(
            reasons(),
            ["`Task-2`"].map(String::from),
            "the task alone is told"
        );
        task.cancel();
        yield_now().await;
        drop(server);
        assert_eq!(task.await.unwrap(), (true, 0));
    });
}

#[test]
fn a_read_through_the_traits_alone_is_told_and_ends_on_a_request() {
    run(async {
        let (mut client, server) = pair().await.unwrap();
        let task = started(async move { client.read_to_end(&mut Vec::new()).await }).await;
        let from = server.local_addr().unwrap();
        assert_eq!(
            reasons(),
            [format!("perhaps data from {from}")],
            "as the poller knows it"
        );
        assert!(is_cancelled(task).await);
    });
}

#[test]
fn a_stream_of_connections_that_nobody_awaits_is_not_told() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let task = started(async move {
            let mut incoming = listener.incoming();
            assert!(poll!(incoming.next()).is_pending());
            sleep(std::time::Duration::from_secs(60)).await;
        });
        let task = task.await;
        let reasons = reasons();
        assert!(
            reasons.len() == 1 && reasons[0].starts_with("a deadline in "),
            "{reasons:?}"
        );
        assert!(is_cancelled(task).await);
    });
}

#[test]
fn a_wait_that_is_dropped_wakes_nobody_later() {
    run(async {
        let (client, server) = pair().await.unwrap();
        let steps = Rc::new(std::cell::Cell::new(0));
        let counted = steps.clone();
        let task = started(async move {
            {
                let mut buffer = [0; 8];
                assert!(poll!(client.read(&mut buffer)).is_pending());
            }
            let mut end = std::pin::pin!(sleep(std::time::Duration::from_millis(50)));
            poll_fn(|cx| {
                counted.set(counted.get() + 1);
                end.as_mut().poll(cx)
            })
            .await;
            drop(client);
        });
        let task = task.await;
        server.write(b"nobody reads this").await.unwrap();
        task.await.unwrap();
        assert_eq!(steps.get(), 2, "once to wait, once because time is up");
    });
}

#[test]
fn of_two_waits_with_one_waker_the_other_goes_on_when_one_is_dropped() {
    run(async {
        let (client, server) = pair().await.unwrap();
        let task = started(async move {
            let (mut one, mut other) = ([0; 8], [0; 8]);
            let mut stays = client.read(&mut one);
            let mut goes = Some(client.read(&mut other));
            // In one step both wait and one is dropped; the next step is the event's doing.
            poll_fn(move |cx| {
                let result = Pin::new(&mut stays).poll(cx);
                if let Some(mut goes) = goes.take() {
                    assert!(Pin::new(&mut goes).poll(cx).is_pending());
                }
                result
            })
            .await
        });
        let task = task.await;
        server.write(b"one").await.unwrap();
        assert_eq!(task.await.unwrap().unwrap(), 3);
    });
}

#[test]
fn nobody_is_lost_when_the_first_of_three_waits_is_dropped() -> io::Result<()> {
    run(async {
        let (client, server) = pair().await?;
        let client = Rc::new(client);
        let mut tasks = Vec::new();
        for _ in 0..3 {
            let client = client.clone();
            tasks.push(started(async move { client.read(&mut [0; 1]).await }).await);
        }
        tasks.remove(0).cancel();
        yield_now().await;
        for task in tasks {
            server.write(b"x").await?;
            assert_eq!(task.await.unwrap()?, 1);
        }
        Ok(())
    })
}

/// The report of the sockets stands in its turn behind what was ready before, as the callbacks of asyncio's selector do: what
/// that has made ready comes first in the next.
#[test]
fn among_others_a_task_at_a_socket_goes_on_behind_what_was_ready_before() {
    let log = run(async {
        let (stream, mut peer) = pair().await.unwrap();
        let log = Rc::new(RefCell::new(Vec::new()));
        let reader = spawn({
            let log = log.clone();
            async move {
                let read = stream.read(&mut [0; 8]).await.unwrap();
                log.borrow_mut().push(("read", running_loop().turn()));
                read
            }
        });
        yield_now().await;
        peer.write_all(b"bytes").await.unwrap();
        while !reader.is_done() {
            yield_now().await;
            log.borrow_mut().push(("step", running_loop().turn()));
        }
        reader.await.unwrap();
        log.take()
    });
    let read = log.iter().position(|(who, _)| *who == "read").unwrap();
    assert!(
        read > 2,
        "the loop looks at its sockets now and then: {log:?}"
    );
    let (step, turn) = log[read - 1];
    assert_eq!((step, turn), ("step", log[read].1), "in the same turn");
}

/// A loop that was held up finds both at one look: asyncio's timeout asks in that turn, before the task sees its bytes.
#[test]
fn of_bytes_and_a_deadline_at_one_instant_the_deadline_wins_and_the_bytes_stay() {
    run(async {
        let (stream, mut peer) = pair().await.unwrap();
        let reader = spawn(async move {
            let mut bytes = [0; 8];
            let read = timeout(Duration::from_millis(20), stream.read(&mut bytes)).await;
            assert!(read.is_err(), "the deadline has passed: {read:?}");
            let read = stream.read(&mut bytes).await.unwrap();
            assert_eq!(&bytes[..read], b"bytes");
        });
        yield_now().await;
        peer.write_all(b"bytes").await.unwrap();
        std::thread::sleep(Duration::from_millis(40));
        reader.await.unwrap();
    });
}
