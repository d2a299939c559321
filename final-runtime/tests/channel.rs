//! Channels between threads: order, ends, what a drop and a request lose, who is woken.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use final_runtime::channel::{self, Receiver, SenderDropped, TryRecvError, TrySendError};
use final_runtime::{EventLoop, WaitsFor, catch_cancel, run, sleep, spawn, timeout, yield_now};
use futures_util::{StreamExt, join, select_biased};

/// Counts how often it is woken.
#[derive(Default)]
struct Counts(AtomicUsize);

impl Wake for Counts {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

impl Counts {
    fn new() -> (Arc<Self>, Waker) {
        let counts = Arc::new(Self::default());
        (counts.clone(), counts.into())
    }

    fn woken(&self) -> usize {
        self.0.load(SeqCst)
    }
}

fn poll<F: Future>(future: std::pin::Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

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
fn it_ends_when_the_last_sender_is_gone_and_what_was_sent_is_received() {
    let (tell, mut hear) = channel::unbounded();
    let other = tell.clone();
    let (woken, waker) = Counts::new();
    tell.try_send("tea").unwrap();
    drop(tell);
    assert_eq!(poll(pin!(hear.recv()), &waker), Poll::Ready(Some("tea")));
    assert!(poll(pin!(hear.recv()), &waker).is_pending());
    assert_eq!(woken.woken(), 0);
    drop(other);
    assert_eq!(woken.woken(), 1);
    assert_eq!(poll(pin!(hear.recv()), &waker), Poll::Ready(None));
    assert_eq!(hear.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn the_end_of_the_receiver_is_told_to_all_who_wait_for_room() {
    let (tell, hear) = channel::bounded(1);
    tell.try_send(0).unwrap();
    let blocked = tell.clone();
    let thread = thread::spawn(move || blocked.blocking_send(1).unwrap_err().into_inner());
    let (woken, waker) = Counts::new();
    let mut waits = pin!(tell.send(2));
    assert!(poll(waits.as_mut(), &waker).is_pending());
    drop(hear);
    assert_eq!(woken.woken(), 1);
    let Poll::Ready(Err(refused)) = poll(waits, &waker) else {
        panic!("it still waits")
    };
    assert_eq!((refused.into_inner(), thread.join().unwrap()), (2, 1));
    assert!(tell.is_closed());
}

#[test]
fn a_closed_channel_gives_what_it_has_and_takes_nothing_also_of_who_was_called() {
    let (tell, mut hear) = channel::bounded(1);
    let (_, waker) = Counts::new();
    tell.try_send(0).unwrap();
    let (mut called, mut waits) = (pin!(tell.send(1)), pin!(tell.send(2)));
    assert!(poll(called.as_mut(), &waker).is_pending());
    assert!(poll(waits.as_mut(), &waker).is_pending());
    assert_eq!(hear.try_recv(), Ok(0));
    hear.close();
    assert!(matches!(poll(called, &waker), Poll::Ready(Err(_))));
    assert!(matches!(poll(waits, &waker), Poll::Ready(Err(_))));
    assert_eq!(hear.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn what_nobody_received_is_dropped_with_the_receiver() {
    let cup = Arc::new(());
    let (tell, hear) = channel::unbounded();
    tell.try_send(cup.clone()).unwrap();
    tell.try_send(cup.clone()).unwrap();
    drop(hear);
    assert_eq!(Arc::strong_count(&cup), 1);
    assert!(tell.try_send(cup.clone()).is_err());
    assert_eq!(Arc::strong_count(&cup), 1);
}

#[test]
fn a_message_may_use_the_channel_when_it_is_dropped() {
    struct Last(channel::Sender<Self>, mpsc::Sender<bool>);
    impl Drop for Last {
        fn drop(&mut self) {
            self.1.send(self.0.is_closed()).unwrap();
        }
    }
    let (tell, hear) = channel::unbounded();
    let (say, said) = mpsc::channel();
    tell.try_send(Last(tell.clone(), say)).unwrap();
    drop(hear);
    assert_eq!(said.recv(), Ok(true));
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
    let tree = event_loop.task_tree();
    let waits: Vec<_> = tree.tasks.iter().map(|task| &task.waits_for[..]).collect();
    let (message, room) = ([WaitsFor::ChannelMessage], [WaitsFor::ChannelRoom]);
    assert_eq!(waits, [&message[..], &room, &message]);
    let text = tree.to_string();
    assert!(text.contains("waits for a message of a channel"), "{text}");
    assert!(text.contains("waits for room in a channel"), "{text}");
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
        event_loop.task_tree().tasks[0].waits_for,
        [WaitsFor::Unknown]
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
        event_loop.task_tree().tasks[0].waits_for.clone()
    };
    assert_eq!(says(), [WaitsFor::ChannelMessage]);
    let other = thread::spawn(move || run(given.recv().unwrap()));
    tell.try_send("tea").unwrap();
    assert_eq!(other.join().unwrap(), Some("tea"));
    assert_eq!(says(), [WaitsFor::Unknown]);
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
