//! A request at every possible step of every primitive: it is delivered exactly once, and leaves nothing behind.
//!
//! Each subject is run once for every step of it and every moment around that step. The victim catches the request,
//! and then waits on, so that a second delivery would be seen.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use final_runtime::{
    EventLoop, Future, Outcome, State, Task, TaskRef, Timeout, Until, as_completed, catch_cancel,
    current_task, gather, gather_outcomes, interval, running_loop, scope, shield, sleep, spawn,
    task_group, timeout, try_task_group, wait, wait_for, yield_now,
};
use futures_util::stream::FuturesUnordered;
use futures_util::{StreamExt, join};

type Body = Pin<Box<dyn std::future::Future<Output = ()>>>;

/// When the request is made.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// At the end of the poll, by the victim itself. (Made before the body is polled, it may find the request of a
    /// timeout on its way; then, as in asyncio, both are delivered: the timeout cannot claim what somebody else asked, too.)
    Inside,
    /// So many turns after the poll.
    Later(u32),
}

const MOMENTS: [Moment; 4] = [
    Moment::Inside,
    Moment::Later(0),
    Moment::Later(1),
    Moment::Later(2),
];

/// No subject takes more steps.
const MOST_STEPS: u32 = 30;

/// What a run with one request showed.
#[derive(Debug, Default)]
struct Seen {
    /// How many requests the victim took.
    taken: Cell<u32>,
    /// How many requests arrived.
    delivered: Cell<u32>,
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Asks `task` to cancel, `turns` turns from now.
fn cancel_later(task: TaskRef, turns: u32, seen: Rc<Seen>) {
    running_loop().call_soon(move || match turns {
        0 => seen.taken.set(seen.taken.get() + u32::from(task.cancel())),
        turns => cancel_later(task, turns - 1, seen),
    });
}

/// Polls `body`, and makes the request at its `step`th poll.
async fn cancelled_at(mut body: Body, step: u32, moment: Moment, seen: Rc<Seen>) {
    let mut polls = 0;
    poll_fn(|cx| {
        polls += 1;
        let polled = body.as_mut().poll(cx);
        if polls == step && polled.is_pending() {
            let me = current_task().unwrap();
            match moment {
                Moment::Inside => seen.taken.set(seen.taken.get() + u32::from(me.cancel())),
                Moment::Later(turns) => cancel_later(me, turns, seen.clone()),
            }
        }
        polled
    })
    .await;
}

/// Runs the subject once, with a request at one moment of one step. Whether the step was reached.
fn attempt(name: &str, subject: fn() -> Body, step: u32, moment: Moment) -> bool {
    let what = format!("{name}, step {step}, {moment:?}");
    let event_loop = EventLoop::with_virtual_clock();
    let start = event_loop.now();
    let seen = Rc::new(Seen::default());
    let token = Rc::new(());
    let (watched, held) = (seen.clone(), token.clone());
    let victim: Task<()> = event_loop.spawn(async move {
        let _held = held;
        let count = |caught: bool| {
            watched
                .delivered
                .set(watched.delivered.get() + u32::from(caught))
        };
        count(
            catch_cancel(cancelled_at(subject(), step, moment, watched.clone()))
                .await
                .is_err(),
        );
        for _ in 0..5 {
            count(catch_cancel(yield_now()).await.is_err());
        }
        count(catch_cancel(sleep(ms(1))).await.is_err());
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);

    assert_eq!(
        victim.state(),
        State::Ok,
        "{what}: the victim caught everything and ended"
    );
    assert_eq!(
        seen.delivered.get(),
        seen.taken.get(),
        "{what}: each request is delivered once"
    );
    assert_eq!(
        victim.cancelling(),
        seen.taken.get(),
        "{what}: nobody else's request is left counted"
    );
    assert_eq!(event_loop.all_tasks(), [], "{what}: no task is left");
    assert!(
        event_loop.now() - start < ms(500),
        "{what}: no timer is left"
    );
    assert_eq!(
        Rc::strong_count(&token),
        1,
        "{what}: the victim's frame is gone"
    );
    seen.taken.get() > 0
}

fn at_every_step(name: &str, subject: fn() -> Body) {
    for moment in MOMENTS {
        let steps = (1..MOST_STEPS).take_while(|&step| attempt(name, subject, step, moment));
        assert!(steps.count() > 0, "{name}: no request was made");
    }
    // One that never comes: the subject by itself leaves nothing behind either.
    attempt(name, subject, MOST_STEPS, Moment::Inside);
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
            at_every_step(stringify!($name), || Box::pin(async $body));
        })*
    };
}

subjects! {
    a_sleep: { sleep(ms(3)).await; }
    yields: { for _ in 0..3 { yield_now().await; } }
    a_task: { let _ = helper(3).await; }
    a_task_by_reference_twice: {
        let task = helper(3);
        let _ = (&task).await;
        let _ = (&task).await;
    }
    a_chain_of_tasks: {
        let inner = helper(3);
        let middle = spawn(async move { inner.await.map(|n| n + 1) });
        let _ = middle.await;
    }
    a_future_set_by_a_callback: {
        let future = Future::new();
        let setter = future.clone();
        running_loop().call_later(ms(2), move || { let _ = setter.set_result(()); });
        let _ = future.await;
    }
    a_shielded_task_lives_on: {
        let inner = helper(4);
        inner.add_done_callback(|inner| assert_eq!(inner.state(), State::Ok));
        let _ = shield(&inner).await;
    }
    a_gather: {
        let results: Result<Vec<u64>, _> = gather([helper(1), helper(3), helper(3)]).await.map_err(drop);
        drop(results);
    }
    a_gather_of_outcomes: {
        let failing = final_runtime::try_spawn(async { Err::<u64, _>("broken") });
        let outcomes = gather_outcomes([helper(1), failing, helper(3)]).await;
        let outcomes: Vec<_> = outcomes.unwrap_or_default();
        drop(outcomes);
    }
    a_wait_leaves_its_targets_alone: {
        let targets = [helper(2), helper(4)];
        for target in &targets {
            target.add_done_callback(|target| assert_eq!(target.state(), State::Ok));
        }
        let _ = wait(targets, Until::FirstCompleted, Some(ms(900))).await;
    }
    a_wait_for: { let _ = wait_for(&helper(3), Some(ms(900))).await; }
    a_wait_for_that_elapses: { let _ = wait_for(&spawn(pending::<()>()), Some(ms(2))).await; }
    a_wait_for_without_time: { let _ = wait_for(&helper(5), Some(Duration::ZERO)).await; }
    results_as_they_come_leave_the_tasks_alone: {
        let mut ended = as_completed([helper(3), helper(1)], None);
        while let Some(task) = ended.next().await {
            let _ = task.unwrap().await;
        }
    }
    a_timeout_in_time: { let _ = timeout(ms(900), sleep(ms(3))).await; }
    a_timeout_that_elapses: { let _ = timeout(ms(2), pending::<()>()).await; }
    timeouts_that_elapse_at_one_instant: {
        let _ = timeout(ms(2), timeout(ms(2), sleep(ms(2)))).await;
    }
    a_timeout_that_is_moved: {
        let patience = Timeout::after(ms(1));
        let moved = patience.clone();
        let _ = patience
            .run(async move {
                let _ = moved.reschedule(Some(running_loop().now() + ms(5)));
                sleep(ms(3)).await;
            })
            .await;
    }
    a_group: {
        let _ = task_group(async |group| {
            let a = group.spawn(sleep(ms(2))).unwrap();
            group.spawn(sleep(ms(4))).map(drop).unwrap();
            let _ = a.await;
        })
        .await;
    }
    a_group_that_fails: {
        let _ = task_group(async |group| {
            group.try_spawn(async { sleep(ms(2)).await; Err::<(), _>("broken") }).map(drop).unwrap();
            group.spawn(pending::<()>()).map(drop).unwrap();
            sleep(ms(9)).await;
        })
        .await;
    }
    a_group_whose_body_fails_around_another: {
        let _ = try_task_group(async |outer| {
            outer.spawn(sleep(ms(3))).map(drop).unwrap();
            let _ = task_group(async |inner| inner.spawn(sleep(ms(2))).map(drop).unwrap()).await;
            Err::<(), _>("broken")
        })
        .await;
    }
    a_group_whose_tasks_clean_up: {
        let _ = task_group(async |group| {
            let cleaning = async {
                let _ = catch_cancel(sleep(ms(6))).await;
                sleep(ms(2)).await;
            };
            group.spawn(cleaning).map(drop).unwrap();
        })
        .await;
    }
    a_scope_with_borrowing_children: {
        let sum = Cell::new(0);
        scope(async |s| {
            for n in 1..4 {
                let sum = &sum;
                drop(s.spawn(async move { sleep(ms(n)).await; sum.set(sum.get() + n); }));
            }
        })
        .await;
    }
    several_in_one_task: {
        let task = helper(3);
        let _ = join!(task, sleep(ms(2)), timeout(ms(900), yield_now()));
    }
    an_interval: {
        let mut ticks = interval(ms(2));
        for _ in 0..3 {
            ticks.tick().await;
        }
    }
    a_scope_whose_body_waits_for_a_child: {
        scope(async |s| s.spawn(async { let _ = helper(3).await; }).await).await;
    }
    a_gather_of_gathers: {
        let inner: Future<Vec<u64>> = gather([helper(1), helper(3)]);
        let all: Result<Vec<Vec<u64>>, _> = gather([inner]).await.map_err(drop);
        drop(all);
    }
    a_set_of_futures: {
        let log = RefCell::new(Vec::new());
        let mut set: FuturesUnordered<_> = (1..4).map(|n| timeout(ms(900), sleep(ms(n)))).collect();
        while let Some(done) = set.next().await {
            log.borrow_mut().push(done);
        }
    }
}

#[test]
fn two_requests_at_any_two_steps_are_delivered_and_counted() {
    for first in 1..8 {
        for moment in MOMENTS {
            let event_loop = EventLoop::with_virtual_clock();
            let seen = Rc::new(Seen::default());
            let watched = seen.clone();
            let victim = event_loop.spawn(async move {
                let body: Body = Box::pin(async {
                    let _ = catch_cancel(timeout(ms(4), helper(2))).await;
                    // The clean-up may be interrupted by the second request.
                    sleep(ms(2)).await;
                });
                let twice = cancelled_at(body, first, moment, watched.clone());
                let twice: Body = Box::pin(cancelled_at(
                    Box::pin(twice),
                    first + 1,
                    moment,
                    watched.clone(),
                ));
                let _ = catch_cancel(twice).await;
                let _ = catch_cancel(yield_now()).await;
            });
            assert_eq!(event_loop.run_forever(), Outcome::Idle);
            assert_eq!(victim.state(), State::Ok);
            assert_eq!(victim.cancelling(), seen.taken.get());
            assert_eq!(event_loop.all_tasks(), []);
        }
    }
}
