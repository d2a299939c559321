//! The models: the loop, which settles, and the thread that has the handle.

use std::sync::Arc as StdArc;
use std::task::{Context, Poll, Wake, Waker};

use loom::model;
use loom::sync::atomic::{AtomicU32, Ordering::Relaxed};
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

use super::outcome::Outcome;

/// What sleeps, and whether it was woken.
#[derive(Default)]
struct Sleeper {
    woken: Mutex<bool>,
    rung: Condvar,
}

impl Wake for Sleeper {
    fn wake(self: StdArc<Self>) {
        *self.woken.lock().unwrap() = true;
        self.rung.notify_one();
    }
}

fn wait<T>(outcome: &Outcome<T>) -> T {
    let sleeper = StdArc::new(Sleeper::default());
    let waker = Waker::from(sleeper.clone());
    loop {
        if let Poll::Ready(done) = outcome.poll(&mut Context::from_waker(&waker)) {
            return done;
        }
        let mut woken = sleeper.woken.lock().unwrap();
        while !*woken {
            woken = sleeper.rung.wait(woken).unwrap();
        }
        *woken = false;
    }
}

/// What the loop does. The outcome, if nobody wants it.
fn settle<T>(outcome: &Outcome<T>, value: T) -> Option<T> {
    let (settled, callbacks) = outcome.settle(value);
    callbacks.into_iter().for_each(|callback| callback());
    settled.err()
}

#[test]
fn who_waits_is_woken_or_finds_it() {
    model(|| {
        let outcome = Arc::new(Outcome::new());
        let own = outcome.clone();
        let event_loop = thread::spawn(move || settle(&own, 7));
        assert_eq!(wait(&outcome), 7);
        assert_eq!(event_loop.join().unwrap(), None);
        assert_eq!(outcome.let_go(), None, "it was taken");
    });
}

#[test]
fn a_callback_is_called_once_whenever_it_comes() {
    model(|| {
        let outcome = Arc::new(Outcome::new());
        let own = outcome.clone();
        let event_loop = thread::spawn(move || settle(&own, 7));
        let called = Arc::new(AtomicU32::new(0));
        let counted = called.clone();
        let callback = Box::new(move || {
            counted.fetch_add(1, Relaxed);
        });
        if let Err(callback) = outcome.add_callback(callback) {
            assert!(!outcome.is_pending());
            callback();
        }
        event_loop.join().unwrap();
        assert_eq!(called.load(Relaxed), 1);
        assert_eq!(outcome.look(|value| *value), Some(7));
    });
}

#[test]
fn an_outcome_that_nobody_wants_comes_out_at_one_end() {
    model(|| {
        let outcome = Arc::new(Outcome::new());
        let own = outcome.clone();
        let event_loop = thread::spawn(move || settle(&own, 7));
        let left = outcome.let_go();
        let back = event_loop.join().unwrap();
        assert_eq!([left, back].into_iter().flatten().count(), 1);
    });
}
