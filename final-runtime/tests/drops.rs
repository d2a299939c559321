//! What is dropped runs code of others: drops that panic, spawn, wake, ask, close. Each future is dropped once, whatever it
//! does then.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use final_runtime::{
    EventLoop, Future, JoinError, Outcome, RunError, State, Task, TaskBuilder, catch_cancel,
    current_task, gather, running_loop, shield, sleep, spawn, task_group, yield_now,
};
use futures_util::FutureExt;

/// Calls a closure when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Panics when it is dropped.
fn bomb() -> OnDrop<impl FnMut() + use<>> {
    OnDrop(|| panic!("in a drop"))
}

/// Counts its drops.
fn counted(count: &Rc<Cell<u32>>) -> OnDrop<impl FnMut() + use<>> {
    let count = count.clone();
    OnDrop(move || count.set(count.get() + 1))
}

/// A loop whose reports are kept.
fn reporting_loop() -> (EventLoop, Rc<RefCell<Vec<String>>>) {
    let event_loop = EventLoop::with_virtual_clock();
    let reports = Rc::new(RefCell::new(Vec::new()));
    let kept = reports.clone();
    event_loop.set_exception_handler(move |report| kept.borrow_mut().push(report.to_string()));
    (event_loop, reports)
}

fn panic_message<T>(result: Result<T, JoinError>) -> String {
    match result {
        Err(JoinError::Panicked(panic)) => panic.message().to_owned(),
        Err(other) => panic!("not a panic: {other}"),
        Ok(_) => panic!("no panic"),
    }
}

#[test]
fn a_cancelled_future_is_dropped_once_in_its_own_turn_and_as_its_task() {
    let event_loop = EventLoop::with_virtual_clock();
    let drops = Rc::new(Cell::new(0));
    let count = drops.clone();
    let run = event_loop.run_until_complete(async move {
        let seen = Rc::new(RefCell::new(None));
        let see = seen.clone();
        let counted = counted(&count);
        let task = spawn(async move {
            let _counted = counted;
            let _seen = OnDrop(move || *see.borrow_mut() = current_task());
            pending::<()>().await
        });
        yield_now().await;
        task.cancel();
        assert_eq!(count.get(), 0, "the drop waits for the task's turn");
        yield_now().await;
        assert_eq!(count.get(), 1, "before the end is announced");
        assert!(task.is_done());
        let seen = seen.take().expect("it is dropped as a task");
        assert_eq!(seen, *task);
    });
    run.unwrap();
    assert_eq!(drops.get(), 1);
}

#[test]
fn a_drop_that_panics_after_a_cancel_is_what_the_task_ends_with() {
    let event_loop = EventLoop::with_virtual_clock();
    let run = event_loop.run_until_complete(async {
        let task = spawn(async {
            let _bomb = bomb();
            pending::<()>().await
        });
        yield_now().await;
        task.cancel();
        assert_eq!(panic_message(task.await), "in a drop");
    });
    run.unwrap();
}

#[test]
fn a_value_that_a_request_overrides_may_panic_when_it_is_dropped_and_the_task_still_ends() {
    for eager in [false, true] {
        let (event_loop, _reports) = reporting_loop();
        let run = event_loop.run_until_complete(async move {
            let builder = match eager {
                true => TaskBuilder::new().eager(),
                false => TaskBuilder::new(),
            };
            let task = builder.spawn(async {
                current_task().unwrap().cancel();
                bomb()
            });
            // Its slot is given up once: these two have one each.
            let others = [spawn(async { 1 }), spawn(async { 2 })];
            assert_eq!(panic_message(task.await), "in a drop");
            for (n, other) in others.into_iter().enumerate() {
                assert_eq!(other.await.unwrap(), n + 1);
            }
        });
        run.unwrap();
        assert_eq!(event_loop.all_tasks(), []);
    }
}

#[test]
fn a_detached_value_and_an_unseen_error_may_panic_when_they_are_dropped() {
    #[derive(Debug)]
    struct Error(Payload);
    #[derive(Debug)]
    struct Payload;
    impl Drop for Payload {
        fn drop(&mut self) {
            panic!("in a drop");
        }
    }
    impl std::fmt::Display for Error {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an error")
        }
    }
    impl std::error::Error for Error {}
    let (event_loop, reports) = reporting_loop();
    event_loop.spawn(async { bomb() });
    event_loop.try_spawn(async { Err::<(), _>(Error(Payload)) });
    event_loop.spawn(async { std::panic::panic_any(Payload) });
    let last = event_loop.spawn(yield_now());
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert!(last.is_done(), "the turn went on");
    assert_eq!(event_loop.all_tasks(), []);
    let reports = reports.borrow();
    let count = |what: &str| {
        reports
            .iter()
            .filter(|report| report.contains(what))
            .count()
    };
    assert_eq!(count("an error that nobody looked at"), 2, "{reports:?}");
}

#[test]
fn a_close_drops_everything_though_each_drop_panics() {
    let (event_loop, reports) = reporting_loop();
    let drops = Rc::new(Cell::new(0));
    let bombs = || (counted(&drops), bomb());
    for _ in 0..3 {
        let (in_task, done) = (bombs(), bombs());
        let task = event_loop.spawn(async move {
            let _bombs = in_task;
            pending::<()>().await
        });
        task.add_done_callback(move |_| drop(done));
    }
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    for _ in 0..3 {
        let (soon, later) = (bombs(), bombs());
        event_loop.call_soon(move || drop(soon));
        event_loop.call_later(Duration::from_secs(1), move || drop(later));
    }
    assert_eq!(drops.get(), 0);
    event_loop.close();
    assert_eq!(drops.get(), 12);
    assert_eq!(event_loop.all_tasks(), []);
    assert!(!reports.borrow().is_empty());
}

#[test]
fn a_callback_that_holds_its_own_handle_goes_with_its_loop() {
    let drops = Rc::new(Cell::new(0));
    let event_loop = EventLoop::with_virtual_clock();
    let own = Rc::new(RefCell::new(None));
    let (held, counted) = (own.clone(), counted(&drops));
    own.replace(Some(event_loop.call_soon(move || drop((held, counted)))));
    drop(own);
    drop(event_loop);
    assert_eq!(drops.get(), 1);
}

#[test]
fn a_future_that_spawns_while_it_is_dropped_spawns_a_task_like_any_other() {
    let event_loop = EventLoop::with_virtual_clock();
    let ran = Rc::new(Cell::new(0));
    let count = ran.clone();
    let run = event_loop.run_until_complete(async move {
        let dying = count.clone();
        let task = spawn(async move {
            let _spawns = OnDrop(|| {
                let (later, eager) = (dying.clone(), dying.clone());
                spawn(async move { later.set(later.get() + 1) });
                TaskBuilder::new()
                    .eager()
                    .spawn(async move { eager.set(eager.get() + 10) });
            });
            pending::<()>().await
        });
        yield_now().await;
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(count.get(), 11);
    });
    run.unwrap();
}

#[test]
fn a_future_that_is_dropped_with_its_loop_cannot_spawn_there_and_leaves_nothing_behind() {
    let (event_loop, reports) = reporting_loop();
    let drops = Rc::new(Cell::new(0));
    let (plain, grouped) = (counted(&drops), counted(&drops));
    event_loop.spawn(async move {
        let mut plain = Some(plain);
        let _spawns = OnDrop(move || {
            let plain = plain.take();
            drop(spawn(async move { drop(plain) }));
        });
        pending::<()>().await
    });
    let refused = Rc::new(Cell::new(false));
    let seen = refused.clone();
    event_loop.spawn(task_group(async move |group| {
        let (group, mut grouped) = (group.clone(), Some(grouped));
        let _spawns = OnDrop(move || {
            let grouped = grouped.take();
            seen.set(group.spawn(async move { drop(grouped) }).is_err());
        });
        pending::<()>().await
    }));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    event_loop.close();
    assert_eq!(drops.get(), 2);
    assert!(refused.get(), "the group of a closed loop takes no task");
    assert_eq!(event_loop.all_tasks(), []);
    assert!(reports.borrow()[0].contains("on a closed loop"));
}

#[test]
#[should_panic(expected = "close was called on a running loop")]
fn a_loop_is_not_closed_inside_an_eager_step_outside_a_run() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let held = event_loop.clone();
    let task = TaskBuilder::of(&event_loop).eager().spawn(async move {
        let text = String::from("this frame is in use");
        held.close();
        text
    });
    match task.error().unwrap() {
        Some(JoinError::Panicked(panic)) => panic.resume(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_eager_task_that_panics_inside_another_step_ends_alone() {
    let event_loop = EventLoop::with_virtual_clock();
    let run = event_loop.run_until_complete(async {
        let me = current_task().unwrap();
        let task: Task<()> = TaskBuilder::new().eager().spawn(async { panic!("eager") });
        assert_eq!(current_task().unwrap(), me, "the outer step goes on");
        assert_eq!(panic_message(task.await), "eager");
        me.cancel();
        assert!(catch_cancel(pending::<()>()).await.is_err());
    });
    run.unwrap();
}

#[test]
fn handles_wakers_and_sleeps_outlive_their_loop() {
    let event_loop = EventLoop::with_virtual_clock();
    let kept = Rc::new(RefCell::new(None));
    let keep = kept.clone();
    let mut task = event_loop.spawn(async move {
        let mut slept = Box::pin(sleep(Duration::from_secs(9)));
        assert!(futures_util::poll!(slept.as_mut()).is_pending());
        let waker = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;
        keep.replace(Some((slept, waker, current_task())));
        pending::<u8>().await
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let future = task.future();
    let handle = event_loop.handle();
    drop(event_loop);
    let (slept, waker, reference) = kept.take().unwrap();
    waker.wake_by_ref();
    drop(slept);
    assert_eq!(reference.unwrap().state(), State::Cancelled);
    assert!(
        (&mut task)
            .now_or_never()
            .unwrap()
            .unwrap_err()
            .is_cancelled()
    );
    assert!(future.await_now().unwrap_err().is_cancelled());
    assert_eq!(handle.all_tasks(), []);
    waker.wake();
}

trait AwaitNow<T> {
    fn await_now(self) -> Result<T, JoinError>;
}

impl<T: Clone> AwaitNow<T> for Future<T> {
    fn await_now(self) -> Result<T, JoinError> {
        self.into_future().now_or_never().unwrap()
    }
}

#[test]
fn a_body_whose_drop_panics_leaves_no_scope_behind() {
    let event_loop = EventLoop::with_virtual_clock();
    let run = event_loop.run_until_complete(async {
        let task = spawn(async {
            let body = catch_cancel(async {
                let _bomb = bomb();
                pending::<()>().await
            });
            let caught = std::panic::AssertUnwindSafe(async {
                let mut body = Box::pin(body);
                assert!(futures_util::poll!(body.as_mut()).is_pending());
                drop(body);
            });
            assert!(caught.catch_unwind().await.is_err());
            pending::<()>().await
        });
        yield_now().await;
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
    });
    run.unwrap();
}

#[test]
fn a_result_whose_clone_panics_is_the_end_of_a_gather_and_of_a_shield_and_stays_where_it_is() {
    struct Once(Rc<Cell<bool>>);
    impl Clone for Once {
        fn clone(&self) -> Self {
            assert!(self.0.replace(true), "in a clone");
            Self(self.0.clone())
        }
    }
    let (event_loop, _reports) = reporting_loop();
    let result = event_loop.run_until_complete(async {
        for shielded in [false, true] {
            let task = spawn(async { Once(Rc::new(Cell::new(false))) });
            let message = match shielded {
                true => panic_message(shield(&task).await),
                false => panic_message(gather::<_, Vec<Once>>([&task]).await),
            };
            assert_eq!(message, "in a clone");
            assert!((&task).await.is_ok(), "the second clone succeeds");
        }
    });
    result.unwrap();
}

#[test]
fn a_clone_that_asks_for_the_same_result_finds_it_taken_and_the_result_is_put_back() {
    #[derive(Default)]
    struct Curious(Rc<RefCell<Option<Future<Curious>>>>, Rc<Cell<bool>>);
    impl Clone for Curious {
        fn clone(&self) -> Self {
            if let Some(future) = self.0.take() {
                let asked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                    drop(future.result());
                }));
                self.1.set(asked.is_err());
            }
            Self(self.0.clone(), self.1.clone())
        }
    }
    let event_loop = EventLoop::with_virtual_clock();
    let future = event_loop.create_future::<Curious>();
    let value = Curious::default();
    let (asks, refused) = (value.0.clone(), value.1.clone());
    future.set_result(value).unwrap_or_else(|_| unreachable!());
    asks.replace(Some(future.clone()));
    assert!(future.result().unwrap().is_ok());
    assert!(refused.get());
    assert!(future.result().unwrap().is_ok(), "it is there again");
}

#[test]
fn a_loop_that_is_dropped_inside_a_future_that_its_own_close_drops_is_closed_once() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let held = event_loop.clone();
    let task = event_loop.spawn(async move {
        let _held = held;
        running_loop();
        pending::<()>().await
    });
    assert!(matches!(
        event_loop.run_until_done(&task),
        Err(RunError::Idle(_))
    ));
    event_loop.close();
    assert!(event_loop.is_closed());
    assert_eq!(Rc::strong_count(&event_loop), 1);
}
