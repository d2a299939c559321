//! A drop, or a clone, that panics.

use std::cell::Cell;
use std::future::pending;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use final_runtime::{
    ContextVar, EventLoop, Outcome, Task, TaskBuilder, catch_cancel, current_task, gather,
    running_loop, shield, spawn, yield_now,
};
use futures_util::FutureExt;

use crate::common::reports::{panic_message, reporting_loop};
use crate::{OnDrop, bomb, counted};

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
    for _ in 0..2 {
        let sent = bomb();
        let threadsafe = event_loop.threadsafe();
        threadsafe.call_soon_threadsafe(|| drop(sent)).unwrap();
    }
    assert_eq!(drops.get(), 0);
    event_loop.close();
    assert_eq!(drops.get(), 12);
    assert_eq!(event_loop.all_tasks(), []);
    assert!(!reports.borrow().is_empty());
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
fn an_eager_task_that_panics_inside_another_step_ends_alone() {
    let event_loop = EventLoop::with_virtual_clock();
    let run = event_loop.run_until_complete(async {
        let me = current_task().unwrap();
        let task: Task<()> = TaskBuilder::new().eager().spawn(async { panic!("eager") });
        assert_eq!(current_task().unwrap(), me, "the outer step goes on");
        assert!(running_loop().is_running(), "and so does the run");
        assert_eq!(panic_message(task.await), "eager");
        me.cancel();
        assert!(catch_cancel(pending::<()>()).await.is_err());
    });
    run.unwrap();
}

#[test]
fn what_panics_when_a_tasks_variables_and_value_are_dropped_is_reported_and_the_rest_is_dropped() {
    static VARIABLE: ContextVar<Rc<()>> = ContextVar::new();
    #[derive(Clone)]
    struct Fuse(Rc<Cell<bool>>);
    static FUSE: ContextVar<Fuse> = ContextVar::new();
    impl Drop for Fuse {
        fn drop(&mut self) {
            if self.0.get() {
                panic!("in a second drop");
            }
        }
    }
    for second_panic in [false, true] {
        let (event_loop, reports) = reporting_loop();
        let token = Rc::new(());
        let held = token.clone();
        event_loop.spawn(async move {
            VARIABLE.set(held);
            FUSE.set(Fuse(Rc::new(Cell::new(second_panic))));
            bomb()
        });
        assert_eq!(event_loop.run_forever(), Outcome::Idle);
        assert_eq!(Rc::strong_count(&token), 1);
        // The variables go at the end of the task, its value with the last handle.
        let expected = [
            "a callback panicked: panicked: in a second drop",
            "a callback panicked: panicked: in a drop",
        ];
        assert_eq!(*reports.borrow(), expected[usize::from(!second_panic)..]);
    }
}

/// A panic whose payload panics when it is dropped, once.
fn panic_twice() -> ! {
    std::panic::panic_any(bomb())
}

#[test]
fn what_a_panic_carries_may_panic_when_it_is_dropped_wherever_the_panic_was() {
    struct Panics;
    impl std::future::Future for Panics {
        type Output = ();
        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            panic_twice()
        }
    }
    impl Drop for Panics {
        fn drop(&mut self) {
            panic_twice();
        }
    }
    let (event_loop, reports) = reporting_loop();
    let drops = Rc::new(Cell::new(0));
    event_loop.spawn(Panics);
    event_loop.call_soon(|| panic_twice());
    event_loop.call_later(Duration::from_secs(1), || panic_twice());
    let last = event_loop.spawn(yield_now());
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert!(last.is_done());
    assert_eq!(reports.borrow().len(), 3);
    assert_eq!(event_loop.turn(), 4, "no turn was begun twice");
    for _ in 0..2 {
        let (soon, later) = (counted(&drops), counted(&drops));
        let (panics, panics_later) = (OnDrop(|| panic_twice()), OnDrop(|| panic_twice()));
        event_loop.call_soon(move || drop((soon, panics)));
        event_loop.call_later(Duration::from_secs(1), move || drop((later, panics_later)));
        event_loop.spawn(Panics);
    }
    event_loop.close();
    assert_eq!(drops.get(), 4);
    assert_eq!(event_loop.all_tasks(), []);
}
