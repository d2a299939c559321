//! Where a request arrives, and what becomes of it. asyncio's own orders are in the conformance package; here is what
//! asyncio does not have: futures of somebody else's, and drops. Several waits in one task are in `branches`.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::Rc;

use final_runtime::{
    EventLoop, Future, JoinError, State, Until, catch_cancel, current_task, run, scope, shield,
    sleep, spawn, task_group, timeout, wait, yield_now,
};

mod common;

use common::clock::{ms, on_virtual_clock};

/// Notes its drop.
struct Dropped(Rc<Cell<bool>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.set(true);
    }
}

#[test]
fn a_request_drops_a_future_of_somebody_elses_where_it_stands() {
    on_virtual_clock(async {
        let dropped = Rc::new(Cell::new(false));
        let guard = Dropped(dropped.clone());
        let task = spawn(async move {
            let caught = catch_cancel(async move {
                let _guard = guard;
                pending::<()>().await;
            });
            assert!(caught.await.is_err());
            sleep(ms(3)).await;
            "cleaned up"
        });
        yield_now().await;
        task.cancel();
        assert!(!dropped.get(), "the drop waits for the task's turn");
        yield_now().await;
        assert!(dropped.get());
        assert_eq!(task.await.unwrap(), "cleaned up");
    });
}

#[test]
fn a_body_that_is_ready_in_the_step_that_raises_wins() {
    on_virtual_clock(async {
        let task = spawn(async {
            let value = catch_cancel(async {
                current_task().unwrap().cancel();
                7
            });
            let value = value.await;
            assert_eq!(value, Ok(7));
            catch_cancel(pending::<()>()).await.is_err()
        });
        assert!(task.await.unwrap(), "the request waited for the next wait");
    });
}

#[test]
fn a_request_to_an_awaiter_arrives_at_its_scope_and_one_that_began_elsewhere_is_a_value() {
    on_virtual_clock(async {
        let inner = Rc::new(spawn(pending::<()>()));
        let awaited = inner.clone();
        let awaiter = spawn(async move { catch_cancel(async { (&*awaited).await }).await });
        let watched = inner.clone();
        let witness = spawn(async move { (&*watched).await });
        yield_now().await;
        awaiter.cancel();
        assert!(awaiter.await.unwrap().is_err(), "at the scope");
        assert!(
            matches!(witness.await.unwrap(), Err(JoinError::Cancelled(_))),
            "as a value"
        );
    });
}

#[test]
fn cancelling_an_awaiter_of_a_bare_future_cancels_it_for_everybody_but_not_through_a_shield() {
    on_virtual_clock(async {
        for shielded in [false, true] {
            let future = Future::<()>::new();
            let awaited = if shielded {
                shield(&future)
            } else {
                future.clone()
            };
            let awaiter = spawn(async move { awaited.await });
            yield_now().await;
            awaiter.cancel();
            let ended = if shielded {
                State::Pending
            } else {
                State::Cancelled
            };
            assert_eq!(future.state(), ended);
            assert!(awaiter.await.unwrap_err().is_cancelled());
        }
    });
}

#[test]
fn a_chain_of_fifty_thousand_tasks_is_cancelled_without_a_deep_stack() {
    on_virtual_clock(async {
        let innermost = spawn(pending::<()>());
        let watched = innermost.future();
        let mut last = innermost;
        for _ in 0..50_000 {
            let inner = last;
            last = spawn(async move { inner.await.unwrap() });
        }
        yield_now().await;
        last.cancel();
        assert_eq!(watched.state(), State::Pending, "it takes its own turn");
        assert!(last.await.unwrap_err().is_cancelled());
        assert_eq!(watched.state(), State::Cancelled);
    });
}

#[test]
fn tasks_that_wait_for_each_other_in_a_ring_can_be_cancelled() {
    on_virtual_clock(async {
        let other = Rc::new(RefCell::new(None::<Future<()>>));
        let of_b = other.clone();
        let a = spawn(async move {
            let b = of_b.borrow().clone().unwrap();
            let _ = b.await;
        });
        let of_a = a.future();
        let b = spawn(async move {
            let _ = of_a.await;
        });
        other.replace(Some(b.future()));
        yield_now().await;
        a.cancel();
        let (done, waiting) =
            wait([a.future(), b.future()], Until::AllCompleted, Some(ms(5))).await;
        assert_eq!((done.len(), waiting.len()), (2, 0));
    });
}

#[test]
fn a_scope_that_moves_to_another_task_takes_requests_there() {
    on_virtual_clock(async {
        let mut body = Box::pin(catch_cancel(pending::<()>()));
        assert!(futures_util::poll!(body.as_mut()).is_pending());
        let task = spawn(body);
        yield_now().await;
        assert_eq!(current_task().unwrap().cancelling(), 0);
        task.cancel();
        assert!(task.await.unwrap().is_err());
    });
}

#[test]
fn a_timeout_that_moves_to_another_task_asks_there() {
    on_virtual_clock(async {
        let mut body = Box::pin(catch_cancel(timeout(ms(2), pending::<()>())));
        assert!(futures_util::poll!(body.as_mut()).is_pending());
        let task = spawn(async move {
            let elapsed = body.await.unwrap().is_err();
            (elapsed, current_task().unwrap().cancelling())
        });
        assert_eq!(task.await.unwrap(), (true, 0));
        assert_eq!(current_task().unwrap().cancelling(), 0);
    });
}

#[test]
fn a_dropped_timeout_takes_its_timer_and_its_request_back() {
    let event_loop = EventLoop::with_virtual_clock();
    let start = event_loop.now();
    let run = event_loop.run_until_complete(async {
        {
            let mut body = Box::pin(timeout(ms(1), async {
                let _ = catch_cancel(pending::<()>()).await;
                pending::<()>().await
            }));
            assert!(futures_util::poll!(body.as_mut()).is_pending());
            sleep(ms(2)).await;
            assert!(futures_util::poll!(body.as_mut()).is_pending());
            assert_eq!(current_task().unwrap().cancelling(), 1);
        }
        assert_eq!(current_task().unwrap().cancelling(), 0);
        drop(Box::pin(timeout(ms(500), pending::<()>())));
    });
    run.unwrap();
    let _ = event_loop.run_forever();
    assert_eq!(event_loop.now() - start, ms(2));
}

#[test]
fn a_dropped_group_asks_its_tasks_to_end() {
    on_virtual_clock(async {
        let kept = Rc::new(RefCell::new(None));
        let keep = kept.clone();
        let mut group = Box::pin(task_group(async move |group| {
            keep.replace(Some(group.spawn(pending::<()>()).unwrap()));
            pending::<()>().await;
        }));
        assert!(futures_util::poll!(group.as_mut()).is_pending());
        yield_now().await;
        drop(group);
        let task = kept.take().unwrap();
        assert!(task.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_task_that_is_cancelled_before_its_first_step_never_runs() {
    on_virtual_clock(async {
        let task = spawn(async { unreachable!("no line of it runs") });
        task.cancel_with("too early");
        match task.await {
            Err(JoinError::Cancelled(cancelled)) => {
                assert_eq!(cancelled.message(), Some("too early"))
            }
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn run_cancels_what_is_left_and_drives_it_to_its_end() {
    let ended = Rc::new(Cell::new(false));
    let seen = ended.clone();
    run(async move {
        spawn(async move {
            let _ = catch_cancel(pending::<()>()).await;
            sleep(ms(2)).await;
            seen.set(true);
        });
        yield_now().await;
    });
    assert!(ended.get());
}

#[test]
fn a_child_of_a_scope_borrows_and_is_dropped_with_it() {
    on_virtual_clock(async {
        let log = RefCell::new(Vec::new());
        let all = scope(async |s| {
            for n in [2, 1] {
                let log = &log;
                let child = s.spawn(async move {
                    sleep(ms(n)).await;
                    log.borrow_mut().push(n);
                });
                drop(child);
            }
            log.borrow_mut().push(0);
        });
        all.await;
        assert_eq!(*log.borrow(), [0, 1, 2]);

        let dropped = Rc::new(Cell::new(false));
        let guard = Dropped(dropped.clone());
        let cut = timeout(
            ms(5),
            scope(async |s| {
                let child = s.spawn(async move {
                    let _guard = guard;
                    pending::<()>().await;
                });
                child.await;
            }),
        );
        assert!(cut.await.is_err());
        assert!(dropped.get());
    });
}

#[test]
fn a_child_of_a_scope_spawns_siblings_and_each_takes_the_request_by_itself() {
    on_virtual_clock(async {
        let task = spawn(async {
            let caught = Cell::new(0);
            scope(async |s| {
                let (siblings, caught) = (s.clone(), &caught);
                let first = s.spawn(async move {
                    let second = siblings.spawn(async move {
                        let _ = catch_cancel(pending::<()>()).await;
                        caught.set(caught.get() + 1);
                    });
                    let _ = catch_cancel(pending::<()>()).await;
                    caught.set(caught.get() + 1);
                    second.await;
                });
                first.await;
            })
            .await;
            caught.get()
        });
        for _ in 0..5 {
            yield_now().await;
        }
        task.cancel();
        assert_eq!(task.await.unwrap(), 2);
    });
}

#[test]
fn an_idle_loop_says_who_waits_for_what() {
    let event_loop = EventLoop::with_virtual_clock();
    let error = event_loop.run_until_complete(async {
        let never = Future::<()>::new();
        let stuck = final_runtime::TaskBuilder::new()
            .name("stuck")
            .spawn(async move { never.await });
        let _ = stuck.await;
    });
    assert_eq!(
        error.unwrap_err().to_string(),
        "the loop is idle and the future not done: nothing will ever wake it; who waits for what:\n\
         2 tasks\n\
         `Task-1` waits for `stuck` (2) [cancel::an_idle_loop_says_who_waits_for_what]\n\
         └─ `stuck` (2) waits for a future [cancel::an_idle_loop_says_who_waits_for_what]"
    );
}
