//! A task may give back what it has polled: a wait that still stands at the task is no reason for it to stay.

use std::cell::{Cell, RefCell};
use std::future::{Future as _, pending};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use final_runtime::net::TcpListener;
use final_runtime::sync::{Lock, Queue};
use final_runtime::{
    EventLoop, Future, Outcome, State, Task, TaskRef, catch_cancel, gather, interval, run, scope,
    shield, sleep, spawn, task_group, timeout, try_spawn, yield_now,
};
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use futures_util::{StreamExt, join, poll};

mod common;

type Boxed = Pin<Box<dyn std::future::Future<Output = ()>>>;

/// Counts its drops.
struct Counted(Rc<Cell<u32>>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

/// Calls a closure when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// `future` after one poll, at which it waited.
async fn polled(future: impl std::future::Future<Output = ()> + 'static) -> Boxed {
    let mut future: Boxed = Box::pin(future);
    assert!(poll!(&mut future).is_pending());
    future
}

/// A task that polls `future` once and gives it back, and how often its value was dropped.
fn giving_back(
    future: impl std::future::Future<Output = ()> + 'static,
) -> (Task<(Boxed, Counted)>, Rc<Cell<u32>>) {
    let drops = Rc::new(Cell::new(0));
    let count = drops.clone();
    let task = spawn(async move { (polled(future).await, Counted(count)) });
    (task, drops)
}

/// `future` is freed with the last handle of the task that gave it back, whether that goes before the task's end or
/// after it.
async fn check(future: fn() -> Boxed) {
    let (task, drops) = giving_back(future());
    while !task.is_done() {
        yield_now().await;
    }
    let second: TaskRef = (*task).clone();
    drop(task);
    assert_eq!(drops.get(), 0, "somebody holds the task");
    drop(second);
    assert_eq!(drops.get(), 1);

    let (task, drops) = giving_back(future());
    drop(task);
    for _ in 0..9 {
        yield_now().await;
    }
    assert_eq!(drops.get(), 1, "of a task that nobody holds");
}

macro_rules! freed {
    ($($name:ident: $future:expr;)*) => {
        $(#[test]
        fn $name() {
            run(check(|| Box::pin($future)));
        })*
    };
}

freed! {
    a_sleep: sleep(Duration::from_secs(60));
    a_sleep_without_end: sleep(Duration::MAX);
    a_wait_for_a_future: async { drop(Future::<()>::new().await) };
    a_wait_for_a_task: async { drop(spawn(pending::<()>()).await) };
    a_wait_for_a_task_by_reference: async {
        let task = spawn(pending::<()>());
        drop((&task).await);
    };
    a_wait_for_a_gather: async { drop(gather::<(), Vec<()>>([Future::new()]).await) };
    a_wait_for_a_shield: async { drop(shield(Future::<()>::new()).await) };
    several_waits: async {
        let first = async { drop(Future::<()>::new().await) };
        join!(first, sleep(Duration::from_secs(60)), async { drop(Future::<()>::new().await) });
    };
    many_waits: async { drop(join_all((0..50).map(|_| sleep(Duration::from_secs(60)))).await) };
    a_wait_in_a_scope: async {
        drop(catch_cancel(sleep(Duration::from_secs(60))).await);
    };
    waits_beside_a_scope: async {
        let _ = join!(catch_cancel(sleep(Duration::MAX)), sleep(Duration::MAX), sleep(Duration::MAX));
    };
    a_timeout: async { let _ = timeout(Duration::from_secs(60), pending::<()>()).await; };
    a_group: async {
        drop(task_group(async |group| drop(group.spawn(pending::<()>()))).await);
    };
    a_scope: scope(async |s| s.spawn(pending::<()>()).await);
    an_interval: async {
        let mut ticks = interval(Duration::from_secs(60));
        ticks.tick().await;
        ticks.tick().await;
    };
    a_set_of_futures: async {
        let waits = [Duration::MAX, Duration::from_secs(60)].map(|time| catch_cancel(sleep(time)));
        let mut set: FuturesUnordered<_> = waits.into_iter().collect();
        let _ = set.next().await;
    };
    a_lock: async {
        let lock = Lock::new(());
        let _guard = lock.lock().await;
        drop(lock.lock().await);
    };
    a_queue: async { let _ = Queue::<()>::unbounded().get().await; };
    an_accept: async {
        drop(TcpListener::bind("127.0.0.1:0").unwrap().accept().await);
    };
}

#[test]
fn a_read_from_a_socket() {
    run(async {
        let (stream, _peer) = common::sockets::pair_with_std().await.unwrap();
        let (task, drops) = giving_back(async move { drop(stream.read(&mut [0; 8]).await) });
        while !task.is_done() {
            yield_now().await;
        }
        drop(task);
        assert_eq!(drops.get(), 1);
    });
}

#[test]
fn the_wait_goes_on_in_the_task_that_takes_it() {
    let event_loop = EventLoop::with_virtual_clock();
    let main = event_loop.run_until_complete(async {
        let future = Future::<i32>::new();
        let wait = future.clone();
        let (task, drops) = giving_back(async move { assert_eq!(wait.await.unwrap(), 7) });
        let (wait, held) = task.await.unwrap();
        let second = spawn(async move {
            let _held = held;
            wait.await;
        });
        yield_now().await;
        future.set_result(7).unwrap();
        second.await.unwrap();
        assert_eq!(drops.get(), 1);

        // A request arrives where it waits now.
        let (task, _) = giving_back(async { drop(Future::<()>::new().await) });
        let (wait, _) = task.await.unwrap();
        let second = spawn(wait);
        yield_now().await;
        assert!(second.cancel());
        assert!(second.await.unwrap_err().is_cancelled());
    });
    main.unwrap();
}

#[test]
fn a_task_that_was_asked_to_cancel_before() {
    run(async {
        let drops = Rc::new(Cell::new(0));
        let count = drops.clone();
        let task = spawn(async move {
            let _ = catch_cancel(pending::<()>()).await;
            let waits = [
                polled(sleep(Duration::from_secs(60))).await,
                polled(sleep(Duration::from_secs(60))).await,
            ];
            (waits, Counted(count))
        });
        yield_now().await;
        task.cancel();
        while !task.is_done() {
            yield_now().await;
        }
        drop(task);
        assert_eq!(drops.get(), 1);
    });
}

#[test]
fn a_task_that_ends_cancelled_though_it_gave_a_value() {
    run(async {
        let drops = Rc::new(Cell::new(0));
        let count = drops.clone();
        let task = spawn(async move {
            final_runtime::current_task().unwrap().cancel();
            (polled(sleep(Duration::MAX)).await, Counted(count))
        });
        while !task.is_done() {
            yield_now().await;
        }
        assert_eq!((task.state(), drops.get()), (State::Cancelled, 1));
    });
}

#[test]
fn waits_of_the_task_that_stand_elsewhere_keep_neither_value_nor_error() {
    let event_loop = EventLoop::with_virtual_clock();
    let heard = Rc::new(Cell::new(0));
    let ear = heard.clone();
    event_loop.set_exception_handler(move |_| ear.set(ear.get() + 1));
    let ended = event_loop.run_until_complete(async move {
        let elsewhere: Rc<RefCell<Vec<Boxed>>> = Rc::default();
        let drops = Rc::new(Cell::new(0));
        let (kept, count) = (elsewhere.clone(), drops.clone());
        let good = spawn(async move {
            for _ in 0..3 {
                let wait = polled(sleep(Duration::MAX)).await;
                kept.borrow_mut().push(wait);
            }
            Counted(count)
        });
        let kept = elsewhere.clone();
        let bad = try_spawn(async move {
            let wait = polled(sleep(Duration::MAX)).await;
            kept.borrow_mut().push(wait);
            Err::<(), _>("spilt")
        });
        yield_now().await;
        assert!(good.is_done() && bad.is_done());
        drop(elsewhere.borrow_mut().remove(0));
        drop(good);
        assert_eq!(drops.get(), 1);
        assert_eq!(heard.get(), 0);
        drop(bad);
        assert_eq!(heard.get(), 1, "nobody can look at the error any more");
        elsewhere.borrow_mut().clear();
        assert_eq!((drops.get(), heard.get()), (1, 1), "and it is told once");
    });
    ended.unwrap();
}

#[test]
fn an_error_that_holds_what_was_polled() {
    struct Spilt(#[expect(dead_code, reason = "it is held")] Boxed, Counted);
    impl std::fmt::Debug for Spilt {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "after {} drops", self.1.0.get())
        }
    }
    impl std::fmt::Display for Spilt {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("spilt")
        }
    }
    impl std::error::Error for Spilt {}
    run(async {
        let drops = Rc::new(Cell::new(0));
        let count = drops.clone();
        let task = try_spawn(async move {
            Err::<(), _>(Spilt(polled(sleep(Duration::MAX)).await, Counted(count)))
        });
        while !task.is_done() {
            yield_now().await;
        }
        assert!(task.error().unwrap().is_some());
        drop(task);
        assert_eq!(drops.get(), 1);
    });
}

#[test]
fn two_tasks_that_gave_each_other_what_they_had_polled() {
    run(async {
        let drops = Rc::new(Cell::new(0));
        let slots: [Rc<RefCell<Option<Boxed>>>; 2] = Default::default();
        let tasks = [0, 1].map(|number| {
            let (slots, count) = (slots.clone(), drops.clone());
            spawn(async move {
                let wait = polled(sleep(Duration::MAX)).await;
                slots[number].replace(Some(wait));
                yield_now().await;
                (slots[1 - number].take(), Counted(count))
            })
        });
        while !tasks.iter().all(|task| task.is_done()) {
            yield_now().await;
        }
        drop(tasks);
        assert_eq!(drops.get(), 2);
    });
}

#[test]
fn a_value_whose_drop_does_what_it_likes() {
    let event_loop = EventLoop::with_virtual_clock();
    let log = Rc::new(RefCell::new(Vec::new()));
    let main_log = log.clone();
    let main = event_loop.run_until_complete(async move {
        let (other, other_drops) = giving_back(sleep(Duration::MAX));
        let future = Future::<()>::new();
        let wait = future.clone();
        let waiter = spawn(async move { wait.await.unwrap() });
        yield_now().await;
        let mut other = Some(other);
        let log = main_log.clone();
        let task = spawn(async move {
            let busy = OnDrop(move || {
                drop(other.take());
                future.set_result(()).unwrap();
                let again = log.clone();
                spawn(async move { again.borrow_mut().push("spawned") });
                // Another wait, in whatever task this is dropped in.
                let mut wait = Box::pin(sleep(Duration::MAX));
                assert!(matches!(
                    wait.as_mut()
                        .poll(&mut std::task::Context::from_waker(std::task::Waker::noop())),
                    Poll::Pending
                ));
                log.borrow_mut().push("dropped");
            });
            // The wait is dropped before and after the rest.
            let first = polled(sleep(Duration::MAX)).await;
            (first, busy, polled(sleep(Duration::MAX)).await)
        });
        while !task.is_done() {
            yield_now().await;
        }
        drop(task);
        assert_eq!(other_drops.get(), 1);
        waiter.await.unwrap();
        yield_now().await;
        assert_eq!(*main_log.borrow(), ["dropped", "spawned"]);
    });
    main.unwrap();
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
}

#[test]
fn a_value_whose_drop_panics() {
    let event_loop = EventLoop::with_virtual_clock();
    let reports = Rc::new(Cell::new(0));
    let heard = reports.clone();
    event_loop.set_exception_handler(move |_| heard.set(heard.get() + 1));
    let drops = Rc::new(Cell::new(0));
    let count = drops.clone();
    let detached = event_loop.spawn(async move {
        let bomb = OnDrop(|| panic!("in a drop"));
        (
            polled(sleep(Duration::MAX)).await,
            bomb,
            polled(sleep(Duration::MAX)).await,
            Counted(count),
        )
    });
    drop(detached);
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!((drops.get(), reports.get()), (1, 1));
}

#[test]
fn a_loop_that_was_closed_first() {
    let event_loop = EventLoop::new();
    let drops = Rc::new(Cell::new(0));
    let count = drops.clone();
    let task = event_loop.spawn(async move {
        let pending_task = spawn(pending::<()>());
        (
            polled(sleep(Duration::from_secs(60))).await,
            polled(async { drop(pending_task.await) }).await,
            Counted(count),
        )
    });
    event_loop.run_until_done(&task).unwrap();
    drop(event_loop);
    assert_eq!(drops.get(), 0);
    drop(task);
    assert_eq!(drops.get(), 1);
}
