//! A request and a drop at every possible step of every primitive: a request is delivered exactly once, nothing is lost or
//! given twice, and nothing stays registered.
//!
//! Each subject is run once for every step of it and every moment around that step. The victim catches the request, or
//! has dropped the subject, and then waits on: so a second delivery would be seen, and a wake of whom it no longer waits
//! for. What is in `sync` has scenes of its own, in `sync_cancel_everywhere`.
//!
//! | file | its subjects |
//! |---|---|
//! | `plain` | each primitive by itself |
//! | `selects` | the same under `select!`, where the loser is dropped |
//! | `sockets` | on the real clock, with a peer that the same loop drives |
//! | `threads` | tasks that another thread has spawned |

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Waker;

use final_runtime::{
    EventLoop, Future, JoinError, LoopHandle, Outcome, State, Task, TaskRef, WaitsFor,
    catch_cancel, current_task, running_loop, sleep, spawn, yield_now,
};

#[path = "../common/mod.rs"]
mod common;
mod plain;
mod selects;
mod sockets;
mod threads;

use common::clock::ms;
use common::steps::{Body, Place, at_step};

/// How the subject ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Request,
    Drop,
}

const ENDS: [End; 2] = [End::Request, End::Drop];

/// When it is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// At the end of the poll, by the victim itself. (A request before the body is polled may find the request of a
    /// timeout on its way; then, as in asyncio, both are delivered: the timeout cannot claim what somebody else asked, too.)
    Inside,
    /// So many turns after the poll.
    Later(u32),
    /// In the turn that has the next event of a socket, ahead of whoever that event wakes.
    WithTheEvent,
}

const MOMENTS: [Moment; 4] = [
    Moment::Inside,
    Moment::Later(0),
    Moment::Later(1),
    Moment::Later(2),
];

/// No subject takes more steps.
const MOST_STEPS: u32 = 30;

/// What a run showed.
#[derive(Default)]
struct Seen {
    /// The step was reached.
    reached: Cell<bool>,
    /// How many requests the victim took.
    taken: Cell<u32>,
    /// How many requests arrived.
    delivered: Cell<u32>,
    /// How often the victim was polled when nothing was there for it.
    idle_polls: Cell<u32>,
}

/// The subject, which may be dropped where it stands, and whom it belongs to.
struct Victim {
    place: Place,
    task: TaskRef,
    waker: Waker,
    seen: Rc<Seen>,
}

impl Victim {
    /// Ends the subject now, from outside of its task.
    fn end(self, end: End) {
        match end {
            End::Request => {
                let taken = u32::from(self.task.cancel());
                self.seen.taken.set(self.seen.taken.get() + taken);
            }
            End::Drop => {
                let dropped = self.place.take();
                drop(dropped);
                self.waker.wake();
            }
        }
    }

    fn end_later(self, end: End, turns: u32) {
        running_loop().call_soon(move || match turns {
            0 => self.end(end),
            turns => self.end_later(end, turns - 1),
        });
    }
}

/// Polls `body`, which ends in or after its `step`th poll. `arm` is given whom the next event is to end.
async fn ended_at(
    body: Body,
    step: u32,
    moment: Moment,
    end: End,
    seen: Rc<Seen>,
    arm: impl FnOnce(Victim),
) {
    at_step(body, step, |place, waker| {
        seen.reached.set(true);
        let victim = Victim {
            place: place.clone(),
            task: current_task().unwrap(),
            waker: waker.clone(),
            seen: seen.clone(),
        };
        match (moment, end) {
            (Moment::Inside, End::Drop) => return ControlFlow::Break(()),
            (Moment::Inside, End::Request) => victim.end(end),
            (Moment::Later(turns), end) => victim.end_later(end, turns),
            (Moment::WithTheEvent, _) => arm(victim),
        }
        ControlFlow::Continue(())
    })
    .await;
}

/// The victim: `work`, then some waits at which a second delivery would show, then `rest`, which nothing else disturbs.
async fn victim(work: impl std::future::Future<Output = ()>, rest: Future<()>, seen: Rc<Seen>) {
    let count = |caught: bool| seen.delivered.set(seen.delivered.get() + u32::from(caught));
    count(catch_cancel(work).await.is_err());
    for _ in 0..5 {
        count(catch_cancel(yield_now()).await.is_err());
    }
    count(catch_cancel(sleep(ms(1))).await.is_err());
    let mut rest = rest.into_future();
    let resting = poll_fn(|cx| {
        seen.idle_polls.set(seen.idle_polls.get() + 1);
        Pin::new(&mut rest).poll(cx)
    });
    count(catch_cancel(resting).await.is_err());
}

/// What panicked beside the victim: what is asserted in callbacks and in tasks that nobody awaits.
fn heed_panics(event_loop: &LoopHandle) -> Rc<RefCell<Vec<String>>> {
    let panics: Rc<RefCell<Vec<String>>> = Rc::default();
    let heard = panics.clone();
    event_loop.set_exception_handler(move |report| {
        if let JoinError::Panicked(panic) = report.error() {
            heard.borrow_mut().push(panic.message().to_owned());
        }
    });
    panics
}

/// Runs the subject once. Whether the step was reached.
fn attempt(name: &str, subject: fn() -> Body, step: u32, moment: Moment, end: End) -> bool {
    let what = format!("{name}: {end:?} at step {step}, {moment:?}");
    let event_loop = EventLoop::with_virtual_clock();
    let start = event_loop.now();
    let panics = heed_panics(&event_loop);
    let (seen, rest) = (Rc::new(Seen::default()), event_loop.create_future());
    let token = Rc::new(());
    let (watched, held, wait) = (seen.clone(), token.clone(), rest.clone());
    let task: Task<()> = event_loop.spawn(async move {
        let _held = held;
        let no_event = |_| unreachable!("there is no socket");
        let work = ended_at(subject(), step, moment, end, watched.clone(), no_event);
        victim(work, wait, watched).await;
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let tree = event_loop.task_tree();
    let [of_victim] = &tree.tasks[..] else {
        panic!("{what}: another task is left: {tree}");
    };
    assert_eq!(
        of_victim.waits_for,
        [WaitsFor::Future],
        "{what}: nothing else is waited for"
    );
    assert_eq!(
        seen.idle_polls.get(),
        1,
        "{what}: nobody wakes who does not wait for it"
    );
    assert!(
        event_loop.now() - start < ms(500),
        "{what}: no timer is left"
    );
    rest.set_result(()).unwrap();
    assert_eq!(event_loop.run_forever(), Outcome::Idle);

    assert_eq!(
        task.state(),
        State::Ok,
        "{what}: the victim caught everything and ended"
    );
    assert_eq!(
        seen.delivered.get(),
        seen.taken.get(),
        "{what}: each request is delivered once"
    );
    assert_eq!(
        task.cancelling(),
        seen.taken.get(),
        "{what}: nobody else's request is left counted"
    );
    assert_eq!(event_loop.all_tasks(), [], "{what}: no task is left");
    assert_eq!(*panics.borrow(), [] as [String; 0], "{what}");
    assert_eq!(
        Rc::strong_count(&token),
        1,
        "{what}: the victim's frame is gone"
    );
    seen.reached.get()
}

fn at_every_step(name: &str, subject: fn() -> Body) {
    for end in ENDS {
        for moment in MOMENTS {
            let steps =
                (1..MOST_STEPS).take_while(|&step| attempt(name, subject, step, moment, end));
            let steps = steps.count() as u32;
            assert!(0 < steps, "{name}: no end was made");
            assert!(steps < MOST_STEPS - 1, "{name}: more steps than are tried");
        }
    }
    // One that never comes: the subject by itself leaves nothing behind either.
    attempt(name, subject, MOST_STEPS, Moment::Inside, End::Request);
}

/// A helper that ends by itself.
fn helper(n: u64) -> Task<u64> {
    spawn(async move {
        sleep(ms(n)).await;
        n
    })
}

macro_rules! subjects {
    ($($name:ident: $body:block)*) => {
        $(#[test]
        fn $name() {
            crate::at_every_step(stringify!($name), || Box::pin(async $body));
        })*
    };
}

use subjects;
