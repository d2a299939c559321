//! Reading, in every way: what somebody has got and what is still there is what was sent, in order.

use std::cell::RefCell;
use std::io::Write as _;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use final_runtime::net::TcpStream;
use final_runtime::{catch_cancel, sleep, timeout};
use futures_util::{AsyncReadExt, FutureExt, pin_mut, poll, select};

use super::{Leaves, Scene, Stage, scenes};
use crate::common::sockets::pair_with_std;

pub(super) type Got = Rc<RefCell<Vec<u8>>>;

pub(super) const WORDS: [&str; 3] = ["one", "fine", "day"];
const LETTERS: usize = 10;

/// Somebody sends a word at a time. What `work` has got, and what is still there, is all of it.
async fn reading<F>(
    stage: Rc<Stage>,
    leaves: Leaves,
    work: impl FnOnce(Rc<TcpStream>, Got) -> F,
) -> Scene
where
    F: std::future::Future<Output = ()> + 'static,
{
    let (stream, peer) = pair_with_std().await.unwrap();
    let (stream, got) = (Rc::new(stream), Got::default());
    let work = Box::pin(work(stream.clone(), got.clone()));
    let mut speaker = peer.try_clone().unwrap();
    let sent = Got::default();
    let said = sent.clone();
    let acts = Box::pin(async move {
        for word in WORDS {
            let speak = || {
                said.borrow_mut().extend(word.as_bytes());
                speaker.write_all(word.as_bytes()).unwrap();
            };
            stage.act(speak).await;
        }
    });
    let check = Box::pin(async move {
        let mut all = got.take();
        let mut buffer = [0; 64];
        while let Poll::Ready(length) = poll!(stream.read(&mut buffer)) {
            all.extend(&buffer[..length.unwrap()]);
        }
        assert_eq!(String::from_utf8(all), String::from_utf8(sent.take()));
        if leaves == Leaves::Nothing {
            let mut read = stream.read(&mut buffer);
            assert!(poll!(&mut read).is_pending());
            (&peer).write_all(b"!").unwrap();
            assert_eq!(read.await.unwrap(), 1);
        }
    });
    Scene {
        work,
        peer: acts,
        check,
    }
}

/// Reads word for word, by `read`, until all have come.
pub(super) async fn read_all(got: Got, mut read: impl AsyncFnMut(&mut [u8]) -> usize) {
    let mut buffer = [0; 64];
    while got.borrow().len() < LETTERS {
        let length = read(&mut buffer).await;
        got.borrow_mut().extend(&buffer[..length]);
    }
}

scenes! {
    a_read: |stage| reading(stage, Leaves::Nothing, |stream, got| async move {
        read_all(got, async |buffer| stream.read(buffer).await.unwrap()).await;
    });
    a_look_and_a_read: |stage| reading(stage, Leaves::Nothing, |stream, got| async move {
        read_all(got, async |buffer| {
            let seen = stream.peek(buffer).await.unwrap();
            stream.read(&mut buffer[..seen]).await.unwrap()
        })
        .await;
    });
    a_read_in_a_scope_with_another_behind_it: |stage| reading(stage, Leaves::Nothing, |stream, got| async move {
        read_all(got.clone(), async |buffer| {
            match catch_cancel(stream.read(buffer)).await {
                Ok(length) => length.unwrap(),
                Err(cancelled) => {
                    // Clean-up may wait, at the same socket. It ends as the wait did, or with what has come.
                    if let Ok(length) = timeout(Duration::ZERO, stream.read(buffer)).await {
                        got.borrow_mut().extend(&buffer[..length.unwrap()]);
                    }
                    cancelled.resume().await
                }
            }
        })
        .await;
    });
    a_read_in_time: |stage| reading(stage, Leaves::Nothing, |stream, got| async move {
        let hour = Duration::from_secs(3600);
        read_all(got, async |buffer| timeout(hour, stream.read(buffer)).await.unwrap().unwrap()).await;
    });
    a_read_that_is_late: |stage| reading(stage, Leaves::Nothing, |stream, got| async move {
        let mut patience = [Duration::ZERO; 4].into_iter();
        read_all(got, async |buffer| match patience.next() {
            Some(none) => timeout(none, stream.read(buffer)).await.map_or(0, |read| read.unwrap()),
            None => stream.read(buffer).await.unwrap(),
        })
        .await;
    });
    a_read_beside_a_sleep: |stage| reading(stage, Leaves::Nothing, |stream, got| async move {
        read_all(got, async |buffer| {
            let (mut read, mut pause) = (stream.read(buffer).fuse(), sleep(Duration::MAX).fuse());
            select! { read = read => read.unwrap(), () = pause => unreachable!() }
        })
        .await;
    });
    two_who_read_in_turn: |stage| reading(stage, Leaves::Nothing, |stream, got| async move {
        // Both wait for the same bytes; one gets them, and the other, who loses, has read nothing.
        let read = async || {
            let mut buffer = [0; 64];
            let length = stream.read(&mut buffer).await.unwrap();
            buffer[..length].to_vec()
        };
        while got.borrow().len() < LETTERS {
            let (one, two) = (read().fuse(), read().fuse());
            pin_mut!(one, two);
            let word = select! { word = one => word, word = two => word };
            got.borrow_mut().extend(word);
        }
    });
    a_read_through_the_trait: |stage| reading(stage, Leaves::AWaker, |stream, got| async move {
        read_all(got, async |buffer| AsyncReadExt::read(&mut &*stream, buffer).await.unwrap()).await;
    });
    a_read_through_the_trait_in_time: |stage| reading(stage, Leaves::AWaker, |stream, got| async move {
        read_all(got, async |buffer| {
            let read = timeout(Duration::MAX, AsyncReadExt::read(&mut &*stream, buffer)).await;
            read.unwrap().unwrap()
        })
        .await;
    });
}
