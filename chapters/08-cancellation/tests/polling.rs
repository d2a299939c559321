//! When a future is polled: who must call its waker, how often, from where.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::thread;

use chapter_08::{EventLoop, Outcome, Promise};

/// Who ran and how it returned, as "turn who answer".
fn polls(event_loop: &EventLoop) -> Vec<String> {
    let events = event_loop.trace().events().into_iter();
    let returns = events.filter(|e| e.event == "returned");
    returns
        .map(|e| {
            format!("{} {} {}", e.turn, e.task, e.note)
                .trim_end()
                .to_owned()
        })
        .collect()
}

/// Who was woken by whom, as "turn who by whom".
fn wakes(event_loop: &EventLoop) -> Vec<String> {
    let events = event_loop.trace().events().into_iter();
    let wakes = events.filter(|e| e.event == "woken");
    wakes
        .map(|e| format!("{} {} {}", e.turn, e.task, e.note))
        .collect()
}

/// A future that hands out its waker and says `Pending` in its first `n` polls.
fn pending(n: u32, waker: &Rc<RefCell<Option<Waker>>>) -> impl Future<Output = ()> + use<> {
    let waker = Rc::clone(waker);
    let mut left = n;
    poll_fn(move |context: &mut Context<'_>| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        waker.replace(Some(context.waker().clone()));
        Poll::Pending
    })
}

#[test]
fn a_future_is_polled_in_the_next_turn_in_its_place_among_the_callbacks() {
    let event_loop = Rc::new(EventLoop::new());
    event_loop.call_soon("before", |_| {});
    event_loop.spawn("future", async {});
    event_loop.call_soon("behind", |_| {});
    assert_eq!(polls(&event_loop), [""; 0]);
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(
        polls(&event_loop),
        ["1 before", "1 future Ready", "1 behind"]
    );
}

#[test]
fn without_a_wake_there_is_no_second_poll() {
    let event_loop = Rc::new(EventLoop::new());
    let waker = Rc::default();
    event_loop.spawn("future", pending(1, &waker));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(polls(&event_loop), ["1 future Pending"]);

    // The loop has kept it, and a late wake is as good as an early one.
    waker.take().expect("the future gave its waker away").wake();
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(polls(&event_loop)[1..], ["2 future Ready"]);
    assert_eq!(wakes(&event_loop), ["1 future by main"]);
}

#[test]
fn a_wake_during_the_poll_is_for_the_next_turn() {
    let event_loop = Rc::new(EventLoop::new());
    let mut first = true;
    event_loop.spawn(
        "future",
        poll_fn(move |context| {
            if std::mem::take(&mut first) {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Ready(())
        }),
    );
    event_loop.call_soon("behind", |_| {});
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(
        polls(&event_loop),
        ["1 future Pending", "1 behind", "2 future Ready"]
    );
    assert_eq!(wakes(&event_loop), ["1 future by future"]);
}

#[test]
fn two_wakes_before_a_poll_are_one_poll() {
    let event_loop = Rc::new(EventLoop::new());
    let waker = Rc::default();
    event_loop.spawn("future", pending(2, &waker));
    event_loop.call_soon("bell", move |_| {
        let waker = waker.take().expect("the future was polled first");
        waker.wake_by_ref();
        waker.wake();
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(
        polls(&event_loop),
        ["1 future Pending", "1 bell", "2 future Pending"]
    );
    assert_eq!(
        wakes(&event_loop),
        ["1 future by bell", "1 future by bell, again"]
    );
}

#[test]
fn a_wake_after_the_end_means_nothing() {
    let event_loop = Rc::new(EventLoop::new());
    let waker = Rc::default();
    let held = Rc::new(());
    let in_the_future = Rc::clone(&held);
    let inner = pending(1, &waker);
    event_loop.spawn("future", async move {
        inner.await;
        drop(in_the_future);
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let waker = waker.take().expect("the future gave its waker away");
    waker.wake_by_ref();
    waker.wake_by_ref();
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    waker.wake();
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(polls(&event_loop), ["1 future Pending", "2 future Ready"]);
    assert_eq!(Rc::strong_count(&held), 1);
}

#[test]
fn a_promise_that_changes_hands_wakes_the_one_who_polled_last() {
    let event_loop = Rc::new(EventLoop::new());
    let promise = Promise::new(&event_loop, "promise");
    let handed_on = Rc::new(RefCell::new(promise.clone()));
    let first = Rc::clone(&handed_on);
    let poll = |promise: &RefCell<Promise<u32>>, context: &mut Context<'_>| {
        std::pin::Pin::new(&mut *promise.borrow_mut()).poll(context)
    };
    event_loop.spawn(
        "first",
        poll_fn(move |context| {
            assert!(poll(&first, context).is_pending());
            Poll::Ready(())
        }),
    );
    event_loop.spawn(
        "second",
        poll_fn(move |context| poll(&handed_on, context).map(drop)),
    );
    event_loop.call_soon("bell", move |_| assert!(promise.set_result(7).is_ok()));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(
        polls(&event_loop),
        [
            "1 first Ready",
            "1 second Pending",
            "1 bell",
            "2 second Ready"
        ]
    );
}

#[test]
fn polling_a_promise_again_keeps_its_place_and_one_wake() {
    let event_loop = Rc::new(EventLoop::new());
    let promise = Promise::new(&event_loop, "promise");
    let waker = Rc::new(RefCell::new(None));
    let (mut waited, out) = (promise.clone(), Rc::clone(&waker));
    event_loop.spawn(
        "poller",
        poll_fn(move |context| {
            out.replace(Some(context.waker().clone()));
            std::pin::Pin::new(&mut waited).poll(context).map(drop)
        }),
    );
    event_loop.call_soon("nudge", move |_| {
        let waker: Waker = waker.take().expect("it was polled");
        waker.wake();
    });
    let settled = promise.clone();
    event_loop.call_soon("adder", move |event_loop| {
        promise.add_done_callback("callback", |_| {});
        let settle = move |event_loop: &EventLoop| {
            event_loop.call_soon("bell", move |_| assert!(settled.set_result(7).is_ok()));
        };
        event_loop.call_soon("wait", settle);
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(
        polls(&event_loop)[3..],
        [
            "2 poller Pending",
            "2 wait",
            "3 bell",
            "4 poller Ready",
            "4 callback"
        ]
    );
    assert_eq!(
        wakes(&event_loop),
        ["1 poller by nudge", "3 poller by bell"]
    );
}

#[test]
fn a_wake_from_another_thread_is_queued_like_any_other() {
    let event_loop = Rc::new(EventLoop::new());
    let waker = Rc::default();
    event_loop.spawn("future", pending(1, &waker));
    let taken = Rc::clone(&waker);
    event_loop.call_soon("spawner", move |event_loop| {
        let waker: Waker = taken.take().expect("the future was polled first");
        event_loop.call_soon("before", |_| {});
        let thread = thread::spawn(move || waker.wake());
        thread.join().expect("a wake does not panic");
        event_loop.call_soon("behind", |_| {});
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(
        polls(&event_loop)[2..],
        ["2 before", "2 future Ready", "2 behind"]
    );
    assert_eq!(wakes(&event_loop), ["1 future by another thread"]);
}

#[test]
fn a_waker_may_outlive_its_loop() {
    let event_loop = Rc::new(EventLoop::new());
    let waker = Rc::default();
    event_loop.spawn("future", pending(1, &waker));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    drop(event_loop);
    waker.take().expect("the future gave its waker away").wake();
}

#[test]
fn the_futures_of_a_dropped_loop_are_dropped() {
    let event_loop = Rc::new(EventLoop::new());
    let held = Rc::new(());
    let in_the_future = Rc::clone(&held);
    event_loop.spawn("future", async move {
        std::future::pending::<()>().await;
        drop(in_the_future);
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(Rc::strong_count(&held), 2);
    drop(event_loop);
    assert_eq!(Rc::strong_count(&held), 1);
}

/// Says something itself while it is being written down.
struct Talkative<'a>(&'a EventLoop, Cell<bool>);

impl fmt::Display for Talkative<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.1.replace(true) {
            self.0.say("from inside");
        }
        f.write_str("outside")
    }
}

#[test]
fn a_note_may_use_the_trace_while_it_is_written() {
    let event_loop = Rc::new(EventLoop::new());
    event_loop.say(Talkative(&event_loop, Cell::new(false)));
    let notes: Vec<_> = event_loop
        .trace()
        .events()
        .into_iter()
        .map(|e| e.note)
        .collect();
    assert_eq!(notes, ["from inside", "outside"]);
}
