//! A lock is handed to a future that nobody polls, and two tasks wait for ever. With
//! `--task`, that future is a task.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::time::Duration;

use chapter_08::{EventLoop, Promise, sleep};
use futures_util::{FutureExt, select_biased};

const SECOND: Duration = Duration::from_secs(1);

fn main() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let lock = Rc::new(Lock::new(&event_loop));
    let as_task = std::env::args().any(|argument| argument == "--task");

    event_loop.spawn("keeper", work(Rc::clone(&lock), 2));
    let clerk = event_loop.spawn("clerk", clerk(Rc::clone(&lock), as_task));
    let guest = event_loop.spawn("guest", guest(Rc::clone(&lock)));
    let outcome = event_loop.run_forever();
    event_loop.say(format!("{outcome:?}"));
    for task in [clerk, guest] {
        if !task.done() {
            let waits_for = task.waits_for().join(" and ");
            event_loop.say(format!("{} waits for {waits_for}", task.name()));
        }
    }
    event_loop.trace().report();
}

/// Works with the lock for so many seconds.
async fn work(lock: Rc<Lock>, seconds: u32) {
    let guard = lock.lock().await;
    lock.event_loop.say("has the lock");
    sleep(&lock.event_loop, seconds * SECOND).await;
    drop(guard);
}

/// Gives the work a second. If it is not done then, does something smaller first.
async fn clerk(lock: Rc<Lock>, as_task: bool) {
    let event_loop = Rc::clone(&lock.event_loop);
    let work = work(Rc::clone(&lock), 1);
    let work: Pin<Box<dyn Future<Output = ()>>> = if as_task {
        Box::pin(event_loop.spawn("work", work).map(drop))
    } else {
        Box::pin(work)
    };
    let mut work = work.fuse();
    let mut pause = pin!(sleep(&event_loop, SECOND).fuse());
    select_biased! {
        () = work => event_loop.say("done in time"),
        () = pause => {
            event_loop.say("takes too long");
            let _guard = lock.lock().await;
            event_loop.say("did something smaller");
        }
    }
}

/// Has nothing to do with all that, but wants the lock too.
async fn guest(lock: Rc<Lock>) {
    sleep(&lock.event_loop, 4 * SECOND).await;
    work(lock, 1).await;
}

/// A lock that is handed on in the order in which it was asked for. A toy: chapter 9 has
/// one that survives a cancel.
struct Lock {
    event_loop: Rc<EventLoop>,
    taken: Cell<bool>,
    waiters: RefCell<VecDeque<Promise<()>>>,
}

/// The right to what the lock guards. To drop it hands it to the next.
struct Guard<'a>(&'a Lock);

impl Lock {
    fn new(event_loop: &Rc<EventLoop>) -> Self {
        Self {
            event_loop: Rc::clone(event_loop),
            taken: Cell::new(false),
            waiters: RefCell::default(),
        }
    }

    async fn lock(&self) -> Guard<'_> {
        if self.taken.replace(true) {
            let turn = Promise::new(&self.event_loop, "the lock");
            self.waiters.borrow_mut().push_back(turn.clone());
            turn.await.expect("nobody is cancelled here");
        }
        Guard(self)
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        match self.0.waiters.borrow_mut().pop_front() {
            Some(next) => next.set_result(()).expect("it waits still"),
            None => self.0.taken.set(false),
        }
    }
}
