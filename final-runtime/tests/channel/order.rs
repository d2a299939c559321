//! In which order messages arrive and room is given, who is woken for it, and what a wait loses that is dropped or asked
//! to end.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use final_runtime::channel::{self, TryRecvError, TrySendError};
use final_runtime::{catch_cancel, run, spawn, timeout, yield_now};
use futures_util::{StreamExt, join, select_biased};

use crate::{Counts, poll};

#[test]
fn what_each_thread_sends_arrives_once_and_in_order() {
    const EACH: usize = 2000;
    let (tell, mut hear) = channel::bounded(3);
    let senders: Vec<_> = (0..4)
        .map(|who| {
            let tell = tell.clone();
            thread::spawn(move || (0..EACH).for_each(|n| tell.blocking_send((who, n)).unwrap()))
        })
        .collect();
    drop(tell);
    run(async move {
        let mut next = [0; 4];
        while let Some((who, n)) = hear.recv().await {
            assert_eq!(next[who], n);
            next[who] += 1;
        }
        assert_eq!(next, [EACH; 4]);
    });
    senders.into_iter().for_each(|it| it.join().unwrap());
}

#[test]
fn a_wait_for_a_message_that_is_dropped_again_and_again_loses_none() {
    let (tell, mut hear) = channel::unbounded();
    let sender = thread::spawn(move || {
        for n in 0..300 {
            tell.try_send(n).unwrap();
            if n % 7 == 0 {
                thread::sleep(Duration::from_micros(200));
            }
        }
    });
    let heard = run(async move {
        let mut heard = Vec::new();
        loop {
            match timeout(Duration::from_micros(50), hear.recv()).await {
                Ok(Some(n)) => heard.push(n),
                Ok(None) => return heard,
                Err(_) => {}
            }
        }
    });
    assert_eq!(heard, (0..300).collect::<Vec<_>>());
    sender.join().unwrap();
}

#[test]
fn a_message_whose_send_is_dropped_is_not_sent_and_its_room_is_the_next_ones() {
    let (tell, mut hear) = channel::bounded(1);
    let (_, waker) = Counts::new();
    tell.try_send(0).unwrap();
    let (third_woken, third_waker) = Counts::new();
    let mut third = pin!(tell.send(3));
    {
        // One in the line, and one that was called from there.
        let mut first = pin!(tell.send(1));
        let mut second = Box::pin(tell.send(2));
        assert!(poll(first.as_mut(), &waker).is_pending());
        assert!(poll(second.as_mut(), &waker).is_pending());
        assert!(poll(third.as_mut(), &third_waker).is_pending());
        drop(second);
        assert_eq!(hear.try_recv(), Ok(0));
        assert_eq!(third_woken.woken(), 0);
    }
    assert_eq!(third_woken.woken(), 1);
    assert!(poll(third, &waker).is_ready());
    assert_eq!(hear.try_recv(), Ok(3));
    assert_eq!(hear.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn room_is_given_in_order_and_nobody_takes_it_from_who_was_called() {
    let (tell, mut hear) = channel::bounded(2);
    let (woken, waker) = Counts::new();
    tell.try_send(0).unwrap();
    tell.try_send(1).unwrap();
    let (mut first, mut second) = (pin!(tell.send(2)), pin!(tell.send(3)));
    assert!(poll(first.as_mut(), &waker).is_pending());
    assert!(poll(second.as_mut(), &waker).is_pending());
    assert_eq!(hear.try_recv(), Ok(0));
    assert_eq!(woken.woken(), 1, "one place, one call");
    assert_eq!(tell.try_send(9), Err(TrySendError::Full(9)));
    assert!(poll(second.as_mut(), &waker).is_pending());
    assert!(poll(first, &waker).is_ready());
    assert_eq!((hear.try_recv(), hear.try_recv()), (Ok(1), Ok(2)));
    assert!(poll(second, &waker).is_ready());
    tell.try_send(4).unwrap();
    assert_eq!((hear.try_recv(), hear.try_recv()), (Ok(3), Ok(4)));
}

#[test]
fn the_receiver_is_woken_if_it_waits_and_once() {
    let (tell, mut hear) = channel::unbounded();
    let (woken, waker) = Counts::new();
    tell.try_send(0).unwrap();
    assert!(poll(pin!(hear.recv()), &waker).is_ready());
    assert!(poll(pin!(hear.recv()), &waker).is_pending());
    for n in 1..5 {
        tell.try_send(n).unwrap();
    }
    assert_eq!(woken.woken(), 1);
}

#[test]
fn a_request_ends_either_wait_at_once_and_the_message_stays() {
    run(async {
        let (tell, hear) = channel::bounded::<u8>(1);
        let hear = Rc::new(RefCell::new(Some(hear)));
        let slot = hear.clone();
        let receives = spawn(async move {
            let mut hear = slot.take().unwrap();
            let ended = catch_cancel(hear.recv()).await;
            slot.replace(Some(hear));
            ended.is_err()
        });
        yield_now().await;
        receives.cancel();
        tell.try_send(1).unwrap();
        assert!(receives.await.unwrap());

        let full = tell.clone();
        let sends = spawn(async move { catch_cancel(full.send(2)).await.is_err() });
        yield_now().await;
        sends.cancel();
        let mut hear = hear.take().unwrap();
        assert_eq!(hear.recv().await, Some(1));
        assert!(sends.await.unwrap());
        assert_eq!(hear.try_recv(), Err(TryRecvError::Empty));
    });
}

#[test]
fn a_channel_is_a_stream_also_in_a_select() {
    let (tell, hear) = channel::unbounded();
    let other = thread::spawn(move || (0..100).for_each(|n| tell.try_send(n).unwrap()));
    let heard = run(async move {
        let mut hear = hear.fuse();
        let mut heard = Vec::new();
        loop {
            select_biased! {
                n = hear.next() => match n {
                    Some(n) => heard.push(n),
                    None => return heard,
                },
                () = futures_util::FutureExt::fuse(yield_now()) => {}
            }
        }
    });
    assert_eq!(heard, (0..100).collect::<Vec<_>>());
    other.join().unwrap();
}

#[test]
fn both_sides_in_one_task() {
    let (tell, mut hear) = channel::bounded(1);
    let heard = run(async move {
        let sends = async move {
            for n in 0..10 {
                tell.send(n).await.unwrap();
            }
        };
        let receives = async {
            let mut heard = Vec::new();
            while let Some(n) = hear.recv().await {
                heard.push(n);
            }
            heard
        };
        join!(sends, receives).1
    });
    assert_eq!(heard, (0..10).collect::<Vec<_>>());
}
