//! What holds of `sync` beyond asyncio's order of events: guards, panics, drops, several loops, no loop.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use final_runtime::sync::{Barrier, Condition, Event, Lock, PriorityQueue, Queue, Semaphore};
use final_runtime::{
    EventLoop, JoinError, Outcome, WaitsFor, catch_cancel, run, running_loop, spawn, yield_now,
};
use futures_util::{FutureExt, join};

#[test]
fn who_waits_for_a_lock_gets_it_in_order_one_turn_after_its_release() {
    run(async {
        let (lock, order) = (Rc::new(Lock::new(())), Rc::new(RefCell::new(vec![])));
        let held = lock.lock().await;
        for name in ["a", "b", "c"] {
            let (lock, order) = (lock.clone(), order.clone());
            drop(spawn(async move {
                let _guard = lock.lock().await;
                order.borrow_mut().push((name, running_loop().turn()));
            }));
        }
        yield_now().await;
        let turn = running_loop().turn();
        drop(held);
        assert!(
            !lock.is_locked() && lock.try_lock().is_none(),
            "it is kept for the first"
        );
        let last = lock.lock().await;
        drop(last);
        let expected = [("a", turn + 1), ("b", turn + 2), ("c", turn + 3)];
        assert_eq!(*order.borrow(), expected);
        assert_eq!(running_loop().turn(), turn + 4, "a newcomer comes last");
    });
}

#[test]
fn a_lock_that_a_guard_holds_is_not_released_by_hand() {
    run(async {
        let lock = Lock::new(());
        let guard = lock.lock().await;
        let refused = lock.release().unwrap_err();
        assert_eq!(
            refused.to_string(),
            "release found the lock held by a guard; use the guard"
        );
        let refused = Condition::new().wait_raw(&lock).await.unwrap_err();
        assert!(refused.to_string().starts_with("wait_raw found"));
        assert!(lock.is_locked());
        drop(guard);
        lock.acquire().await;
        lock.release().unwrap();
        assert!(lock.release().is_err(), "once");
    });
}

#[test]
fn a_panic_releases_what_was_held_and_leaves_the_line() {
    run(async {
        let (lock, semaphore) = (Rc::new(Lock::new(1)), Rc::new(Semaphore::new(1)));
        let (held, permits) = (lock.clone(), semaphore.clone());
        let task = spawn(async move {
            let (_guard, _permit) = join!(held.lock(), permits.acquire());
            yield_now().await;
            panic!("spilt");
        });
        yield_now().await;
        let waiter = spawn(async move { *lock.lock().await });
        assert!(matches!(task.await, Err(JoinError::Panicked(_))));
        assert_eq!(waiter.await.unwrap(), 1);
        assert_eq!(semaphore.available(), 1);
    });
}

#[test]
fn several_waits_of_one_task_stand_in_the_line_one_behind_the_other() {
    run(async {
        let lock = Rc::new(Lock::new(vec![]));
        let held = lock.lock().await;
        let writes = |n: i32| {
            let lock = lock.clone();
            async move { lock.lock().await.push(n) }
        };
        let (one, two) = (writes(1), writes(2));
        let later = async {
            yield_now().await;
            drop(held);
        };
        join!(one, two, later);
        assert_eq!(*lock.lock().await, [1, 2]);
    });
}

#[test]
fn what_can_be_had_at_once_needs_no_loop() {
    let (lock, event, queue) = (Lock::new(1), Event::new(), Queue::bounded(1));
    assert_eq!(lock.lock().now_or_never().map(|guard| *guard), Some(1));
    event.set();
    assert_eq!(event.wait().now_or_never(), Some(()));
    assert_eq!(queue.put("tea").now_or_never(), Some(Ok(())));
    assert_eq!(queue.get().now_or_never(), Some(Ok("tea")));
    assert_eq!(Barrier::new(1).wait().now_or_never(), Some(Ok(0)));
}

#[test]
fn to_wait_without_a_loop_panics_and_says_what_to_do() {
    let event = Event::new();
    let panic = catch_unwind(AssertUnwindSafe(|| event.wait().now_or_never())).unwrap_err();
    let said = panic.downcast_ref::<String>().unwrap();
    assert!(
        said.contains("a thread whose loop is not running"),
        "{said}"
    );
    assert!(said.contains("final_runtime::run"), "{said}");
    assert!(format!("{event:?}").contains("waiting: 0"), "{event:?}");
}

#[test]
fn two_loops_of_a_thread_share_a_queue_and_each_wakes_the_other() {
    let (first, second) = (
        EventLoop::with_virtual_clock(),
        EventLoop::with_virtual_clock(),
    );
    let (there, back) = (Rc::new(Queue::unbounded()), Rc::new(Queue::unbounded()));
    let (to, from) = (there.clone(), back.clone());
    let echo = second.spawn(async move {
        let word: &str = to.get().await.unwrap();
        from.put(word.len()).await.unwrap();
    });
    let asked = first.spawn(async move {
        there.put("word").await.unwrap();
        back.get().await
    });
    assert_eq!(
        second.run_forever(),
        Outcome::Idle,
        "the second waits for the first"
    );
    assert_eq!(first.run_forever(), Outcome::Idle);
    assert_eq!(second.run_forever(), Outcome::Idle);
    assert!(echo.is_done() && !asked.is_done());
    assert_eq!(first.run_until_complete(asked).unwrap().unwrap(), Ok(4));
}

#[test]
fn a_loop_that_closes_leaves_nobody_in_the_line() {
    let lock = Rc::new(Lock::new(()));
    lock.acquire().now_or_never().unwrap();
    let event_loop = EventLoop::with_virtual_clock();
    for _ in 0..3 {
        let lock = lock.clone();
        drop(event_loop.spawn(async move { drop(lock.lock().await) }));
    }
    let _ = event_loop.run_forever();
    lock.release().unwrap();
    event_loop.close();
    assert!(lock.try_lock().is_some(), "{lock:?}");
}

#[test]
fn a_task_says_what_it_waits_for() {
    let event_loop = EventLoop::with_virtual_clock();
    let (lock, queue) = (Lock::new(()), Queue::<()>::bounded(1));
    let (semaphore, barrier) = (Semaphore::new(0), Barrier::new(2));
    let task = event_loop.spawn(async move {
        let _guard = lock.lock().await;
        queue.put(()).await.unwrap();
        let (a, b) = (lock.lock(), queue.put(()));
        let _ = join!(a, b, semaphore.acquire(), barrier.wait(), queue.join());
    });
    let _ = event_loop.run_forever();
    let tree = event_loop.task_tree();
    let itself = Some(task.id());
    assert_eq!(
        tree.tasks[0].waits_for,
        [
            WaitsFor::Lock { behind: itself },
            WaitsFor::QueueRoom,
            WaitsFor::Semaphore,
            WaitsFor::Barrier,
            WaitsFor::QueueDone,
        ]
    );
    assert!(tree.rings.is_empty(), "something else may end its waits");
    drop(task);
}

#[test]
fn a_request_in_a_condition_arrives_when_the_lock_is_free_and_the_last_one_is_heard() {
    run(async {
        let (lock, condition) = (Rc::new(Lock::new(())), Rc::new(Condition::new()));
        let (held, changed) = (lock.clone(), condition.clone());
        let waiter = spawn(async move {
            let wait = catch_cancel(async { drop(changed.wait(held.lock().await).await) }).await;
            let free = held.try_lock().is_some();
            (wait.unwrap_err().message().map(str::to_owned), free)
        });
        yield_now().await;
        let guard = lock.lock().await;
        for message in ["first", "second", "third"] {
            waiter.cancel_with(message);
            yield_now().await;
            assert!(!waiter.is_done(), "the lock is held");
        }
        drop(guard);
        assert_eq!(waiter.await.unwrap(), (Some("third".to_owned()), true));
    });
}

#[test]
fn a_wait_for_a_condition_that_is_dropped_while_it_takes_the_lock_again_hands_the_notification_on()
{
    run(async {
        let (lock, condition) = (Rc::new(Lock::new(())), Rc::new(Condition::new()));
        let wait = || {
            let (lock, condition) = (lock.clone(), condition.clone());
            async move { drop(condition.wait(lock.lock().await).await) }
        };
        let mut first = Box::pin(wait());
        assert!(
            first.as_mut().now_or_never().is_none(),
            "it waits to be notified"
        );
        let other = spawn(wait());
        yield_now().await;
        let guard = lock.lock().await;
        condition.notify_one();
        assert!(
            first.as_mut().now_or_never().is_none(),
            "it waits for the lock"
        );
        drop((first, guard));
        other.await.unwrap();
    });
}

#[test]
fn equal_items_of_a_priority_queue_all_come_out_and_what_is_left_is_given_back() {
    let queue = PriorityQueue::unbounded();
    for item in [2, 1, 2, 3] {
        queue.try_put(item).unwrap();
    }
    assert_eq!((queue.try_get(), queue.try_get()), (Ok(1), Ok(2)));
    assert_eq!(queue.shutdown_now(), [2, 3]);
    queue.task_done().unwrap();
    run(async move {
        let unfinished = queue.join().now_or_never();
        assert_eq!(unfinished, None, "one that was got is not done");
        queue.task_done().unwrap();
        assert_eq!(queue.join().now_or_never(), Some(()));
    });
}

#[test]
fn a_wait_for_a_condition_that_is_dropped_leaves_the_lock_to_whoever_has_it() {
    run(async {
        let (lock, condition) = (Lock::new(()), Condition::new());
        let mut wait = Box::pin(async { drop(condition.wait(lock.lock().await).await) });
        assert!(wait.as_mut().now_or_never().is_none());
        let guard = lock.lock().await;
        drop(wait);
        assert!(lock.is_locked());
        drop(guard);

        lock.acquire().await;
        let mut wait = Box::pin(condition.wait_raw(&lock));
        assert!(wait.as_mut().now_or_never().is_none());
        drop(wait);
        assert!(!lock.is_locked(), "a drop does not take it again");
    });
}

#[test]
fn who_gives_up_without_having_been_called_calls_nobody() {
    run(async {
        let (queue, got) = (Rc::new(Queue::unbounded()), Rc::new(RefCell::new(vec![])));
        let getters = ["a", "b", "c", "d"].map(|name| {
            let (queue, got) = (queue.clone(), got.clone());
            spawn(async move {
                let item = queue.get().await.unwrap();
                got.borrow_mut().push((name, item));
            })
        });
        yield_now().await;
        getters[1].cancel();
        queue.try_put(1).unwrap();
        yield_now().await;
        yield_now().await;
        // Had `c` been called, it would have found nothing and gone behind `d`.
        queue.try_put(2).unwrap();
        yield_now().await;
        assert_eq!(*got.borrow(), [("a", 1), ("c", 2)]);
    });
}
