//! The end of either side, and what becomes of the messages.

use std::pin::pin;
use std::sync::{Arc, mpsc};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use final_runtime::channel::{self, SenderDropped, TryRecvError};
use final_runtime::{run, timeout};

use crate::{Counts, poll};

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
