//! What `async fn` is made into: when it runs, when it switches, what it owns.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::mpsc;
use std::task::{Poll, Waker};
use std::thread;

use chapter_08::{EventLoop, Outcome, Promise, block_on};

/// Writes down that it was dropped.
struct Noted(&'static str, Rc<RefCell<Vec<&'static str>>>);

impl Drop for Noted {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

#[test]
fn calling_an_async_function_runs_nothing_of_it() {
    let log = Rc::default();
    let in_it = Noted("argument", Rc::clone(&log));
    let log_in_it = Rc::clone(&log);
    let future = async move {
        log_in_it.borrow_mut().push("ran");
        drop(in_it);
    };
    assert!(log.borrow().is_empty());
    drop(future);
    assert_eq!(*log.borrow(), ["argument"]);
}

#[test]
fn a_suspended_function_that_is_dropped_drops_its_variables_from_last_to_first() {
    let event_loop = Rc::new(EventLoop::new());
    let log = Rc::default();
    let (first, second) = (
        Noted("first", Rc::clone(&log)),
        Noted("second", Rc::clone(&log)),
    );
    event_loop.spawn("sleeper", async move {
        let _first = first;
        let _second = second;
        std::future::pending::<()>().await;
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert!(log.borrow().is_empty());
    drop(event_loop);
    assert_eq!(*log.borrow(), ["second", "first"]);
}

#[test]
fn only_an_await_that_is_pending_switches() {
    let event_loop = Rc::new(EventLoop::new());
    let [settled, later] = ["settled", "later"].map(|name| Promise::new(&event_loop, name));
    assert!(settled.set_result(1).is_ok());
    let (of_red, waited) = (Rc::clone(&event_loop), later.clone());
    event_loop.spawn("red", async move {
        let one = settled.await.expect("it was kept");
        of_red.say(one);
        let two = waited.await.expect("it was kept");
        of_red.say(two);
    });
    event_loop.call_soon("bell", move |event_loop| {
        event_loop.say("ding");
        assert!(later.set_result(2).is_ok());
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let events = event_loop.trace().events().into_iter();
    let said: Vec<_> = events
        .filter(|e| e.event == "says")
        .map(|e| format!("{} {} {}", e.turn, e.task, e.note))
        .collect();
    assert_eq!(said, ["1 red 1", "1 bell ding", "2 red 2"]);
}

#[test]
fn block_on_returns_what_is_ready_and_sleeps_until_another_thread_wakes_it() {
    assert_eq!(block_on(async { 1 + async { 2 }.await }), 3);

    let (wakers, asked) = mpsc::channel::<Waker>();
    let (answers, answer) = mpsc::channel();
    let other = thread::spawn(move || {
        let waker = asked.recv().expect("the first poll sends its waker");
        answers.send(7).expect("somebody waits for it");
        waker.wake();
    });
    let mut wakers = Some(wakers);
    let value = block_on(std::future::poll_fn(|context| {
        if let Some(wakers) = wakers.take() {
            let sent = wakers.send(context.waker().clone());
            sent.expect("the other thread waits for it");
        }
        answer.try_recv().map_or(Poll::Pending, Poll::Ready)
    }));
    assert_eq!(value, 7);
    other.join().expect("the other thread ended");
}

#[test]
fn a_wake_before_block_on_sleeps_is_not_lost() {
    let mut polls = 0;
    block_on(std::future::poll_fn(|context| {
        polls += 1;
        context.waker().wake_by_ref();
        if polls < 3 {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    }));
    assert_eq!(polls, 3);
}
