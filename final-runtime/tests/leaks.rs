//! What nobody can settle any more is freed, and what somebody can still settle is not.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use final_runtime::{
    EventLoop, Future, JoinError, Outcome, ReportKind, Task, TaskRef, Until, as_completed, gather,
    gather_outcomes, run, running_loop, scope, shield, sleep, spawn, task_group, timeout, wait,
    wait_for, yield_now,
};

/// Counts who holds it, but for the test itself.
#[derive(Clone, Default)]
struct Token(Rc<()>);

impl Token {
    fn holders(&self) -> usize {
        Rc::strong_count(&self.0) - 1
    }

    /// `future` holds it until it is freed.
    fn tie_to<T>(&self, future: &Future<T>) {
        let token = self.clone();
        future.add_done_callback(move |_| drop(token));
    }
}

#[test]
fn a_gather_of_futures_that_nobody_settles_is_freed_with_its_last_handles() {
    run(async {
        let token = Token::default();
        let children = [Future::<i32>::new(), Future::new()];
        let strict: Future<Vec<i32>> = gather(&children);
        let lenient: Future<Vec<Result<i32, JoinError>>> = gather_outcomes(&children);
        let nested: Future<Vec<Vec<i32>>> = gather([&strict]);
        children.iter().for_each(|child| token.tie_to(child));
        token.tie_to(&strict);
        token.tie_to(&lenient);
        token.tie_to(&nested);
        assert_eq!(token.holders(), 5);
        children[0].set_result(1).unwrap();
        yield_now().await;
        yield_now().await;
        assert_eq!(token.holders(), 4);
        drop((strict, lenient, nested));
        drop(children);
        assert_eq!(token.holders(), 0);
    });
}

#[test]
fn a_gather_that_a_dropped_task_waited_for_is_freed() {
    let token = Token::default();
    let event_loop = EventLoop::with_virtual_clock();
    let child = event_loop.create_future::<i32>();
    token.tie_to(&child);
    let waiter = event_loop.spawn(async move { gather::<_, Vec<i32>>([child]).await });
    let _ = event_loop.run_forever();
    assert_eq!(token.holders(), 1);
    event_loop.close();
    assert!(waiter.state() == final_runtime::State::Cancelled);
    assert_eq!(token.holders(), 0);
}

#[test]
fn a_gather_keeps_its_children_as_long_as_somebody_can_ask_them_through_it() {
    run(async {
        let all: Future<Vec<i32>> = gather([Future::new()]);
        yield_now().await;
        assert!(all.cancel(), "its child is there to be cancelled");
        assert!(all.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_callback_of_a_gather_runs_though_nobody_holds_the_gather() {
    run(async {
        let heard = Rc::new(RefCell::new(None));
        let ear = heard.clone();
        let all: Future<Vec<i32>> = gather([spawn(async { 1 }), spawn(async { 2 })]);
        all.add_done_callback(move |all| *ear.borrow_mut() = Some(all.result().unwrap().unwrap()));
        drop(all);
        for _ in 0..3 {
            yield_now().await;
        }
        assert_eq!(heard.borrow().as_deref(), Some(&[1, 2][..]));
    });
}

#[test]
fn a_failure_in_a_gather_that_nobody_holds_is_reported_once() {
    let event_loop = EventLoop::with_virtual_clock();
    let heard = Rc::new(Cell::new(0));
    let ear = heard.clone();
    event_loop.set_exception_handler(move |report| {
        assert_eq!((report.kind(), report.task()), (ReportKind::Unseen, None));
        ear.set(ear.get() + 1);
    });
    event_loop.spawn(async {
        let failing = [(), ()].map(|()| final_runtime::try_spawn(async { Err::<i32, _>("no") }));
        drop(gather::<_, Vec<i32>>(failing));
    });
    let _ = event_loop.run_forever();
    assert_eq!(heard.get(), 1);
}

#[test]
fn a_shield_over_a_future_that_nobody_settles_is_freed_with_the_last_handles() {
    run(async {
        let token = Token::default();
        for inner_goes_first in [true, false] {
            let inner = Future::<i32>::new();
            let outer = shield(&inner);
            let outermost = shield(&outer);
            let all: Future<Vec<i32>> = gather([&inner]);
            let around = shield(&all);
            for future in [&inner, &outer, &outermost] {
                token.tie_to(future);
            }
            token.tie_to(&all);
            token.tie_to(&around);
            assert_eq!(token.holders(), 5);
            if inner_goes_first {
                drop((inner, all));
                assert_eq!(token.holders(), 5, "who waits for the shield can reach it");
                drop((outer, outermost, around));
            } else {
                drop((outer, outermost, around));
                assert_eq!(token.holders(), 5, "who holds the inner one can settle it");
                drop((inner, all));
            }
            assert_eq!(token.holders(), 0);
        }
    });
}

#[test]
fn a_callback_of_a_shield_runs_though_nobody_holds_the_shield() {
    run(async {
        let heard = Rc::new(Cell::new(0));
        let ear = heard.clone();
        let inner = Future::new();
        shield(&inner).add_done_callback(move |outer| ear.set(outer.result().unwrap().unwrap()));
        inner.set_result(7).unwrap();
        yield_now().await;
        yield_now().await;
        assert_eq!(heard.get(), 7);
    });
}

#[test]
fn a_shield_whose_wait_was_given_up_listens_no_more() {
    run(async {
        let inner = Future::<i32>::new();
        let outer = shield(&inner);
        outer.cancel();
        yield_now().await;
        inner.set_error("no").unwrap();
        yield_now().await;
        assert!(inner.is_unseen(), "the shield would have looked");
        assert!(inner.error().unwrap().is_some());
    });
}

#[test]
fn results_to_come_hold_no_result_that_they_have_given() {
    run(async {
        let (first, second) = (Future::<Rc<()>>::new(), Future::new());
        let value = Rc::new(());
        let mut to_come = as_completed([first.clone(), second], None);
        first.set_result(value.clone()).unwrap();
        drop(first);
        let given = to_come.next().await;
        assert_eq!(Rc::strong_count(&value), 2);
        drop(given);
        assert_eq!(Rc::strong_count(&value), 1);
    });
}

#[test]
fn results_to_come_of_futures_that_nobody_settles_are_freed_with_the_futures() {
    run(async {
        let token = Token::default();
        for timeout in [None, Some(Duration::MAX)] {
            let targets = [Future::<()>::new(), Future::new()];
            targets.iter().for_each(|target| token.tie_to(target));
            let mut ended = as_completed(&targets, timeout);
            targets[0].set_result(()).unwrap();
            assert!(ended.next().await.unwrap().is_ok());
            assert_eq!(token.holders(), 1);
            drop(ended);
            drop(targets);
            assert_eq!(token.holders(), 0);
        }
    });
}

#[test]
fn results_to_come_hold_their_targets_until_the_time_is_over() {
    let event_loop = EventLoop::with_virtual_clock();
    let main = event_loop.run_until_complete(async {
        let token = Token::default();
        let target = Future::<()>::new();
        token.tie_to(&target);
        drop(as_completed([target], Some(Duration::from_secs(1))));
        assert_eq!(token.holders(), 1);
        sleep(Duration::from_secs(2)).await;
        assert_eq!(token.holders(), 0);
    });
    main.unwrap();
}

/// Tasks that wait for ever, for a future that only they hold, each in another way. All hold `token`.
fn spawn_those_who_wait_for_ever(event_loop: &EventLoop, token: &Token) {
    type Waits = fn(Future<i32>) -> std::pin::Pin<Box<dyn std::future::Future<Output = ()>>>;
    let ways: [Waits; 8] = [
        |future| Box::pin(async { drop(future.await) }),
        |future| Box::pin(async { drop(shield(future).await) }),
        |future| Box::pin(async { drop(wait([future], Until::AllCompleted, None).await) }),
        |future| Box::pin(async { drop(wait_for(future, None).await) }),
        |future| Box::pin(async { drop(wait_for(future, Some(Duration::MAX)).await) }),
        |future| Box::pin(async { drop(timeout(Duration::MAX, future.into_future()).await) }),
        |future| Box::pin(async { drop(as_completed([future], None).next().await) }),
        |future| {
            Box::pin(async {
                let in_group = task_group(async |group| {
                    let inner = group.clone();
                    let held = async move { (inner, future.await) };
                    group.spawn(held).map(drop).unwrap();
                });
                in_group.await.unwrap();
            })
        },
    ];
    for way in ways {
        let future = event_loop.create_future::<i32>();
        token.tie_to(&future);
        let held = token.clone();
        event_loop.spawn(async move {
            way(future).await;
            drop(held);
        });
    }
}

#[test]
fn a_loop_that_goes_takes_with_it_whoever_waits_for_ever() {
    let token = Token::default();
    let event_loop = EventLoop::with_virtual_clock();
    spawn_those_who_wait_for_ever(&event_loop, &token);
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(token.holders(), 16);
    drop(event_loop);
    assert_eq!(token.holders(), 0);
}

#[test]
fn a_loop_that_goes_takes_with_it_whoever_holds_himself_or_the_loop() {
    let token = Token::default();
    let event_loop = EventLoop::with_virtual_clock();
    // A task that holds its own handle, and the loop.
    let own: Rc<RefCell<Option<Task<()>>>> = Rc::default();
    let (task, handle, held) = (own.clone(), event_loop.handle(), token.clone());
    own.replace(Some(event_loop.spawn(async move {
        std::future::pending::<()>().await;
        drop((task, handle, held));
    })));
    drop(own);
    // Callbacks that hold the loop: one that is queued, one that is due some day, one of a task.
    let (handle, held) = (event_loop.handle(), token.clone());
    event_loop.call_later(Duration::from_secs(1), move || drop((handle, held)));
    let inner = event_loop.spawn(std::future::pending::<()>());
    let (itself, held): (TaskRef, _) = ((*inner).clone(), token.clone());
    inner.add_done_callback(move |_| drop((itself, held)));
    drop(inner);
    let (handle, held) = (event_loop.handle(), token.clone());
    event_loop.call_soon(move || {
        let again = handle.clone();
        handle.call_soon(move || drop((again, held)));
        handle.stop();
    });
    assert_eq!(event_loop.run_forever(), Outcome::Stopped);
    assert_eq!(token.holders(), 4);
    drop(event_loop);
    assert_eq!(token.holders(), 0);
}

#[test]
fn a_task_lets_go_of_everything_at_its_end() {
    run(async {
        let token = Token::default();
        // It holds its own handle, a child of a scope holds the scope, and a callback holds the task.
        let own: Rc<RefCell<Option<Task<()>>>> = Rc::default();
        let (task, held) = (own.clone(), token.clone());
        own.replace(Some(spawn(async move {
            scope(async |s| {
                let (inner, held) = (s.clone(), held.clone());
                drop(s.spawn(async move {
                    yield_now().await;
                    drop((inner, held));
                }));
            })
            .await;
            drop((task, held));
        })));
        let itself: TaskRef = (**own.borrow().as_ref().unwrap()).clone();
        let (again, held) = (itself.clone(), token.clone());
        own.borrow()
            .as_ref()
            .unwrap()
            .add_done_callback(move |_| drop((again, held)));
        while !itself.is_done() {
            yield_now().await;
        }
        yield_now().await;
        drop(own);
        assert_eq!(token.holders(), 0);
        assert!(running_loop().all_tasks().len() == 1);
    });
}

#[test]
fn a_failed_gather_is_reported_when_its_last_handle_goes_though_a_child_is_on_its_way() {
    let event_loop = EventLoop::with_virtual_clock();
    let log = Rc::new(RefCell::new(Vec::new()));
    let (ear, main) = (log.clone(), log.clone());
    event_loop.set_exception_handler(move |report| ear.borrow_mut().push(report.to_string()));
    let ended = event_loop.run_until_complete(async move {
        let say = |what: &str| main.borrow_mut().push(what.to_owned());
        let failing = final_runtime::try_spawn(async { Err::<(), _>("spilt") });
        let slow = spawn(sleep(Duration::from_secs(1)));
        let all: Future<Vec<()>> = gather([&failing, &slow]);
        yield_now().await;
        yield_now().await;
        assert!(all.is_done());
        say("the handle goes");
        drop(all);
        say("the handle is gone");
        slow.await.unwrap();
        yield_now().await;
        say("the child has ended");
    });
    ended.unwrap();
    let log = log.borrow();
    assert_eq!(log.len(), 4, "{log:?}");
    assert_eq!(log[0], "the handle goes");
    assert!(log[1].contains("nobody looked at"), "{log:?}");
}
