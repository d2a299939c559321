//! Channels between threads: room, ends, what a drop loses, who is woken; polled by hand. In tasks and on loops:
//! `channel_tasks`.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use final_runtime::channel::{self, TryRecvError, TrySendError};

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
