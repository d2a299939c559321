//! The models: threads that send, and one that receives. Each waits as a blocked thread does: asleep until its waker is
//! called.

use std::sync::Arc as StdArc;
use std::task::{Context, Poll, Wake, Waker};

use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

use super::error::{TryRecvError, TrySendError};
use super::shared::Shared;
use crate::check;

/// What sleeps, and how often it was woken.
#[derive(Default)]
struct Sleeper {
    woken: Mutex<u32>,
    rung: Condvar,
}

impl Wake for Sleeper {
    fn wake(self: StdArc<Self>) {
        *self.woken.lock().unwrap() += 1;
        self.rung.notify_one();
    }
}

/// Polls until it is done, and sleeps between two polls.
fn until_done<T>(mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> T {
    let sleeper = StdArc::new(Sleeper::default());
    let waker = Waker::from(sleeper.clone());
    let mut seen = 0;
    loop {
        if let Poll::Ready(done) = poll(&mut Context::from_waker(&waker)) {
            return done;
        }
        let mut woken = sleeper.woken.lock().unwrap();
        while *woken == seen {
            woken = sleeper.rung.wait(woken).unwrap();
        }
        seen = *woken;
    }
}

fn send<T>(shared: &Shared<T>, message: T) -> Result<(), T> {
    let (mut message, mut number) = (Some(message), None);
    let sent = until_done(|cx| shared.poll_send(&mut message, &mut number, cx));
    sent.map_err(super::error::SendError::into_inner)
}

fn recv<T>(shared: &Shared<T>) -> Option<T> {
    until_done(|cx| shared.poll_recv(cx))
}

/// Begins to send, and gives up after so many polls. Whether it was sent.
fn send_half<T>(shared: &Shared<T>, message: T, polls: u32) -> bool {
    let (mut message, mut number) = (Some(message), None);
    let waker = Waker::from(StdArc::new(Sleeper::default()));
    for _ in 0..polls {
        let polled = shared.poll_send(&mut message, &mut number, &mut Context::from_waker(&waker));
        if polled.is_ready() {
            return true;
        }
        thread::yield_now();
    }
    if let Some(number) = number {
        shared.give_up(number);
    }
    false
}

#[test]
fn a_message_ends_the_wait_that_it_finds_or_prevents_it() {
    check(|| {
        let shared = Arc::new(Shared::new(usize::MAX));
        let sender = shared.clone();
        let thread = thread::spawn(move || {
            sender.try_send(1).unwrap();
            sender.try_send(2).unwrap();
            sender.remove_sender();
        });
        assert_eq!(recv(&shared), Some(1));
        assert_eq!(recv(&shared), Some(2));
        assert_eq!(recv(&shared), None);
        thread.join().unwrap();
        shared.remove_receiver();
    });
}

#[test]
fn the_end_of_the_last_sender_ends_the_wait() {
    check(|| {
        let shared = Arc::new(Shared::<u8>::new(1));
        shared.add_sender();
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let sender = shared.clone();
                thread::spawn(move || sender.remove_sender())
            })
            .collect();
        assert_eq!(recv(&shared), None);
        threads.into_iter().for_each(|it| it.join().unwrap());
    });
}

#[test]
fn room_ends_the_waits_of_senders_one_by_one() {
    check(|| {
        let shared = Arc::new(Shared::new(1));
        let threads: Vec<_> = [10, 20]
            .into_iter()
            .map(|own| {
                let sender = shared.clone();
                thread::spawn(move || {
                    send(&sender, own).unwrap();
                    send(&sender, own + 1).unwrap();
                })
            })
            .collect();
        let got: Vec<_> = (0..4).map(|_| recv(&shared).unwrap()).collect();
        threads.into_iter().for_each(|it| it.join().unwrap());
        for own in [10, 20] {
            let its: Vec<_> = got.iter().filter(|it| **it / 10 * 10 == own).collect();
            assert_eq!(its, [&own, &(own + 1)]);
        }
    });
}

#[test]
fn room_of_one_that_gives_up_is_the_next_ones() {
    for polls in 1..=2 {
        check(move || {
            let shared = Arc::new(Shared::new(1));
            shared.try_send(0).unwrap();
            let gives_up = shared.clone();
            let half = thread::spawn(move || send_half(&gives_up, 1, polls));
            let sender = shared.clone();
            let whole = thread::spawn(move || send(&sender, 2).unwrap());
            assert_eq!(recv(&shared), Some(0));
            let next = recv(&shared);
            let (sent, got) = match next {
                Some(1) => (true, recv(&shared)),
                other => (false, other),
            };
            assert_eq!(got, Some(2));
            whole.join().unwrap();
            // It may be sent behind the other.
            let late = shared.try_recv() == Ok(1);
            let was_sent = half.join().unwrap();
            let last = shared.try_recv() == Ok(1);
            assert_eq!(sent || late || last, was_sent);
        });
    }
}

#[test]
fn a_receiver_that_goes_tells_who_waits_and_drops_what_is_there() {
    check(|| {
        let shared = Arc::new(Shared::new(1));
        let cup = Arc::new(());
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let (sender, cup) = (shared.clone(), cup.clone());
                thread::spawn(move || send(&sender, cup).is_ok())
            })
            .collect();
        shared.remove_receiver();
        let sent = threads.into_iter().map(|it| it.join().unwrap());
        let sent = sent.filter(|sent| *sent).count();
        assert!(sent <= 1, "there is room for one");
        assert!(shared.is_closed());
        // Loom reports a message that is not dropped.
        match shared.try_send(cup) {
            Err(TrySendError::Closed(_)) => {}
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn a_close_is_the_end_also_for_who_was_called() {
    check(|| {
        let shared = Arc::new(Shared::new(1));
        shared.try_send(1).unwrap();
        let sender = shared.clone();
        let thread = thread::spawn(move || send(&sender, 2).is_ok());
        assert_eq!(shared.try_recv(), Ok(1));
        shared.close();
        let sent = thread.join().unwrap();
        let left = recv(&shared);
        assert_eq!(left, sent.then_some(2));
        assert_eq!(shared.try_recv(), Err(TryRecvError::Closed));
    });
}
