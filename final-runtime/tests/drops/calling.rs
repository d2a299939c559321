//! A drop, or a clone, that calls the runtime.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use final_runtime::{
    EventLoop, Future, JoinError, Outcome, TaskBuilder, as_completed, current_task, spawn,
    task_group, yield_now,
};

use crate::common::reports::reporting_loop;
use crate::{OnDrop, counted};

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
fn an_error_that_settles_the_future_while_it_is_made_is_refused_as_too_late() {
    struct Early(Future<u8>);
    impl From<Early> for Box<dyn std::error::Error> {
        fn from(early: Early) -> Self {
            early.0.set_result(1).unwrap();
            "too late".into()
        }
    }
    let event_loop = EventLoop::with_virtual_clock();
    let future = event_loop.create_future::<u8>();
    assert!(future.set_error(Early(future.clone())).is_err());
    assert_eq!(future.result().unwrap().unwrap(), 1);
}

#[test]
fn a_timer_that_is_armed_by_a_drop_at_the_end_of_a_close_goes_at_once() {
    let token = Rc::new(());
    let event_loop = EventLoop::with_virtual_clock();
    let target = event_loop.create_future::<()>();
    let held = token.clone();
    target.add_done_callback(move |_| drop(held));
    let mut target = Some(target);
    let arms = OnDrop(move || {
        drop(as_completed(target.take(), Some(Duration::from_secs(1))));
    });
    event_loop.call_later(Duration::from_secs(1), move || drop(arms));
    event_loop.close();
    assert_eq!(Rc::strong_count(&token), 1);
}
