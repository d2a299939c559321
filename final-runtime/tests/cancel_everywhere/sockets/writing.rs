//! Writing, in every way: what somebody has taken is what was said to be written, in order.

use std::cell::{Cell, RefCell};
use std::io::{ErrorKind, Read as _, Write as _};
use std::rc::Rc;
use std::time::Duration;

use final_runtime::net::TcpStream;
use final_runtime::{catch_cancel, timeout, yield_now};
use futures_util::{AsyncReadExt, AsyncWriteExt, FutureExt, join, poll, select};

use super::reading::{Got, WORDS, read_all};
use super::{Leaves, Scene, Stage, scenes};
use crate::common::sockets::{fill, pair_with_std, small_buffers};

/// Two halves, each with somebody who keeps it, in one task. The connection goes with them, and the peer sees its end.
async fn two_halves(stage: Rc<Stage>) -> Scene {
    let (stream, peer) = pair_with_std().await.unwrap();
    let (got, written) = (Got::default(), Written::default());
    let (read, wrote) = (got.clone(), written.clone());
    let work = Box::pin(async move {
        let (mut reader, mut writer) = stream.into_split();
        let reading = read_all(read, async |buffer| {
            AsyncReadExt::read(&mut reader, buffer).await.unwrap()
        });
        let writing = async {
            for _ in 0..3 {
                writer.write_all(b"ping").await.unwrap();
                wrote.set(wrote.get() + 4);
                yield_now().await;
            }
        };
        join!(reading, writing);
    });
    let (heard, mut speaker) = (got.clone(), peer.try_clone().unwrap());
    let acts = Box::pin(async move {
        for word in WORDS {
            // The victim may be gone, and the connection with it.
            stage.act(|| drop(speaker.write_all(word.as_bytes()))).await;
        }
    });
    let check = Box::pin(async move {
        let got = String::from_utf8(heard.take()).unwrap();
        assert!(WORDS.concat().starts_with(&got));
        let mut echoed = Vec::new();
        // What was sent to a connection that is gone resets it, and what it had sent before may go with that.
        match (&peer).read_to_end(&mut echoed) {
            Ok(_) => assert_eq!(echoed.len(), written.get()),
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
    });
    Scene {
        work,
        peer: acts,
        check,
    }
}

/// How much `work` has written.
type Written = Rc<Cell<usize>>;

/// What is written: bytes that tell their places.
fn pattern(from: usize) -> Vec<u8> {
    (from..from + (1 << 16))
        .map(|place| (place % 251) as u8)
        .collect()
}

/// A connection that takes some kilobytes and no more. Somebody takes all that is there at a time; in the end they have
/// what `work` says it has written, once and in order.
async fn writing<F>(
    stage: Rc<Stage>,
    leaves: Leaves,
    work: impl FnOnce(Rc<TcpStream>, Written) -> F,
) -> Scene
where
    F: std::future::Future<Output = ()> + 'static,
{
    let (stream, peer) = pair_with_std().await.unwrap();
    small_buffers(&stream);
    small_buffers(&peer);
    peer.set_nonblocking(true).unwrap();
    let (stream, written) = (Rc::new(stream), Written::default());
    stream.set_nodelay(true).unwrap();
    let before = fill(&stream).await;
    let work = Box::pin(work(stream.clone(), written.clone()));
    let taken = Got::default();
    let take = {
        let (mut peer, taken) = (peer.try_clone().unwrap(), taken.clone());
        // Whether the other side has ended.
        move || match peer.read_to_end(&mut taken.borrow_mut()) {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                false
            }
        }
    };
    let playing = stage.clone();
    let take = Rc::new(RefCell::new(take));
    let taker = take.clone();
    let acts = Box::pin(async move {
        while !playing.over.get() {
            playing.act(|| _ = (taker.borrow_mut())()).await;
        }
    });
    let check = Box::pin(async move {
        let after = match leaves {
            Leaves::AWaker => 0,
            Leaves::Nothing => {
                let filled = fill(&stream).await;
                let mut write = stream.write(b"\x07");
                while poll!(&mut write).is_pending() {
                    (take.borrow_mut())();
                    stage.events().await;
                }
                filled + 1
            }
        };
        drop(stream);
        while !(take.borrow_mut())() {
            stage.events().await;
        }
        let taken = taken.borrow();
        let all = before + written.get() + after;
        assert_eq!(taken.len(), all);
        let around = taken[..before].iter().chain(&taken[all - after..]);
        assert!({ around }.all(|&byte| byte == 7));
        let of_work = taken[before..all - after].iter().enumerate();
        assert!({ of_work }.all(|(place, &byte)| usize::from(byte) == place % 251));
    });
    Scene {
        work,
        peer: acts,
        check,
    }
}

/// Writes three times, by `write`.
async fn write_thrice(written: Written, mut write: impl AsyncFnMut(&[u8]) -> usize) {
    for _ in 0..3 {
        let length = write(&pattern(written.get())).await;
        written.set(written.get() + length);
    }
}

scenes! {
    two_halves_in_one_task: two_halves;
    a_write: |stage| writing(stage, Leaves::Nothing, |stream, written| async move {
        write_thrice(written, async |bytes| stream.write(bytes).await.unwrap()).await;
    });
    a_write_in_a_scope_with_another_behind_it: |stage| writing(stage, Leaves::Nothing, |stream, written| async move {
        write_thrice(written.clone(), async |bytes| {
            match catch_cancel(stream.write(bytes)).await {
                Ok(length) => length.unwrap(),
                Err(cancelled) => {
                    if let Ok(length) = timeout(Duration::ZERO, stream.write(bytes)).await {
                        written.set(written.get() + length.unwrap());
                    }
                    cancelled.resume().await
                }
            }
        })
        .await;
    });
    a_write_that_is_late: |stage| writing(stage, Leaves::Nothing, |stream, written| async move {
        write_thrice(written, async |bytes| {
            match timeout(Duration::ZERO, stream.write(bytes)).await {
                Ok(length) => length.unwrap(),
                Err(_) => stream.write(bytes).await.unwrap(),
            }
        })
        .await;
    });
    a_write_or_a_read: |stage| writing(stage, Leaves::Nothing, |stream, written| async move {
        write_thrice(written, async |bytes| {
            let mut buffer = [0; 8];
            let (mut write, mut read) = (stream.write(bytes).fuse(), stream.read(&mut buffer).fuse());
            select! { length = write => length.unwrap(), _ = read => unreachable!("nobody speaks") }
        })
        .await;
    });
    a_write_through_the_trait: |stage| writing(stage, Leaves::AWaker, |stream, written| async move {
        write_thrice(written, async |bytes| AsyncWriteExt::write(&mut &*stream, bytes).await.unwrap()).await;
    });
}
