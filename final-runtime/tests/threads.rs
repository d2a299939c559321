//! Wakes and calls from other threads, and of other loops of this one.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::mpsc;
use std::task::{Poll, Waker};
use std::thread;

use final_runtime::{EventLoop, Outcome, ThreadsafeHandle, current_task, run, running_loop};

const THREADS: u32 = 4;

/// Pends once and leaves its waker.
async fn leave_waker(at: Rc<RefCell<Option<Waker>>>) {
    poll_fn(|cx| match at.replace(Some(cx.waker().clone())) {
        Some(_) => Poll::Ready(()),
        None => Poll::Pending,
    })
    .await;
}

/// A handle crosses threads, and is shared by them.
const _: () = {
    const fn crosses<T: Send + Sync + Clone>() {}
    crosses::<ThreadsafeHandle>();
};

#[test]
fn of_the_wakes_of_four_threads_none_is_lost() {
    const WAKES: u32 = 100_000;
    let polls = run(async {
        let made = Arc::new(AtomicU32::new(0));
        let mut threads = Vec::new();
        let mut polls = 0;
        poll_fn(|cx| {
            polls += 1;
            while threads.len() < THREADS as usize {
                let (waker, made) = (cx.waker().clone(), made.clone());
                threads.push(thread::spawn(move || {
                    for _ in 0..WAKES {
                        made.fetch_add(1, Relaxed);
                        waker.wake_by_ref();
                    }
                }));
            }
            // It is polled again only if it is woken: a lost last wake would be the end.
            match made.load(Relaxed) {
                all if all == THREADS * WAKES => Poll::Ready(()),
                _ => Poll::Pending,
            }
        })
        .await;
        threads.into_iter().for_each(|it| it.join().unwrap());
        polls
    });
    assert!(polls <= THREADS * WAKES + 1);
}

#[test]
fn a_million_wakes_of_one_waker_are_one_step_of_a_loop_that_is_busy() {
    let polls = Rc::new(Cell::new(0));
    let counted = polls.clone();
    run(poll_fn(move |cx| {
        counted.set(counted.get() + 1);
        if counted.get() == 2 {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone();
        let waking = thread::spawn(move || (0..1_000_000).for_each(|_| waker.wake_by_ref()));
        waking.join().unwrap();
        Poll::Pending
    }));
    assert_eq!(polls.get(), 2);
}

#[test]
fn the_calls_of_one_thread_come_in_its_order() {
    const CALLS: u32 = 10_000;
    thread_local! {
        static CAME: RefCell<Vec<(u32, u32)>> = const { RefCell::new(Vec::new()) };
    }
    let event_loop = EventLoop::new();
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let handle = event_loop.threadsafe();
            thread::spawn(move || {
                for call in 0..CALLS {
                    let come = move || {
                        CAME.with_borrow_mut(|came| {
                            came.push((thread, call));
                            if came.len() == (THREADS * CALLS) as usize {
                                running_loop().stop();
                            }
                        });
                    };
                    handle.call_soon_threadsafe(come).unwrap();
                }
            })
        })
        .collect();
    assert_eq!(event_loop.run_forever(), Outcome::Stopped);
    threads.into_iter().for_each(|it| it.join().unwrap());
    let came = CAME.take();
    for thread in 0..THREADS {
        let own = came.iter().filter(|(from, _)| *from == thread);
        assert!(own.map(|(_, call)| *call).eq(0..CALLS));
    }
}

#[test]
fn a_call_is_queued_when_it_is_taken_in_behind_what_is_ready() {
    let event_loop = EventLoop::with_virtual_clock();
    let handle = event_loop.threadsafe();
    let order = Rc::new(RefCell::new(Vec::new()));
    let (sent, sender) = mpsc::channel();
    for name in ["first", "second"] {
        let order = order.clone();
        event_loop.call_soon(move || order.borrow_mut().push(name));
    }
    handle
        .call_soon_threadsafe(move || sent.send(running_loop().turn()).unwrap())
        .unwrap();
    let last = order.clone();
    event_loop.call_soon(move || last.borrow_mut().push("third"));
    let seen = order.clone();
    handle
        .call_soon_threadsafe(|| running_loop().stop())
        .unwrap();
    assert_eq!(event_loop.run_forever(), Outcome::Stopped);
    assert_eq!(*seen.borrow(), ["first", "second", "third"]);
    assert_eq!(sender.recv(), Ok(1), "all of it in the first turn");
}

#[test]
fn a_sleeping_loop_is_woken_by_each_call() {
    let event_loop = EventLoop::new();
    let handle = event_loop.threadsafe();
    let caller = thread::spawn(move || {
        for _ in 0..1_000 {
            // The loop has nothing else to do: when it has answered it sleeps, or is about to.
            let (answer, answered) = mpsc::channel();
            handle
                .call_soon_threadsafe(move || answer.send(()).unwrap())
                .unwrap();
            answered.recv().unwrap();
        }
        handle.call_soon_threadsafe(|| running_loop().stop())
    });
    assert_eq!(event_loop.run_forever(), Outcome::Stopped);
    caller.join().unwrap().unwrap();
}

#[test]
fn a_call_of_the_loop_to_itself_waits_for_the_next_turn() {
    let event_loop = EventLoop::with_virtual_clock();
    let handle = event_loop.threadsafe();
    let (turns, came) = mpsc::channel();
    event_loop.call_soon(move || {
        turns.send(running_loop().turn()).unwrap();
        let again = move || turns.send(running_loop().turn()).unwrap();
        handle.call_soon_threadsafe(again).unwrap();
    });
    // Idle is found by the turn in which the first runs; the second is there for the next run.
    let _ = event_loop.run_forever();
    let _ = event_loop.run_forever();
    assert_eq!(came.iter().collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn a_closed_loop_refuses_calls_and_drops_on_its_thread_those_it_did_not_run() {
    struct DroppedOn(mpsc::Sender<thread::ThreadId>);
    impl Drop for DroppedOn {
        fn drop(&mut self) {
            self.0.send(thread::current().id()).unwrap();
        }
    }
    let event_loop = EventLoop::new();
    let handle = event_loop.threadsafe();
    let (sender, dropped_on) = mpsc::channel();
    let token = DroppedOn(sender);
    let other = handle.clone();
    let caller = thread::spawn(move || {
        let call = move || {
            let _token = token;
            unreachable!("the loop does not run");
        };
        other.call_soon_threadsafe(call)
    });
    assert_eq!(caller.join().unwrap(), Ok(()));
    event_loop.close();
    assert_eq!(dropped_on.try_recv(), Ok(thread::current().id()));
    let refused = handle.call_soon_threadsafe(|| {}).unwrap_err();
    assert!(refused.to_string().contains("an event loop that is closed"));
    let late = thread::spawn(move || handle.call_soon_threadsafe(|| {}).is_err());
    assert!(late.join().unwrap());
}

#[test]
fn what_a_close_drops_may_call_the_loop() {
    struct Calls(ThreadsafeHandle, mpsc::Sender<bool>);
    impl Drop for Calls {
        fn drop(&mut self) {
            let refused = self.0.call_soon_threadsafe(|| {}).is_err();
            self.1.send(refused).unwrap();
        }
    }
    let event_loop = EventLoop::new();
    let (sender, refused) = mpsc::channel();
    let calls = Calls(event_loop.threadsafe(), sender);
    let handle = event_loop.threadsafe();
    handle.call_soon_threadsafe(move || drop(calls)).unwrap();
    drop(event_loop);
    assert_eq!(refused.recv(), Ok(true));
}

#[test]
fn a_wake_of_a_second_loop_of_the_thread_waits_for_its_run() {
    let first = EventLoop::with_virtual_clock();
    let second = EventLoop::with_virtual_clock();
    let waker = Rc::new(RefCell::new(None));
    let task = second.spawn(leave_waker(waker.clone()));
    assert_eq!(second.run_forever(), Outcome::Idle);
    let left = waker.borrow().clone().unwrap();
    // Both loops have a first task: the wake must not find that of the loop that is entered.
    let steps = Rc::new(Cell::new(0));
    let counted = steps.clone();
    first.spawn(poll_fn(move |_| {
        counted.set(counted.get() + 1);
        Poll::<()>::Pending
    }));
    first.call_soon(move || left.wake());
    assert_eq!(first.run_forever(), Outcome::Idle);
    assert_eq!(first.run_forever(), Outcome::Idle);
    assert_eq!(steps.get(), 1);
    assert!(!task.is_done());
    assert_eq!(second.run_forever(), Outcome::Idle);
    assert!(task.is_done());
}

#[test]
fn a_waker_that_outlives_its_loop_wakes_nobody() {
    let waker = Rc::new(RefCell::new(None));
    let event_loop = EventLoop::with_virtual_clock();
    event_loop.spawn(leave_waker(waker.clone()));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let left = waker.borrow().clone().unwrap();
    drop(event_loop);
    let next = EventLoop::with_virtual_clock();
    let steps = Rc::new(Cell::new(0));
    let counted = steps.clone();
    next.spawn(poll_fn(move |_| {
        counted.set(counted.get() + 1);
        Poll::<()>::Pending
    }));
    assert_eq!(next.run_forever(), Outcome::Idle);
    left.wake_by_ref();
    thread::spawn(move || (0..1_000).for_each(|_| left.wake_by_ref()))
        .join()
        .unwrap();
    assert_eq!(next.run_forever(), Outcome::Idle);
    assert_eq!(steps.get(), 1);
}

#[test]
fn a_wake_at_the_very_end_of_a_thread_arrives() {
    struct WakesAtEnd(Waker);
    impl Drop for WakesAtEnd {
        fn drop(&mut self) {
            self.0.wake_by_ref();
        }
    }
    thread_local! {
        static LAST: RefCell<Option<WakesAtEnd>> = const { RefCell::new(None) };
    }
    let mut begun = false;
    run(poll_fn(move |cx| {
        if std::mem::replace(&mut begun, true) {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone();
        thread::spawn(move || {
            LAST.set(Some(WakesAtEnd(waker)));
            // The runtime's own thread local is made behind that one, and so it is gone first.
            assert!(current_task().is_none());
        });
        Poll::Pending
    }));
}

#[test]
fn a_loop_that_a_thread_local_runs_at_the_very_end_of_a_thread_runs() {
    struct RunsAtEnd(mpsc::Sender<u8>);
    impl Drop for RunsAtEnd {
        fn drop(&mut self) {
            let answer = run(async { final_runtime::spawn(async { 4 }).await.unwrap() });
            self.0.send(answer).unwrap();
        }
    }
    thread_local! {
        static LAST: RefCell<Option<RunsAtEnd>> = const { RefCell::new(None) };
    }
    let (answers, answer) = mpsc::channel();
    let thread = thread::spawn(move || {
        LAST.set(Some(RunsAtEnd(answers)));
        // The runtime's own thread local is made behind that one, and so it is gone first.
        run(async {});
    });
    thread.join().unwrap();
    assert_eq!(answer.recv(), Ok(4));
}
