//! Channels between threads, in tasks and on loops: order, requests, what a task says of its wait, streams, one message.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::mpsc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use final_runtime::channel::{self, Receiver, SenderDropped, TryRecvError};
use final_runtime::{EventLoop, catch_cancel, run, sleep, spawn, timeout, yield_now};
use futures_util::{StreamExt, join, select_biased};

fn is_send<T: Send>(value: T) -> T {
    value
}

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
fn a_task_of_one_loop_sends_to_another() {
    let (tell, mut hear) = channel::bounded(1);
    let (answer, mut answers) = channel::bounded(1);
    let other = thread::spawn(move || {
        run(async move {
            for n in 0..200 {
                tell.send(n).await.unwrap();
                assert_eq!(answers.recv().await, Some(2 * n));
            }
        });
    });
    run(async move {
        while let Some(n) = hear.recv().await {
            answer.send(2 * n).await.unwrap();
        }
    });
    other.join().unwrap();
}

#[test]
fn to_block_the_thread_of_a_loop_is_refused_and_says_what_to_await() {
    run(async {
        let (tell, mut hear) = channel::bounded::<u8>(1);
        let says =
            |refused: thread::Result<bool>| *refused.unwrap_err().downcast::<String>().unwrap();
        let refused = catch_unwind(AssertUnwindSafe(|| hear.blocking_recv().is_some()));
        assert!(says(refused).contains("await `recv`"));
        let refused = catch_unwind(AssertUnwindSafe(|| tell.blocking_send(1).is_ok()));
        assert!(says(refused).contains("await `send`"));
    });
}

#[test]
fn a_task_says_which_side_of_a_channel_it_waits_at() {
    let event_loop = EventLoop::with_virtual_clock();
    let (tell, mut hear) = channel::bounded(1);
    let (full, _kept) = channel::bounded(1);
    let (answer, answered) = channel::oneshot::<u8>();
    event_loop.spawn(async move { hear.recv().await.is_none_or(|_: u8| false) });
    event_loop.spawn(async move {
        full.send(1).await.unwrap();
        full.send(2).await.unwrap();
    });
    event_loop.spawn(answered);
    let _ = event_loop.run_forever();
    let says: Vec<_> = event_loop
        .waiting()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        says,
        [
            "task `Task-1` waits for a message of a channel",
            "task `Task-2` waits for room in a channel",
            "task `Task-3` waits for a message of a channel",
        ]
    );
    drop((tell, answer));
}

#[test]
fn a_wait_that_is_over_is_told_no_more() {
    let event_loop = EventLoop::with_virtual_clock();
    let (tell, mut hear) = channel::unbounded::<u8>();
    event_loop.spawn(async move {
        {
            let mut first = pin!(hear.recv());
            let mut short = pin!(sleep(Duration::from_millis(1)));
            std::future::poll_fn(|cx| {
                assert!(first.as_mut().poll(cx).is_pending());
                short.as_mut().poll(cx)
            })
            .await;
        }
        std::future::pending::<()>().await;
    });
    let _ = event_loop.run_forever();
    assert_eq!(
        event_loop.waiting()[0].to_string(),
        "task `Task-1` waits for something outside the runtime"
    );
    drop(tell);
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
fn its_futures_may_be_begun_on_one_thread_and_end_on_another() {
    let (tell, mut hear) = channel::unbounded();
    let mut waits = Box::pin(async move { hear.recv().await });
    // A task that looks at it once and lets it go.
    let waits = run(async move {
        std::future::poll_fn(|cx| {
            assert!(waits.as_mut().poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
        Some(waits)
    });
    let waits = is_send(waits.unwrap());
    drop(is_send(tell.send("milk")));
    let other = thread::spawn(move || run(waits));
    tell.try_send("tea").unwrap();
    assert_eq!(other.join().unwrap(), Some("tea"));
}

#[test]
fn a_wait_that_goes_on_elsewhere_is_told_here_until_it_is_over_there() {
    let event_loop = EventLoop::new();
    let (tell, mut hear) = channel::unbounded();
    let (give, given) = mpsc::channel();
    let mut waits = Some(Box::pin(async move { hear.recv().await }));
    event_loop.spawn(std::future::poll_fn(move |cx| {
        if let Some(mut waits) = waits.take() {
            assert!(waits.as_mut().poll(cx).is_pending());
            give.send(waits).unwrap();
        }
        Poll::<()>::Pending
    }));
    let says = || {
        event_loop.run_until_complete(yield_now()).unwrap();
        event_loop.waiting()[0].to_string()
    };
    assert_eq!(says(), "task `Task-1` waits for a message of a channel");
    let other = thread::spawn(move || run(given.recv().unwrap()));
    tell.try_send("tea").unwrap();
    assert_eq!(other.join().unwrap(), Some("tea"));
    assert_eq!(
        says(),
        "task `Task-1` waits for something outside the runtime"
    );
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

#[test]
fn a_oneshot_gives_its_message_or_says_that_there_is_none() {
    let (answer, answered) = channel::oneshot();
    let other = thread::spawn(move || answer.send("tea"));
    assert_eq!(run(answered), Ok("tea"));
    other.join().unwrap().unwrap();

    let (answer, answered) = channel::oneshot::<u8>();
    let other = thread::spawn(move || answered.blocking_recv());
    drop(answer);
    assert!(matches!(other.join().unwrap(), Err(SenderDropped { .. })));

    let (answer, mut answered) = channel::oneshot();
    run(async move {
        let early = timeout(Duration::from_millis(1), &mut answered).await;
        assert!(early.is_err());
        answer.send(1).unwrap();
        assert_eq!(answered.await, Ok(1));
    });
}

#[test]
fn a_receiver_may_go_to_another_thread() {
    let (tell, hear): (_, Receiver<u8>) = channel::bounded(1);
    let sum = thread::spawn(move || {
        let add = |sum, n| async move { sum + u32::from(n) };
        run(hear.fold(0, add))
    });
    (1..=10).for_each(|n| tell.blocking_send(n).unwrap());
    drop(tell);
    assert_eq!(sum.join().unwrap(), 55);
}
