//! A flag, and mio's waker behind it.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};

use mio::{Events, Poll, Token, Waker};

use crate::util::{self, Report, Stopwatch};

/// A flag and an eventfd: the syscall only when the loop may be asleep.
struct Inbox {
    notified: AtomicBool,
    waker: Waker,
}

impl Inbox {
    fn pair() -> (Poll, Arc<Inbox>) {
        let poll = Poll::new().expect("poll");
        let waker = Waker::new(poll.registry(), Token(0)).expect("waker");
        (
            poll,
            Arc::new(Inbox {
                notified: AtomicBool::new(false),
                waker,
            }),
        )
    }

    fn notify(&self) {
        if !self.notified.swap(true, Ordering::AcqRel) {
            self.waker.wake().expect("wake");
        }
    }

    fn wait(&self, poll: &mut Poll, events: &mut Events) {
        poll.poll(events, None)
            .or_else(ignore_interrupt)
            .expect("poll");
        self.notified.store(false, Ordering::Release);
        fence(Ordering::SeqCst);
    }
}

pub fn ignore_interrupt(error: io::Error) -> io::Result<()> {
    if error.kind() == ErrorKind::Interrupted {
        Ok(())
    } else {
        Err(error)
    }
}

pub fn thread_wake(n: u64) -> Report {
    let (mut poll, inbox) = Inbox::pair();
    let count = Arc::new(AtomicU64::new(0));
    let watch = Stopwatch::start();
    let (theirs, their_count) = (inbox.clone(), count.clone());
    let thread = std::thread::spawn(move || {
        util::pin(1);
        let start = util::thread_cpu_ns();
        for _ in 0..n {
            their_count.fetch_add(1, Ordering::Release);
            theirs.notify();
        }
        util::thread_cpu_ns() - start
    });
    let mut events = Events::with_capacity(16);
    let mut polls = 0u64;
    while count.load(Ordering::Acquire) != n {
        inbox.wait(&mut poll, &mut events);
        polls += 1;
    }
    let report = watch.stop(n);
    let sender = thread.join().expect("the other thread ends");
    report
        .with("other_thread_cpu_ns", sender as f64 / n as f64)
        .with("polls", polls as f64)
}
