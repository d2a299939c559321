//! Many random operations on everything in `sync`, with requests and drops at random moments, against plain models.
//!
//! A few thousand on each by default; a million: `OPS=1000000 cargo test --release -p final-runtime --test sync_stress`, and
//! `SEED=…` for another run.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use final_runtime::{EventLoop, Future, TaskRef, catch_cancel, sleep, spawn, yield_now};

mod channels;
#[path = "../common/mod.rs"]
mod common;
mod conditions;
mod events;
mod permits;
mod queues;

use common::random::{Random, number};

type Body = Pin<Box<dyn std::future::Future<Output = ()>>>;

impl Random {
    /// One of these: often the first, whose turn is next.
    fn one_of(&mut self, from: &[u64]) -> Option<u64> {
        match self.below(3) {
            _ if from.is_empty() => None,
            0 => Some(from[0]),
            _ => Some(from[self.below(from.len())]),
        }
    }
}

/// The tasks that work on what is under stress, by number.
#[derive(Default)]
struct Crowd {
    next: Cell<u64>,
    members: Rc<RefCell<BTreeMap<u64, Member>>>,
}

struct Member {
    task: TaskRef,
    place: Rc<Place>,
    /// Settled when the member shall let go of what it holds.
    let_go: Future<()>,
}

/// A member's work, outside its task so that it can be dropped at any moment.
#[derive(Default)]
struct Place {
    work: RefCell<Option<Body>>,
    waker: RefCell<Option<Waker>>,
}

/// The end of a member, and of its work.
struct Gone(Rc<RefCell<BTreeMap<u64, Member>>>, u64);

impl Drop for Gone {
    fn drop(&mut self) {
        let member = self.0.borrow_mut().remove(&self.1);
        let work = member.and_then(|member| member.place.work.take());
        drop(work);
    }
}

impl Crowd {
    /// Somebody comes. The work is told its number, and what to wait for before it lets go.
    fn come(&self, work: impl FnOnce(u64, Future<()>) -> Body) -> u64 {
        let who = self.next.replace(self.next.get() + 1);
        let let_go = Future::new();
        let place = Rc::new(Place::default());
        place.work.replace(Some(work(who, let_go.clone())));
        let at_work = place.clone();
        let gone = Gone(self.members.clone(), who);
        let task = spawn(async move {
            let work = poll_fn(|cx| {
                at_work.waker.replace(Some(cx.waker().clone()));
                let Some(mut work) = at_work.work.take() else {
                    return Poll::Ready(());
                };
                let polled = work.as_mut().poll(cx);
                if polled.is_pending() {
                    at_work.work.replace(Some(work));
                }
                polled
            });
            drop(catch_cancel(work).await);
            // Also when not a line of this runs.
            drop(gone);
        });
        let member = Member {
            task: (*task).clone(),
            place,
            let_go,
        };
        self.members.borrow_mut().insert(who, member);
        who
    }

    /// Somebody lets go of what it holds, now or as soon as it has it.
    fn let_go(&self, who: u64) {
        let _ = self.members.borrow()[&who].let_go.set_result(());
    }

    /// Somebody ends, by a request or because its work is dropped.
    fn end(&self, who: u64, by_request: bool) {
        let members = self.members.borrow();
        let Some(member) = members.get(&who) else {
            return;
        };
        let (task, place) = (member.task.clone(), member.place.clone());
        drop(members);
        if by_request {
            task.cancel();
            return;
        }
        let work = place.work.take();
        drop(work);
        if let Some(waker) = place.waker.take() {
            waker.wake();
        }
    }

    fn numbers(&self) -> Vec<u64> {
        self.members.borrow().keys().copied().collect()
    }
}

/// Lets some time pass between two operations: often none, sometimes a turn or two, sometimes until nothing moves any
/// more. Whether it was that.
async fn pause(random: &mut Random) -> bool {
    let turns = match random.below(10) {
        0 => {
            settle().await;
            return true;
        }
        1 | 2 => 1,
        3 => 2,
        _ => 0,
    };
    for _ in 0..turns {
        yield_now().await;
    }
    false
}

/// Until nothing moves any more.
async fn settle() {
    sleep(Duration::from_millis(1)).await;
}

/// Runs `trial` with so many operations, and random numbers.
fn stress<F>(trial: impl FnOnce(usize, Random) -> F)
where
    F: std::future::Future<Output = ()> + 'static,
{
    let operations = usize::try_from(number("OPS", 3000)).unwrap();
    let event_loop = EventLoop::with_virtual_clock();
    event_loop
        .run_until_complete(trial(operations, Random(number("SEED", 1))))
        .unwrap();
}
