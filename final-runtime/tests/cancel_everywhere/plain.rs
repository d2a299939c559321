//! Each primitive by itself.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use final_runtime::{
    EventLoop, Future, Outcome, State, Timeout, Until, as_completed, catch_cancel, gather,
    gather_outcomes, interval, running_loop, scope, shield, sleep, spawn, task_group, timeout,
    try_task_group, wait, wait_for, yield_now,
};
use futures_util::stream::FuturesUnordered;
use futures_util::{StreamExt, join};

use crate::{Body, End, MOMENTS, Seen, ended_at, helper, ms, subjects};

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
    a_wait_for_that_elapses: { let _ = wait_for(&helper(50), Some(ms(2))).await; }
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
                let cancelled_at = |body, step| -> Body {
                    let watched = watched.clone();
                    Box::pin(ended_at(body, step, moment, End::Request, watched, |_| ()))
                };
                let twice = cancelled_at(cancelled_at(body, first), first + 1);
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
