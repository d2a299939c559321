//! Accepting and connecting: each connection is accepted or in the backlog, once; who gives up leaves none.

use std::cell::RefCell;
use std::net;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use final_runtime::net::{TcpListener, TcpStream};
use final_runtime::timeout;
use futures_util::{FutureExt, StreamExt, poll, select};

use super::{MOMENTS, Scene, Stage, play, scenes};
use crate::ENDS;
use crate::common::sockets::listener_with_backlog_of_one;

/// Three call, one after another. Each is accepted by `work`, or is in the backlog, once.
async fn accepting<F>(
    stage: Rc<Stage>,
    work: impl FnOnce(Rc<TcpListener>, Rc<RefCell<Vec<TcpStream>>>) -> F,
) -> Scene
where
    F: std::future::Future<Output = ()> + 'static,
{
    let listener = Rc::new(TcpListener::bind("127.0.0.1:0").unwrap());
    let address = listener.local_addr().unwrap();
    let accepted: Rc<RefCell<Vec<TcpStream>>> = Rc::default();
    let work = Box::pin(work(listener.clone(), accepted.clone()));
    let clients: Rc<RefCell<Vec<net::TcpStream>>> = Rc::default();
    let calling = clients.clone();
    let acts = Box::pin(async move {
        for _ in 0..3 {
            stage
                .act(|| {
                    calling
                        .borrow_mut()
                        .push(net::TcpStream::connect(address).unwrap())
                })
                .await;
        }
    });
    let check = Box::pin(async move {
        let mut all = accepted.take();
        while let Poll::Ready(next) = poll!(listener.accept()) {
            all.push(next.unwrap().0);
        }
        let mut next = listener.accept();
        assert!(poll!(&mut next).is_pending());
        clients
            .borrow_mut()
            .push(net::TcpStream::connect(address).unwrap());
        all.push(next.await.unwrap().0);
        let mut theirs: Vec<_> = all
            .iter()
            .map(|stream| stream.peer_addr().unwrap())
            .collect();
        let mut ours: Vec<_> = clients
            .borrow()
            .iter()
            .map(|client| client.local_addr().unwrap())
            .collect();
        theirs.sort();
        ours.sort();
        assert_eq!(theirs, ours);
    });
    Scene {
        work,
        peer: acts,
        check,
    }
}

/// How many sockets of this machine call at this port and have no answer, where the system tells.
fn calling(port: u16) -> usize {
    const CALLING: &str = "02";
    let sockets = std::fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let to_port = format!(":{port:04X}");
    let calls = sockets.lines().filter(|line| {
        let mut columns = line.split_whitespace().skip(2);
        columns.next().is_some_and(|to| to.ends_with(&to_port)) && columns.next() == Some(CALLING)
    });
    calls.count()
}

/// A connection to somebody whose backlog is full. Who gives up calls no more, and is not in it.
async fn connecting(stage: Rc<Stage>) -> Scene {
    let listener = listener_with_backlog_of_one();
    let address = listener.local_addr().unwrap();
    let mut crowd = Vec::new();
    loop {
        let mut connect = TcpStream::connect(address);
        match poll!(&mut connect) {
            Poll::Ready(stream) => crowd.push(stream.unwrap()),
            Poll::Pending => break,
        }
    }
    let work = Box::pin(async move {
        let wait = pin!(TcpStream::connect(address));
        // It is not accepted for a second or so, in which it is to be ended.
        drop(wait.await);
    });
    let acts = Box::pin(async move { stage.act(|| ()).await });
    let check = Box::pin(async move {
        for _ in &crowd {
            let (stream, peer) = listener.accept().await.unwrap();
            assert!(
                crowd
                    .iter()
                    .any(|known| known.local_addr().unwrap() == peer)
            );
            drop(stream);
        }
        assert!(
            poll!(listener.accept()).is_pending(),
            "nobody else is there"
        );
        assert_eq!(calling(address.port()), 0, "the socket is closed");
    });
    Scene {
        work,
        peer: acts,
        check,
    }
}

scenes! {
    an_accept: |stage| accepting(stage, |listener, accepted| async move {
        while accepted.borrow().len() < 3 {
            let (stream, _) = listener.accept().await.unwrap();
            accepted.borrow_mut().push(stream);
        }
    });
    an_accept_in_time_and_late: |stage| accepting(stage, |listener, accepted| async move {
        while accepted.borrow().len() < 3 {
            let next = match timeout(Duration::ZERO, listener.accept()).await {
                Ok(next) => next,
                Err(_) => timeout(Duration::MAX, listener.accept()).await.unwrap(),
            };
            accepted.borrow_mut().push(next.unwrap().0);
        }
    });
    two_who_accept_in_turn: |stage| accepting(stage, |listener, accepted| async move {
        while accepted.borrow().len() < 3 {
            let (mut one, mut two) = (listener.accept().fuse(), listener.accept().fuse());
            let next = select! { next = one => next, next = two => next };
            accepted.borrow_mut().push(next.unwrap().0);
        }
    });
    connections_as_a_stream: |stage| accepting(stage, |listener, accepted| async move {
        let mut incoming = listener.incoming();
        while accepted.borrow().len() < 3 {
            let next = incoming.next().await.unwrap();
            accepted.borrow_mut().push(next.unwrap());
        }
    });
}

#[test]
fn a_connect_that_nobody_answers() {
    for end in ENDS {
        for moment in MOMENTS {
            assert!(play(
                "connect",
                |stage| Box::pin(connecting(stage)),
                1,
                moment,
                end
            ));
        }
    }
}
