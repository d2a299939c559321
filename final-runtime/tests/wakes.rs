//! Wakes from everywhere, at every moment.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Poll, Waker};
use std::thread;

use final_runtime::{EventLoop, Future, Outcome, run, sleep, spawn, yield_now};

/// Pends once and leaves its waker; counts its polls.
async fn leave_waker(at: Rc<RefCell<Option<Waker>>>, polls: Rc<Cell<u32>>) {
    poll_fn(|cx| {
        polls.set(polls.get() + 1);
        match at.replace(Some(cx.waker().clone())) {
            Some(_) => Poll::Ready(()),
            None => Poll::Pending,
        }
    })
    .await;
}

#[test]
fn a_wake_from_another_thread_ends_the_sleep_of_the_loop() {
    run(async {
        let (wakers, inbox) = mpsc::channel::<Waker>();
        let (answers, woken) = mpsc::channel();
        let thread = thread::spawn(move || {
            for waker in inbox {
                answers.send(()).unwrap();
                waker.wake();
            }
        });
        for _ in 0..100 {
            poll_fn(|cx| match woken.try_recv() {
                Ok(()) => Poll::Ready(()),
                Err(_) => {
                    wakers.send(cx.waker().clone()).unwrap();
                    Poll::Pending
                }
            })
            .await;
            while woken.try_recv().is_ok() {}
        }
        drop(wakers);
        thread.join().unwrap();
    });
}

#[test]
fn a_wake_between_two_runs_is_taken_in_by_the_next() {
    let event_loop = EventLoop::with_virtual_clock();
    let waker = Rc::new(RefCell::new(None));
    let polls = Rc::new(Cell::new(0));
    let task = event_loop.spawn(leave_waker(waker.clone(), polls.clone()));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let left = waker.borrow().clone().unwrap();
    thread::spawn(move || left.wake()).join().unwrap();
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert!(task.is_done());
}

#[test]
fn ten_wakes_are_one_step() {
    let polls = Rc::new(Cell::new(0));
    let counted = polls.clone();
    run(async move {
        let waker = Rc::new(RefCell::new(None::<Waker>));
        let task = spawn(leave_waker(waker.clone(), counted));
        yield_now().await;
        let left = waker.borrow().clone().unwrap();
        for _ in 0..10 {
            left.wake_by_ref();
        }
        task.await.unwrap();
    });
    assert_eq!(polls.get(), 2);
}

#[test]
fn a_wake_after_the_end_and_after_the_loop_is_nothing() {
    let waker = Rc::new(RefCell::new(None::<Waker>));
    let polls = Rc::new(Cell::new(0));
    let event_loop = EventLoop::with_virtual_clock();
    event_loop.spawn(leave_waker(waker.clone(), polls.clone()));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let left = waker.borrow().clone().unwrap();
    left.wake_by_ref();
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    left.wake_by_ref();
    let turn = event_loop.turn();
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(event_loop.turn(), turn + 1, "one turn, which finds nothing");
    drop(event_loop);
    left.wake_by_ref();
    thread::spawn(move || left.wake()).join().unwrap();
    assert_eq!(polls.get(), 2);
}

/// Leaves a hundred thousand clones of its waker, steps once more, and ends at its third step.
async fn leave_many_wakers(at: Rc<RefCell<Vec<Waker>>>, polls: Rc<Cell<u32>>) {
    poll_fn(|cx| {
        polls.set(polls.get() + 1);
        match polls.get() {
            1 => {
                *at.borrow_mut() = vec![cx.waker().clone(); 100_000];
                Poll::Pending
            }
            2 => Poll::Pending,
            _ => Poll::Ready(()),
        }
    })
    .await;
}

#[test]
fn a_hundred_thousand_wakers_of_a_task_are_one_step_from_inside_and_one_from_another_thread() {
    let event_loop = EventLoop::with_virtual_clock();
    let (wakers, polls) = (Rc::new(RefCell::new(Vec::new())), Rc::new(Cell::new(0)));
    let task = event_loop.spawn(leave_many_wakers(wakers.clone(), polls.clone()));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let woken = wakers.clone();
    event_loop.call_soon(move || woken.borrow().iter().for_each(Waker::wake_by_ref));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!((polls.get(), task.is_done()), (2, false));

    let sent = wakers.borrow().clone();
    thread::spawn(move || sent.into_iter().for_each(Waker::wake))
        .join()
        .unwrap();
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!((polls.get(), task.is_done()), (3, true));

    // After the end, when another task is in its slot, and after the loop.
    let next_polls = Rc::new(Cell::new(0));
    let next = event_loop.spawn(leave_waker(Rc::default(), next_polls.clone()));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let (here, elsewhere) = (wakers.clone(), wakers.borrow().clone());
    event_loop.call_soon(move || here.borrow().iter().for_each(Waker::wake_by_ref));
    thread::spawn(move || elsewhere.into_iter().for_each(Waker::wake))
        .join()
        .unwrap();
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!((polls.get(), next_polls.get()), (3, 1));
    assert!(!next.is_done());
    drop(event_loop);
    wakers.take().into_iter().for_each(Waker::wake);
}

#[test]
fn of_a_hundred_thousand_wakes_from_another_thread_while_the_loop_runs_the_last_is_not_lost() {
    run(async {
        let done = Arc::new(AtomicBool::new(false));
        let mut thread = None;
        poll_fn(|cx| {
            thread.get_or_insert_with(|| {
                let (wakers, done_there) = (vec![cx.waker().clone(); 100_000], done.clone());
                // The wakes meet the task running, queued and waiting, and the loop awake and asleep.
                thread::spawn(move || {
                    let (last, others) = wakers.split_last().unwrap();
                    others.iter().for_each(Waker::wake_by_ref);
                    done_there.store(true, Ordering::Relaxed);
                    last.wake_by_ref();
                })
            });
            match done.load(Ordering::Relaxed) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
        thread.unwrap().join().unwrap();
    });
}

#[test]
fn a_wake_while_polled_is_another_step() {
    run(async {
        let mut polls = 0;
        poll_fn(|cx| {
            polls += 1;
            cx.waker().wake_by_ref();
            if polls == 5 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        assert_eq!(polls, 5);
    });
}

#[test]
fn a_main_that_wakes_itself_for_ever_starves_neither_tasks_nor_timers() {
    run(async {
        let turns = Rc::new(Cell::new(0));
        let counted = turns.clone();
        spawn(async move {
            for _ in 0..1000 {
                yield_now().await;
                counted.set(counted.get() + 1);
            }
        });
        let timer = spawn(sleep(std::time::Duration::from_millis(5)));
        poll_fn(|cx| {
            cx.waker().wake_by_ref();
            if turns.get() == 1000 && timer.is_done() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    });
}

#[test]
fn dropping_the_handle_detaches_the_task_also_from_inside() {
    let done = Rc::new(Cell::new(false));
    let seen = done.clone();
    run(async move {
        let own = Rc::new(RefCell::new(None));
        let held = own.clone();
        own.replace(Some(spawn(async move {
            drop(held.take());
            yield_now().await;
            seen.set(true);
        })));
        drop(own);
        for _ in 0..3 {
            yield_now().await;
        }
    });
    assert!(done.get());
}

#[test]
fn everybody_who_waits_for_a_future_gets_its_result_in_order_of_waiting() {
    run(async {
        let future = Future::new();
        let order = Rc::new(RefCell::new(Vec::new()));
        let waiting: Vec<_> = (0..3)
            .map(|n| {
                let (future, order) = (future.clone(), order.clone());
                spawn(async move {
                    let value = future.await.unwrap();
                    order.borrow_mut().push((n, value));
                })
            })
            .collect();
        yield_now().await;
        future.set_result('x').unwrap();
        assert!(future.set_result('y').is_err());
        for task in waiting {
            task.await.unwrap();
        }
        assert_eq!(*order.borrow(), [(0, 'x'), (1, 'x'), (2, 'x')]);
    });
}

#[test]
fn a_future_that_is_dropped_with_its_loop_may_wake_spawned_others_and_the_loop() {
    struct Wakes(Option<Waker>);
    impl Drop for Wakes {
        fn drop(&mut self) {
            self.0.take().unwrap().wake();
        }
    }
    let event_loop = EventLoop::with_virtual_clock();
    for _ in 0..2 {
        event_loop.spawn(async {
            let waker = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;
            let _wakes = Wakes(Some(waker));
            Future::<()>::new().await.unwrap();
        });
    }
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    event_loop.close();
    assert!(event_loop.is_closed());
}

#[test]
#[should_panic(expected = "`run` was called inside a running loop")]
fn a_run_inside_a_run_says_what_to_do() {
    run(async { run(async {}) });
}

#[test]
#[should_panic(expected = "call it inside `final_runtime::run")]
fn a_spawn_without_a_loop_says_what_to_do() {
    spawn(async {});
}
