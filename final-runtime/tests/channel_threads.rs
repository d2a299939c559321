//! A channel between threads under stress: random sends, blocked and awaited, and waits that are dropped half-way.
//!
//! A few thousand messages by default; a million: `OPS=1000000 cargo test --release -p final-runtime --test
//! channel_threads`, and `SEED=…` for another run.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::thread;

use final_runtime::channel::{self, Sender, TrySendError};
use final_runtime::{run, yield_now};

mod common;

use common::random::{Random, number};

/// Polls `future` so often, with as many turns of the loop between, and drops it then.
async fn at_most<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    for _ in 0..polls {
        let polled = poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await;
        if let Poll::Ready(output) = polled {
            return Some(output);
        }
        yield_now().await;
    }
    None
}

/// Sends numbers, those that were not sent left out. Which were.
fn by_blocking(who: u64, count: u64, tell: &Sender<(u64, u64)>, mut random: Random) -> Vec<u64> {
    let send = |n| match random.below(3) {
        0 => match tell.try_send((who, n)) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => false,
            Err(TrySendError::Closed(_)) => panic!("the receiver is there"),
        },
        _ => tell.blocking_send((who, n)).is_ok(),
    };
    let mut send = send;
    (0..count).filter(|n| send(*n)).collect()
}

/// The same, on a loop.
fn on_a_loop(who: u64, count: u64, tell: Sender<(u64, u64)>, mut random: Random) -> Vec<u64> {
    run(async move {
        let mut sent = Vec::new();
        for n in 0..count {
            let done = match random.below(3) {
                0 => at_most(1 + random.below(3), tell.send((who, n))).await,
                _ => Some(tell.send((who, n)).await),
            };
            if let Some(done) = done {
                done.unwrap();
                sent.push(n);
            }
        }
        sent
    })
}

fn stress(capacity: Option<usize>) {
    const SENDERS: u64 = 4;
    let (count, seed) = (number("OPS", 4000) / SENDERS, number("SEED", 1));
    let (tell, mut hear) = match capacity {
        Some(capacity) => channel::bounded(capacity),
        None => channel::unbounded(),
    };
    let senders: Vec<_> = (0..SENDERS)
        .map(|who| {
            let (tell, random) = (tell.clone(), Random(seed + who));
            thread::spawn(move || match who % 2 {
                0 => by_blocking(who, count, &tell, random),
                _ => on_a_loop(who, count, tell, random),
            })
        })
        .collect();
    drop(tell);
    let mut random = Random(seed + SENDERS);
    let got = run(async move {
        let mut got = vec![Vec::new(); usize::try_from(SENDERS).unwrap()];
        loop {
            let next = match random.below(3) {
                0 => at_most(1 + random.below(2), hear.recv()).await,
                _ => Some(hear.recv().await),
            };
            match next {
                Some(Some((who, n))) => got[usize::try_from(who).unwrap()].push(n),
                Some(None) => return got,
                None => {}
            }
        }
    });
    for (sender, got) in senders.into_iter().zip(got) {
        assert_eq!(sender.join().unwrap(), got);
    }
}

#[test]
fn what_was_sent_is_received_once_and_in_order() {
    stress(Some(2));
}

#[test]
fn also_where_there_is_always_room() {
    stress(None);
}
