//! Several waits in one task (`join!`, `select!`, sets of futures): which of them a request reaches.

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::Poll;

use final_runtime::{catch_cancel, current_task, sleep, spawn, task_group, timeout, yield_now};
use futures_util::stream::FuturesUnordered;
use futures_util::{StreamExt, future, join, select};

mod common;

use common::clock::{ms, on_virtual_clock};

#[test]
fn under_join_every_innermost_scope_gets_the_request() {
    on_virtual_clock(async {
        let task = spawn(async {
            join!(
                catch_cancel(sleep(ms(10))),
                catch_cancel(pending::<()>()),
                catch_cancel(async { catch_cancel(yield_now_for_ever()).await.is_err() }),
            )
        });
        yield_now().await;
        task.cancel();
        let (timer, foreign, nested) = task.await.unwrap();
        assert!(timer.is_err() && foreign.is_err());
        assert!(
            nested.unwrap(),
            "the inner one took it, the outer one did not see it"
        );
    });
}

async fn yield_now_for_ever() {
    loop {
        yield_now().await;
    }
}

#[test]
fn under_join_a_request_goes_on_to_a_task_and_raises_the_scope_beside_it() {
    on_virtual_clock(async {
        let inner = spawn(async { catch_cancel(pending::<()>()).await.is_err() });
        yield_now().await;
        let task = spawn(async move { join!(inner, catch_cancel(pending::<()>())) });
        yield_now().await;
        task.cancel();
        let (inner, beside) = task.await.unwrap();
        assert!(inner.unwrap(), "the task swallowed it");
        assert!(beside.is_err());
    });
}

#[test]
fn timeouts_under_join_that_end_at_one_instant_do_not_touch_each_other() {
    on_virtual_clock(async {
        let (a, b, c) = join!(
            timeout(ms(2), pending::<()>()),
            timeout(ms(2), sleep(ms(50))),
            timeout(ms(9), async {
                sleep(ms(5)).await;
                "undisturbed"
            }),
        );
        assert!(a.is_err() && b.is_err());
        assert_eq!(c, Ok("undisturbed"));
        assert_eq!(current_task().unwrap().cancelling(), 0);
    });
}

#[test]
fn a_group_that_fails_under_join_leaves_its_neighbour_alone() {
    on_virtual_clock(async {
        let (group, neighbour) = join!(
            task_group(async |group| {
                let failing = group.try_spawn(async { Err::<(), _>("broken") });
                drop(failing);
                pending::<()>().await;
            }),
            async {
                sleep(ms(5)).await;
                "undisturbed"
            },
        );
        let failures = group.unwrap_err();
        assert_eq!(failures.failures().len(), 1);
        assert_eq!(neighbour, "undisturbed");
    });
}

#[test]
fn a_scope_in_a_set_of_futures_is_woken_through_its_own_waker() {
    on_virtual_clock(async {
        let task = spawn(async {
            let mut set = FuturesUnordered::new();
            for n in 0..5 {
                set.push(async move { (n, catch_cancel(pending::<()>()).await.is_err()) });
            }
            let mut caught = Vec::new();
            while let Some(one) = set.next().await {
                caught.push(one);
            }
            caught.sort_unstable();
            caught
        });
        yield_now().await;
        task.cancel();
        let caught = task.await.unwrap();
        assert_eq!(caught, (0..5).map(|n| (n, true)).collect::<Vec<_>>());
    });
}

#[test]
fn what_select_drops_undelivered_stays_noted_and_arrives_at_the_next_wait() {
    on_virtual_clock(async {
        let task = spawn(async {
            let winner = Rc::new(Cell::new(false));
            let won = winner.clone();
            let me = current_task().unwrap();
            // The request is made while the first branch is polled, and that branch wins in the same step.
            let first = poll_fn(move |_| {
                if won.replace(true) {
                    me.cancel();
                    return Poll::Ready(());
                }
                Poll::Pending
            });
            let second = catch_cancel(yield_now_for_ever());
            let (mut first, mut second) = (
                future::FutureExt::fuse(first),
                Box::pin(future::FutureExt::fuse(second)),
            );
            select! {
                () = first => {}
                _ = second => unreachable!("the first branch is ready first"),
            }
            drop(second);
            catch_cancel(sleep(ms(1))).await.is_err()
        });
        assert!(task.await.unwrap());
    });
}

#[test]
fn a_scope_that_was_raised_and_is_dropped_before_its_poll_leaves_the_request_to_the_next_wait() {
    on_virtual_clock(async {
        let task = spawn(async {
            let won = future::select(
                Box::pin(yield_now()),
                Box::pin(catch_cancel(pending::<()>())),
            );
            assert!(matches!(won.await, future::Either::Left(_)));
            catch_cancel(sleep(ms(1))).await.is_err()
        });
        yield_now().await;
        // The first branch is ready by now, and is polled first.
        task.cancel();
        assert!(task.await.unwrap());
    });
}
