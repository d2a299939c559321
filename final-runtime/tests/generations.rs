//! A slot's generation comes again after 2²⁰ tasks: who kept something of the task that had it first.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use final_runtime::{EventLoop, sleep, spawn, timeout, yield_now};

/// Spawns tasks, one at a time, until the next has the slot and the generation of the one that was spawned last before.
async fn go_round() {
    for _ in 1..1 << 20 {
        let task = spawn(async {});
        yield_now().await;
        debug_assert!(task.is_done());
    }
}

#[test]
fn a_waker_that_is_older_than_2_to_the_20_tasks_wakes_another_task_spuriously_and_harms_nobody() {
    let event_loop = EventLoop::with_virtual_clock();
    let run = event_loop.run_until_complete(async {
        let kept = Rc::new(RefCell::new(None::<Waker>));
        let keep = kept.clone();
        drop(spawn(poll_fn(move |cx| {
            keep.replace(Some(cx.waker().clone()));
            Poll::Ready(())
        })));
        yield_now().await;
        go_round().await;
        let polls = Rc::new(Cell::new(0));
        let polled = polls.clone();
        let mut slept = Box::pin(sleep(Duration::from_secs(1)));
        let other = spawn(poll_fn(move |cx| {
            polled.set(polled.get() + 1);
            slept.as_mut().poll(cx)
        }));
        yield_now().await;
        kept.take().unwrap().wake();
        yield_now().await;
        assert_eq!((polls.get(), other.is_done()), (2, false));
        other.await.unwrap();
        assert_eq!(polls.get(), 3);
    });
    run.unwrap();
}

#[test]
fn a_timeout_that_outlives_its_task_asks_no_task_that_has_the_same_slot_and_generation() {
    let event_loop = EventLoop::with_virtual_clock();
    let run = event_loop.run_until_complete(async {
        type Kept = Pin<Box<dyn Future<Output = ()>>>;
        let kept = Rc::new(RefCell::new(None::<Kept>));
        let keep = kept.clone();
        let _first = spawn(async move {
            let never = timeout(Duration::from_secs(1), pending::<()>());
            let mut never: Kept = Box::pin(async { never.await.unwrap() });
            assert!(futures_util::poll!(never.as_mut()).is_pending());
            keep.replace(Some(never));
        });
        yield_now().await;
        go_round().await;
        let other = spawn(pending::<()>());
        sleep(Duration::from_secs(2)).await;
        assert_eq!((other.cancelling(), other.is_done()), (0, false));
        drop(kept.take());
    });
    run.unwrap();
}
